"""Decode and preprocess: the fast and the exact path beside the transforms of timm and open_clip, in the same run.

    python tests/benchmarks/bench_preprocessing.py [--rounds 5] [--folder FOLDER]

CPU seconds of one thread per picture, the least of interleaved rounds. The pictures are the JPEG files of FOLDER;
without it those of ../shared/data/natural_imagenet_samples, else photographs-like noise that is drawn.
The aim is 2x either peer; exits 1 if the fast path is below 1.8x.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
AIM, LIMIT = 2.0, 1.8


def pictures(folder: Path | None) -> list[Path]:
    import numpy as np
    from PIL import Image

    shared = Path(__file__).parents[3] / "shared" / "data" / "natural_imagenet_samples"
    source = folder or shared
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if found:
        return found
    drawn = Path(tempfile.mkdtemp())
    rng = np.random.default_rng(0)
    for number in range(60):
        coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        coarse.resize((500, 375), Image.Resampling.BICUBIC).save(drawn / f"{number}.jpg", quality=90)
    return sorted(drawn.glob("*.jpg"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()

    import timm
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from PIL import Image

    from zoo.preprocessing import build
    from zoo.specs import spec_from_open_clip, spec_from_timm

    torch.set_num_threads(1)
    config = timm.get_pretrained_cfg("resnet50.a1_in1k").to_dict()
    of_timm = timm.data.create_transform(**timm.data.resolve_data_config({}, pretrained_cfg=config))
    of_open_clip = image_transform_v2(PreprocessCfg(), is_train=False)
    timm_spec, clip_spec = spec_from_timm(config), spec_from_open_clip({})
    programs: dict[str, Callable[[Path], object]] = {
        "timm": lambda path: of_timm(Image.open(path).convert("RGB")),
        "zoo exact, as timm": build(timm_spec),
        "zoo fast, as timm": build(timm_spec, exact=False),
        "open_clip": lambda path: of_open_clip(Image.open(path)),
        "zoo exact, as open_clip": build(clip_spec),
        "zoo fast, as open_clip": build(clip_spec, exact=False),
    }
    files = pictures(arguments.folder)
    best = dict.fromkeys(programs, float("inf"))
    for _ in range(arguments.rounds + 1):  # the first round warms caches and may only win, never lose
        for name, program in programs.items():
            started = time.process_time()
            for path in files:
                program(path)
            best[name] = min(best[name], (time.process_time() - started) / len(files))
    print(f"{len(files)} JPEG files, one thread, CPU milliseconds per picture")
    slow = []
    for name, seconds in best.items():
        peer = "timm" if name.endswith("timm") else "open_clip"
        ratio = best[peer] / seconds
        verdict = "" if "fast" not in name else "aim reached" if ratio >= AIM else "below the aim"
        print(f"{name:26}{seconds * 1e3:8.2f}{ratio:8.2f}x  {verdict}")
        if "fast" in name and ratio < LIMIT:
            slow.append(name)
    if slow:
        print(f"BELOW {LIMIT}x:", ", ".join(slow))
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main())

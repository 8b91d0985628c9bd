"""Trains the bundled model: `python -m zoo.embedded.training.train --data ../shared/data --fonts FOLDER`.

Draws the pictures, adds the openly licensed real ones where they lie, trains both towers together and writes the
configuration, the weights in 16-bit floats, the vocabulary and a record of what was done into `--out`. A run may
go on where an earlier one ended (`--go-on`); the shipped weights came about so, and their record holds every run.

Source:
    Radford et al. 2021, arXiv:2103.00020 (contrastive training of two towers).
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.cards import ImagePreprocess
from zoo.embedded import WEIGHTS, build_model, configuration, tokenize
from zoo.embedded.tokenizer import Tokenizer, split_words
from zoo.embedded.training import real_images
from zoo.embedded.training.captions import ask, describe, vocabulary
from zoo.embedded.training.glyphs import DEFAULT_FONT, find_fonts
from zoo.embedded.training.objective import answering_loss, contrastive_loss, fits
from zoo.embedded.training.pool import Pool, fill_pool
from zoo.specs import spec_from_open_clip
from zoo.weights import read_state_dict

if TYPE_CHECKING:
    import torch
    from open_clip.model import CLIP

_SPELT = 0.04
"""Share of words that training spells letter by letter, so that the letters of unknown words mean something."""


def train(
    pool: Pool,
    spec: ImagePreprocess,
    *,
    steps: int,
    seed: int = 0,
    batch_size: int = 512,
    n_captions: int = 128,
    learning_rate: float = 2e-3,
    weight_decay: float = 0.05,
    bfloat16: bool = False,
    start: Mapping[str, torch.Tensor] | None = None,
    report: Callable[[int, float, CLIP], None] | None = None,
) -> CLIP:
    """A network trained on the pool; the same seed, pool, thread count and machine give the same weights.

    Args:
        pool: pictures and facts; captions are drawn anew for every batch.
        spec: the input contract, for mean and std.
        steps: batches to train on.
        seed: of the weights, the order, the captions and the augmentation.
        batch_size: pictures in a batch.
        n_captions: captions in a batch, of as many of its pictures; each is held against every picture.
        learning_rate: the highest; it rises for a twentieth of the steps and falls along a cosine.
        weight_decay: of matrices and kernels.
        bfloat16: multiply in 16 bits; faster where the processor can.
        start: weights to begin with, by name; the others are drawn.
        report: called with step, loss and model after every step.
    """
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng((seed, 1))
    model = build_model().train()
    model.load_state_dict(start or {}, strict=False)
    model.visual.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(_groups(model, learning_rate, weight_decay), lr=learning_rate, betas=(0.9, 0.98))
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _schedule(step, steps))
    order = _endless_order(len(pool.facts), batch_size, rng)
    for step in range(steps):
        rows = next(order)
        facts = [pool.facts[row] for row in rows]
        captions = [describe(each, rng) for each in facts[:n_captions]]
        questions = ask(facts, rng)
        asked = [caption for question in questions for caption in question]
        images = _augment(pool.pixels[rows], spec, rng)
        ids = tokenize([_respell(text, rng) for text, _ in captions + asked])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            image_features = model.encode_image(images, normalize=True)
            text_features = model.encode_text(ids, normalize=True)
        logits = model.logit_scale.exp() * image_features.float() @ text_features.float().T
        loss = contrastive_loss(logits[:, : len(captions)], fits(facts, captions))
        loss = loss + answering_loss(logits[:, len(captions) :], facts, questions)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        if report is not None:
            report(step, float(loss.detach()), model)
    return model.eval()


def _groups(model: CLIP, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    rest = [parameter for parameter in model.parameters() if parameter.ndim < 2 and parameter is not model.logit_scale]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": rest, "weight_decay": 0.0},
        {"params": [model.logit_scale], "weight_decay": 0.0, "lr": 5 * learning_rate},  # one number, slow otherwise
    ]


def _schedule(step: int, steps: int) -> float:
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _endless_order(n: int, batch_size: int, rng: np.random.Generator) -> Any:
    """Row numbers of one batch after another; each picture comes once before any comes again."""
    waiting = np.zeros(0, dtype=np.int64)
    while True:
        while len(waiting) < batch_size:
            waiting = np.concatenate([waiting, rng.permutation(n)])
        yield waiting[:batch_size]
        waiting = waiting[batch_size:]


def _augment(levels: np.ndarray[Any, Any], spec: ImagePreprocess, rng: np.random.Generator) -> torch.Tensor:
    """(b, 3, h, w) network inputs: each picture shifted, zoomed and of another brightness and contrast."""
    import torch

    images = torch.from_numpy(levels).float().div_(255)
    b = len(images)
    theta = np.zeros((b, 2, 3), dtype=np.float32)
    theta[:, 0, 0] = np.exp(rng.normal(0, 0.05, b))
    theta[:, 1, 1] = theta[:, 0, 0] * np.exp(rng.normal(0, 0.05, b))
    theta[:, :, 2] = rng.normal(0, 0.04, (b, 2))
    grid = torch.nn.functional.affine_grid(torch.from_numpy(theta), list(images.shape), align_corners=False)
    images = torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    gain = torch.from_numpy(np.exp(rng.normal(0, 0.08, (b, 1, 1, 1))).astype(np.float32))
    shift = torch.from_numpy(rng.normal(0, 0.02, (b, 1, 1, 1)).astype(np.float32))
    images = (images * gain + shift).clamp_(0, 1)
    assert spec.mean is not None
    assert spec.std is not None
    images = images.sub_(torch.tensor(spec.mean).reshape(3, 1, 1)).div_(torch.tensor(spec.std).reshape(3, 1, 1))
    return images.contiguous(memory_format=torch.channels_last)


def _respell(text: str, rng: np.random.Generator) -> str:
    """The caption with a few words replaced by themselves in a spelling that the vocabulary lacks."""
    words = split_words(text)
    if rng.random() > _SPELT * len(words):
        return text
    chosen = int(rng.integers(len(words)))
    word = words[chosen]
    if word.isdigit() or len(word) < 3:
        return text
    # One letter doubled: the tokenizer does not know the word and spells it.
    at = int(rng.integers(len(word)))
    words[chosen] = word[:at] + word[at] + word[at:]
    return " ".join(words)


def _refresh_vocabulary() -> None:
    """Bring the stored vocabulary, and its size in the configuration, up to the captions of this code."""
    tokens = Tokenizer.build(vocabulary())
    if tokens.tokens != Tokenizer.read(WEIGHTS / "vocabulary.json").tokens:
        tokens.write(WEIGHTS / "vocabulary.json")
        config = configuration()
        config["model_cfg"]["text_cfg"]["vocab_size"] = len(tokens.tokens)
        (WEIGHTS / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def save(model: CLIP, folder: Path, record: Mapping[str, Any]) -> None:
    """Write weights and record; configuration and vocabulary are copied beside them where they are not there."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("open_clip_config.json", "vocabulary.json"):
        if folder.resolve() != WEIGHTS.resolve():
            shutil.copyfile(WEIGHTS / name, folder / name)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    if not all(torch.isfinite(tensor).all() for tensor in halves.values()):
        raise FloatingPointError("training diverged: a weight is not finite in 16 bits")
    save_file(halves, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    (folder / "training_record.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    import torch

    parser = argparse.ArgumentParser(
        prog="python -m zoo.embedded.training.train", description="Train the bundled model."
    )
    parser.add_argument("--data", type=Path, help="folder of the real sets; none: drawn pictures only")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of fonts beside Pillow's own")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--drawing-seed", type=int, help="of the pictures; the seed if left out")
    parser.add_argument("--pool", type=int, default=200_000, help="pictures to draw")
    parser.add_argument("--go-on", type=Path, help="folder of an earlier run whose weights this one begins with")
    parser.add_argument("--image-tower-only", action="store_true", help="take no more than the image tower from it")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--captions", type=int, default=128, help="captions in a batch")
    parser.add_argument("--threads", type=int, default=2, help="of training")
    parser.add_argument("--processes", type=int, default=2, help="that draw")
    parser.add_argument("--float32", action="store_true", help="do not multiply in bfloat16")
    chosen = parser.parse_args(arguments)

    torch.set_num_threads(chosen.threads)
    _refresh_vocabulary()
    spec = spec_from_open_clip(configuration()["preprocess_cfg"])
    fonts = find_fonts(chosen.fonts)
    drawing_seed = chosen.seed if chosen.drawing_seed is None else chosen.drawing_seed
    began = time.perf_counter()
    pool = fill_pool(chosen.pool, spec, seed=drawing_seed, fonts=fonts, data=chosen.data, n_processes=chosen.processes)
    drawn = time.perf_counter()
    print(f"{len(pool.facts)} pictures in {drawn - began:.0f} s: {dict(pool.counts)}", file=sys.stderr, flush=True)

    start, earlier = {}, None
    if chosen.go_on is not None:
        start = {name: tensor.float() for name, tensor in read_state_dict(chosen.go_on / "model.safetensors").items()}
        if chosen.image_tower_only:
            start = {name: tensor for name, tensor in start.items() if name.startswith("visual.")}
        earlier = json.loads((chosen.go_on / "training_record.json").read_text("utf-8"))

    def report(step: int, loss: float, model: CLIP) -> None:
        if step % 20 == 0 or step == chosen.steps - 1:
            passed = time.perf_counter() - drawn
            print(f"step {step} of {chosen.steps}  loss {loss:.3f}  {passed:.0f} s", file=sys.stderr, flush=True)

    model = train(
        pool,
        spec,
        steps=chosen.steps,
        seed=chosen.seed,
        batch_size=chosen.batch_size,
        n_captions=chosen.captions,
        learning_rate=chosen.learning_rate,
        bfloat16=not chosen.float32,
        start=start,
        report=report,
    )
    record = {
        "seed": chosen.seed,
        "drawing_seed": drawing_seed,
        "pictures": dict(pool.counts),
        "real_sets": dict.fromkeys(real_images.present(chosen.data), "train"),
        "fonts": [font if font == DEFAULT_FONT else Path(font).stem for font in fonts],
        "steps": chosen.steps,
        "batch_size": chosen.batch_size,
        "captions_in_a_batch": chosen.captions,
        "learning_rate": chosen.learning_rate,
        "bfloat16": not chosen.float32,
        "threads": chosen.threads,
        "drawing_s": round(drawn - began),
        "training_s": round(time.perf_counter() - drawn),
        "logit_scale": float(model.logit_scale.detach().half().float().exp()),
        "went_on_from": earlier,
        "image_tower_only": chosen.image_tower_only,
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }
    save(model, chosen.out, record)


if __name__ == "__main__":
    main()

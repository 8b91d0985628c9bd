"""How long a look-up takes, beside importing timm and beside timm's own filter, in the same run.

    python tests/benchmarks/bench_lookup.py [--rounds 5]

Wall time and peak memory are those of whole processes, interleaved round by round; the ratio uses medians.
Exits 1 if a limit is broken: a verb above 0.1x `import timm` or above 100 MiB, `import zoo` above 0.15 s,
a filter over 2,000 cards above 2.4 ms, which was timm's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

VERBS = {
    "zoo list": ["-m", "zoo.cli", "list"],
    "zoo show": ["-m", "zoo.cli", "show", "multimodal/tiny-clip"],
    "zoo recommend, pictures": ["-m", "zoo.cli", "recommend", "--modality", "image", "--labels", "cat,dog"],
    "zoo recommend, texts": ["-m", "zoo.cli", "recommend", "--modality", "text", "--labels", "praise,complaint"],
}
PEER = ["-c", "import timm"]
LIMIT_RATIO, AIM_RATIO, LIMIT_MIB, LIMIT_IMPORT_S, LIMIT_FILTER_MS = 0.1, 0.05, 100, 0.15, 2.4


def run(arguments: list[str]) -> tuple[float, float]:
    """(seconds, peak MiB) of one process of this interpreter."""
    started = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"python {' '.join(arguments)} failed")
    return seconds, usage.ru_maxrss / 1024


def best_ms(function: Callable[[], object], repeats: int = 30) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times) * 1e3


def filter_times() -> tuple[float, float]:
    """(ours, timm's) milliseconds to filter 2,000 cards, and timm's whole list, by a wildcard."""
    import timm

    import zoo
    from zoo.registry import Registry

    card = zoo.get_card("multimodal/tiny-clip")
    registry = Registry()

    class Many:
        @staticmethod
        def zoo_models() -> list[zoo.ModelCard]:
            return [card.model_copy(update={"id": f"many/net{n % 40}-{n}", "aliases": ()}) for n in range(2000)]

    registry.register(Many(), "many")
    ours = best_ms(lambda: registry.find("*net1*", capability="embed", max_parameters=1e8))
    peer = best_ms(lambda: timm.list_models("*resnet1*", pretrained=True))
    return ours, peer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    programs = {"import timm": PEER, "python alone": ["-c", "pass"], "import zoo": ["-c", "import zoo"], **VERBS}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for arguments in programs.values():
        run(arguments)  # bytecode and the disk cache are warm for everyone
    for _ in range(rounds):
        for name, arguments in programs.items():
            measured[name].append(run(arguments))
    seconds = {name: statistics.median(wall for wall, _ in runs) for name, runs in measured.items()}
    memory = {name: max(peak for _, peak in runs) for name, runs in measured.items()}
    broken = []
    print(f"{'program':24}{'seconds':>9}{'x timm':>9}{'MiB':>7}")
    for name in programs:
        ratio = seconds[name] / seconds["import timm"]
        verdict = ""
        if name in VERBS:
            verdict = (
                "aim reached" if ratio <= AIM_RATIO else "within the limit" if ratio <= LIMIT_RATIO else "too slow"
            )
            if ratio > LIMIT_RATIO or memory[name] > LIMIT_MIB:
                broken.append(name)
        print(f"{name:24}{seconds[name]:9.3f}{ratio:9.3f}{memory[name]:7.0f}  {verdict}")
    import_s = seconds["import zoo"] - seconds["python alone"]
    ours, peer = filter_times()
    print(f"import zoo itself {import_s * 1e3:.0f} ms (limit {LIMIT_IMPORT_S * 1e3:.0f})")
    print(f"filter over 2,000 cards {ours:.2f} ms (limit {LIMIT_FILTER_MS}), timm's list_models {peer:.2f} ms")
    if import_s > LIMIT_IMPORT_S:
        broken.append("import zoo")
    if ours > LIMIT_FILTER_MS:
        broken.append("filter")
    if broken:
        print("BROKEN:", ", ".join(broken))
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())

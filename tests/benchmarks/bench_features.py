"""What a read of the feature store costs: 1,000 vectors of many, in time and memory, and against reading them all.

    python -m tests.benchmarks.bench_features --vectors 1000000

Writes n x 768 float32 below a temporary folder (3 GB for a million) and removes it.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from zoo.features import Store

WIDTH, SHARD_ROWS, ASKED = 768, 1024, 1000


def key(n: int) -> bytes:
    return np.random.default_rng(n).bytes(16)


def fill(folder: Path, n: int) -> float:
    rng = np.random.default_rng(0)
    store, started = Store(folder), time.perf_counter()
    for start in range(0, n, SHARD_ROWS):
        numbers = range(start, min(n, start + SHARD_ROWS))
        vectors = rng.standard_normal((len(numbers), WIDTH), dtype=np.float32)
        store.add({key(i): row for i, row in zip(numbers, vectors, strict=True)})
    return time.perf_counter() - started


def read(folder: Path, n: int) -> None:
    """In a process of its own: memory is that of the process."""
    asked = [key(int(i)) for i in np.random.default_rng(1).choice(n, ASKED, replace=False)]
    store = Store(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    assert len(store.read(asked)) == ASKED
    first = time.perf_counter() - started
    times = []
    for _ in range(7):
        started = time.process_time()
        store.read(asked)
        times.append(time.process_time() - started)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"first read {first * 1e3:.0f} ms; again {statistics.median(times) * 1e3:.0f} ms of processor time "
        f"(fastest {min(times) * 1e3:.0f}); process {after / 1024:.0f} MiB, of these for reading "
        f"{(after - before) / 1024:.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--read", type=Path)
    given = parser.parse_args()
    if given.read:
        read(given.read, given.vectors)
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"{given.vectors:,} x {WIDTH} written in {fill(Path(folder), given.vectors):.0f} s")
        again = [sys.executable, "-m", "tests.benchmarks.bench_features", "--vectors", str(given.vectors)]
        for _ in range(2):  # the first call makes the index
            subprocess.run([*again, "--read", folder], check=True)


if __name__ == "__main__":
    main()

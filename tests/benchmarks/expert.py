"""What a specialist would say of the answers: `make bench-expert`.

Prints, for each task of tests/selector/expert/*.toml, the first five and what is wrong with them, then the shares.

    python tests/benchmarks/expert.py
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.selector.expert_tasks import Judgement, expert_tasks, judge


def line(name: str, judged: list[Judgement]) -> str:
    n = len(judged)
    shown = sum(len(one.first) for one in judged)
    return (
        f"{name:14s} {n:3d} tasks: accepted among the first three {sum(one.accepted for one in judged):3d}, "
        f"laughable first {sum(one.laughable_first for one in judged):2d}, "
        f"laughable of the first five {sum(len(one.laughable) for one in judged):3d} of {shown} "
        f"({sum(len(one.laughable) for one in judged) / max(1, shown):.1%}), "
        f"strategy right {sum(one.strategy for one in judged):3d}"
    )


def main() -> None:
    by_field: dict[str, list[Judgement]] = defaultdict(list)
    for field, entry in expert_tasks():
        one = judge(field, entry)
        by_field[field].append(one)
        faults = [] if one.accepted else ["none accepted"]
        faults += [f"laughable: {', '.join(one.laughable)}"] if one.laughable else []
        faults += [] if one.strategy else [f"strategy {one.advised}, not {' or '.join(entry['strategy'])}"]
        print(f"{'!' if faults else ' '} {field}: {one.name}\n      {', '.join(one.first)}")
        if faults:
            print(f"      {'; '.join(faults)}")
    for field, judged in by_field.items():
        print(line(field, judged))
    print(line("all", [one for judged in by_field.values() for one in judged]))


if __name__ == "__main__":
    main()

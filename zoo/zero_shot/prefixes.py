"""Runs a causal text tower over many prompts at the cost of their distinct prefixes.

Under a causal mask a token's state depends only on the tokens before it. Prompts are therefore put into a
prefix tree and every node is computed once: no padding, and "a photo of a" is computed once for all classes.
In the last block only the end tokens go on. The result is that of the padded tower, up to rounding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.zero_shot.towers import attend

if TYPE_CHECKING:
    import torch

    from zoo.zero_shot.towers import Block, Tower

NODES_AT_ONCE = 1024
"""Tokens that go through a block together: enough for full speed of a matrix product, little enough for the cache."""


@dataclass(frozen=True)
class _Group:
    """Prompts of one length that branch off at one depth; their new nodes are neighbours."""

    start: int
    """First node."""
    n_new: int
    """New nodes of each prompt."""
    paths: NDArray[np.int64]
    """(prompts, length) nodes from the root to the end token."""
    rows: list[int]
    """Which prompts these are."""


@dataclass(frozen=True)
class _Tree:
    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    groups: list[_Group]


def encode(tower: Tower, prompts: Sequence[list[int]]) -> torch.Tensor:
    """(n, width) embeddings of distinct, unpadded sequences of token ids, not normalised, in float32 on the CPU."""
    import torch

    order = sorted(range(len(prompts)), key=lambda row: prompts[row])
    output: torch.Tensor | None = None
    with torch.inference_mode():
        for rows in _chunks(order, prompts):
            tree = _grow([prompts[row] for row in rows], tower.class_token, len(tower.positions))
            vectors = _run(tower, tree).float().cpu()
            if output is None:
                with torch.inference_mode(False):  # what leaves here may be trained on
                    output = torch.empty((len(prompts), vectors.shape[1]))
            output[[rows[own] for group in tree.groups for own in group.rows]] = vectors
    if output is None:
        raise ValueError("want at least one prompt, got none")
    return output


def _chunks(order: Sequence[int], prompts: Sequence[list[int]]) -> Iterator[list[int]]:
    """Neighbours in alphabetical order, with up to NODES_AT_ONCE distinct prefixes together."""
    chunk: list[int] = []
    n_nodes = 0
    for row in order:
        shared = _shared(prompts[chunk[-1]], prompts[row]) if chunk else 0
        new = len(prompts[row]) - shared
        if chunk and n_nodes + new > NODES_AT_ONCE:
            yield chunk
            chunk, n_nodes, new = [], 0, len(prompts[row])
        chunk.append(row)
        n_nodes += new
    if chunk:
        yield chunk


def _shared(a: Sequence[int], b: Sequence[int]) -> int:
    n = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        n += 1
    return n


def _grow(prompts: Sequence[Sequence[int]], class_token: int | None, n_positions: int) -> _Tree:
    """The prefix tree of sorted, distinct prompts; nodes are numbered group by group, prompt by prompt."""
    members: dict[tuple[int, int], list[int]] = defaultdict(list)  # (length, new nodes) -> prompts
    news = []
    ends = () if class_token is None else (class_token,)
    sequences = [(*prompt, *ends) for prompt in prompts]
    for row, sequence in enumerate(sequences):
        shared = 0 if row == 0 else _shared(sequences[row - 1], sequence)
        if class_token is not None:
            shared = min(shared, len(sequence) - 1)
        news.append(len(sequence) - shared)
        members[len(sequence), news[-1]].append(row)
    first: dict[int, int] = {}
    keys = sorted(members)
    n_nodes = 0
    for key in keys:
        for row in members[key]:
            first[row] = n_nodes
            n_nodes += key[1]
    tokens, positions = np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64)
    path: list[int] = []
    paths: list[list[int]] = []
    for row, sequence in enumerate(sequences):
        shared, start = len(sequence) - news[row], first[row]
        path = [*path[:shared], *range(start, start + news[row])]
        paths.append(path)
        tokens[start : start + news[row]] = sequence[shared:]
        positions[start : start + news[row]] = range(shared, len(sequence))
    if class_token is not None:
        positions[tokens == class_token] = n_positions - 1
    groups = [
        _Group(first[members[key][0]], key[1], np.array([paths[r] for r in members[key]]), members[key]) for key in keys
    ]
    return _Tree(tokens, positions, groups)


def _run(tower: Tower, tree: _Tree) -> torch.Tensor:
    """(n, width) embeddings in the order of the tree's groups."""
    import torch

    device = tower.tokens.device
    paths = [torch.from_numpy(group.paths).to(device) for group in tree.groups]
    masks = [_mask(tower, group, own.shape[1], device) for group, own in zip(tree.groups, paths, strict=True)]
    x = tower.tokens[torch.from_numpy(tree.tokens).to(device)]
    x = x + tower.positions[torch.from_numpy(tree.positions).to(device)]
    for block in tower.blocks[:-1]:
        q, k, v = _projected(block, x)
        mixed = torch.empty_like(x)
        for group, own, mask in zip(tree.groups, paths, masks, strict=True):
            n = len(own) * group.n_new
            queries = q[group.start : group.start + n].view(len(own), group.n_new, -1)
            mixed[group.start : group.start + n] = attend(block, queries, k[own], v[own], mask).view(n, -1)
        x = x + block.output(mixed)
        x = x + block.mlp(block.norm_2(x))
    return tower.finish(_last(tower, tower.blocks[-1], x, tree, paths, masks))


def _last(
    tower: Tower,
    block: Block,
    x: torch.Tensor,
    tree: _Tree,
    paths: list[torch.Tensor],
    masks: list[torch.Tensor | None],
) -> torch.Tensor:
    """The last block for the end tokens alone; the others only lend them keys and values."""
    import torch

    h = block.norm_1(x)
    width = x.shape[1]
    weight, bias = block.qkv_weight, block.qkv_bias
    linear = torch.nn.functional.linear
    kv = linear(h, weight[width:], None if bias is None else bias[width:])
    k, v = kv[:, :width], kv[:, width:]
    ends = torch.cat([own[:, -1] for own in paths])
    q = linear(h[ends], weight[:width], None if bias is None else bias[:width])
    mixed = []
    start = 0
    for own, mask in zip(paths, masks, strict=True):
        queries = q[start : start + len(own)].unsqueeze(1)
        mixed.append(attend(block, queries, k[own], v[own], None if mask is None else mask[-1:]).squeeze(1))
        start += len(own)
    x = x[ends] + block.output(torch.cat(mixed))
    return x + block.mlp(block.norm_2(x))


def _projected(block: Block, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    qkv = torch.nn.functional.linear(block.norm_1(x), block.qkv_weight, block.qkv_bias)
    q, k, v = qkv.chunk(3, dim=-1)
    return q, k, v


def _mask(tower: Tower, group: _Group, length: int, device: torch.device) -> torch.Tensor | None:
    """(new nodes, length), True where a node may look: at the tokens before it and itself."""
    import torch

    query = torch.arange(length - group.n_new, length, device=device)[:, None]
    mask = torch.arange(length, device=device)[None, :] <= query
    if tower.class_token is not None and not tower.class_token_sees_itself:
        mask[-1, -1] = False
    return None if bool(mask.all()) else mask

"""What hangs together by edges: in memory, or on the engine where the edges are too many for one machine's.

On the engine by large stars and small stars in turn (Kiveris and others, "Connected Components in MapReduce and Beyond", 2014): each
node hands the smallest neighbour it knows to its larger neighbours, then to its smaller ones, until all edges lead
to the smallest node of their component. A task sees the edges of the nodes of one part.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from corpusprep.building.exchange import carry_out, collect, home, spread
from corpusprep.deduping.pairs import Pairs, components

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.engine import Engine

__all__ = ["IN_MEMORY", "connect", "roots", "spread_edges"]

IN_MEMORY = 50_000_000
"""Edges up to which components are found in this process, in some 3 GB; more are left to the engine. The result is the same."""

_STAGE = "components"
_EMPTY = pa.schema([("node", pa.int64()), ("other", pa.int64())])


def spread_edges(store: Store, name: str, left: NDArray[np.int64], right: NDArray[np.int64], parts: int) -> None:
    """Commit edges between nodes (numbers from 0), each in both directions, where `connect` looks for them."""
    node, other = np.concatenate([left, right]), np.concatenate([right, left])
    spread(store, _STAGE, name, {"node": node, "other": other}, (home(node, parts), parts))


def roots(store: Store, part: int) -> pa.Table:
    """What `connect` found: the nodes of a part, sorted, and of each its root, the smallest node that it is connected with."""
    return collect(
        store, _STAGE, ["roots.arrow" if store.path(_STAGE, "roots.arrow").exists() else f"roots-{part}.arrow"], part
    )


def connect(store: Store, files: Sequence[str], parts: int, engine: Engine, *, in_memory: int = IN_MEMORY) -> None:
    """Find the components of the edges in these files, for `roots`; nodes without an edge are in none."""
    edges = sum(collect(store, _STAGE, files, part).num_rows for part in range(parts)) // 2
    if edges <= in_memory:
        _here(store, files, parts)
        return
    before, last = None, 0
    found = list(files)
    for turn in itertools.count():
        for large in (True, False):
            step = f"{turn}-{'large' if large else 'small'}"
            tasks = {f"{step}-{part}": _Stars(store, step, tuple(found), part, parts, large) for part in range(parts)}
            facts = carry_out(store, _STAGE, tasks, _stars, engine)
            _remove(store, set(found) - set(files))
            found = [f"{name}.arrow" for name in tasks]
        after = [sum(one[name] for one in facts) % (1 << 64) for name in ("edges", "digest")]
        last = turn
        if after == before:
            break
        before = after
    tasks = {
        f"roots-{part}": _Stars(store, f"{last}-small", tuple(found), part, parts, large=False) for part in range(parts)
    }
    carry_out(store, _STAGE, tasks, _settle, engine)
    _remove(store, found)


def _remove(store: Store, names: Iterable[str]) -> None:
    for name in names:
        store.path(_STAGE, name).unlink(missing_ok=True)


def _here(store: Store, files: Sequence[str], parts: int) -> None:
    tables = [_edges(collect(store, _STAGE, files, part)) for part in range(parts)]
    left, right = (np.concatenate([table[at] for table in tables]) for at in (0, 1))
    left, right = left[left > right], right[left > right]
    nodes, number = np.unique(np.concatenate([left, right]), return_inverse=True)
    found = nodes[components(Pairs(number[len(left) :], number[: len(left)]), len(nodes))]
    spread(store, _STAGE, "roots.arrow", {"node": nodes, "root": found}, (home(nodes, parts), parts))


@dataclass(frozen=True, slots=True)
class _Stars:
    """The edges of one part: of the nodes that are at home there."""

    store: Store
    step: str
    files: tuple[str, ...]
    part: int
    parts: int
    large: bool


def _edges(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Node and neighbour, sorted by node, each edge once."""
    node, other = (table.column(name).to_numpy() for name in ("node", "other"))
    order = np.lexsort((other, node))
    node, other = node[order], other[order]
    first = np.ones(len(node), np.bool_)
    first[1:] = (node[1:] != node[:-1]) | (other[1:] != other[:-1])
    return node[first], other[first]


def _smallest(node: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each edge the smallest of its node and all neighbours of that."""
    starts = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1]])) if len(node) else np.zeros(0, np.int64)
    least = np.minimum(np.minimum.reduceat(other, starts), node[starts]) if len(starts) else starts
    return np.repeat(least, np.diff(np.append(starts, len(node))))


def _stars(task: _Stars) -> dict[str, Any]:
    node, other = _edges(collect(task.store, _STAGE, task.files, task.part))
    if task.large:
        least = _smallest(node, other)
        upper = other > node
        node, other = other[upper], least[upper]
    else:
        lower = other < node
        node, other = node[lower], other[lower]
        least = _smallest(node, other)
        node, other = np.concatenate([node, other]), np.concatenate([least, least])
        node, other = node[node != other], other[node != other]
    node, other = _edges(pa.table({"node": node, "other": other}))
    mixed = (node.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ other.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xD6E8FEB86659FD93)
    name = f"{task.step}-{task.part}"
    spread_edges(task.store, f"{name}.arrow", node, other, task.parts)
    facts = {"edges": len(node), "digest": int(mixed.sum(dtype=np.uint64))}
    task.store.finish(_STAGE, name, facts)
    return facts


def _settle(task: _Stars) -> dict[str, Any]:
    node, other = _edges(collect(task.store, _STAGE, task.files, task.part))
    first = np.concatenate([[True], node[1:] != node[:-1]]) if len(node) else np.zeros(0, np.bool_)
    nodes, found = node[first], _smallest(node, other)[first]
    name = f"roots-{task.part}"
    spread(
        task.store,
        _STAGE,
        f"{name}.arrow",
        {"node": nodes, "root": found},
        (np.full(len(nodes), task.part), task.parts),
    )
    facts = {"nodes": len(nodes)}
    task.store.finish(_STAGE, name, facts)
    return facts

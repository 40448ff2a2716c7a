"""Copies among more documents than one process can hold: documents that may be copies come together, and are matched group by group.

Sketches go to tasks by hash, pairs that share hashes to tasks by pair; what shares enough is an edge, as are texts that are equal.
Documents that hang together by edges (building/components.py) can be matched without all others, in buckets of many such components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from corpusprep.building.components import connect, roots, spread_edges
from corpusprep.building.exchange import carry_out, collect, home, spread
from corpusprep.building.store import take_rows
from corpusprep.deduping import match
from corpusprep.deduping.signing import rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.config import DedupeConfig
    from corpusprep.engine import Engine

__all__ = ["Sizes", "match_in_groups"]

_STAGE = "groups"
_ROW_BITS = 20  # of a document's number, below those of its chunk
_ROWS = (1 << _ROW_BITS) - 1
_BUCKET, _NEAR = 16, 6  # as in deduping.candidates
_WORTH = 0.2
_SALTS = {"digest": np.uint64(0x5851F42D4C957F2D), "content_sha256": np.uint64(0x14057B7EF767814F)}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a task has at the most: chunks, documents whose hashes meet there, documents that are matched together."""

    chunks: int = 64
    sketched: int = 80_000
    matched: int = 50_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all tasks know. groups: chunks by the task that reads them; parts: how many tasks the hashes go to."""

    store: Store
    groups: tuple[tuple[str, ...], ...]
    parts: int
    config: DedupeConfig
    sizes: Sizes

    def files(self, kind: str) -> list[str]:
        """What the tasks of one kind wrote, a file for every group or part."""
        return [
            f"{kind}-{number}.arrow" for number in range(self.parts if kind in ("pairs", "roots") else len(self.groups))
        ]

    def first(self, group: int) -> int:
        """The number of the first chunk of a group."""
        return group * self.sizes.chunks


@dataclass(frozen=True, slots=True)
class _Task:
    """One group, part or bucket, by its number; buckets: how many there are."""

    plan: _Plan
    number: int
    buckets: int = 0


def match_in_groups(
    store: Store,
    chunks: Sequence[tuple[str, int]],
    config: DedupeConfig,
    engine: Engine,
    sizes: Sizes = Sizes(),
) -> tuple[pa.Table, pa.Table]:
    """The tables `duplicates` and `clusters` of `deduping.match`; chunks: with the number of records in each."""
    names = [name for name, _ in chunks]
    documents = sum(rows for _, rows in chunks)
    groups = tuple(tuple(names[at : at + sizes.chunks]) for at in range(0, len(names), sizes.chunks))
    plan = _Plan(store, groups, -(-documents // sizes.sketched) or 1, config, sizes)
    by_group, by_part = range(len(groups)), range(plan.parts)

    def run(kind: str, function: Any, numbers: range, buckets: int = 0) -> list[dict[str, Any]]:
        tasks = {f"{kind}-{number}": _Task(plan, number, buckets) for number in numbers}
        return carry_out(store, _STAGE, tasks, function, engine)

    run("hashes", _hashes, by_group)
    run("pairs", _pairs, by_part)
    run("edges", _edges, by_part)
    connect(store, [f"edges-{part}.arrow" for part in by_part], plan.parts, engine)
    touched = sum(facts["nodes"] for facts in run("roots", _roots, by_part))
    buckets = -(-touched // sizes.matched) or 1
    run("rows", _rows, by_group, buckets)
    run("copies", _copies, range(buckets))
    found = [
        pa.concat_tables([store.read(_STAGE, f"{kind}-{number}.arrow") for number in range(buckets)])
        for kind in ("duplicates", "clusters")
    ]
    return found[0].sort_by("id"), found[1].sort_by("id")


def _finish(task: _Task, kind: str, **facts: int) -> dict[str, Any]:
    task.plan.store.finish(_STAGE, f"{kind}-{task.number}", facts)
    return dict(facts)


def _signatures(plan: _Plan, group: int, columns: list[str] | None = None) -> list[tuple[NDArray[np.int64], pa.Table]]:
    """Signatures of a group's chunks, and the numbers of the documents in them."""
    found = []
    for chunk, name in enumerate(plan.groups[group], plan.first(group)):
        if plan.store.path("label", f"{name}.signatures.arrow").exists():
            table = plan.store.read("label", f"{name}.signatures.arrow", columns)
            found.append((np.arange(len(table)) | chunk << _ROW_BITS, table))
    return found


def _hashes(task: _Task) -> dict[str, Any]:
    """The hashes of a group's sketches, and what tells that texts are equal, to where each is at home."""
    plan = task.plan
    sketched: list[dict[str, NDArray[Any]]] = []
    equal: list[dict[str, NDArray[Any]]] = []
    for documents, table in _signatures(
        plan, task.number, ["n_tokens", "n_shingles", "digest", "content_sha256", "sketch"]
    ):
        lists = table.column("sketch").combine_chunks()
        offsets, keys = lists.offsets.to_numpy().astype(np.int64), lists.values.to_numpy()
        owner = np.repeat(np.arange(len(table)), np.diff(offsets))
        follows = np.append(keys[1:], np.uint64(0))[: len(keys)]
        filled = np.flatnonzero(np.diff(offsets))
        follows[offsets[1:][filled] - 1] = keys[offsets[:-1][filled]]
        sketched.append(
            {
                "key": keys,
                "document": documents[owner],
                "follows": (follows & np.uint64(0xFFFF)).astype(np.uint16),
                "shingles": table.column("n_shingles").to_numpy().astype(np.int32)[owner],
            }
        )
        equal.extend(_equal(documents, table))
    for kind, parts in (("hashes", sketched), ("equal", equal)):
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else _none(kind)
        spread(
            plan.store, _STAGE, f"{kind}-{task.number}.arrow", columns, (home(columns["key"], plan.parts), plan.parts)
        )
    return _finish(task, "hashes")


def _none(kind: str) -> dict[str, NDArray[Any]]:
    columns = {"key": np.zeros(0, np.uint64), "document": np.zeros(0, np.int64)}
    return (
        columns if kind == "equal" else columns | {"follows": np.zeros(0, np.uint16), "shingles": np.zeros(0, np.int32)}
    )


def _equal(documents: NDArray[np.int64], table: pa.Table) -> list[dict[str, NDArray[Any]]]:
    """A key for each document's tokens, and one for its bytes; that two keys meet by chance does no harm here."""
    words = table.column("n_tokens").to_numpy() > 0
    digests = [int.from_bytes(one[:8], "little") for one in table.column("digest").to_pylist()]
    contents = [int(one[:16] or "0", 16) for one in table.column("content_sha256").to_pylist()]
    found = []
    for name, values, some in (
        ("digest", digests, words),
        ("content_sha256", contents, np.array(contents, np.uint64) > 0),
    ):
        keys = np.array(values, np.uint64) ^ _SALTS[name]
        found.append({"key": keys[some], "document": documents[some]})
    return found


def _pairs(task: _Task) -> dict[str, Any]:
    """Documents that share a hash of this part, with the number of such hashes and how many would be enough."""
    plan = task.plan
    table = collect(plan.store, _STAGE, plan.files("hashes"), task.number)
    key, document, follows, shingles = (
        table.column(name).to_numpy() for name in ("key", "document", "follows", "shingles")
    )
    nodes, first, number = np.unique(document, return_index=True, return_inverse=True)
    shingles = shingles[first].astype(np.int64)
    order = np.lexsort((number, key))
    key, number, follows = key[order], number[order], follows[order]
    own = (
        np.concatenate([[True], (key[1:] != key[:-1]) | (number[1:] != number[:-1])])
        if len(key)
        else np.zeros(0, np.bool_)
    )
    key, number, follows = key[own], number[own], follows[own]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, len(key)))
    hot = np.repeat(sizes > _BUCKET, sizes)
    order = np.lexsort((number[hot], follows[hot], key[hot]))
    held = _steps(key[~hot], number[~hot], _BUCKET) + _steps(key[hot][order], number[hot][order], _NEAR + 1)
    keys, counts = np.unique(np.concatenate([np.zeros(0, np.int64), *held]), return_counts=True)
    left, right = keys >> 32, keys & 0xFFFFFFFF
    expected = np.minimum(shingles[left], shingles[right]) * np.minimum(rates(shingles[left]), rates(shingles[right]))
    columns = {
        "left": nodes[left],
        "right": nodes[right],
        "count": counts.astype(np.int32),
        "least": np.maximum(1, _WORTH * expected + np.minimum(1, expected / 20)),
    }
    to = home(columns["left"] * 31 + columns["right"], plan.parts)
    spread(plan.store, _STAGE, f"pairs-{task.number}.arrow", columns, (to, plan.parts))
    return _finish(task, "pairs", pairs=len(keys))


def _steps(key: NDArray[Any], number: NDArray[np.int64], steps: int) -> list[NDArray[np.int64]]:
    """Pairs of rows with the same key that stand less than `steps` apart, as one number each."""
    found = []
    for step in range(1, steps):
        near = np.flatnonzero(key[step:] == key[:-step])
        if not len(near):
            break
        one, other = number[near], number[near + step]
        found.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    return found


def _edges(task: _Task) -> dict[str, Any]:
    """Pairs that share enough in all, and neighbours among equal texts."""
    plan = task.plan
    table = collect(plan.store, _STAGE, plan.files("pairs"), task.number)
    left, right, count, least = (table.column(name).to_numpy() for name in ("left", "right", "count", "least"))
    order = np.lexsort((right, left))
    left, right, count, least = left[order], right[order], count[order], least[order]
    first = (
        np.concatenate([[True], (left[1:] != left[:-1]) | (right[1:] != right[:-1])])
        if len(left)
        else np.zeros(0, np.bool_)
    )
    starts = np.flatnonzero(first)
    enough = starts[np.add.reduceat(count, starts) >= least[starts]] if len(starts) else starts
    equal = collect(plan.store, _STAGE, plan.files("equal"), task.number)
    key, document = (equal.column(name).to_numpy() for name in ("key", "document"))
    order = np.lexsort((document, key))
    key, document = key[order], document[order]
    same = np.flatnonzero(key[1:] == key[:-1])
    spread_edges(
        plan.store,
        f"edges-{task.number}.arrow",
        np.concatenate([left[enough], document[same]]),
        np.concatenate([right[enough], document[same + 1]]),
        plan.parts,
    )
    return _finish(task, "edges", edges=len(enough) + len(same))


def _roots(task: _Task) -> dict[str, Any]:
    """Roots of documents to the groups that have their signatures."""
    plan = task.plan
    table = roots(plan.store, task.number)
    to = (table.column("node").to_numpy() >> _ROW_BITS) // plan.sizes.chunks
    spread(plan.store, _STAGE, f"roots-{task.number}.arrow", table, (to, len(plan.groups)))
    return _finish(task, "roots", nodes=table.num_rows)


def _rows(task: _Task) -> dict[str, Any]:
    """Signatures to the bucket of their component."""
    plan = task.plan
    table = collect(plan.store, _STAGE, plan.files("roots"), task.number).sort_by("node")
    node, root = (table.column(name).to_numpy() for name in ("node", "root"))
    parts = []
    for documents, signatures in _signatures(plan, task.number):
        first, end = np.searchsorted(node, [documents[0], documents[-1] + 1]) if len(documents) else (0, 0)
        rows = signatures.take(pa.array(node[first:end] & _ROWS))
        parts.append(
            rows.append_column("document", pa.array(node[first:end])).append_column("root", pa.array(root[first:end]))
        )
    if not parts:
        return _finish(task, "rows")
    rows = pa.concat_tables(parts)
    to = home(rows.column("root").to_numpy(), task.buckets)
    spread(plan.store, _STAGE, f"rows-{task.number}.arrow", rows.drop_columns(["root"]), (to, task.buckets))
    return _finish(task, "rows")


def _copies(task: _Task) -> dict[str, Any]:
    """Match a bucket."""
    plan = task.plan
    files = [name for name in plan.files("rows") if plan.store.path(_STAGE, name).exists()]
    signatures, numbers = [], {}
    if files:
        rows = collect(plan.store, _STAGE, files, task.number)
        numbers = dict(zip(rows.column("id").to_pylist(), rows.column("document").to_pylist(), strict=True))
        signatures = [rows.drop_columns(["document"])]
    names = [name for group in plan.groups for name in group]

    def fetch(ids: Sequence[str]) -> pa.Table:
        places = np.sort(np.array([numbers[one] for one in ids], np.int64))
        parts = []
        for chunk in np.unique(places >> _ROW_BITS).tolist():
            file = plan.store.path("label", f"{names[chunk]}.articles.arrow")
            parts.append(take_rows(file, places[places >> _ROW_BITS == chunk] & _ROWS, ["id", "text"]))
        return pa.concat_tables(parts)

    matches = match(signatures, fetch, plan.config)
    plan.store.write(_STAGE, f"duplicates-{task.number}.arrow", matches.duplicates)
    plan.store.write(_STAGE, f"clusters-{task.number}.arrow", matches.clusters)
    return _finish(task, "copies")

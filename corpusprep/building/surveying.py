"""What is known of each site: the lines that recur on its pages whatever the story.

A document stands for its story by its longest block, so that copies of one wire story count once however many pages carry it.
Of a large site a sample of stories is enough; which ones is settled by their fingerprints, so that order and number of workers
change nothing. Memory stays bounded: sites are taken a share at a time, and what was learned of them lies in files that are mapped.
"""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.building.exchange import carry_out, collect, spread
from corpusprep.cleaners.context import Site
from corpusprep.cleaners.evidence import fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.document import Document
    from corpusprep.engine import Engine

__all__ = [
    "LINES",
    "OWN_LINES",
    "Known",
    "LearnTask",
    "gather_sites",
    "known_sites",
    "learn",
    "lines_of",
    "shares_of",
    "site_of_document",
]

LINES = pa.schema([("site", pa.string()), ("story", pa.uint64()), ("lines", pa.large_list(pa.uint64()))])
"""A row beside each document: its site, the fingerprint of its story, and those of its distinct lines; none where it has no document."""

OWN_LINES = pa.schema([*LINES, ("long", pa.large_list(pa.uint64()))])
"""The same, and which of the lines may be sentences."""

_SITES = pa.schema(
    [
        ("site", pa.string()),
        ("lines", pa.large_list(pa.uint64())),
        ("steps", pa.large_list(pa.int64())),
    ]
)
_SAMPLE = 400
"""Stories of a site that are looked at, where it has more."""
SCALE = 100
STEPS = ((3, 8), (4, 20))
"""Stories at the least, and of SCALE stories at the least, that hold a line: all that is told of how often it recurs.

Were it told exactly, each new page would change what is known of its site, and every page of the site had to be cleaned again.
"""
_SENTENCE = 8
"""Words of a sentence. The last step counts for sentences alone, so no other line is told that it has reached it."""
_GATHERED, _CHUNKS = "sites", 64
"""The pass that brings sites together, and how many chunks a task of it reads."""
_AT_ONCE = 40_000
"""Documents whose lines are held at once."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def lines_of(documents: Sequence[Document]) -> list[tuple[int, NDArray[np.uint64], NDArray[np.uint64]]]:
    """For each document the fingerprint of its story, those of its distinct lines, and of these the ones that may be sentences.

    0 and none where it has no line.
    """
    texts = [document.slice(block) for document in documents for block in document.blocks]
    prints = fingerprints(texts)
    long = np.array([_is_long(text) for text in texts], np.bool_)
    found, end = [], 0
    for document in documents:
        start, end = end, end + len(document.blocks)
        own = prints[start:end]
        sizes = [block.end - block.start for block in document.blocks]
        story = int(own[sizes.index(max(sizes))]) if sizes else 0
        found.append((story, np.unique(own[own != 0]), np.unique(own[long[start:end] & (own != 0)])))
    return found


def _is_long(text: str) -> bool:
    """Whether a line may be a sentence to the cleaner of templates: more words than it asks for, or script without spaces."""
    return len(text) > 20 * _SENTENCE or not text.isascii() or len(text.split()) >= _SENTENCE


@dataclass(frozen=True, slots=True)
class LearnTask:
    """A share of the sites, by their names, to learn from the pages of all chunks."""

    store: Store
    chunks: Sequence[str]
    share: int
    shares: int


def shares_of(documents: int) -> int:
    """In how many shares the sites of so many documents are learned."""
    return -(-documents // _AT_ONCE) or 1


def learn(task: LearnTask) -> dict[str, Any]:
    """Commit what is known of every site of a share that has stories enough. Returns the facts of the task."""
    rows = _of_share(task.store, task.chunks, task.share, task.shares)
    known = [_known(*group) for group in _groups(rows)]
    _write(task.store, f"{task.share}.arrow", known)
    facts = {"documents": rows.num_rows, "rejected": 0, "sites": {row[0]: _digest(row) for row in known if row[1]}}
    task.store.finish("learn", str(task.share), facts)
    return facts


def gather_sites(store: Store, chunks: Sequence[str], shares: int, engine: Engine) -> None:
    """Bring the lines of each share of the sites together, so that none of many shares has to read all chunks."""
    if shares > 1:
        carry_out(
            store, _GATHERED, {group[0]: _Lines(store, group, shares) for group in _in_groups(chunks)}, _spread, engine
        )


def _in_groups(chunks: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(chunks[at : at + _CHUNKS]) for at in range(0, len(chunks), _CHUNKS)]


@dataclass(frozen=True, slots=True)
class _Lines:
    store: Store
    chunks: tuple[str, ...]
    shares: int


def _spread(task: _Lines) -> dict[str, Any]:
    rows = _told(task.store, task.chunks)
    column = rows.column("site").combine_chunks().dictionary_encode()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    share = np.array([_share(name, task.shares) for name in column.dictionary.to_pylist()], np.int64)
    spread(task.store, _GATHERED, f"{task.chunks[0]}.arrow", rows, (share[column.indices.to_numpy()], task.shares))
    facts = {"documents": rows.num_rows}
    task.store.finish(_GATHERED, task.chunks[0], facts)
    return facts


def _of_share(store: Store, chunks: Sequence[str], share: int, shares: int) -> pa.Table:
    if shares == 1:
        return _told(store, chunks)
    return collect(store, _GATHERED, [f"{group[0]}.arrow" for group in _in_groups(chunks)], share)


def _told(store: Store, chunks: Sequence[str]) -> pa.Table:
    """The rows of some chunks that tell something of a site."""
    parts = [LINES.empty_table()]
    for chunk in chunks:
        table = store.read("survey", f"{chunk}.arrow", LINES.names)
        told = pc.and_(
            pc.not_equal(table.column("site"), ""), pc.greater(pc.list_value_length(table.column("lines")), 0)
        )
        parts.append(table.filter(told))
    return pa.concat_tables(parts)


def _share(site: str, shares: int) -> int:
    return zlib.crc32(site.encode("utf-8", "surrogatepass")) % shares


def _groups(rows: pa.Table) -> Iterable[tuple[str, NDArray[np.uint64], list[NDArray[np.uint64]]]]:
    """For each site its stories, sorted and at most as many as are looked at, and the distinct lines of each."""
    sites = np.array(rows.column("site").to_pylist(), object)
    stories = rows.column("story").to_numpy()
    lines = rows.column("lines").combine_chunks()
    offsets, values = lines.offsets.to_numpy(), lines.values.to_numpy()
    order = np.lexsort((stories, sites)) if len(sites) else np.zeros(0, np.int64)
    edges = (
        np.flatnonzero(np.concatenate(([True], sites[order][1:] != sites[order][:-1], [True]))) if len(order) else [0]
    )
    for first, end in pairwise(edges):
        own = order[first:end]
        distinct, start = np.unique(stories[own], return_index=True)
        if len(distinct) < STEPS[0][0]:
            continue
        distinct = distinct[:_SAMPLE]
        ends = np.append(start, len(own))
        merged = []
        for number in range(len(distinct)):
            its = own[ends[number] : ends[number + 1]]
            pieces = [values[offsets[row] : offsets[row + 1]] for row in its]
            merged.append(pieces[0] if len(pieces) == 1 else np.unique(np.concatenate(pieces)))
        yield str(sites[own[0]]), distinct, merged


def _known(site: str, stories: NDArray[np.uint64], lines: list[NDArray[np.uint64]]) -> tuple[str, list[int], list[int]]:
    found, counts = np.unique(np.concatenate(lines), return_counts=True)
    steps = np.zeros(len(found), np.int64)
    for fewest, share in STEPS:
        steps[(counts >= fewest) & (counts * SCALE >= share * len(stories))] = share
    return site, found[steps > 0].tolist(), steps[steps > 0].tolist()


def _digest(known: tuple[str, list[int], list[int]]) -> str:
    return hashlib.sha256(json.dumps(known[1:]).encode()).hexdigest()[:16]


def _write(store: Store, name: str, rows: list[tuple[str, list[int], list[int]]]) -> None:
    columns = [list(column) for column in zip(*(row for row in rows if row[1]), strict=True)] or [[], [], []]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, _SITES, strict=True)]
    store.write_mapped("learn", name, pa.Table.from_arrays(arrays, schema=_SITES))


@dataclass(frozen=True, slots=True)
class Known:
    """The lines that recur on a site, sorted, and the step that each has reached."""

    lines: NDArray[np.uint64]
    steps: NDArray[np.int64]

    def among(
        self, lines: NDArray[np.uint64], long: NDArray[np.uint64]
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Those of a document's lines that recur, and their steps; long: those of the lines that may be sentences."""
        if not len(self.lines) or not len(lines):
            return lines[:0], self.steps[:0]
        at = np.minimum(np.searchsorted(self.lines, lines), len(self.lines) - 1)
        here = self.lines[at] == lines
        own, steps = lines[here], self.steps[at[here]]
        return own, np.where(np.isin(own, long), steps, np.minimum(steps, STEPS[0][1]))


_NOTHING = Known(np.zeros(0, np.uint64), np.zeros(0, np.int64))


def known_sites(store: Store, names: Iterable[str], shares: int) -> dict[str, Known]:
    """What is known of these sites, by name."""
    found = dict.fromkeys(names, _NOTHING)
    for name in found:
        rows, table = _mapped(store.path("learn", f"{_share(name, shares)}.arrow"))
        if name in rows:
            lines, steps = (table.column(column)[rows[name]].values.to_numpy() for column in ("lines", "steps"))
            found[name] = Known(lines, steps)
    return found


def site_of_document(name: str, lines: NDArray[np.uint64], steps: NDArray[np.int64]) -> Site | None:
    """What a document is told of its site: the lines of its own that recur there, as if of SCALE stories; None without a site."""
    return Site(name, SCALE, dict(zip(lines.tolist(), steps.tolist(), strict=True))) if name else None


@functools.lru_cache(maxsize=64)
def _mapped(path: Path) -> tuple[dict[str, int], pa.Table]:
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    return {name: row for row, name in enumerate(table.column("site").to_pylist())}, table

"""The pass that learns what is known of each site: the lines that recur on its pages whatever the story.

A document stands for its story by its longest block, so that copies of one wire story count once however many pages carry it.
Of a large site a sample of stories is enough; which ones is settled by their fingerprints, so that order and number of workers
change nothing. Memory stays bounded: lines are counted a partition at a time, by a slice of their fingerprints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.building.rows import to_document
from corpusprep.cleaners.context import Site
from corpusprep.cleaners.evidence import fingerprints
from corpusprep.engine import attend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from corpusprep.building.store import Store

__all__ = ["SurveyTask", "sites_of", "survey"]

LINES = pa.schema([("site", pa.string()), ("story", pa.uint64()), ("line", pa.uint64())])

_SAMPLE = 400
"""Stories of a site that are looked at; about as many where it has more."""
_FEWEST = 3
"""Fewer stories teach nothing."""
_DOCUMENTS, _AT_ONCE = 256, 20_000_000
"""Documents held, and lines counted, at once."""


@dataclass(frozen=True, slots=True)
class SurveyTask:
    """One chunk of documents to survey. skipped: (row, reason) of documents that a worker died at."""

    store: Store
    chunk: str
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> SurveyTask:
        """See `engine.Task`."""
        return replace(self, skipped=(*self.skipped, (record, reason)))


def survey(task: SurveyTask) -> dict[str, Any]:
    """Commit the distinct lines of each document of a chunk, with its site and its story."""
    skipped = dict(task.skipped)
    documents = task.store.read("render", f"{task.chunk}.parquet", ["site", "text", "rest", "decoding", "url"])
    with task.store.writer("survey", f"{task.chunk}.parquet", LINES) as writer:
        for start in range(0, documents.num_rows, _DOCUMENTS):
            batch = documents.slice(start, _DOCUMENTS)
            sites: list[str] = []
            stories: list[NDArray[np.uint64]] = []
            lines: list[NDArray[np.uint64]] = []
            for number, row in enumerate(batch.to_pylist(), start):
                if row["text"] is None or not row["site"] or number in skipped:
                    continue
                attend(number)
                story, prints = _fingerprints(row)
                sites += [row["site"]] * len(prints)
                stories.append(np.full(len(prints), story, np.uint64))
                lines.append(prints)
            attend()
            if lines:
                columns = [pa.array(sites), pa.array(np.concatenate(stories)), pa.array(np.concatenate(lines))]
                writer.write_table(pa.Table.from_arrays(columns, schema=LINES))
    facts = {"documents": documents.num_rows, "rejected": 0}
    task.store.finish("survey", task.chunk, facts)
    return facts


def _fingerprints(row: Mapping[str, Any]) -> tuple[int, NDArray[np.uint64]]:
    """The fingerprint of a document's story, and those of its distinct lines."""
    document = to_document(row)
    prints = fingerprints([document.slice(block) for block in document.blocks])
    if not len(prints):
        return 0, prints
    sizes = [block.end - block.start for block in document.blocks]
    return int(prints[int(np.argmax(sizes))]), np.unique(prints[prints != 0])


def sites_of(store: Store, chunks: Sequence[str]) -> dict[str, dict[str, Site]]:
    """What is known of the sites that each chunk has documents of: chunk -> site -> what is known."""
    stories = _stories(store, chunks)
    known = {name: _sampled(found) for name, found in stories.items() if len(found) >= _FEWEST}
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    total = sum(store.read("survey", f"{chunk}.parquet", ["site"]).num_rows for chunk in chunks)
    parts = max(1, -(-total // _AT_ONCE))
    for part in range(parts):
        _count(store, chunks, known, (part, parts), counts)
    sites = {name: Site(name, len(known[name]), dict(sorted(counts[name].items()))) for name in known}
    found: dict[str, dict[str, Site]] = {}
    for chunk in chunks:
        names = store.read("survey", f"{chunk}.parquet", ["site"]).column("site").unique().to_pylist()
        found[chunk] = {name: sites[name] for name in sorted(names) if name in sites and sites[name].lines}
    return found


def _stories(store: Store, chunks: Sequence[str]) -> dict[str, set[int]]:
    stories: dict[str, set[int]] = defaultdict(set)
    for chunk in chunks:
        table = store.read("survey", f"{chunk}.parquet", ["site", "story"])
        for row in table.group_by(["site", "story"]).aggregate([]).to_pylist():
            stories[row["site"]].add(row["story"])
    return stories


def _sampled(stories: set[int]) -> frozenset[int]:
    """All stories of a site, or those with the smallest fingerprints."""
    return frozenset(stories if len(stories) <= _SAMPLE else sorted(stories)[:_SAMPLE])


def _count(
    store: Store,
    chunks: Sequence[str],
    known: Mapping[str, frozenset[int]],
    part: tuple[int, int],
    counts: dict[str, Counter[int]],
) -> None:
    """Add, for the lines of one partition, in how many of its site's stories each stands, where in three at least."""
    number, parts = part
    pieces = []
    for chunk in chunks:
        table = store.read("survey", f"{chunk}.parquet")
        if parts > 1:
            table = table.filter(pa.array(table.column("line").to_numpy() % np.uint64(parts) == number))
        pieces.append(table.group_by(["site", "line", "story"]).aggregate([]))
    distinct = pa.concat_tables(pieces).group_by(["site", "line", "story"]).aggregate([])
    sites = distinct.column("site").to_pylist()
    stories = distinct.column("story").to_pylist()
    sampled = pa.array([story in known.get(site, ()) for site, story in zip(sites, stories, strict=True)], pa.bool_())
    kept = distinct.filter(sampled).group_by(["site", "line"]).aggregate([("story", "count")])
    for row in kept.filter(pc.greater_equal(kept.column("story_count"), _FEWEST)).to_pylist():
        counts[row["site"]][row["line"]] = row["story_count"]

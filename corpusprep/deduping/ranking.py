"""The order in which documents may stand for their copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from corpusprep.deduping.dates import UNKNOWN, intervals
from corpusprep.deduping.pairs import Pairs, components
from corpusprep.deduping.relations import PARAGRAPH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.deduping.documents import Documents
    from corpusprep.deduping.overlap import Overlap

__all__ = ["Ages", "ages", "best_of_alike", "fullness", "ranks"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NEVER = UNKNOWN[1]
_LEVEL = 0.95
"""Texts whose shared parts differ by less than this are equally full, so that a changed word decides nothing."""
_CLUTTER, _CLUTTER_WORDS = 0.05, 8  # tokens of a text outside its story that are more than edits


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """Earliest and latest moment of each document (see `dates.interval`); of documents that are alike the first counts."""

    earliest: Indices
    latest: Indices

    def order(self, pairs: Pairs) -> Indices:
        """For each pair: 1 where the left document is newer for certain, -1 where it is older, else 0."""
        newer = self.earliest[pairs.left] > self.latest[pairs.right]
        older = self.latest[pairs.left] < self.earliest[pairs.right]
        return newer.astype(np.int64) - older

    def shared(self, pairs: Pairs) -> Ages:
        """Let both documents of each pair, which have one version of a text, be as old as the older of them."""
        mine = np.concatenate([pairs.left, pairs.right])
        its = np.concatenate([pairs.right, pairs.left])
        known = np.where(self.earliest == 0, NEVER, self.earliest)
        older = known[its] < known[mine]
        mine, its = mine[older], its[older]
        order = np.argsort(-known[its], kind="stable")  # the oldest is written last
        source = np.arange(len(known))
        source[mine[order]] = its[order]
        return Ages(self.earliest[source], self.latest[source])


def ages(documents: Documents, wanted: Indices) -> tuple[Ages, Indices]:
    """Ages of the wanted documents, and the first date of each as a number to sort by (unknown ones last).

    A text that appeared in May is of May, though another site carried it in June: documents that are alike share an age.
    """
    earliest, latest = np.zeros(len(documents), np.int64), np.full(len(documents), NEVER)
    first = np.full(len(documents), NEVER)
    published, updated = (documents.column(name, wanted) for name in ("published", "updated"))
    made, changed = pc.not_equal(published, ""), pc.not_equal(updated, "")
    earliest[wanted], latest[wanted] = intervals(pc.if_else(changed, updated, published))
    begins = intervals(pc.if_else(made, published, updated))[0]
    first[wanted] = np.where(begins == UNKNOWN[0], NEVER, begins)
    own = wanted[documents.alike[wanted] != wanted]
    group = documents.alike[own]
    each = Ages(earliest, latest).shared(Pairs(group, own))
    return each.shared(Pairs(group, own)), first


def preference(documents: Documents, wanted: Indices, prefer: Sequence[str]) -> Indices:
    """The place of each wanted document's site or source in the list of preferred ones; its length for others."""
    place = np.full(len(documents), len(prefer), np.int64)
    if prefer:
        known = {name: number for number, name in reversed(list(enumerate(prefer)))}
        for column in ("site", "source"):
            values = documents.strings(column, wanted)
            found = np.array([known.get(value, len(prefer)) for value in values], np.int64)
            place[wanted] = np.minimum(place[wanted], found)
    return place


def best_of_alike(alike: Indices, *keys: Indices) -> Indices:
    """For each document, the best by the keys (first key first, then the number) of those with its very text."""
    order = np.lexsort((*reversed(keys), alike))
    first = np.flatnonzero(np.concatenate([[True], np.diff(alike[order]) > 0])) if len(order) else order
    best = np.arange(len(alike))
    best[alike[order[first]]] = order[first]
    return best[alike]


def fullness(pairs: Pairs, overlap: Overlap, count: int) -> tuple[Indices, Flags]:
    """Tokens of each document's story that some copy has as well; and whether page furniture stands in it.

    Where there are but two texts nobody can bear witness to what only one has; if that is more than a prompt or two, it
    counts: doubt keeps. Lines that do not read like sentences count for nobody.
    """
    full = np.zeros(count, np.int64)
    both = np.concatenate([pairs.left, pairs.right])
    covered, story, tokens = (
        np.concatenate([getattr(side, name) for side in (overlap.left, overlap.right)])
        for name in ("covered", "story", "tokens")
    )
    degree = np.bincount(both, minlength=count)
    alone = (degree[pairs.left] == 1) & (degree[pairs.right] == 1)
    counts = np.concatenate([alone, alone]) & (story - covered >= PARAGRAPH)
    np.maximum.at(full, both, np.where(counts, story, covered))
    least = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(least, both, tokens - story)
    total = np.ones(count, np.int64)
    total[both] = tokens
    return full, (degree > 0) & (least > _CLUTTER_WORDS) & (least > _CLUTTER * total)


def ranks(pairs: Pairs, full: Indices, *keys: Indices) -> Indices:
    """All different, the best 0: the fullest text within what hangs together, then the keys, then the number."""
    count = len(full)
    root = components(pairs, count)
    most = np.zeros(count, np.int64)
    np.maximum.at(most, root, full)
    most = most[root]
    level = np.full(count, np.iinfo(np.int64).max)
    some = full > 0
    level[some] = np.floor(np.log(full[some] / most[some]) / np.log(_LEVEL) + 1e-9)
    rank = np.empty(count, np.int64)
    rank[np.lexsort((*reversed(keys), level))] = np.arange(count)
    return rank

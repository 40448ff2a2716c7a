"""The order in which documents may stand for their copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.dates import interval
from corpusprep.deduping.pairs import Pairs, components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.deduping.documents import Documents
    from corpusprep.deduping.overlap import Overlap

__all__ = ["Ages", "ages", "best_of_alike", "fullness", "ranks"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LEVEL = 0.95
"""Texts whose shared parts differ by less than this are equally full, so that a changed word decides nothing."""


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


def ages(documents: Documents, wanted: Indices) -> tuple[Ages, Indices]:
    """Ages of the wanted documents, and the first date of each as a number to sort by (unknown ones last)."""
    earliest, latest = np.zeros(len(documents), np.int64), np.full(len(documents), 10**12)
    first = np.full(len(documents), 10**12)
    published, updated = (documents.strings(name, wanted) for name in ("published", "updated"))
    for number, made, changed in zip(wanted.tolist(), published, updated, strict=True):
        earliest[number], latest[number] = interval(changed or made)
        day = interval(made or changed)[0]
        first[number] = day or 10**12
    # A text that appeared in May is of May, though another site carried it in June.
    group = documents.alike[wanted]
    order = np.argsort(np.where(earliest[wanted] == 0, 10**12, earliest[wanted]), kind="stable")[::-1]
    shared = Ages(earliest.copy(), latest.copy())
    shared.earliest[group[order]], shared.latest[group[order]] = earliest[wanted[order]], latest[wanted[order]]
    return shared, first


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


def fullness(pairs: Pairs, overlap: Overlap, count: int) -> Indices:
    """Tokens of each document that some copy of it has as well."""
    full = np.zeros(count, np.int64)
    np.maximum.at(full, pairs.left, overlap.left_covered)
    np.maximum.at(full, pairs.right, overlap.right_covered)
    return full


def ranks(pairs: Pairs, full: Indices, *keys: Indices) -> Indices:
    """All different, the best 0: the fullest text within what hangs together, then the keys, then the number."""
    count = len(full)
    root = components(pairs, count)
    most = np.zeros(count, np.int64)
    np.maximum.at(most, root, full)
    most = most[root]
    level = np.zeros(count, np.int64)
    some = full > 0
    level[some] = np.floor(np.log(full[some] / most[some]) / np.log(_LEVEL) + 1e-9)
    level[~some] = np.iinfo(np.int64).max
    rank = np.empty(count, np.int64)
    rank[np.lexsort((*reversed(keys), level))] = np.arange(count)
    return rank

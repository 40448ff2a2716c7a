"""What an older release already has, from its stored signatures alone.

Without the older texts the shares are estimates from sketches, so more is asked of them than of compared texts, and what
may be news (a later version, a fuller text) stays.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.deduping.dates import interval
from corpusprep.deduping.documents import Documents, gather
from corpusprep.deduping.numbers import compare_slots, is_template
from corpusprep.deduping.pairs import Pairs
from corpusprep.deduping.ragged import Ragged, count_shared, spread
from corpusprep.deduping.relations import Relation
from corpusprep.deduping.reports import COPIES
from corpusprep.deduping.signing import bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Known", "find_known"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_SHARE = 0.6  # of the sketch of either in the other: one text
_PART = 0.75  # of the sketch of the shorter in the longer
_ITEM = 1 / 3  # of the sketch of the longer in the shorter; below it the shorter is an item in it
_SURE = 0.45  # what the share is at least, nineteen times in twenty
_COMMON = 6  # hashes in both
_LONGER = 1.15  # a later text with that much more is news
_HOT = 64  # documents under a hash, from which on it says too little by itself


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What older releases have of a corpus.

    numbers: documents that are known, ascending; rows: one row for each, as in the table `duplicates`, where kept_id and
    cluster_id are ids of the older release. links: the same for documents that the older release has in part or in an
    earlier version, and that stay.
    """

    numbers: Indices
    rows: pa.Table
    links: pa.Table


@dataclass(frozen=True, slots=True)
class _Find:
    """One document of ours and one of theirs; of several the nearest decides."""

    stays: bool
    strength: int
    distance: float
    their_id: str
    number: int
    their_source_id: str
    relation: Relation
    method: str
    resemblance: float
    containment: float
    evidence: str

    @property
    def order(self) -> tuple[int, float, str]:
        return self.strength, self.distance, self.their_id


def find_known(documents: Documents, against: Iterable[pa.Table]) -> Known:
    """Look up documents in the signatures of older releases, read one table at a time.

    Raises InputError for signatures of another algorithm.
    """
    best: dict[int, _Find] = {}
    index: _Index | None = None
    for table in against:
        theirs = gather([table])
        index = index or _Index(documents.sketches)
        for find in [*_exact(documents, theirs), *_near(documents, theirs, index)]:
            if find.number not in best or find.order < best[find.number].order:
                best[find.number] = find
    numbers = sorted(number for number, find in best.items() if not find.stays)
    others = sorted(number for number, find in best.items() if find.stays)
    return Known(
        np.array(numbers, np.int64),
        _rows(documents, [best[number] for number in numbers]),
        _rows(documents, [best[number] for number in others]),
    )


def _exact(ours: Documents, theirs: Documents) -> Iterator[_Find]:
    ways = (("content_sha256", "bytes", "the same bytes", 0), ("digest", "text", "the same words", 1))
    for column, method, evidence, strength in ways:
        values = ours.table.column(column)
        eligible = ours.n_tokens > 0 if column == "digest" else pc.not_equal(values, "").to_numpy()
        rows = pc.index_in(values, value_set=theirs.table.column(column)).fill_null(-1).to_numpy()
        numbers = np.flatnonzero((rows >= 0) & eligible)
        ids, source_ids = (theirs.strings(name, rows[numbers]) for name in ("id", "source_id"))
        for number, key, source_id in zip(numbers.tolist(), ids, source_ids, strict=True):
            yield _Find(False, strength, 0.0, key, number, source_id, Relation.DUPLICATE, method, 1.0, 1.0, evidence)


def _near(ours: Documents, theirs: Documents, index: _Index) -> Iterator[_Find]:
    pairs = index.candidates(theirs.sketches)
    count = len(ours)
    sketches, slots = _joined(ours.sketches, theirs.sketches), _joined(ours.slots, theirs.slots)
    n_shingles = np.concatenate([ours.n_shingles, theirs.n_shingles])
    left, right = pairs.left, pairs.right + count
    common = count_shared(sketches, left, right)
    bound = np.minimum(bounds(n_shingles[left]), bounds(n_shingles[right]))
    mine, its = (_below(sketches, side, bound) for side in (left, right))
    both, changed = compare_slots(slots, left, right)
    words = np.concatenate([ours.words, theirs.words])
    smaller = np.maximum(np.minimum(mine, its), 1)
    share = np.minimum(common / smaller, 1.0)
    sure = share - 1.64 * np.sqrt(share * (1 - share) / smaller) >= _SURE
    sure &= (common >= _COMMON) & ~is_template(both, changed, np.minimum(words[left], words[right]))
    of_mine, of_its = common / np.maximum(mine, 1), common / np.maximum(its, 1)
    for place in np.flatnonzero(sure).tolist():
        number, row = int(pairs.left[place]), int(pairs.right[place])
        relation, stays = _relation(
            float(of_mine[place]),
            float(of_its[place]),
            int(changed[place]),
            _newer(ours, number, theirs, row),
            float(words[left[place]] / max(words[right[place]], 1)),
        )
        if relation == Relation.NONE:
            continue
        n_common, n_mine, n_its = int(common[place]), int(mine[place]), int(its[place])
        yield _Find(
            stays,
            2,
            1.0 - n_common / max(n_mine + n_its - n_common, 1),
            theirs.strings("id", pairs.right[[place]])[0],
            number,
            theirs.strings("source_id", pairs.right[[place]])[0],
            relation,
            "sketch",
            n_common / max(n_mine + n_its - n_common, 1),
            float(share[place]),
            f"{n_common} of its {n_mine} sampled runs of words stand in the other, which has {n_its}; "
            f"{changed[place]} of {both[place]} numbers differ",
        )


def _relation(of_mine: float, of_its: float, changed: int, newer: int, longer: float) -> tuple[Relation, bool]:
    """What ours is to theirs, and whether it stays nevertheless."""
    if min(of_mine, of_its) >= _SHARE:
        if changed or (newer > 0 and longer >= _LONGER):
            return Relation.UPDATED, newer >= 0
        return Relation.DUPLICATE, False
    if of_mine >= _PART:
        return (Relation.ABRIDGED, False) if of_its >= _ITEM else (Relation.CONTAINED, True)
    return Relation.NONE, True


def _newer(ours: Documents, number: int, theirs: Documents, row: int) -> int:
    """1 where ours is the newer one, -1 where it is the older, 0 where nobody knows."""
    spans = []
    for documents, place in ((ours, number), (theirs, row)):
        published, updated = (documents.strings(name, np.array([place]))[0] for name in ("published", "updated"))
        spans.append(interval(updated or published))
    (earliest, latest), (their_earliest, their_latest) = spans
    return int(earliest > their_latest) - int(latest < their_earliest)


class _Index:
    """Our documents by hash, made once for all tables of theirs."""

    def __init__(self, rows: Ragged) -> None:
        self.rows = rows
        self._plain = self._sorted(rows.values)

    def candidates(self, theirs: Ragged) -> Pairs:
        """Pairs of one of ours and one of theirs with a hash in common; under a hot hash also the one after it."""
        keys, owners = self._plain
        first = np.searchsorted(keys, theirs.values)
        found = np.flatnonzero(keys[np.minimum(first, len(keys) - 1)] == theirs.values) if len(keys) else first[:0]
        asked, askers = theirs.values[found], np.searchsorted(theirs.offsets, found, side="right") - 1
        cold = np.searchsorted(keys, asked, side="right") - first[found] <= _HOT
        left, right = _join(keys, owners, asked[cold], askers[cold])
        if not cold.all():
            more = _join(*self._with_next, _with_next(theirs)[found[~cold]], askers[~cold])
            left, right = np.concatenate([left, more[0]]), np.concatenate([right, more[1]])
        both = np.unique((left << 32) | right)
        return Pairs(both >> 32, both & 0xFFFFFFFF)

    @functools.cached_property
    def _with_next(self) -> tuple[Hashes, Indices]:
        return self._sorted(_with_next(self.rows))

    def _sorted(self, values: Hashes) -> tuple[Hashes, Indices]:
        order = np.argsort(values, kind="stable")
        return values[order], np.searchsorted(self.rows.offsets, order, side="right") - 1


def _join(keys: Hashes, owners: Indices, asked: Hashes, askers: Indices) -> tuple[Indices, Indices]:
    """Owners of sorted keys, with those who asked for them."""
    first = np.searchsorted(keys, asked)
    counts = np.searchsorted(keys, asked, side="right") - first
    ends = np.cumsum(counts)
    places = np.repeat(first - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
    return owners[places], np.repeat(askers, counts)


def _with_next(rows: Ragged) -> Hashes:
    """Each value mixed with the one that follows it in its row."""
    following = np.append(rows.values[1:], np.zeros(min(1, len(rows.values)), np.uint64))
    following[rows.offsets[1:][rows.lengths > 0] - 1] = 0
    return rows.values ^ (following * np.uint64(0x9FB21C651E98DF25))


def _joined(one: Ragged, other: Ragged) -> Ragged:
    return Ragged(
        np.concatenate([one.offsets, other.offsets[1:] - other.offsets[0] + one.offsets[-1]]),
        np.concatenate([one.values, other.values]),
    )


def _below(rows: Ragged, asked: Indices, bound: Hashes) -> Indices:
    """How many values of each row are below a bound."""
    lengths = rows.lengths[asked]
    low = rows.values[spread(rows.offsets, asked)] < np.repeat(bound, lengths)
    return np.bincount(np.repeat(np.arange(len(asked)), lengths), low, len(asked)).astype(np.int64)


def _rows(documents: Documents, finds: list[_Find]) -> pa.Table:
    own = documents.table.take(np.array([find.number for find in finds], np.int64))
    return pa.table(
        [
            *(own.column(name) for name in ("id", "source_id", "source", "record")),
            pa.array([find.their_id for find in finds], pa.string()),
            pa.array([find.their_source_id for find in finds], pa.string()),
            pa.array([find.their_id for find in finds], pa.string()),
            pa.array([find.relation.label for find in finds], pa.string()),
            pa.array([find.method for find in finds], pa.string()),
            pa.array([round(find.resemblance, 4) for find in finds], pa.float64()),
            pa.array([round(find.containment, 4) for find in finds], pa.float64()),
            pa.array([find.evidence for find in finds], pa.string()),
        ],
        schema=COPIES,
    )

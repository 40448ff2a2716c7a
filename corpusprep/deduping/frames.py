"""One frame filled in anew, told by words: reports that differ in the same places again and again.

Numbers tell most of them (see `numbers`). Where names and other words fill the slots, two texts alone look like a copy with
edits; but of several texts each differs from most others in its slots, and copies with edits differ each in places of
their own, and in none from the text they were made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.numbers import SHARE

if TYPE_CHECKING:
    from corpusprep.deduping.overlap import Overlap
    from corpusprep.deduping.texts import Texts

__all__ = ["Gaps", "refilled", "renumbered"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_IN_SLOTS = 0.7  # of what differs between two texts
_SLOTS, _FEWEST = 3, 2  # in one of the texts, and in the other, whose words may be those that come most often
_WORDS = 30  # to each slot, at most
_SHORT = 80  # words
_MOST = 0.5  # of the texts that one is paired with, more of which differ in a slot
_TWINS = 0.25  # of them, at most, that differ nowhere: with more there are a few styles of one text
_SOME = 0.1  # of them: as many see a slot begin or end
_WITNESSES = 2  # texts that one is paired with, at least, of which most differ from it in a slot


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Short runs of tokens that the other text of the pair lacks: one value a run.

    pair: number of the pair. right: whether the run stands in its right text. start, stop: in the tokens of all texts.
    """

    pair: Indices
    right: Flags
    start: Indices
    stop: Indices

    @classmethod
    def join(cls, parts: list[Gaps]) -> Gaps:
        """All of them."""
        none = np.zeros(0, np.int64)
        return cls(
            np.concatenate([none, *(part.pair for part in parts)]),
            np.concatenate([none.astype(np.bool_), *(part.right for part in parts)]),
            np.concatenate([none, *(part.start for part in parts)]),
            np.concatenate([none, *(part.stop for part in parts)]),
        )

    def take(self, places: Indices | Flags) -> Gaps:
        """Some of them."""
        return Gaps(self.pair[places], self.right[places], self.start[places], self.stop[places])


def refilled(texts: Texts, rows: tuple[Indices, Indices], gaps: Gaps, merges: Flags, near: Flags) -> Flags:
    """Which pairs are two fillings of one frame.

    rows: of the left and right texts of all pairs. merges: pairs that would be copies; only they are asked about. near:
    pairs that have much in common; only they bear witness, and only of them gaps are known.
    """
    gaps = gaps.take(near[gaps.pair])
    words = texts.n_tokens * 5 / np.maximum(texts.widths, 1)
    others = sum(np.bincount(side[near], minlength=len(words)) for side in rows)
    owner = np.where(gaps.right, rows[1][gaps.pair], rows[0][gaps.pair])
    asked = np.flatnonzero(np.asarray(others)[owner] >= _WITNESSES)
    in_slots = np.zeros(len(owner), np.int64)
    in_slots[asked], n_slots = _in_slots(texts, gaps.take(asked), np.asarray(others))
    gapped = np.bincount(gaps.pair, minlength=len(merges)) > 0
    differ = sum(np.bincount(side[gapped], minlength=len(words)) for side in rows)
    frame = (np.asarray(others) - differ) <= _TWINS * np.asarray(others)
    slotted, rich = merges.copy(), np.zeros(len(merges), np.bool_)
    for right in (False, True):
        mine = gaps.right == right
        row = rows[int(right)]
        differs = np.bincount(gaps.pair[mine], (gaps.stop - gaps.start)[mine], len(merges))
        within = np.bincount(gaps.pair[mine], in_slots[mine], len(merges))
        slotted &= (within >= _IN_SLOTS * differs) & (within > 0) & frame[row] & (n_slots[row] >= _FEWEST)
        rich |= (n_slots[row] >= _SLOTS) & (n_slots[row] * _WORDS >= words[row])
    result: Flags = slotted & rich
    return result


def renumbered(texts: Texts, rows: tuple[Indices, Indices], gaps: Gaps, overlap: Overlap) -> Flags:
    """Which pairs are short and differ in many of their numbers, and in words at several places as well.

    A number or two is all that short reports have (see `numbers.is_template`, which asks for more).
    """
    words = texts.n_tokens * 5 / np.maximum(texts.widths, 1)
    places = np.minimum(
        *(np.bincount(gaps.pair[gaps.right == right], minlength=len(rows[0])) for right in (False, True))
    )
    result: Flags = (overlap.changed > 0) & (overlap.changed >= SHARE * overlap.slots) & (places >= _SLOTS)
    result &= np.minimum(words[rows[0]], words[rows[1]]) <= _SHORT
    return result


def _in_slots(texts: Texts, gaps: Gaps, others: Indices) -> tuple[Indices, npt.NDArray[np.float64]]:
    """Tokens of each gap in which its text differs from most others it is paired with; the number of slots, per text.

    Of a gap that begins and ends with such tokens, or is half of them, all count: fixed words between slots go with them. A slot begins and
    ends where gaps of several pairs do, so that neighbours, which often make one gap, are told apart.
    """
    count = len(others)
    if not len(gaps.start):
        return np.zeros(0, np.int64), np.zeros(count)
    points, back = _ranked(np.concatenate([gaps.start, gaps.stop]))
    steps = np.repeat([1, -1], len(gaps.start))
    depth = np.cumsum(np.bincount(back, steps, len(points)).round().astype(np.int64))
    row = np.searchsorted(texts.offsets, points, side="right") - 1
    row = np.minimum(row, count - 1)
    most = (depth > _MOST * others[row]) & (depth > 0)
    lengths = np.append(np.diff(points), 0) * most
    sums = np.concatenate([[0], np.cumsum(lengths)])
    edges = np.bincount(back, minlength=len(points))
    slot_edges = (most | np.concatenate([[False], most[:-1]])) & (edges >= np.maximum(_WITNESSES, _SOME * others[row]))
    starts, stops = back[: len(gaps.start)], back[len(gaps.start) :]
    size, own = gaps.stop - gaps.start, sums[stops] - sums[starts]
    within = np.where((most[starts] & most[stops - 1]) | (2 * own >= size), size, own)
    return within, np.bincount(row, slot_edges, count) / 2


def _ranked(places: Indices) -> tuple[Indices, Indices]:
    """The distinct places, ascending, and which of them each is: as `np.unique` tells, at a fraction of the cost."""
    bits = np.uint64(max(1, int(len(places) - 1).bit_length()))
    keys = (places.astype(np.uint64) << bits) | np.arange(len(places), dtype=np.uint64)
    keys.sort()
    ordered = (keys >> bits).astype(np.int64)
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    back = np.empty(len(places), np.int64)
    back[(keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)] = np.cumsum(new) - 1
    return ordered[new], back

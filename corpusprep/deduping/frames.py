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

if TYPE_CHECKING:
    from corpusprep.deduping.texts import Texts

__all__ = ["Gaps", "refilled"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_IN_SLOTS = 0.7  # of what differs between two texts
_SLOTS = 3
_WORDS = 30  # to each slot, at most
_MOST = 2 / 3  # of them: more than differ where half of the copies follow another house's style
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
    contested = np.zeros(len(owner), np.int64)
    contested[asked], n_slots = _contested(texts, gaps.take(asked), np.asarray(others))
    slotted = np.ones(len(merges), np.bool_)
    for right in (False, True):
        mine = gaps.right == right
        own_row = rows[int(right)]
        differs = np.bincount(gaps.pair[mine], (gaps.stop - gaps.start)[mine], len(merges))
        within = np.bincount(gaps.pair[mine], contested[mine], len(merges))
        slotted &= (within >= _IN_SLOTS * differs) & (within > 0)
        slotted &= (n_slots[own_row] >= _SLOTS) & (n_slots[own_row] * _WORDS >= words[own_row])
    result: Flags = merges & slotted
    return result


def _contested(texts: Texts, gaps: Gaps, others: Indices) -> tuple[Indices, Indices]:
    """Tokens of each gap in which its text differs from most others it is paired with; runs of such, per text."""
    count = len(others)
    if not len(gaps.start):
        return np.zeros(0, np.int64), np.zeros(count, np.int64)
    points, back = np.unique(np.concatenate([gaps.start, gaps.stop]), return_inverse=True)
    steps = np.repeat([1, -1], len(gaps.start))
    depth = np.cumsum(np.bincount(back, steps, len(points)).round().astype(np.int64))
    row = np.searchsorted(texts.offsets, points, side="right") - 1
    row = np.minimum(row, count - 1)
    most = (depth > _MOST * others[row]) & (depth > 0)
    lengths = np.append(np.diff(points), 0) * most
    sums = np.concatenate([[0], np.cumsum(lengths)])
    begins = most & ~np.concatenate([[False], most[:-1]])
    stops = back[len(gaps.start) :]
    starts = back[: len(gaps.start)]
    return sums[stops] - sums[starts], np.bincount(row, begins, count).astype(np.int64)

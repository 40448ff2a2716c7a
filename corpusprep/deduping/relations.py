"""What two documents are to each other, from what they share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from corpusprep.deduping.overlap import Overlap

__all__ = ["BETWEEN_COPIES", "CONTAINMENT", "PARAGRAPH", "Related", "Relation", "relate", "same_version"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Relation(IntEnum):
    """How one document is a copy of another."""

    NONE = 0
    DUPLICATE = 1
    ABRIDGED = 2
    UPDATED = 3
    CONTAINED = 4

    @property
    def label(self) -> str:
        """The word in tables and in the config."""
        return self.name.lower()


CONTAINMENT = 0.5
"""Share of the shingles of the smaller text in the other: below it two reports share no more than quotes, background."""
BETWEEN_COPIES = 0.35
"""Enough for two texts that are both copies of a third: each has edits of its own."""
_ALIKE = 0.65  # tokens of the longer text that stand in the shorter, or it is a shorter text
_COVERED, _COVERED_BETWEEN = 0.75, 0.6  # tokens of the shorter text that stand in the longer, or it is not a part of it
_REWRITTEN, _UNDATED = 0.6, 0.7  # tokens of the shorter of two versions that stand in the longer; more without dates
_GROWN, _GROWN_BETWEEN = 0.4, 0.25  # tokens of the longer of two versions that stand in the shorter
_PART = 1 / 3  # tokens of a text that stand in a shorter one: fewer, and that is an item in it, not its short form
PARAGRAPH = 30
"""Tokens that are more than a prompt to subscribe."""
_NEWS = 0.15  # of a later version, that the earlier one lacks
_LATE = 0.25  # a short form keeps the beginning; an item may stand anywhere


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """One relation a pair, and which side may stand for the other."""

    relation: npt.NDArray[np.int8]
    left_stands: Flags
    right_stands: Flags

    @property
    def merges(self) -> Flags:
        """Pairs of which one may stand for the other."""
        merges: Flags = (self.relation != Relation.NONE) & (self.relation != Relation.CONTAINED)
        return merges

    def without(self, pairs: Flags) -> Related:
        """The same, but for some pairs that are not related after all."""
        relation = np.where(pairs, np.int8(Relation.NONE), self.relation)
        return Related(relation, self.left_stands & ~pairs, self.right_stands & ~pairs)


def relate(overlap: Overlap, order: Indices, least: float | npt.NDArray[np.float64] = CONTAINMENT) -> Related:
    """Name the relation of each pair.

    order: 1 where the left document is the newer one, -1 where it is the older, 0 where nobody knows. least: the containment
    asked for, one value or one a pair; `BETWEEN_COPIES` for two documents of which both are copies of a third.
    Shares are of what each document tells (`Side.share`), so that small edits and lines of page furniture do not make a
    text longer than its copy.
    """
    left, right = overlap.left, overlap.right
    left_longer = left.story >= right.story
    longer, shorter = np.where(left_longer, left.share, right.share), np.where(left_longer, right.share, left.share)
    begins = np.where(left_longer, left.first, right.first) / np.maximum(np.maximum(left.story, right.story), 1)
    rewritten = (left.own > 0) & (right.own > 0)

    between = np.less(least, CONTAINMENT)
    alike = overlap.containment >= least
    same = alike & (longer >= _ALIKE) & (shorter >= _ALIKE)
    part = alike & ~same & (shorter >= np.where(between, _COVERED_BETWEEN, _COVERED))
    item = part & ~between & ((longer < _PART) | ((begins > _LATE) & ~rewritten))
    longer_newer = np.where(left_longer, order, -order) > 0
    version = same & ((rewritten & (order != 0)) | (overlap.changed > 0))
    version |= same & _grown(overlap, order)
    version |= part & ~item & rewritten & longer_newer
    version |= (
        alike
        & ~same
        & ~part
        & (shorter >= np.where(order != 0, _REWRITTEN, _UNDATED))
        & (longer >= np.where(between, _GROWN_BETWEEN, _GROWN))
    )

    relation = np.zeros(len(same), np.int8)
    relation[same] = Relation.DUPLICATE
    relation[part] = Relation.ABRIDGED
    relation[item] = Relation.CONTAINED
    relation[version] = Relation.UPDATED
    shorter_form = (relation == Relation.ABRIDGED) | (relation == Relation.CONTAINED)
    updated = relation == Relation.UPDATED
    related = relation != Relation.NONE
    return Related(
        relation,
        related & ~(shorter_form & ~left_longer) & ~(updated & (order < 0)),
        related & ~(shorter_form & left_longer) & ~(updated & (order > 0)),
    )


def same_version(overlap: Overlap, order: Indices) -> Flags:
    """Which pairs are one text, but for small edits, cuts and what a page adds, so that both are as old as the older.

    order: see `relate`; by the dates of the documents alone.
    """
    relation = relate(overlap, np.zeros(len(overlap.shared), np.int64)).relation
    rewritten = (overlap.left.own > 0) & (overlap.right.own > 0)
    versions: Flags = (relation == Relation.DUPLICATE) | (relation == Relation.ABRIDGED)
    versions &= (overlap.changed == 0) & ~rewritten & ~_grown(overlap, order)
    return versions


def _grown(overlap: Overlap, order: Indices) -> Flags:
    """Which pairs are a text and its later, longer version: it has paragraphs more, and nothing is gone."""
    left_newer = order > 0
    more = np.where(left_newer, overlap.left.own, overlap.right.own)
    gone = np.where(left_newer, overlap.right.own, overlap.left.own)
    story = np.where(left_newer, overlap.left.story, overlap.right.story)
    grown: Flags = (order != 0) & (gone == 0) & (more >= np.maximum(PARAGRAPH, _NEWS * story))
    return grown

"""What two documents are to each other, from what they share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from corpusprep.deduping.overlap import Overlap

__all__ = ["Related", "Relation", "relate"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Relation(IntEnum):
    """How one document is a copy of another; `name` in lower case is what tables hold."""

    NONE = 0
    DUPLICATE = 1
    ABRIDGED = 2
    UPDATED = 3
    CONTAINED = 4

    @property
    def label(self) -> str:
        """The word in tables and in the config."""
        return self.name.lower()


_CONTAINMENT = 0.5  # shingles: below it, two reports that share quotes and background
_ALIKE = 0.65  # tokens of the longer text that the shorter must have, or it is a shorter text
_COVERED = 0.75  # tokens of a shorter text that the longer must have, or it is another text
_PART = 1 / 3  # a text shorter than this share of another is an item in it, not its short form
_LATE = 0.25  # a short form keeps the beginning; an item may stand anywhere
_REVISED = 0.1  # tokens on either side that the other lacks, or it is the same version

_SLOTS_CHANGED = 2
_SLOTS_SHARE = 0.5
_SLOTS_WORDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """One relation a pair, and which side may stand for the other.

    left_stands, right_stands: the left (right) document may be kept in place of the other one.
    """

    relation: npt.NDArray[np.int8]
    left_stands: Flags
    right_stands: Flags
    template: Flags


def relate(overlap: Overlap, order: Indices) -> Related:
    """Name the relation of each pair. `order` is -1, 1 or 0: the left one is older, is newer, or nobody knows."""
    left = overlap.left_covered / np.maximum(overlap.left_tokens, 1)
    right = overlap.right_covered / np.maximum(overlap.right_tokens, 1)
    left_longer = overlap.left_tokens >= overlap.right_tokens
    longer, shorter = np.where(left_longer, left, right), np.where(left_longer, right, left)
    long_tokens = np.maximum(overlap.left_tokens, overlap.right_tokens)
    ratio = np.minimum(overlap.left_tokens, overlap.right_tokens) / np.maximum(long_tokens, 1)
    begins = np.where(left_longer, overlap.left_first, overlap.right_first) / np.maximum(long_tokens, 1)

    template = _template(overlap)
    alike = (overlap.containment >= _CONTAINMENT) & ~template
    same = alike & (longer >= _ALIKE)
    within = alike & ~same & (shorter >= _COVERED)
    item = within & ((ratio < _PART) | (begins > _LATE))
    grown = alike & ~same & ~within & (longer >= 0.4)
    both_own = (1 - left >= _REVISED) & (1 - right >= _REVISED)
    revised = (same & ((overlap.changed > 0) | both_own) & (order != 0)) | grown

    relation = np.zeros(len(left), np.int8)
    relation[same] = Relation.DUPLICATE
    relation[revised] = Relation.UPDATED
    relation[within] = Relation.ABRIDGED
    relation[item] = Relation.CONTAINED
    left_stands, right_stands = relation != Relation.NONE, relation != Relation.NONE
    one_way = within | item
    left_stands &= ~one_way | left_longer
    right_stands &= ~one_way | ~left_longer
    left_stands &= ~(relation == Relation.UPDATED) | (order >= 0)
    right_stands &= ~(relation == Relation.UPDATED) | (order <= 0)
    return Related(relation, left_stands, right_stands, template)


def _template(overlap: Overlap) -> Flags:
    """One frame filled in anew: most numbers that stand in the same words differ, and there are many of them.

    A later version of a report revises some of its figures and leaves the ages, dates and addresses as they were.
    """
    shortest = np.minimum(overlap.left_tokens, overlap.right_tokens)
    return (
        (overlap.changed >= _SLOTS_CHANGED)
        & (overlap.changed >= _SLOTS_SHARE * overlap.slots)
        & (overlap.changed * _SLOTS_WORDS >= shortest)
    )

"""Where the prose of a document is: which blocks read as paragraphs, and which run of them is the story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.cleaners.evidence import Evidence

__all__ = ["Regions", "best_run", "find_regions"]

_GAP = 12.0


@dataclass(frozen=True, slots=True)
class Regions:
    """prose: by block, whether it reads as a paragraph. start, end: the story's run of blocks, end not included."""

    prose: NDArray[np.bool_]
    start: int
    end: int


def find_regions(evidence: Evidence) -> Regions:
    """The run of blocks with most prose in it; each block that is none costs as much as a dozen words of prose."""
    words = evidence.words
    menu = evidence.chars[:, CHAR["bar"]] > 2
    prose = (((words >= 12) & evidence.ends) | ((words >= 32) & ~menu)) & (evidence.capitals < 0.6 * words + 2)
    start, end = best_run(np.where(prose, np.minimum(words, 40.0), -_GAP).tolist())
    return Regions(prose, start, end)


def best_run(gains: Sequence[float]) -> tuple[int, int]:
    """The run of items whose gains sum to most, as a range; (0, 0) where none gains. Kadane's algorithm."""
    best = current = 0.0
    start = end = begin = 0
    for index, gain in enumerate(gains):
        if current <= 0:
            current, begin = 0.0, index
        current += gain
        if current > best:
            best, start, end = current, begin, index + 1
    return start, end

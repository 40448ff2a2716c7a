"""Where the prose of a document is: which blocks read as paragraphs, and which run of them is the story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR

if TYPE_CHECKING:
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
    start, end = best_run(np.where(prose, np.minimum(words, 40.0), -_GAP))
    return Regions(prose, start, end)


def best_run(gains: NDArray[np.float64]) -> tuple[int, int]:
    """The run of items whose gains sum to most, as a range; (0, 0) where none gains.

    Kadane's algorithm on running sums. Of equal runs the first is taken, and of its starts the last.
    """
    if not len(gains):
        return 0, 0
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    lowest = np.minimum.accumulate(sums[:-1])
    end = int(np.argmax(sums[1:] - lowest))
    if sums[end + 1] <= lowest[end]:
        return 0, 0
    start = end - int(np.argmax(sums[end::-1] == lowest[end]))
    return start, end + 1

"""What is remembered of rows that were written before, so that an unchanged row is neither digested nor compared again.

Whoever makes the rows may give each a print, 16 bytes that stand for all its values. Of each print the digest of its row is kept.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["PRINT", "Memory", "halves", "known_digests", "remember"]

PRINT = pa.binary(16)
"""Null for a row that is always to be looked at."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Folders of prints and digests: that of rows written before ("" for none), and where to put that of the rows written now.

    is_previous: whether the old ones are just the rows of the release before, so that what is in neither has changed.
    """

    old: str
    new: str
    is_previous: bool = False


def halves(prints: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    """Prints as two numbers each; two zeros for a null."""
    plain = prints.combine_chunks() if isinstance(prints, pa.ChunkedArray) else prints
    if isinstance(plain, pa.ChunkedArray):
        plain = plain.chunk(0) if plain.num_chunks else pa.array([], PRINT)
    plain = plain.fill_null(b"\0" * 16)
    buffer = plain.buffers()[1]
    if not len(plain) or buffer is None:
        return np.zeros((0, 2), np.uint64)
    return np.frombuffer(buffer, "<u8", count=2 * len(plain), offset=16 * plain.offset).reshape(-1, 2)


def known_digests(folder: str, prints: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which of the prints are remembered, and the digests of their rows, 32 bytes each."""
    high, low, digests = _loaded(folder)
    if not len(high) or not len(prints):
        return np.zeros(0, np.int64), np.zeros((0, 32), np.uint8)
    at = np.minimum(np.searchsorted(high, prints[:, 0]), len(high) - 1)
    known: NDArray[np.int64] = np.flatnonzero(
        (high[at] == prints[:, 0]) & (low[at] == prints[:, 1]) & prints.any(axis=1)
    )
    return known, digests[at[known]]


@functools.lru_cache(maxsize=4)
def _loaded(folder: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint8]]:
    none = np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros((0, 32), np.uint8)
    if not folder:
        return none
    try:
        high, low = np.load(Path(folder, "prints.npy"), mmap_mode="r")
        digests = np.load(Path(folder, "digests.npy"), mmap_mode="r")
    except (OSError, ValueError):  # none, or left by another version
        return none
    return high, low, digests


def remember(folder: str, rows: Iterable[tuple[NDArray[np.uint64], NDArray[np.uint8]]]) -> None:
    """Put prints, and the digests of their rows, where `known_digests` finds them."""
    found = list(rows)
    prints = np.concatenate([np.zeros((0, 2), np.uint64), *(one for one, _ in found)])
    order = np.lexsort((prints[:, 1], prints[:, 0]))
    order = order[prints[order].any(axis=1)]
    Path(folder).mkdir(parents=True, exist_ok=True)
    np.save(Path(folder, "prints.npy"), prints[order].T)
    place = np.full(len(prints), -1, np.int64)
    place[order] = np.arange(len(order))
    # Straight to the disk, file by file: of all rows it is much.
    digests = np.lib.format.open_memmap(Path(folder, "digests.npy"), "w+", np.uint8, (len(order), 32))
    start = 0
    for _, some in found:
        own = place[start : start + len(some)]
        digests[own[own >= 0]] = some[own >= 0]
        start += len(some)
    digests.flush()

"""Which file a row stands in.

Rows go to shards by date of publication, because what a newer version adds is mostly newer: the older shards stay as they
were, byte for byte. A shard that would hold more than MAX_ROWS is cut by decade, then year, month, day, and at last by id.
The cut depends on the rows alone, never on their order.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["MAX_ROWS", "UNDATED", "Place", "Places", "Shard", "bucket", "cut", "day", "split_of"]

MAX_ROWS = 25_000
"""Rows in one file at the most; also what is held in memory at once."""
UNDATED = "undated"

_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_DEPTHS = (0, 3, 4, 7, 10)  # characters of "2017-03-14": everything, decade, year, month, day

Place = tuple[str, str]
"""Split and day, such as ("train", "2017-03-14")."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of a table: the rows of one split on these days, cut by id into 2**bits where one file cannot hold them."""

    split: str
    name: str
    days: frozenset[str]
    rows: int
    bits: int = 0

    def files(self) -> Iterator[str]:
        """The names of its files, in the order of their buckets."""
        width = -(-self.bits // 4)
        for number in range(1 << self.bits):
            yield f"{self.name}-{number:0{width}x}.parquet" if self.bits else f"{self.name}.parquet"


def day(published: str | None) -> str:
    """What is known of the day in an ISO 8601 string: "2017-03-14", "2017-03", "2017" or UNDATED."""
    match = _DAY.match(published or "")
    return match[0] if match else UNDATED


def split_of(key: str, splits: Mapping[str, float]) -> str:
    """The split that `key`, the smallest id of a cluster, falls into; "train" where none are wanted.

    The same key falls into the same split in every version, as long as the shares stay.
    """
    if not splits:
        return "train"
    point, edge = _fraction("split:" + key), 0.0
    for name, share in splits.items():
        edge += share
        if point < edge:
            return name
    return list(splits)[-1]


def bucket(key: str, bits: int) -> int:
    """A number below 2**bits that depends on `key` alone."""
    return int(_fraction("shard:" + key) * (1 << bits))


def _fraction(key: str) -> float:
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)  # 48 bits are exact in a float


def cut(rows: Mapping[Place, int], limit: int = MAX_ROWS) -> list[Shard]:
    """Cut counted places into shards of at most `limit` rows, as far as dates and ids allow; sorted by split and name."""
    shards: list[Shard] = []
    for split in sorted({split for split, _ in rows}):
        days = Counter({day: count for (its, day), count in rows.items() if its == split})
        shards += _cut(split, "all", days, 0, limit)
    return shards


def _cut(split: str, name: str, days: Counter[str], depth: int, limit: int) -> Iterator[Shard]:
    total = days.total()
    if total <= limit:
        yield Shard(split, name, frozenset(days), total)
    elif len(days) == 1:
        yield Shard(split, name, frozenset(days), total, bits=(-(-total // limit) - 1).bit_length())
    else:
        width = _DEPTHS[depth + 1]
        for head, group in groupby(sorted(days), key=lambda one: one if one == UNDATED else one[:width]):
            inner = Counter({one: days[one] for one in group})
            yield from _cut(split, head + "0s" if len(head) == 3 else head, inner, depth + 1, limit)


_FINAL = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
"""The last steps of SplitMix64 (Steele and others, 2014), which spread every bit over all."""


class Places:
    """Where the rows of given ids stand, in 12 bytes an id: the tables that follow `articles` stand beside it.

    Ids are told apart by 64 bits: were two of a hundred million taken for one (a chance of 1 in 3,000), a row would stand in another file.
    """

    def __init__(self) -> None:
        self._ids: list[np.ndarray[tuple[int], np.dtype[np.uint64]]] = []
        self._codes: list[np.ndarray[tuple[int], np.dtype[np.int32]]] = []
        self._places: dict[Place, int] = {}
        self._names: list[Place] = []

    def add(self, ids: Sequence[str], places: Iterable[Place]) -> None:
        """Remember the place of each id."""
        codes = [self._places.setdefault(place, len(self._places)) for place in places]
        self._ids.append(_encode(ids))
        self._codes.append(np.array(codes, dtype=np.int32))

    def find(self, ids: Sequence[str]) -> list[Place | None]:
        """The place of each id, None for one that was never added."""
        if not self._ids or not ids:
            return [None] * len(ids)
        if len(self._ids) > 1 or not self._names:
            self._freeze()
        known, codes, wanted = self._ids[0], self._codes[0], _encode(ids)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        hits = known[at] == wanted
        return [self._names[code] if hit else None for code, hit in zip(codes[at], hits, strict=True)]

    def _freeze(self) -> None:
        ids, codes = np.concatenate(self._ids), np.concatenate(self._codes)
        order = np.argsort(ids, kind="stable")
        self._ids, self._codes, self._names = [ids[order]], [codes[order]], list(self._places)


def _encode(ids: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """64 bits of each id, the same whatever stands beside it."""
    plain = np.array([one.encode() for one in ids], dtype=np.bytes_)
    width = -(-plain.dtype.itemsize // 8) or 1
    words = plain.astype(f"S{8 * width}").view("<u8").reshape(len(ids), width)
    mixed = np.zeros(len(ids), np.uint64)
    for place in range(width):  # an empty word adds nothing, so the longest id of a batch does not matter
        word = words[:, place] * np.uint64((2 * place + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
        for shift, factor in _FINAL:
            word = (word ^ (word >> np.uint64(shift))) * np.uint64(factor)
        mixed += word ^ (word >> np.uint64(31))
    return mixed

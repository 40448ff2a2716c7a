"""What one task reads: a part of a big file, or a handful of small files. Fixed by the input, not by the number of workers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpusprep.sources import Part

__all__ = ["Shard", "cut"]

_BYTES = 32 << 20
_FILES = 2_000
_FEW = 250


@dataclass(frozen=True, slots=True)
class Shard:
    """Parts that one task reads, in order."""

    name: str
    parts: tuple[Part, ...]


def cut(parts: Iterable[Part]) -> list[Shard]:
    """Parts in their order, grouped to some 32 MB or 500 files.

    Where a group of small files ends depends on their names, so a new file among them changes its own group and no other.
    """
    return [Shard(f"{number:05d}", tuple(group)) for number, group in enumerate(_groups(parts))]


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    size = 0
    for part in parts:
        if group and size + part.size > _BYTES:
            yield group
            group, size = [], 0
        group.append(part)
        size += part.size
        ends = len(group) >= _FEW and zlib.crc32(part.source.encode("utf-8", "surrogatepass")) % 256 == 0
        if ends or len(group) >= _FILES:
            yield group
            group, size = [], 0
    if group:
        yield group

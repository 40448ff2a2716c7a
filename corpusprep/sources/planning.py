"""Which files there are, what they are called, and where big ones are cut."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from corpusprep.errors import InputError
from corpusprep.sources.listing import Listing, listed
from corpusprep.sources.records import Part
from corpusprep.sources.streams import is_compressed, is_local, open_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corpusprep.config import Config

__all__ = ["RANGE", "line_ranges", "plan"]

RANGE = 64 * 1024 * 1024
"""Bytes of the ranges that big files are cut into. It is a constant: where a file is cut must not depend on who reads it."""

_FORMATS = {
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".xht", ".shtml"), "html"),
    **dict.fromkeys((".jsonl", ".ndjson", ".jl"), "jsonl"),
    ".json": "json",
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".warc", ".wet"), "warc"),
    ".arc": "arc",
}
_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
_BLOCK = 1 << 22


def plan(paths: Sequence[str | Path], *, config: Config) -> tuple[Part, ...]:
    """The parts of all files named by the paths, in the order of their names, each file once.

    A path is a file, a folder (read to its depths; names that begin with a dot are left out) or a glob ("raw/**/*.html"), on this
    machine or a URI of any file system fsspec knows ("s3://bucket/raw").

    What a file is called does not depend on where its folder lies, nor on the order of the paths:

    - One folder (or one glob, whose folder is the part before its first wildcard): the path below that folder, "2024/a.txt".
    - Several paths: a file is called by its own name, what lies in a folder by the folder's name and the path below it:
      `seeds pages.jsonl.gz` gives "seeds/a.txt" and "pages.jsonl.gz".
    - Where two files would then be called the same, their folders are named by as many of the folders above as it takes to tell
      them apart: "2023/pages/a.txt" and "2024/pages/a.txt".

    Ids of records that have neither an id nor a URL of their own come from these names. A corpus that grows should therefore be one
    folder that is given whole, since a second path beside it changes its files' names.

    Files of more than 64 MiB are cut where they can be: Parquet between row groups; on this machine also uncompressed JSONL between
    lines, and WARC, compressed or not, between records.

    Raises InputError for a path that does not exist, cannot be listed or has no file in it.
    """
    del config  # Nothing in it changes what files there are; it stands here beside that of `read`.
    if not paths:
        raise InputError("no input is named", do="name a file, a folder or a glob")
    files = _named([listed(str(path)) for path in paths])
    beside = {
        (posixpath.dirname(file.source), stem) for file in files for stem in _stems(file) if file.format != "json"
    }
    parts = [part for file in files for part in _cut(file, _lies_beside(file, beside))]
    return tuple(sorted(parts, key=lambda part: (part.source, part.start)))


@dataclass(frozen=True, slots=True)
class _File:
    uri: str
    source: str
    size: int

    @property
    def format(self) -> str:
        return _FORMATS.get(posixpath.splitext(_unpacked(self.source))[1].lower(), "unknown")


def _unpacked(name: str) -> str:
    stem, ending = posixpath.splitext(name)
    return stem if ending.lower() in _COMPRESSED else name


def _named(listings: list[Listing]) -> list[_File]:
    """Each file once, under its name."""
    found: dict[str, Listing] = {}
    for listing in sorted(listings, key=lambda listing: (not listing.folder, len(listing.base), listing.base)):
        for uri in listing.sizes:
            found.setdefault(uri, listing)
    used = {(listing.base, listing.folder) for listing in found.values()}
    # How many folders of its base a name begins with.
    depths = {root: int(root[1] and len(used) > 1) for root in used}
    while True:
        names = {uri: _name(uri, listing, depths) for uri, listing in found.items()}
        counts = Counter(names.values())
        same = {(found[uri].base, found[uri].folder) for uri, name in names.items() if counts[name] > 1}
        deeper = {root for root in same if depths[root] < len(_folders(root[0]))}
        if not deeper:
            break
        for root in deeper:
            depths[root] += 1
    return [_File(uri, _readable(names[uri]), found[uri].sizes[uri]) for uri in names]


def _name(uri: str, listing: Listing, depths: dict[tuple[str, bool], int]) -> str:
    depth = depths[listing.base, listing.folder]
    above = _folders(listing.base)
    below = uri[len(listing.base) :].lstrip("/")
    return "/".join([*above[len(above) - depth :], below])


def _folders(base: str) -> list[str]:
    return [part for part in base.partition("://")[2 if "://" in base else 0].split("/") if part]


def _readable(name: str) -> str:
    """File names are bytes on some systems; those that are no UTF-8 are written out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stems(file: _File) -> tuple[str, ...]:
    name = _unpacked(posixpath.basename(file.source))
    return (name, posixpath.splitext(name)[0])


def _lies_beside(file: _File, beside: set[tuple[str, str]]) -> bool:
    """Whether a JSON file describes another one: "a.json" or "a.labels.json" beside "a.txt"."""
    if file.format != "json":
        return False
    folder = posixpath.dirname(file.source)
    stem = _stems(file)[1]
    return any(
        (folder, stem[:end]) in beside for end in (len(stem), *(dot.start() for dot in re.finditer(r"\.", stem)))
    )


def _cut(file: _File, sidecar: bool) -> list[Part]:  # noqa: FBT001
    whole = Part(file.uri, file.source, file.format, file.size, sidecar=sidecar)
    if file.size <= RANGE or not (file.format == "parquet" or is_local(file.uri)):
        return [whole]
    found: list[Part] = []
    # ValueError is pyarrow's, of what is no Parquet. Whatever it is, `read` will say so.
    with contextlib.suppress(OSError, ValueError), open_bytes(file.uri) as opened:
        if file.format == "parquet":
            from corpusprep.sources.parquet import ranges  # noqa: PLC0415

            found = [
                replace(whole, start=start, stop=stop, first=first, size=size)
                for start, stop, first, size in ranges(opened, RANGE)
            ]
        else:
            found = [
                replace(whole, start=start, stop=stop, first=first, size=stop - start)
                for start, stop, first in _byte_ranges(opened, file.format)
            ]
    return found or [whole]


def _byte_ranges(file: IO[bytes], kind: str) -> list[tuple[int, int, int]]:
    if kind == "jsonl" and not is_compressed(file):
        return line_ranges(file, RANGE)
    if kind == "warc":
        from corpusprep.sources.archives import ranges  # noqa: PLC0415

        return ranges(file, RANGE)
    return []


def line_ranges(file: IO[bytes], step: int) -> list[tuple[int, int, int]]:
    """Ranges of at least `step` bytes that end where lines end: (start, stop, lines before it) of each.

    It takes one pass over the file, because the number of a line is the number of its record.
    """
    found: list[tuple[int, int, int]] = []
    start = first = count = position = 0
    while block := file.read(_BLOCK):
        offset = 0
        while (at := block.find(b"\n", max(offset, start + step - 1 - position))) >= 0:
            count += block.count(b"\n", offset, at + 1)
            offset = at + 1
            found.append((start, position + offset, first))
            start, first = position + offset, count
        count += block.count(b"\n", offset)
        position += len(block)
    if start < position:
        found.append((start, position, first))
    return found

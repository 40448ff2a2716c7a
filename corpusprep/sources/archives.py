"""Web archives: WARC and WET by fastwarc, and ARC, their older form."""

from __future__ import annotations

import io
import re
from collections import deque
from typing import IO, TYPE_CHECKING, Any, cast

from corpusprep.sources.pages import Pages
from corpusprep.sources.records import iso
from corpusprep.sources.streams import Flaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpusprep.config import InputConfig
    from corpusprep.document import Rejected
    from corpusprep.sources.records import Record

__all__ = ["ranges", "read_arc", "read_warc"]


def ranges(file: IO[bytes], step: int) -> list[tuple[int, int, int]]:
    """Ranges of at least `step` bytes of a WARC that end where documents begin: (start, stop, documents before it) of each.

    No ranges where records are not compressed one by one, or where any is broken: then only who reads from the start knows
    the numbers. It takes one pass over the file, a few seconds for each gigabyte on disk.
    """
    from fastwarc.warc import ArchiveIterator  # noqa: PLC0415

    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    found: list[tuple[int, int, int]] = []
    start = first = 0
    last = -1
    try:
        for count, record in enumerate(ArchiveIterator(file, record_types=_wanted(), parse_http=False)):
            at = record.stream_pos
            if at <= last or record.headers.get("Content-Length") is None:
                return []
            if at >= start + step:
                found.append((start, at, first))
                start, first = at, count
            last = at
    except OSError:
        return []
    return [*found, (start, size, first)]


def _wanted() -> Any:
    from fastwarc.warc import WarcRecordType  # noqa: PLC0415

    return WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion


def read_warc(
    stream: Iterable[bytes | Flaw], source: str, config: InputConfig, first: int = 0
) -> Iterator[Record | Rejected]:
    """A record for each response, resource or conversion record; others (requests, metadata, revisits) are no documents.

    Numbers count those records, from `first` on. A broken place costs the record it is in: reading goes on at the next one.
    """
    from fastwarc.warc import ArchiveIterator  # noqa: PLC0415

    pages = Pages(source, config, first)
    feed = _Feed(stream)
    while feed.begin():
        last, broken, error = -1, False, ""
        try:
            for record in ArchiveIterator(cast("Any", feed), record_types=_wanted(), parse_http=False):
                last = record.stream_pos
                found, broken = _page(record, pages, feed, config.max_bytes)
                yield found
        except OSError as raised:
            error = str(raised)
        if feed.flaw:
            if not broken:
                yield pages.rejected(feed.flaw.reason, feed.flaw.detail)
        elif error or broken:
            if not broken:
                yield pages.rejected("bad-record", f"{error}, after byte {feed.start + max(last, 0):,}")
            feed.seek_record(last)
        # A clean end: the next begin() finds nothing more.


def _page(record: Any, pages: Pages, feed: _Feed, limit: int) -> tuple[Record | Rejected, bool]:
    """What a WARC record holds, and whether it is broken so that what follows it is in doubt."""
    headers = record.headers
    url = (headers.get("WARC-Target-URI") or "").strip("<> ")
    length = record.content_length
    if headers.get("Content-Length") is None:
        # Also what a header cut in two looks like.
        cut = Flaw("truncated", "the archive ends in the header of this record")
        flaw = feed.flaw or (cut if feed.ends_with(record.stream_pos) else Flaw("bad-record", "no Content-Length"))
        return pages.rejected(flaw.reason, flaw.detail, url), True
    if length > limit:
        detail = f"{length:,} bytes; {limit:,} (input.max_bytes) are the most"
        return pages.rejected("too-large", detail, url), False
    block = record.reader.read()
    if len(block) < length:
        flaw = feed.flaw or Flaw("truncated", "the archive ends in this record")
        return pages.rejected(flaw.reason, flaw.detail, url, block), True
    when = iso(headers.get("WARC-Date"))
    return pages.page(block, url=url, fetched=when, content_type=headers.get("Content-Type") or ""), False


_MARKER = re.compile(rb"(?:^|\n)(?=WARC/\d)")
_KEPT = 8  # of the pieces that were handed out last; fastwarc reads ahead by one


class _Feed:
    """A stream as fastwarc wants it, which ends at each flaw and can go back a little and on from there.

    `start` is where the bytes that `begin` made ready lie in the decompressed stream.
    """

    def __init__(self, stream: Iterable[bytes | Flaw]) -> None:
        self._stream = iter(stream)
        self._ready = b""
        self._past: deque[bytes] = deque(maxlen=_KEPT)
        self._given = 0
        self.start = 0
        self.flaw: Flaw | None = None

    def begin(self) -> bool:
        """Forget the last flaw; whether there is anything after it."""
        self.start += self._given
        self._given = 0
        self._past.clear()
        self.flaw = None
        return bool(self._ready) or self._fetch() or self.flaw is not None

    def read(self, size: int = 65536) -> bytes:
        """Up to `size` bytes; none at a flaw and at the end."""
        if not self._ready and not self._fetch():
            return b""
        given, self._ready = self._ready[:size], self._ready[size:]
        self._past.append(given)
        self._given += len(given)
        return given

    def tell(self) -> int:
        return self._given

    def line(self, limit: int = 65536) -> bytes:
        """The bytes up to and with the next line feed, but no more than `limit` of them; none at a flaw and at the end."""
        while b"\n" not in self._ready[:limit] and len(self._ready) < limit:
            held = self._ready
            if not self._fetch():
                break
            self._ready = held + self._ready
        return self.read(min(limit, self._ready.find(b"\n") + 1 or limit))

    def take(self, size: int, limit: int) -> bytes | None:
        """The next `size` bytes, fewer before a flaw and at the end; None, and they are passed over, if more than `limit`."""
        parts = []
        left = size
        while left > 0 and (part := self.read(min(left, 65536))):
            left -= len(part)
            if size <= limit:
                parts.append(part)
        return None if size > limit else b"".join(parts)

    def ends_with(self, last: int) -> bool:
        """Whether the stream is at its end, and no record begins after `last`."""
        if self._ready or self._fetch():
            return False
        past = b"".join(self._past)
        return not _MARKER.search(past, max(1, last + 1 - self._given + len(past)))

    def seek_record(self, last: int) -> None:
        """Make ready what begins with the next record's first line after the one at `last`; nothing where there is none."""
        past = b"".join(self._past)
        held = past + self._ready
        at = self._given - len(past)
        found = _MARKER.search(held, max(1, last + 1 - at))
        while not found and self._fetch():
            at += max(0, len(held) - 8)
            held = held[-8:] + self._ready
            found = _MARKER.search(held, 1)
        self._ready = held[found.end() :] if found else b""
        self.start += at + found.end() if found else 0
        self._given = 0

    def _fetch(self) -> bool:
        if self.flaw is None:
            piece = next(self._stream, b"")
            if isinstance(piece, Flaw):
                self.flaw = piece
            elif piece:
                self._ready = piece
                return True
        return False


_HEADER = re.compile(
    rb"(?P<url>\S+:\S*)(?: [^ \n]*)* (?P<date>\d{14}) (?P<type>[^ \n]+)(?: [^ \n]*)* (?P<length>\d{1,12})\r?\n"
)


def read_arc(stream: Iterable[bytes | Flaw], source: str, config: InputConfig) -> Iterator[Record | Rejected]:
    """A record for each document of an ARC file (https://archive.org/web/researcher/ArcFileFormat.php), numbered from 0."""
    pages = Pages(source, config)
    feed = _Feed(stream)
    while feed.begin():
        lost = False
        while line := feed.line():
            header = _HEADER.fullmatch(line)
            if header:
                lost = False
                if not header["url"].startswith(b"filedesc:"):
                    yield _arc_page(header, pages, feed, config.max_bytes)
                else:
                    feed.take(int(header["length"]), 0)
            elif line.strip() and not lost:
                lost = True
                yield pages.rejected("bad-record", f"no ARC header at byte {feed.start + feed.tell() - len(line):,}")
        if feed.flaw and not lost:
            yield pages.rejected(feed.flaw.reason, feed.flaw.detail)


def _arc_page(header: re.Match[bytes], pages: Pages, feed: _Feed, limit: int) -> Record | Rejected:
    url = header["url"].decode("utf-8", "replace")
    length = int(header["length"])
    block = feed.take(length, limit)
    if block is None:
        return pages.rejected("too-large", f"{length:,} bytes; {limit:,} (input.max_bytes) are the most", url)
    if len(block) < length:
        flaw = feed.flaw or Flaw("truncated", "the archive ends in this record")
        return pages.rejected(flaw.reason, flaw.detail, url, block)
    when = header["date"].decode()
    date = f"{when[:4]}-{when[4:6]}-{when[6:8]}T{when[8:10]}:{when[10:12]}:{when[12:]}Z"
    return pages.page(block, url=url, fetched=iso(date), content_type=header["type"].decode("latin-1"))

"""Bytes of files, wherever they lie and however they are compressed, in pieces of bounded size.

What breaks in a stream does not end it: a `Flaw` takes the place of what is lost, and the next member of a gzip file, or the next
line, is read all the same. (Python's own gzip module gives up at the first bad byte, together with what it had read before.)
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Flaw", "Ranged", "is_compressed", "is_local", "lines", "open_bytes", "pieces", "whole"]

PIECE = 1 << 18
"""Bytes read at once, and about how many come out of a decompressor at once."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a stream that could not be read: the reason and detail of a rejected row."""

    reason: str
    detail: str
    content_sha256: str = ""


def is_local(uri: str) -> bool:
    """Whether it is a path of this machine's, not a URI for fsspec."""
    return "://" not in uri and "::" not in uri


def open_bytes(uri: str) -> IO[bytes]:
    """Open a local path or whatever fsspec knows. Raises OSError."""
    if is_local(uri):
        return open(uri, "rb")  # noqa: PTH123  (paths are strings here; the caller closes it)
    import fsspec  # noqa: PLC0415

    return cast("IO[bytes]", fsspec.open(uri, "rb").open())


def is_compressed(file: IO[bytes]) -> bool:
    """Whether the bytes from here on are compressed; the file stays where it is."""
    position = file.tell()
    head = file.read(8)
    file.seek(position)
    return any(head.startswith(kind.magic) for kind in _KINDS)


def pieces(file: IO[bytes] | Ranged, *, plain: bool = False) -> Iterator[bytes | Flaw]:
    """All bytes of a file from here on, decompressed if its first bytes say it is compressed, whatever its name says.

    plain: take them as they are.
    """
    head = file.read(PIECE)
    kind = None if plain else next((kind for kind in _KINDS if head.startswith(kind.magic)), None)
    if kind is None:
        while head:
            yield head
            head = file.read(PIECE)
    else:
        yield from _Members(file, kind, head).pieces()


class Ranged:
    """The bytes of a file from `start` to `stop`, as a file to read."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file, self._left = file, stop - start
        file.seek(start)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end of the range."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def whole(stream: Iterable[bytes | Flaw], limit: int) -> bytes | Flaw:
    """All of a stream, or the flaw that makes it incomplete or longer than `limit` bytes."""
    found: list[bytes] = []
    size = 0
    for piece in stream:
        if isinstance(piece, Flaw):
            return piece
        found.append(piece)
        size += len(piece)
        if size > limit:
            return Flaw("too-large", f"more than {limit:,} bytes (input.max_bytes)")
    return b"".join(found)


def lines(stream: Iterable[bytes | Flaw], limit: int) -> Iterator[bytes | Flaw]:
    """The lines of a stream without their line feeds; a flaw takes the place of a line that is cut or longer than `limit` bytes.

    No more than a line of that length is held in memory.
    """
    held = _Line(limit)
    for piece in stream:
        if isinstance(piece, Flaw):
            held = _Line(limit)
            yield piece
            continue
        first, *rest = piece.split(b"\n")
        held.add(first)
        for part in rest:
            yield held.take()
            held.add(part)
    if held.size:
        yield held.take()


class _Line:
    """A line that grows; once it is too long only its digest does."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.parts: list[bytes] = []
        self.digest: Any = None

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.digest is None:
            self.parts.append(part)
            if self.size <= self.limit:
                return
            part = b"".join(self.parts)
            self.parts = []
            self.digest = hashlib.sha256()
        self.digest.update(part)

    def take(self) -> bytes | Flaw:
        taken: bytes | Flaw
        if self.digest is None:
            taken = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        else:
            detail = f"a line of {self.size:,} bytes; {self.limit:,} (input.max_bytes) are the most"
            taken = Flaw("too-large", detail, self.digest.hexdigest())
        self.parts, self.size, self.digest = [], 0, None
        return taken


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    magic: bytes
    decoder: Callable[[], Any]
    errors: tuple[type[Exception], ...]


def _zstd() -> Any:
    import zstandard  # noqa: PLC0415

    # As large as `zstd --long=31` makes them.
    return _Zstd(zstandard.ZstdDecompressor(max_window_size=2**31).decompressobj(), zstandard.ZstdError)


class _Zstd:
    """The decompressor of zstandard in the manner of bz2's; it knows no limit for what comes out, so it is fed in small bites."""

    needs_input = True

    def __init__(self, inner: Any, error: type[Exception]) -> None:
        self._inner, self._error = inner, error
        self.unconsumed_tail = b""

    def decompress(self, data: bytes, _limit: int) -> bytes:
        self.unconsumed_tail = data[8192:]
        try:
            return cast("bytes", self._inner.decompress(data[:8192]))
        except self._error as error:
            raise ValueError(str(error)) from None

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return cast("bytes", self._inner.unused_data) + self.unconsumed_tail


_KINDS = (
    _Kind("gzip", b"\x1f\x8b\x08", lambda: zlib.decompressobj(wbits=31), (zlib.error,)),
    _Kind("zstd", b"\x28\xb5\x2f\xfd", _zstd, (ValueError,)),
    _Kind("bzip2", b"BZh", bz2.BZ2Decompressor, (OSError, ValueError)),
    _Kind("xz", b"\xfd7zXZ\x00", lzma.LZMADecompressor, (lzma.LZMAError,)),
)


class _Members:
    """The members (gzip), frames (zstd) or streams (bzip2, xz) of a compressed file, one after the other."""

    def __init__(self, file: IO[bytes] | Ranged, kind: _Kind, data: bytes) -> None:
        self._file, self._kind, self._data = file, kind, data

    def pieces(self) -> Iterator[bytes | Flaw]:
        sound = True
        while self._data:
            for piece in self._member():
                # One flaw for each hole, however many false starts there are in it.
                if sound or not isinstance(piece, Flaw):
                    yield piece
                sound = not isinstance(piece, Flaw)
            if sound:
                self._skip_padding()
            else:
                self._seek_member()

    def _member(self) -> Iterator[bytes | Flaw]:
        name = self._kind.name
        if not self._data.startswith(self._kind.magic):
            yield Flaw("corrupt", f"bytes that are no {name} after the end of the {name} data")
            return
        decoder = self._kind.decoder()
        try:
            while not decoder.eof:
                if getattr(decoder, "needs_input", True) and not self._more():
                    yield Flaw("truncated", f"the {name} data ends too early")
                    return
                out = decoder.decompress(self._data, PIECE)
                # Those of bz2 and lzma keep what they have no room for; that of zlib gives it back, at the end twice.
                self._data = b"" if decoder.eof else getattr(decoder, "unconsumed_tail", b"")
                if out:
                    yield out
        except self._kind.errors as error:
            yield Flaw("corrupt", f"broken {name} data ({error})")
            return
        self._data = decoder.unused_data

    def _more(self) -> bool:
        self._data = self._data or self._file.read(PIECE)
        return bool(self._data)

    def _skip_padding(self) -> None:
        self._data = self._data.lstrip(b"\0\r\n")
        while len(self._data) < len(self._kind.magic) and (more := self._file.read(PIECE)):
            self._data = (self._data + more).lstrip(b"\0\r\n")

    def _seek_member(self) -> None:
        magic = self._kind.magic
        at = self._data.find(magic, 1)
        while at < 0:
            more = self._file.read(PIECE)
            if not more:
                self._data = b""
                return
            kept = self._data[-len(magic) + 1 :]
            self._data = kept + more
            at = self._data.find(magic)
        self._data = self._data[at:]

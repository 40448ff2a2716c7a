"""HTTP bodies as archives keep them: transfer and content codings undone, and what kind of thing it is.

Archives are not always true to their headers: crawlers store the decoded body below the headers that described the coded one. So a
coding is undone only where the bytes have it.
"""

from __future__ import annotations

import io
import re
import zlib

from corpusprep.sources.streams import Flaw

__all__ = ["decoded", "kind_of"]


def kind_of(content_type: str) -> tuple[str, str]:
    """The media type in small letters and the charset of a Content-Type header, each "" where it names none."""
    media, _, parameters = content_type.partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([^\s;,\"']+)", parameters, re.IGNORECASE)
    return media.strip().lower(), charset[1] if charset else ""


def decoded(body: bytes, transfer: str, content: str, limit: int) -> bytes | Flaw:
    """A body without its Transfer-Encoding and Content-Encoding, or why it cannot be had."""
    if "chunked" in transfer.lower():
        body = _dechunked(body)
    # Codings are listed in the order in which they were applied.
    for coding in reversed([name.strip().lower() for name in content.split(",")]):
        undone = _undone(body, coding.removeprefix("x-"), limit)
        if isinstance(undone, Flaw):
            return undone
        body = undone
    return body


def _dechunked(body: bytes) -> bytes:
    """The chunks put together; the body as it is where it does not begin with one."""
    parts: list[bytes] = []
    position = 0
    while header := _CHUNK.match(body, position):
        size = int(header[1], 16)
        if size == 0:
            break
        parts.append(body[header.end() : header.end() + size])
        position = header.end() + size + 2
    return b"".join(parts) if parts or body.startswith((b"0\r\n", b"0;")) else body


_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def _undone(body: bytes, coding: str, limit: int) -> bytes | Flaw:
    if coding == "gzip" and body.startswith(b"\x1f\x8b"):
        return _inflated(body, 31, limit)
    if coding == "deflate" and body:
        # Meant is zlib's format; many servers send it without its two bytes of header.
        zlibbed = body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _inflated(body, 15 if zlibbed else -15, limit)
    if coding == "zstd" and body.startswith(b"\x28\xb5\x2f\xfd"):
        from fastwarc.stream_io import ZstdReader  # noqa: PLC0415

        return _read(ZstdReader(io.BytesIO(body)), limit, coding)
    # Brotli has no magic number: a body that begins like a page is one.
    if coding == "br" and body and body.lstrip()[:1] != b"<":
        from fastwarc.stream_io import BrotliReader  # noqa: PLC0415

        return _read(BrotliReader(io.BytesIO(body)), limit, coding)
    return body


def _inflated(body: bytes, wbits: int, limit: int) -> bytes | Flaw:
    decoder = zlib.decompressobj(wbits)
    try:
        found = decoder.decompress(body, limit + 1)
    except zlib.error as error:
        if wbits < 0 and body.lstrip()[:1] == b"<":
            return body
        return Flaw("corrupt", f"a broken compressed body ({error})")
    if len(found) > limit:
        return _too_large(limit)
    return found if decoder.eof else Flaw("truncated", "the compressed body ends too early")


def _read(reader: object, limit: int, coding: str) -> bytes | Flaw:
    try:
        found: bytes = reader.read(limit + 1)  # type: ignore[attr-defined]
    except (OSError, ValueError) as error:
        return Flaw("corrupt", f"a broken {coding} body ({error})")
    return _too_large(limit) if len(found) > limit else found


def _too_large(limit: int) -> Flaw:
    return Flaw("too-large", f"a body of more than {limit:,} bytes (input.max_bytes)")

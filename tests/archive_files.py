"""Web archives for the tests, built byte by byte."""

from __future__ import annotations


def http(body: bytes, *, kind: str = "text/html", status: str = "200 OK", fields: str = "") -> bytes:
    """An HTTP response; `fields` are further header lines, each with its line end."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{fields}\r\n".encode() + body


def warc(
    uri: str, block: bytes, *, kind: str = "response", content: str = "application/http; msgtype=response"
) -> bytes:
    """A WARC record."""
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-05-01T10:20:30Z\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(block)}\r\n\r\n"
    ).encode() + (block + b"\r\n\r\n")


def page(number: int) -> bytes:
    """A page of some kilobytes, another one for each number."""
    return f"<p>Page {number}</p>".encode() + b"".join(f"<p>{n * number}</p>".encode() for n in range(400))


def pages(count: int) -> list[bytes]:
    """WARC records of `page(0)`, `page(1)` ..."""
    return [warc(f"http://a.example/{number}", http(page(number))) for number in range(count)]

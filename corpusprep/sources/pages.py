"""Pages of web archives: what a crawler stored, and whether it is a document."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from corpusprep.document import Rejected
from corpusprep.render.decoding import begins_as_page
from corpusprep.sources.http import decoded, kind_of
from corpusprep.sources.records import Record
from corpusprep.sources.streams import Flaw

if TYPE_CHECKING:
    from corpusprep.config import InputConfig

__all__ = ["Pages"]

_MARKUP = {"text/html": True, "application/xhtml+xml": True, "text/plain": False}
# Said by servers that do not know; then the content is asked.
_VAGUE = ("", "application/octet-stream", "application/unknown", "unknown/unknown", "no-type", "*/*")
_XML = ("text/xml", "application/xml")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})[ \t]*([^\r\n]*)")
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([^\s:]+)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
_LONGEST_HEADER = 1 << 16


class Pages:
    """Makes records of the blocks of one archive, and counts them from `first` on."""

    def __init__(self, source: str, config: InputConfig, first: int = 0) -> None:
        self._source, self._limit, self._number = source, config.max_bytes, first - 1

    def page(self, block: bytes, *, url: str, fetched: str, content_type: str) -> Record | Rejected:
        """The document in a block (an HTTP response with its headers, or a document as it is), or why it is none."""
        if block.startswith(b"HTTP/"):
            return self._response(block, url, fetched)
        if content_type.lower().startswith("application/http"):
            return self.rejected("bad-record", "a response without a status line", url, block)
        return self._document(block, url, fetched, content_type)

    def rejected(self, reason: str, detail: str, url: str = "", block: bytes | None = None) -> Rejected:
        """A place in the archive that is no document."""
        self._number += 1
        digest = hashlib.sha256(block).hexdigest() if block else ""
        detail = f"{detail} ({url})" if url else detail
        return Rejected("read", reason, detail, source=self._source, record=self._number, content_sha256=digest)

    def _response(self, block: bytes, url: str, fetched: str) -> Record | Rejected:
        status = _STATUS.match(block)
        end = _END.search(block, 0, _LONGEST_HEADER)
        if not status or not end:
            return self.rejected("bad-record", "a broken HTTP header", url, block)
        body = block[end.end() :]
        code = int(status[1])
        if not 200 <= code < 300:
            phrase = status[2].decode("latin-1").strip()
            return self.rejected("http-status", f"{code} {phrase}".strip(), url, body)
        fields = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in _FIELD.findall(block, status.end(), end.start() + 2)
        }
        whole = decoded(body, fields.get("transfer-encoding", ""), fields.get("content-encoding", ""), self._limit)
        if isinstance(whole, Flaw):
            return self.rejected(whole.reason, whole.detail, url, body)
        return self._document(whole, url, fetched, fields.get("content-type", ""))

    def _document(self, payload: bytes, url: str, fetched: str, content_type: str) -> Record | Rejected:
        media, charset = kind_of(content_type)
        markup = _MARKUP.get(media)
        if markup is None and media in _XML and begins_as_page(payload):
            markup = True
        if markup is None and media not in _VAGUE:
            return self.rejected("media-type", media, url, payload)
        if not payload or payload.isspace():
            return self.rejected("empty", "no body" if not payload else "a blank body", url)
        self._number += 1
        return Record(
            source=self._source,
            number=self._number,
            payload=payload,
            markup=markup,
            declared=charset,
            url=url,
            fetched=fetched,
        )

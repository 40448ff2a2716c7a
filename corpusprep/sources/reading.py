"""Read a part: records, and a rejected row for whatever cannot be one."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import replace
from itertools import chain
from typing import IO, TYPE_CHECKING

from corpusprep.document import Rejected
from corpusprep.render.decoding import begins_as_page, binary_kind
from corpusprep.sources.json_text import begins_with_line, read_json, read_jsonl
from corpusprep.sources.records import Record
from corpusprep.sources.rows import Rows
from corpusprep.sources.streams import Flaw, Ranged, open_bytes, pieces, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpusprep.config import Config
    from corpusprep.sources.records import Part

__all__ = ["read"]


def read(part: Part, *, config: Config) -> Iterator[Record | Rejected]:
    """The records of a part, in the order of the file, streaming: memory grows with the largest record, not with the file.

    Nothing is lost silently: what cannot be read is a `Rejected` of stage "read" (reasons: unreadable, empty, binary,
    truncated, corrupt, too-large, bad-json, undecodable, no-text, bad-record, http-status, media-type), with the line, row or URL
    in its detail, and reading goes on after it where it can. A file that yields nothing is a rejected row itself.
    """
    nothing = True
    for found in _read(part, config):
        nothing = False
        if not (part.sidecar and isinstance(found, Rejected) and found.reason == "no-text"):
            yield found
    if nothing and not part.sidecar and part.stop < 0:
        yield _rejected(part, "empty", "no records in it")


def _read(part: Part, config: Config) -> Iterator[Record | Rejected]:
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open_bytes(part.uri))
            yield from _opened(file, part, config)
        except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            yield _rejected(part, "unreadable", error.strerror or str(error))
        except OSError as error:
            yield _rejected(part, "unreadable", f"the file cannot be read on ({error})")


def _opened(file: IO[bytes], part: Part, config: Config) -> Iterator[Record | Rejected]:
    rows = Rows(part.source, config.input, "line")
    if part.format == "parquet" or (part.format == "unknown" and _is_parquet(file)):
        from corpusprep.sources.parquet import read_parquet  # noqa: PLC0415

        return read_parquet(file, part, replace(rows, unit="row"))
    is_range = part.stop >= 0
    # A range of JSONL is never compressed, whatever its first line looks like; one of WARC may be.
    plain = is_range and part.format == "jsonl"
    stream = pieces(Ranged(file, part.start, part.stop) if is_range else file, plain=plain)
    first = next(stream, b"")
    kind = _kind(part.format, first)
    stream = chain([first] if first else [], stream)
    if kind == "jsonl":
        return read_jsonl(stream, rows, part.first)
    if kind == "json":
        return read_json(stream, replace(rows, unit="value"))
    if kind == "warc":
        from corpusprep.sources.archives import read_warc  # noqa: PLC0415

        return read_warc(stream, part.source, config.input, part.first)
    if kind == "arc":
        from corpusprep.sources.archives import read_arc  # noqa: PLC0415

        return read_arc(stream, part.source, config.input)
    return iter([_document(stream, part, config)])


def _is_parquet(file: IO[bytes]) -> bool:
    head = file.read(4)
    file.seek(0)
    return head == b"PAR1"


def _kind(named: str, first: bytes | Flaw) -> str:
    """What to read the file as, by its name and, where that is silent, by its first bytes."""
    if isinstance(first, Flaw) or named not in ("json", "unknown"):
        return named
    if named == "unknown":
        if first.startswith(b"WARC/"):
            return "warc"
        if first.startswith(b"filedesc:"):
            return "arc"
    if begins_with_line(first):
        return "jsonl"
    return "json" if _JSON.match(first) else named


# An array of objects, or an object on several lines.
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*\"[^\"\n]{1,100}\"\s*:")


def _document(stream: Iterable[bytes | Flaw], part: Part, config: Config) -> Record | Rejected:
    """The one record of a file that is one."""
    payload = whole(stream, config.input.max_bytes)
    if isinstance(payload, Flaw):
        return _rejected(part, payload.reason, payload.detail)
    if kind := binary_kind(payload):
        return _rejected(part, "binary", kind, payload)
    if not payload or payload.isspace():
        return _rejected(part, "empty", "white space only" if payload else "no bytes", payload)
    markup = {"html": True, "text": begins_as_page(payload)}.get(part.format)
    return Record(source=part.source, number=0, payload=payload, markup=markup)


def _rejected(part: Part, reason: str, detail: str, payload: bytes = b"") -> Rejected:
    digest = hashlib.sha256(payload).hexdigest() if payload else ""
    return Rejected("read", reason, detail, source=part.source, record=part.first, content_sha256=digest)

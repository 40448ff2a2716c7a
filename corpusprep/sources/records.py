"""What is planned and what is read: parts of files, and records."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

__all__ = ["Part", "Record", "iso"]


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a fixed range of a big one: what one worker reads in one go.

    uri: an absolute path, or a URI that fsspec opens.
    source: its name below the input root, with "/"; see `plan`.
    format: "text", "html", "jsonl", "json", "parquet", "warc", "arc" or "unknown" (then its content is asked).
    size: bytes on disk, so compressed ones where it is compressed.
    start, stop: the range in bytes, for Parquet in row groups; stop is -1 where it is the whole file.
    first: the number of the first record in the range.
    sidecar: a JSON file that lies beside a document of the same name, and is no document unless it has a text of its own.
    """

    uri: str
    source: str
    format: str
    size: int
    start: int = 0
    stop: int = -1
    first: int = 0
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One occurrence in the input: a file, a line of JSONL, a row of Parquet, a page of a web archive.

    source: the file's name below the input root, with "/".
    number: of the record in it, from 0: the line (blank lines count), the row, the document among those of an archive.
    payload: its bytes; the UTF-8 of a text value, with lone surrogates written as three bytes each.
    markup: whether it is HTML; None where that is to be found out.
    declared: the label of the character set that the record names, "" for none.
    source_id, url, title, date: its own, "" where it has none; `date` as it stands there, in ISO 8601 if it had a date's type.
    site: the value of the column that `input.site` names, "" for none.
    fetched: when the page was fetched, in ISO 8601 with what precision is known ("2024-05-01", "2024-05-01T10:00:00Z"), or "".
    """

    source: str
    number: int
    payload: bytes
    markup: bool | None
    declared: str = ""
    source_id: str = ""
    url: str = ""
    title: str = ""
    date: str = ""
    site: str = ""
    fetched: str = ""

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the payload, 64 hex digits."""
        return hashlib.sha256(self.payload).hexdigest()


def iso(value: Any) -> str:
    """ISO 8601 of a date, a time or an ISO 8601 string, in UTC where a zone is known; "" for anything else."""
    if isinstance(value, str):
        value = value.strip()
        try:
            if len(value) == len("2024-05-01"):
                return dt.date.fromisoformat(value).isoformat()
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return ""
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
            return f"{value.isoformat(timespec='seconds')}Z"
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else ""

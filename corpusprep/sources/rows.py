"""Rows of JSONL, JSON and Parquet: which columns make a record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpusprep.document import Rejected
from corpusprep.sources.records import Record, iso

if TYPE_CHECKING:
    from corpusprep.config import InputConfig
    from corpusprep.sources.streams import Flaw

__all__ = ["COLUMNS", "FETCHED", "Rows"]

COLUMNS = ("html", "text", "id", "url", "title", "date")
"""The columns that are read; of html and text the first that is not blank is the payload, because markup is evidence."""

FETCHED = (
    *("fetched", "fetched_at", "fetch_date", "fetch_time", "crawl_date", "crawled", "crawled_at", "crawl_time"),
    *(
        "crawl_timestamp",
        "date_download",
        "date_crawled",
        "download_date",
        "downloaded_at",
        "retrieved",
        "retrieved_at",
    ),
    *("scrape_date", "scraped_at", "warc_date"),
)
"""Names under which crawlers keep when a page was fetched; the first with an ISO 8601 date counts."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes records of the rows of one file; `unit` is what a row is called there, "line" or "row"."""

    source: str
    config: InputConfig
    unit: str

    def record(self, number: int, row: Any, utf8: tuple[str, ...] = ()) -> Record | Rejected:
        """The record, or why the row is none; `utf8` names the columns whose bytes are text in UTF-8."""
        if not isinstance(row, Mapping):
            return self.rejected(number, "no-text", f"a JSON {_json_name(row)}, not an object")
        source_id = _id(row.get("id"))
        html, text = row.get("html"), row.get("text")
        markup = _is_filled(html)
        value = html if markup else text if _is_filled(text) else None
        if value is None:
            reason, detail = _why_no_text(row)
            return self.rejected(number, reason, detail, source_id=source_id)
        declared = "utf-8" if isinstance(value, str) or ("html" if markup else "text") in utf8 else ""
        if isinstance(value, str):
            # Lone surrogates, which JSON can hold, stay visible to the digest.
            value = value.encode("utf-8", "surrogatepass")
        if len(value) > self.config.max_bytes:
            detail = f"{len(value):,} bytes; {self.config.max_bytes:,} (input.max_bytes) are the most"
            return self.rejected(number, "too-large", detail, source_id=source_id, payload=value)
        return Record(
            source=self.source,
            number=number,
            payload=value,
            markup=markup,
            declared=declared,
            source_id=source_id,
            url=_string(row.get("url")),
            title=_string(row.get("title")),
            date=_string(row.get("date")) or iso(row.get("date")),
            site=_string(row.get(self.config.site)) if self.config.site not in ("host", "folder") else "",
            fetched=_fetched(row),
        )

    def rejected(
        self, number: int, reason: str, detail: str, *, source_id: str = "", payload: bytes | None = None
    ) -> Rejected:
        """A row that is none, with its number from 1 on in the detail, as editors count."""
        digest = "" if payload is None else hashlib.sha256(payload).hexdigest()
        where = f"{self.unit} {number + 1}"
        return Rejected("read", reason, f"{where}: {detail}", "", source_id, self.source, number, digest)

    def flawed(self, number: int, flaw: Flaw) -> Rejected:
        """A place in the file that could not be read."""
        where = f"{self.unit} {number + 1}"
        return Rejected(
            "read", flaw.reason, f"{where}: {flaw.detail}", "", "", self.source, number, flaw.content_sha256
        )


_FETCHED = frozenset(FETCHED)


def _fetched(row: Mapping[str, Any]) -> str:
    if _FETCHED.isdisjoint(row):
        return ""
    return next((when for name in FETCHED if (when := iso(row.get(name)))), "")


def _is_filled(value: Any) -> bool:
    return isinstance(value, (str, bytes)) and bool(value) and not value.isspace()


def _why_no_text(row: Mapping[str, Any]) -> tuple[str, str]:
    for name in ("html", "text"):
        value = row.get(name)
        if isinstance(value, (str, bytes)):
            return "empty", f"{name} is blank"
        if value is not None:
            return "no-text", f"{name} is a {_json_name(value)}, not a string"
    if "html" in row or "text" in row:
        return "empty", "neither text nor html has a value"
    found = ", ".join(map(str, list(row)[:20]))
    return "no-text", f"no column text or html; found: {found or 'none'}"


def _json_name(value: Any) -> str:
    names = {dict: "object", list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)


def _string(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _id(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _string(value)

"""The tables of a release, as Arrow schemas. docs/releases.md explains every column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpusprep.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from corpusprep.document import Article, Rejected, Span

__all__ = [
    "ARTICLES",
    "DUPLICATES",
    "RAW",
    "REJECTED",
    "SCHEMAS",
    "SPAN",
    "article_row",
    "batch",
    "columns",
    "moment",
    "rejected_row",
    "span_row",
]

SPAN = pa.struct(
    [
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("label", pa.string()),
        ("story", pa.int32()),
        ("cleaner", pa.string()),
        ("reason", pa.string()),
        ("evidence", pa.string()),
        ("score", pa.float64()),
    ]
)

ARTICLES = pa.schema(
    [
        ("id", pa.string()),
        ("source_id", pa.string()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("site", pa.string()),
        ("title", pa.string()),
        ("subtitle", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("published", pa.string()),
        ("updated", pa.string()),
        ("published_at", pa.timestamp("us", tz="UTC")),
        ("language", pa.string()),
        ("language_score", pa.float64()),
        ("text", pa.string()),
        ("captions", pa.list_(pa.string())),
        ("n_chars", pa.int64()),
        ("n_words", pa.int64()),
        ("cluster_id", pa.string()),
        ("cluster_size", pa.int64()),
        ("parent_id", pa.string()),
        ("content_sha256", pa.string()),
        ("share_removed", pa.float64()),
        ("truncated", pa.bool_()),
    ]
)

RAW = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("content_sha256", pa.string()),
        ("decoding", pa.list_(pa.string())),
        ("text", pa.string()),
        ("spans", pa.list_(SPAN)),
    ]
)

REJECTED = pa.schema(
    [
        ("id", pa.string()),
        ("source_id", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("content_sha256", pa.string()),
    ]
)

DUPLICATES = pa.schema(
    [
        ("id", pa.string()),
        ("source_id", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("kept_id", pa.string()),
        ("kept_source_id", pa.string()),
        ("cluster_id", pa.string()),
        ("relation", pa.string()),
        ("method", pa.string()),
        ("resemblance", pa.float64()),
        ("containment", pa.float64()),
        ("evidence", pa.string()),
        ("parent_id", pa.string()),
        ("content_sha256", pa.string()),
    ]
)

SCHEMAS: Mapping[str, pa.Schema] = {"articles": ARTICLES, "raw": RAW, "rejected": REJECTED, "duplicates": DUPLICATES}


def columns(schema: pa.Schema) -> dict[str, str]:
    """Column names and types, the same whether the schema was made here or read from a Parquet file."""
    return {field.name: _kind(field.type) for field in schema}


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):  # Parquet calls its items "element", Arrow "item"
        return f"list<{_kind(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_kind(field.type)}' for field in kind)}>"
    return str(kind)


def batch(table: str, rows: Iterable[Mapping[str, object]]) -> pa.RecordBatch:
    """Rows as a RecordBatch of that table.

    A column that a row leaves out is null; raises ReleaseError for a column the table does not have.
    """
    schema, rows = SCHEMAS[table], list(rows)
    for row in rows:
        if unknown := row.keys() - set(schema.names):
            raise ReleaseError(f"the table {table!r} has no column {min(unknown)!r}")
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def article_row(article: Article) -> dict[str, Any]:
    """An Article as a row of `articles`, with published_at."""
    row = {name: getattr(article, name) for name in ARTICLES.names if name != "published_at"}
    row["published_at"] = moment(article.published)
    return row


def rejected_row(rejected: Rejected) -> dict[str, Any]:
    """A Rejected as a row of `rejected`."""
    return {name: getattr(rejected, name) for name in REJECTED.names}


def span_row(span: Span) -> dict[str, Any]:
    """A Span as an element of `raw.spans`."""
    return {field.name: getattr(span, field.name) for field in SPAN}


def moment(published: str) -> datetime | None:
    """An ISO 8601 string as a moment in UTC: midnight where only the day is known, UTC where no zone is.

    None where the string does not name a day in full ("--03-29", "2017-03"), or names none that exists.
    """
    if len(published) < len("2017-03-14") or not published[:4].isdecimal():
        return None
    try:
        when = datetime.fromisoformat(published)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

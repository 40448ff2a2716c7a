"""What became of documents, as the tables that the cleaning commits: worked out just now, or taken over from an earlier build."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from corpusprep.articles import Provenance, story_id
from corpusprep.building.rows import spans_array
from corpusprep.building.store import opened, take_rows
from corpusprep.deduping.signing import SCHEMA as SIGNATURES
from corpusprep.deduping.signing import sign
from corpusprep.document import Article, Rejected
from corpusprep.release.schemas import ARTICLES, RAW, REJECTED, article_row, rejected_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from corpusprep.building.keeping import Found, Kept
    from corpusprep.document import Span

__all__ = ["Outcome", "Tables", "fresh_tables", "kept_tables", "merged"]

Indices = "NDArray[np.int64]"

_SPANS = pa.schema([RAW.field("spans")])
_ARTICLES = pa.schema([*ARTICLES, ("row", pa.int64()), ("story", pa.int64())])
_REJECTED = pa.schema([*REJECTED, ("row", pa.int64())])
_OF_RECORD = ("source_id", "source", "record", "content_sha256", "url", "site")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the document in a row: its spans (None where it was never cleaned), and rows for other tables.

    numbers: of the stories below the article, by id.
    """

    row: int
    spans: tuple[Span, ...] | None
    rows: tuple[Article | Rejected, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tables:
    """spans: a row a document. articles, rejected: with the row of their document, articles with their story. signatures: a row an article."""

    spans: pa.Table
    articles: pa.Table
    rejected: pa.Table
    signatures: pa.Table

    @classmethod
    def joined(cls, parts: Sequence[Tables]) -> Tables:
        """Those of several lots of documents."""
        empty = cls(*(schema.empty_table() for schema in (_SPANS, _ARTICLES, _REJECTED, SIGNATURES)))
        names = ("spans", "articles", "rejected", "signatures")
        return cls(*(pa.concat_tables([getattr(one, name) for one in (empty, *parts)]) for name in names))

    def with_keys(self, keys: pa.Array) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
        """The tables as they are committed: the keys that results are found again by stand beside the spans."""
        return self.spans.append_column("print", keys), self.articles, self.rejected, self.signatures


def merged(parts: Sequence[Tables], rows: NDArray[np.int64]) -> Tables:
    """Several lots as one, in the order of the rows of their documents; rows: those of the spans, lot by lot."""
    tables = Tables.joined(parts)
    order = np.argsort(rows, kind="stable")
    stories = tables.articles.column("story").to_numpy(), tables.articles.column("row").to_numpy()
    by_story = np.lexsort(stories)
    return Tables(
        _taken(tables.spans, order),
        _taken(tables.articles, by_story),
        _taken(tables.rejected, np.argsort(tables.rejected.column("row").to_numpy(), kind="stable")),
        _taken(tables.signatures, by_story),
    )


def _taken(table: pa.Table, order: NDArray[np.int64]) -> pa.Table:
    if (order == np.arange(len(order))).all():
        return table
    return table.combine_chunks().take(pa.array(order))


def fresh_tables(outcomes: Sequence[Outcome]) -> Tables:
    """The tables of documents that were just cleaned."""
    articles, rejected = [], []
    for outcome in outcomes:
        for row in outcome.rows:
            if isinstance(row, Article):
                story = outcome.numbers.get(row.id, 0) if row.parent_id else 0
                articles.append(article_row(row) | {"row": outcome.row, "story": story})
            else:
                rejected.append(rejected_row(row) | {"row": outcome.row})
    table = pa.Table.from_pylist(articles, schema=_ARTICLES)
    return Tables(
        pa.Table.from_arrays([spans_array([outcome.spans for outcome in outcomes])], schema=_SPANS),
        table,
        pa.Table.from_pylist(rejected, schema=_REJECTED),
        sign(table),
    )


def kept_tables(kept: Kept, found: Found, rows: NDArray[np.int64], origins: Sequence[Provenance]) -> Tables:
    """The tables of documents whose results were kept, as of where the documents stand now.

    rows: of the documents in their chunk; origins: of each.
    """
    articles, rejected, signatures = [], [], []
    for chunk in np.unique(found.chunk).tolist():
        mine = np.flatnonzero(found.chunk == chunk)
        wanted = found.row[mine]
        path = kept.path("label", chunk, ".articles.arrow")
        places, whose = _joined(_rows_of(path), wanted)
        if len(places):
            table = take_rows(path, places, _ARTICLES.names)
            table = _articles(table, rows, origins, mine[whose])
            articles.append(table)
            if kept.signed_alike:
                old = take_rows(kept.path("label", chunk, ".signatures.arrow"), places, SIGNATURES.names)
                signatures.append(_with(old, {name: table.column(name) for name in ("id", *_OF_SIGNATURE)}))
            else:
                signatures.append(sign(table))
        path = kept.path("label", chunk, ".rejected.arrow")
        places, whose = _joined(_rows_of(path), wanted)
        if len(places):
            rejected.append(_rejected(take_rows(path, places, _REJECTED.names), rows, origins, mine[whose]))
    spans = kept.take("label", ".spans.arrow", found, ["spans"])
    empty = Tables.joined(())
    return Tables(
        spans.cast(_SPANS),
        pa.concat_tables([empty.articles, *articles]),
        pa.concat_tables([empty.rejected, *rejected]),
        pa.concat_tables([empty.signatures, *signatures]),
    )


_OF_SIGNATURE = tuple(name for name in _OF_RECORD if name in SIGNATURES.names)


def _rows_of(path: Any) -> NDArray[np.int64]:
    with opened(path, ["row"]) as file:
        rows: NDArray[np.int64] = file.read_all().column("row").to_numpy()
    return rows


def _joined(rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the wanted rows stand among sorted ones, each as often as it does, and which of the wanted each is."""
    first, behind = np.searchsorted(rows, wanted, "left"), np.searchsorted(rows, wanted, "right")
    counts = behind - first
    whose = np.repeat(np.arange(len(wanted)), counts)
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
    return starts + np.arange(len(whose)), whose


def _articles(
    table: pa.Table, rows: NDArray[np.int64], origins: Sequence[Provenance], whose: NDArray[np.int64]
) -> pa.Table:
    own = [origins[number] for number in whose.tolist()]
    stories = table.column("story").to_pylist()
    ids = [story_id(one.id, story) if story else one.id for one, story in zip(own, stories, strict=True)]
    parents = [one.id if story else "" for one, story in zip(own, stories, strict=True)]
    return _with(
        table, {**_of(own), "id": ids, "parent_id": parents, "cluster_id": [""] * len(own), "row": rows[whose]}
    )


def _rejected(
    table: pa.Table, rows: NDArray[np.int64], origins: Sequence[Provenance], whose: NDArray[np.int64]
) -> pa.Table:
    own = [origins[number] for number in whose.tolist()]
    return _with(table, {**_of(own), "id": [one.id for one in own], "row": rows[whose]})


def _of(origins: Sequence[Provenance]) -> dict[str, list[Any]]:
    return {name: list(map(attrgetter(name), origins)) for name in _OF_RECORD}


def _with(table: pa.Table, columns: Mapping[str, Iterable[Any] | pa.ChunkedArray]) -> pa.Table:
    """The table with other values in those of the columns that it has."""
    for name, values in columns.items():
        if name in table.schema.names:
            at = table.schema.get_field_index(name)
            kind = table.schema.field(name)
            column = values if isinstance(values, pa.ChunkedArray) else pa.array(values, kind.type)
            table = table.set_column(at, kind, column)
    return table

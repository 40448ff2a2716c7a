"""Copies among articles that are already at hand."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.config import DedupeConfig
from corpusprep.deduping import Duplicate
from corpusprep.deduping.matching import match
from corpusprep.deduping.signing import sign
from corpusprep.errors import InputError

if TYPE_CHECKING:
    from corpusprep.document import Article

__all__ = ["duplicates"]

_COLUMNS = ("id", "text", "source_id", "source", "site", "published", "updated", "content_sha256")


def duplicates(
    articles: pa.Table | Iterable[Article | Mapping[str, Any]], config: DedupeConfig | None
) -> Iterator[Duplicate]:
    """See `corpusprep.deduping.dedupe`."""
    table = articles if isinstance(articles, pa.Table) else _table(articles)
    if "text" not in table.column_names:
        raise InputError("no column 'text'", where="dedupe", do=f"columns here: {', '.join(table.column_names)}")
    if "id" not in table.column_names:
        table = table.append_column("id", pa.array([str(row) for row in range(len(table))], pa.string()))
    table = table.set_column(table.column_names.index("id"), "id", table.column("id").cast(pa.string()))
    ids = table.column("id")

    def fetch(wanted: Sequence[str]) -> pa.Table:
        rows = pc.index_in(pa.array(wanted, pa.string()), value_set=ids)
        return table.select(["id", "text"]).take(rows)

    found = match([sign(table)], fetch, config or DedupeConfig())
    names = [field.name for field in dataclasses.fields(Duplicate)]
    for row in found.duplicates.select(names).to_pylist():
        yield Duplicate(**row)


def _table(articles: Iterable[Article | Mapping[str, Any]]) -> pa.Table:
    tables = []
    rows = enumerate(articles)
    while some := list(itertools.islice(rows, 4096)):
        columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
        for number, article in some:
            for name, values in columns.items():
                value = article.get(name) if isinstance(article, Mapping) else getattr(article, name, None)
                if name == "text" and value is None:
                    raise InputError(f"article {number} has no 'text'", where="dedupe", do="give each one its text")
                values.append(str(number) if name == "id" and value is None else str(value or ""))
        tables.append(pa.table({name: _strings(values) for name, values in columns.items()}))
    schema = pa.schema([(name, pa.large_string()) for name in _COLUMNS])
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _strings(values: list[str]) -> pa.Array:
    """Lone surrogates, which UTF-8 cannot tell, become U+FFFD."""
    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:
        whole = [value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for value in values]
        return pa.array(whole, pa.large_string())

"""Rows to Parquet files: sorted, in shards, the same bytes for the same rows, in flat memory."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusprep.release.shards import MAX_ROWS, Place, Shard, bucket, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["ROW_GROUP", "Digest", "Spool", "Written", "canonical"]

ROW_GROUP = 5_000
"""Rows in a row group."""
_SLICE = 256  # rows narrowed at once; few, so that 2 GB of text do not meet in one array
_ORDER = [(key, "ascending") for key in ("_day", "source", "record", "id")]
# Long and unlike texts gain nothing from a dictionary or from minima and maxima, and the first breaks up chunking.
_REPEATED = ("site", "language", "relation", "method", "stage", "reason", "label", "cleaner", "source")
_MEASURED = (
    "id",
    "source",
    "record",
    "site",
    "language",
    "published",
    "published_at",
    "n_chars",
    "n_words",
    "cluster_id",
)


@dataclass(frozen=True, slots=True)
class Written:
    """One Parquet file of a table; path is relative to the table's folder."""

    path: str
    split: str
    rows: int


class Digest:
    """A digest of rows as values: whatever their order, their files and the pyarrow that wrote them.

    The sum, modulo 2**256, of the SHA-256 of each row in canonical JSON.
    """

    def __init__(self) -> None:
        self._sum = 0
        self.rows = 0

    def update(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows."""
        for line in canonical(rows):
            self._sum += int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")
            self.rows += 1

    def hexdigest(self) -> str:
        """64 hex digits."""
        return f"{self._sum % (1 << 256):064x}"


def canonical(rows: pa.RecordBatch | pa.Table) -> Iterator[str]:
    """Each row as JSON: columns in the order of the schema, time in microseconds since 1970, no optional white space."""
    columns = []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        columns.append(column.cast(pa.int64()) if pa.types.is_timestamp(field.type) else column)
    plain = pa.Table.from_arrays(columns, names=rows.schema.names)
    for part in plain.to_batches(max_chunksize=1_000):
        for row in part.to_pylist():
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Spool:
    """Rows of one table on their way to shards: on disk in the order they come, with their places counted.

    The schema's own metadata is dropped, so what other libraries leave there does not reach the files.
    """

    def __init__(self, schema: pa.Schema, path: Path) -> None:
        self._schema = schema.remove_metadata()
        self._path = path
        fields = [*map(_wide, self._schema), pa.field("_split", pa.string()), pa.field("_day", pa.string())]
        self._writer = pq.ParquetWriter(path, pa.schema(fields), compression="zstd", compression_level=1)
        self._rows: Counter[Place] = Counter()
        self._groups: list[frozenset[Place]] = []  # the places met in each row group, to pass over those without

    def add(self, rows: pa.RecordBatch, places: Sequence[Place]) -> None:
        """Take rows of the spool's schema and the place of each."""
        for at in range(0, rows.num_rows, ROW_GROUP):
            here = places[at : at + ROW_GROUP]
            splits, days = zip(*here, strict=True)
            columns = [*rows.slice(at, ROW_GROUP).columns, pa.array(splits), pa.array(days)]
            wide = [one.cast(kind) for one, kind in zip(columns, self._writer.schema.types, strict=True)]
            self._writer.write_batch(pa.RecordBatch.from_arrays(wide, schema=self._writer.schema))
            self._rows.update(here)
            self._groups.append(frozenset(here))

    def write(self, folder: Path, limit: int = MAX_ROWS) -> Iterator[tuple[Written, pa.Table]]:
        """Write every shard below `folder`, as SPLIT/NAME.parquet; yield each with its rows, one shard in memory at a time."""
        self._writer.close()
        source = pq.ParquetFile(self._path)
        try:
            for shard in cut(self._rows, limit):
                for number, name in enumerate(shard.files()):
                    table = self._gather(source, shard, number)
                    if table.num_rows:
                        path = f"{shard.split}/{name}"
                        _write(folder / path, table, self._schema)
                        yield Written(path, shard.split, table.num_rows), table
        finally:
            source.close()
        self._path.unlink()

    def _gather(self, source: pq.ParquetFile, shard: Shard, number: int) -> pa.Table:
        days = pa.array(sorted(shard.days), pa.string())
        parts: list[pa.Table] = []
        wanted = {(shard.split, day) for day in shard.days}
        for group, met in enumerate(self._groups):
            if met.isdisjoint(wanted):
                continue
            places = source.read_row_group(group, columns=["_split", "_day", "id"])
            mask = pc.and_(pc.equal(places["_split"], shard.split), pc.is_in(places["_day"], days))
            if shard.bits:
                buckets = pa.array([bucket(one, shard.bits) == number for one in places["id"].to_pylist()])
                mask = pc.and_(mask, buckets)
            if pc.any(mask).as_py():
                parts.append(source.read_row_group(group).filter(mask))
        if not parts:
            return self._schema.empty_table()
        table = pa.concat_tables(parts)
        return table.take(pc.sort_indices(table, sort_keys=_ORDER)).select(self._schema.names)


def _wide(field: pa.Field) -> pa.Field:
    # Sorting a shard joins each column first, and 32-bit offsets end at 2 GB of text.
    return field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field


def _write(path: Path, table: pa.Table, schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    leaves = [name for field in schema for name in _leaves(field.name, field.type)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": 9,
        "version": "2.6",
        "use_dictionary": [leaf for leaf in leaves if leaf.rpartition(".")[2] in _REPEATED],
        "write_statistics": [leaf for leaf in leaves if leaf in _MEASURED],
    }
    if "use_content_defined_chunking" in inspect.signature(pq.ParquetWriter).parameters:  # pyarrow 21 and newer
        options["use_content_defined_chunking"] = True
    with pq.ParquetWriter(path, schema, **options) as writer:
        for at in range(0, table.num_rows, ROW_GROUP):
            group = table.slice(at, ROW_GROUP)
            slices = [group.slice(start, _SLICE).cast(schema) for start in range(0, group.num_rows, _SLICE)]
            writer.write_table(pa.concat_tables(slices).combine_chunks(), row_group_size=ROW_GROUP)


def _leaves(name: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_list(kind):
        yield from _leaves(name + ".list.element", kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{name}.{field.name}", field.type)
    else:
        yield name

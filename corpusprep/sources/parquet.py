"""Parquet: rows in batches of bounded size, groups of rows as ranges."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from corpusprep.document import Rejected
from corpusprep.sources.rows import COLUMNS, FETCHED, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.sources.records import Part, Record

__all__ = ["ranges", "read_parquet"]

_BATCH = 4 << 20
"""Bytes of the rows that are decoded at once, about."""


def ranges(file: IO[bytes], size: int) -> list[tuple[int, int, int, int]]:
    """Row groups put together until they have `size` bytes on disk: (start, stop, first row, bytes) of each.

    Raises pyarrow.ArrowException and OSError for what is no Parquet.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    metadata = pq.read_metadata(file)
    found: list[tuple[int, int, int, int]] = []
    start = first = rows = held = 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        rows += row_group.num_rows
        held += sum(row_group.column(column).total_compressed_size for column in range(row_group.num_columns))
        if held >= size or group == metadata.num_row_groups - 1:
            found.append((start, group + 1, first, held))
            start, first, held = group + 1, rows, 0
    return found


def read_parquet(file: IO[bytes], part: Part, rows: Rows) -> Iterator[Record | Rejected]:
    """A record for each row of the part. What is broken in a row group costs the rest of that group."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        # Without a buffer for whole columns, memory does not grow with the row group.
        table = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError) as error:
        yield Rejected("read", "unreadable", f"not whole Parquet ({error})", source=part.source, record=part.first)
        return
    names = table.schema_arrow.names
    wanted = [name for name in dict.fromkeys((*COLUMNS, *FETCHED, rows.config.site)) if name in names]
    if "html" not in wanted and "text" not in wanted:
        detail = f"no column text or html; found: {', '.join(names[:20])}"
        if part.first == 0:
            yield Rejected("read", "no-text", detail, source=part.source)
        return
    number = part.first
    for group in range(part.start, part.stop if part.stop >= 0 else table.num_row_groups):
        metadata = table.metadata.row_group(group)
        following = number + metadata.num_rows
        size = max(1, min(1024, metadata.num_rows * _BATCH // max(1, metadata.total_byte_size)))
        try:
            for batch in table.iter_batches(size, row_groups=[group], columns=wanted, use_threads=False):
                utf8 = _utf8(batch.schema)
                for row in _rows(batch, utf8):
                    yield rows.record(number, row, utf8)
                    number += 1
        except (pa.ArrowException, OSError) as error:
            yield rows.rejected(number, "corrupt", f"up to row {following}: {error}")
        number = following


def _utf8(schema: Any) -> tuple[str, ...]:
    """The payload columns whose type says that they are UTF-8, which not every writer checks."""
    import pyarrow as pa  # noqa: PLC0415

    types = {name: schema.field(name).type for name in ("html", "text") if name in schema.names}
    return tuple(name for name, kind in types.items() if pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _rows(batch: Any, utf8: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    import pyarrow as pa  # noqa: PLC0415

    names = batch.schema.names
    # A payload is bytes: reading it as text and writing it as UTF-8 again would be work for nothing.
    columns = [
        column.cast(pa.large_binary()) if name in utf8 else column
        for name, column in zip(names, batch.columns, strict=True)
    ]
    for values in zip(*map(_values, columns), strict=True):
        yield dict(zip(names, values, strict=True))


def _values(column: Any) -> list[Any]:
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_text(value) for value in column.cast(pa.large_binary()).to_pylist()]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")

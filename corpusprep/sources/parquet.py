"""Parquet: rows in batches of bounded size, groups of rows as ranges."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from corpusprep.document import Rejected
from corpusprep.sources.rows import COLUMNS, FETCHED, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.sources.records import Part, Record

__all__ = ["ranges", "read_parquet"]

_BATCH = 64
"""Rows decoded at once: pages of a megabyte each are then still 64 MB."""


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
        following = number + table.metadata.row_group(group).num_rows
        try:
            for batch in table.iter_batches(_BATCH, row_groups=[group], columns=wanted, use_threads=False):
                for row in _rows(batch):
                    yield rows.record(number, row)
                    number += 1
        except (pa.ArrowException, OSError) as error:
            yield rows.rejected(number, "corrupt", f"up to row {following}: {error}")
        number = following


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    import pyarrow as pa  # noqa: PLC0415

    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()  # noqa: PLW2901
        columns[name] = _values(column)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        import pyarrow as pa  # noqa: PLC0415

        # Strings that are no UTF-8, which Parquet's writers do not all check: bytes then, whose charset is found out.
        return list(column.cast(pa.large_binary()).to_pylist())

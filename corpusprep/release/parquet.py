"""Rows to Parquet files: sorted, in shards, the same bytes for the same rows, in flat memory."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusprep.release.memory import PRINT, halves, known_digests
from corpusprep.release.shards import MAX_ROWS, Place, bucket, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["ROW_GROUP", "Digest", "ShardTask", "Spool", "Written", "canonical", "write_shard"]

ROW_GROUP = 5_000
"""Rows in a row group."""
_PILE, _PILE_BYTES = 8_192, 64 << 20  # rows, and bytes, that wait in memory
_BITS = 48  # of the point at which a place is cut; as many as are exact in a float
_SLICE = 256  # rows narrowed at once; few, so that 2 GB of text do not meet in one array
_ORDER = [(key, "ascending") for key in ("_day", "source", "record", "id")]
# Long and unlike texts gain nothing from a dictionary or from minima and maxima, and the first breaks up chunking.
_REPEATED = (
    "site", "language", "relation", "method", "stage", "reason", "label", "cleaner", "source", "evidence", "score",
)  # fmt: skip
_RISING = ("start", "end")
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
    """One Parquet file of a table.

    path: relative to the table's folder. digest: of its rows, as `Digest` sums them. bytes: of its columns before compression;
    download: of the file. prints, digests: those of each row; fresh: the ids of rows that no memory knew.
    """

    path: str
    split: str
    rows: int
    digest: int
    bytes: int
    download: int
    prints: NDArray[np.uint64]
    digests: NDArray[np.uint8]
    fresh: frozenset[str]


class Digest:
    """A digest of rows as values: whatever their order, their files and the pyarrow that wrote them.

    The sum, modulo 2**256, of the SHA-256 of each row in canonical JSON.
    """

    def __init__(self, total: int = 0, rows: int = 0) -> None:
        self.total, self.rows = total, rows

    def update(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows."""
        self.add(row_digests(rows))

    def add(self, digests: Iterable[bytes]) -> None:
        """Add rows by the digest of each."""
        for one in digests:
            self.total += int.from_bytes(one, "big")
            self.rows += 1

    def hexdigest(self) -> str:
        """64 hex digits."""
        return f"{self.total % (1 << 256):064x}"


def row_digests(rows: pa.RecordBatch | pa.Table) -> Iterator[bytes]:
    """The SHA-256 of each row in canonical JSON."""
    return (hashlib.sha256(line.encode()).digest() for line in canonical(rows))


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
    """Rows of one table on their way to shards: on disk in piles, each sorted by place, so that a shard takes slices of them.

    The schema's own metadata is dropped, so what other libraries leave there does not reach the files.
    """

    def __init__(self, schema: pa.Schema, folder: Path, known: str = "") -> None:
        self._schema = schema.remove_metadata()
        self._known = known
        self._wide = pa.schema(
            [*map(_wide, self._schema), ("_print", PRINT), ("_day", pa.string()), ("_point", pa.int64())]
        )
        self._folder = folder
        self._rows: Counter[Place] = Counter()
        self._codes: dict[Place, int] = {}
        self._piles: list[_Pile] = []
        self._waiting: list[tuple[pa.RecordBatch, Sequence[Place]]] = []
        folder.mkdir(parents=True)

    def add(self, rows: pa.RecordBatch, places: Sequence[Place], prints: pa.Array | None = None) -> None:
        """Take rows of the spool's schema, and the place and the print of each."""
        self._rows.update(places)
        column = pa.nulls(rows.num_rows, PRINT) if prints is None else prints
        self._waiting.append((rows.append_column("_print", column), places))
        if (
            sum(batch.num_rows for batch, _ in self._waiting) >= _PILE
            or sum(batch.nbytes for batch, _ in self._waiting) >= _PILE_BYTES
        ):
            self._pile()

    def _pile(self) -> None:
        """Write the rows that wait, sorted by place and, in a place, as they will stand in their file."""
        table = pa.Table.from_batches([batch for batch, _ in self._waiting]).cast(pa.schema(list(self._wide)[:-2]))
        places = [place for _, places in self._waiting for place in places]
        self._waiting = []
        points = [bucket(one, _BITS) for one in table["id"].to_pylist()]
        splits, days = (pa.array([place[part] for place in places], pa.string()) for part in (0, 1))
        table = table.append_column("_day", days).append_column("_point", pa.array(points, pa.int64()))
        keys = table.select([name for name, _ in _ORDER]).append_column("_split", splits)
        order = pc.sort_indices(keys, sort_keys=[("_split", "ascending"), *_ORDER])
        path = self._folder / f"{len(self._piles)}.arrow"
        with pa.ipc.new_file(str(path), self._wide) as writer:
            writer.write_table(table.take(order).combine_chunks())
        runs = [(place, len(list(group))) for place, group in groupby(places[row] for row in order.to_pylist())]
        codes = [self._codes.setdefault(place, len(self._codes)) for place, _ in runs]
        ends = np.cumsum([count for _, count in runs])
        self._piles.append(_Pile(str(path), np.array(codes, np.int32), ends.astype(np.int32)))

    def tasks(self, folder: Path, limit: int = MAX_ROWS) -> Iterator[ShardTask]:
        """What is to be done to write every shard below `folder`, as SPLIT/NAME.parquet: `write_shard` of each."""
        if self._waiting:
            self._pile()
        for shard in cut(self._rows, limit):
            codes = np.array(sorted(self._codes[shard.split, day] for day in shard.days), np.int32)
            slices = [(pile.path, its) for pile in self._piles if (its := pile.slices(codes))]
            for number, name in enumerate(shard.files()):
                path = f"{shard.split}/{name}"
                yield ShardTask(self._schema, str(folder), path, tuple(slices), (shard.bits, number), self._known)


@dataclass(frozen=True, slots=True)
class _Pile:
    """An Arrow file sorted by place: the codes of its places, and where the rows of each end."""

    path: str
    codes: np.ndarray[tuple[int], np.dtype[np.int32]]
    ends: np.ndarray[tuple[int], np.dtype[np.int32]]

    def slices(self, codes: np.ndarray[tuple[int], np.dtype[np.int32]]) -> tuple[tuple[int, int], ...]:
        """Where the rows of these places stand, as ranges."""
        found: list[tuple[int, int]] = []
        for run in np.flatnonzero(np.isin(self.codes, codes)).tolist():
            start, end = int(self.ends[run - 1]) if run else 0, int(self.ends[run])
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One file to write: slices of piles, and of these the rows of one bucket of 2**bits, where the shard is cut by id.

    known: the folder of what is remembered of rows, "" for none.
    """

    schema: pa.Schema
    folder: str
    path: str
    slices: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    bucket: tuple[int, int]
    known: str = ""


def write_shard(task: ShardTask) -> Written | None:
    """Gather the rows of a shard, sort and write them; None where it has none."""
    parts: list[pa.Table] = []
    for path, ranges in task.slices:
        with pa.memory_map(path) as file:
            pile = pa.ipc.open_file(file).read_all()
        for start, end in ranges:
            parts.append(_bucket(pile.slice(start, end - start), *task.bucket))
    table = pa.concat_tables(parts)
    if not table.num_rows:
        return None
    order = pc.sort_indices(table.select([name for name, _ in _ORDER]), sort_keys=_ORDER)
    if (order.to_numpy() != np.arange(table.num_rows)).any():  # rows of one pile are in order already
        table = table.take(order)
    prints = halves(table["_print"])
    table = table.select(task.schema.names)
    target = Path(task.folder, task.path)
    _write(target, table, task.schema)
    digests, fresh = _digests(table, prints, task.known)
    digest = Digest()
    digest.add(map(bytes, digests))
    footer = pq.read_metadata(target)
    size = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    split = task.path.partition("/")[0]
    # Without a memory all rows are fresh, and nobody asks which.
    ids = frozenset(table["id"].take(pa.array(fresh)).to_pylist() if task.known else ())
    return Written(task.path, split, table.num_rows, digest.total, size, target.stat().st_size, prints, digests, ids)


def _digests(table: pa.Table, prints: NDArray[np.uint64], folder: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The digest of each row, and which rows no memory knew."""
    known, old = known_digests(folder, prints)
    digests = np.zeros((table.num_rows, 32), np.uint8)
    digests[known] = old
    fresh = np.setdiff1d(np.arange(table.num_rows), known)
    if len(fresh):
        new = b"".join(row_digests(table if len(fresh) == table.num_rows else table.take(pa.array(fresh))))
        digests[fresh] = np.frombuffer(new, np.uint8).reshape(-1, 32)
    return digests, fresh


def _bucket(rows: pa.Table, bits: int, number: int) -> pa.Table:
    """The rows of one bucket."""
    return rows.filter(pa.array(rows["_point"].to_numpy() >> (_BITS - bits) == number)) if bits else rows


def _wide(field: pa.Field) -> pa.Field:
    # Sorting a shard joins each column first, and 32-bit offsets end at 2 GB of text.
    return field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field


def _write(path: Path, table: pa.Table, schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    leaves = [name for field in schema for name in _leaves(field.name, field.type)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": 3,  # 9 takes four times as long for 3% fewer bytes
        "version": "2.6",
        "use_dictionary": [leaf for leaf in leaves if leaf.rpartition(".")[2] in _REPEATED],
        "column_encoding": {leaf: "DELTA_BINARY_PACKED" for leaf in leaves if leaf.rpartition(".")[2] in _RISING},
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

"""Copies in a file of rows: JSON Lines, compressed or not, or Parquet. Its texts are never all in memory."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fsspec.utils import infer_compression

from corpusprep.deduping.signing import SCHEMA, check, sign
from corpusprep.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = ["Columns", "Rows", "open_rows", "read_signatures", "write_signatures"]

_AT_ONCE = 2048  # rows
_FIELDS = ("source_id", "source", "site", "published", "updated", "content_sha256")
_COLUMNS = ("id", "text", *_FIELDS)
_ARTICLE = ["id", "text", "source_id", "source", "record", "site", "published", "updated", "content_sha256"]
_SPOOL = pa.schema([(name, pa.large_string()) for name in _COLUMNS])


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file hold the text and the id; an empty `id` means `id` if there is one, else the row's number."""

    text: str = "text"
    id: str = ""


@contextlib.contextmanager
def open_rows(path: str, columns: Columns) -> Iterator[Rows]:
    """The rows of a file, as long as the context lasts.

    A row without a text has an empty one, and is no copy of any other. Raises InputError for a file that is not there or is
    neither of the formats, a column that no row has, a line that is not JSON, a text that is none.
    """
    with tempfile.TemporaryDirectory(prefix="corpusprep-") as folder:
        try:
            rows = Rows(path, columns, Path(folder))
        except (OSError, EOFError, pa.ArrowInvalid) as error:
            what = getattr(error, "strerror", None) or str(error)
            raise InputError(what, where=path, do="give a JSON Lines or Parquet file") from None
        yield rows


class Rows:
    """The rows of a file, laid aside in a folder so that they can be had as often as they are wanted."""

    def __init__(self, path: str, columns: Columns, folder: Path) -> None:
        self.path, self.columns = path, columns
        spool = folder / "rows.parquet"
        with pq.ParquetWriter(spool, _SPOOL, compression="zstd") as writer:
            for table in self._read():
                writer.write_table(table)
        self._file = pq.ParquetFile(spool)
        self.ids = self._file.read(["id"]).column("id")
        metadata = self._file.metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._starts = np.cumsum([0, *sizes])

    def __len__(self) -> int:
        return len(self.ids)

    def tables(self) -> Iterator[pa.Table]:
        """All rows: id, text, source_id, source, site, published, updated, content_sha256, empty where there are none."""
        for group in range(self._file.num_row_groups):
            yield self._file.read_row_group(group)

    def fetch(self, ids: Sequence[str]) -> pa.Table:
        """Id and text of some rows, a row group at a time."""
        rows = np.sort(pc.index_in(pa.array(ids, pa.large_string()), value_set=self.ids).drop_null().to_numpy())
        groups = np.searchsorted(self._starts, rows, side="right") - 1
        parts = [
            self._file.read_row_group(group, ["id", "text"]).take(rows[groups == group] - self._starts[group])
            for group in np.unique(groups).tolist()
        ]
        return pa.concat_tables(parts) if parts else _SPOOL.empty_table().select(["id", "text"])

    def write_without(self, ids: Iterable[str], out: str) -> None:
        """Write the file again without some rows: lines as they were, or Parquet with all its columns.

        Raises ConfigError where it cannot be written; then nothing is.
        """
        stays = np.ones(len(self), np.bool_)
        stays[pc.index_in(pa.array(list(ids), pa.large_string()), value_set=self.ids).to_numpy()] = False
        part = f"{out}.part"
        try:
            (self._write_parquet if self._is_parquet() else self._write_lines)(stays, out, part)
            Path(part).replace(out)
        except OSError as error:
            Path(part).unlink(missing_ok=True)
            raise ConfigError(f"cannot be written ({error.strerror or error})", where=out) from None

    def _write_parquet(self, stays: npt.NDArray[np.bool_], _: str, part: str) -> None:
        with fsspec.open(self.path, "rb") as source, pq.ParquetFile(source) as file:
            start = 0
            with pq.ParquetWriter(part, file.schema_arrow, compression="zstd") as writer:
                for batch in file.iter_batches(_AT_ONCE):
                    writer.write_batch(batch.filter(pa.array(stays[start : start + len(batch)])))
                    start += len(batch)

    def _write_lines(self, stays: npt.NDArray[np.bool_], out: str, part: str) -> None:
        packed = infer_compression(out)
        with fsspec.open(part, "wb", compression=packed, auto_mkdir=False) as file:
            for (_, line), one in zip(self._lines(), stays.tolist(), strict=True):
                if one:
                    file.write(line if line.endswith(b"\n") else line + b"\n")

    def _is_parquet(self) -> bool:
        with fsspec.open(self.path, "rb") as file:
            return bool(file.read(4) == b"PAR1")

    def _read(self) -> Iterator[pa.Table]:
        start = 0
        for values in self._parquet() if self._is_parquet() else self._json_lines():
            count = len(values["text"])
            ids = values.get("id") or [None] * count
            values["id"] = [str(start + row) if one is None else str(one) for row, one in enumerate(ids)]
            yield pa.table([_strings(values.get(name), count) for name in _COLUMNS], schema=_SPOOL)
            start += count

    def _parquet(self) -> Iterator[dict[str, list[Any]]]:
        with fsspec.open(self.path, "rb") as source, pq.ParquetFile(source) as file:
            names = file.schema_arrow.names
            wanted = {name: self._column(name, names) for name in _COLUMNS if self._column(name, names) in names}
            for name in ("text", *(["id"] if self.columns.id else [])):
                if name not in wanted:
                    raise self._no_column(name, names)
            for batch in file.iter_batches(_AT_ONCE, columns=list(wanted.values())):
                yield {name: batch.column(column).to_pylist() for name, column in wanted.items()}

    def _json_lines(self) -> Iterator[dict[str, list[Any]]]:
        values: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        seen: dict[str, None] = {}
        for number, line in self._lines():
            row = self._row(number, line)
            seen |= dict.fromkeys(row)
            for name in _COLUMNS:
                values[name].append(row.get(self._column(name, row)))
            if len(values["text"]) == _AT_ONCE:
                yield values
                values = {name: [] for name in _COLUMNS}
        if values["text"]:
            yield values
        if seen and self._column("text") not in seen:
            raise self._no_column("text", list(seen))

    def _row(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        where = f"{self.path}, line {number}"
        if not isinstance(row, dict):
            raise InputError("not a JSON object", where=where, do="give one JSON object a line")
        text = row.get(self._column("text"))
        if not isinstance(text, str | None):
            raise InputError(f"{self._column('text')!r} is no text", where=where, do="name another --text-column")
        if self.columns.id and row.get(self.columns.id) is None:
            raise self._no_column("id", list(row), number)
        return row

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        with fsspec.open(self.path, "rb", compression="infer") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line

    def _column(self, name: str, here: Collection[str] = ()) -> str:
        if name == "published" and name not in here:
            return "date"
        return {"text": self.columns.text, "id": self.columns.id or "id"}.get(name, name)

    def _no_column(self, name: str, names: list[str], line: int = 0) -> InputError:
        where = f"{self.path}, line {line}" if line else self.path
        do = f"name one with --{name}-column; here are {', '.join(names)}"
        return InputError(f"no column {self._column(name)!r}", where=where, do=do)


def _strings(values: list[Any] | None, count: int) -> pa.Array:
    texts = ["" if one is None else str(one) for one in values or [None] * count]
    return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())


def write_signatures(path: str, signatures: Iterable[pa.Table]) -> None:
    """Write signatures to a Parquet file, for `read_signatures` later; raises ConfigError where it cannot be written."""
    try:
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
            for table in signatures:
                writer.write_table(table)
    except OSError as error:
        raise ConfigError(f"cannot be written ({error.strerror or error})", where=path) from None


def read_signatures(path: str) -> Iterator[pa.Table]:
    """Read signatures a row group at a time, from a file of them, or make those of a release from its articles.

    Raises InputError where there is neither, or for signatures of another algorithm.
    """
    place = Path(path)
    place = place / "latest" if (place / "latest").is_dir() else place
    articles = sorted(place.glob("data/articles/**/*.parquet"))
    if articles:
        yield from _signed(articles)
        return
    files = sorted(place.glob("**/*.parquet")) if place.is_dir() else [place]
    if not files or not files[0].is_file():
        raise InputError("no signatures", where=path, do="give a file of --signatures, or the folder of a release")
    for each in files:
        try:
            file = pq.ParquetFile(each)
        except (OSError, pa.ArrowInvalid):
            raise InputError("not a Parquet file", where=str(each), do="give a file of --signatures") from None
        with file:
            check(SCHEMA.empty_table().replace_schema_metadata(file.schema_arrow.metadata), str(each))
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def _signed(files: Iterable[Path]) -> Iterator[pa.Table]:
    for path in files:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield sign(file.read_row_group(group, _ARTICLE))

"""The work folder of a build: files that passes commit, so that a killed build goes on where it was.

A file is written beside its place and renamed; a task is done when its facts are there. Two processes that do the same task write
the same bytes, so it does not matter which of them is the later one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # Windows: a build that finds the folder of another one at work shares it, and writes the same
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "ROWS",
    "Store",
    "digest",
    "files_digest",
    "in_use",
    "lock",
    "opened",
    "own_code",
    "take_rows",
    "work",
    "work_folders",
]

ROWS = 256
"""Rows in a batch of a committed table: what is read of a single row later."""

_FOLDER = ".work"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Store:
    """Committed files below a folder, by pass and name."""

    root: Path

    def path(self, stage: str, name: str) -> Path:
        """Where a file of a pass stands."""
        return self.root / stage / name

    def facts(self, stage: str, task: str) -> dict[str, Any] | None:
        """What a finished task said of itself, None while it is not finished."""
        try:
            facts: dict[str, Any] = json.loads(self.path(stage, f"{task}.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return facts

    def finish(self, stage: str, task: str, facts: Mapping[str, Any]) -> None:
        """Mark a task as done; its files must have been written before."""
        with self._new(stage, f"{task}.json") as path:
            path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")

    @contextlib.contextmanager
    def writer(self, stage: str, name: str, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchFileWriter]:
        """An Arrow file that is there as soon as the context was left without an error."""
        # LZ4, because what is put here is read again soon, and once.
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with self._new(stage, name) as path, pa.ipc.new_file(str(path), schema, options=options) as writer:
            yield writer

    def write(self, stage: str, name: str, table: pa.Table) -> None:
        """Commit a table, in batches of `ROWS` rows."""
        with self.writer(stage, name, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=ROWS)

    def write_mapped(self, stage: str, name: str, table: pa.Table) -> None:
        """Commit a table whose columns can be mapped into memory instead of read."""
        with self._new(stage, name) as path, pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)

    def write_parts(self, stage: str, name: str, parts: Iterable[pa.Table]) -> None:
        """Commit tables of one schema as an Arrow file with a batch each, empty ones too."""
        with self._new(stage, name) as path, contextlib.ExitStack() as stack:
            writer = None
            for part in parts:
                writer = writer or stack.enter_context(pa.ipc.new_file(str(path), part.schema))
                rows = part.combine_chunks().to_batches()
                writer.write_batch(rows[0] if rows else pa.RecordBatch.from_pylist([], schema=part.schema))

    def read(self, stage: str, name: str, columns: list[str] | None = None) -> pa.Table:
        """A committed table, or some of its columns."""
        with opened(self.path(stage, name), columns) as file:
            return file.read_all().select(columns or file.schema.names)

    def write_bytes(self, stage: str, name: str, data: bytes) -> None:
        """Commit a few bytes."""
        with self._new(stage, name) as path:
            path.write_bytes(data)

    def link(self, stage: str, name: str, other: Path) -> None:
        """Commit a file that stands elsewhere, without copying it where the file system can do that."""
        with self._new(stage, name) as path:
            _link(other, path)

    def place(self, stage: str, name: str, other: Path) -> None:
        """Put a committed file elsewhere, as `link` does."""
        other.parent.mkdir(parents=True, exist_ok=True)
        _link(self.path(stage, name), other)

    @contextlib.contextmanager
    def _new(self, stage: str, name: str) -> Iterator[Path]:
        target = self.path(stage, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        spare = target.with_name(f".{name}.{uuid.uuid4().hex}")
        try:
            yield spare
            spare.replace(target)
        finally:
            spare.unlink(missing_ok=True)


def _link(old: Path, new: Path) -> None:
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copyfile(old, new)


@contextlib.contextmanager
def opened(path: Path, columns: list[str] | None = None) -> Iterator[pa.ipc.RecordBatchFileReader]:
    """An Arrow file of which only some columns are read."""
    with pa.memory_map(str(path)) as file:
        schema = pa.ipc.open_file(file).schema
        fields = None if columns is None else [schema.get_field_index(name) for name in columns]
        yield pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=fields))


def take_rows(path: Path, rows: NDArray[np.int64], columns: list[str]) -> pa.Table:
    """Some rows of a committed table, of which only the batches that hold them are read."""
    with opened(path, columns) as file:
        needed = np.unique(rows // ROWS)
        table = pa.Table.from_batches([file.get_batch(number) for number in needed.tolist()], file.schema)
        places = np.searchsorted(needed, rows // ROWS) * ROWS + rows % ROWS
        if len(places) == table.num_rows and (places == np.arange(len(places))).all():
            return table.select(columns)
        return table.take(pa.array(places)).combine_chunks().select(columns)


@contextlib.contextmanager
def work(home: Path, key: str) -> Iterator[Store]:
    """The work folder below `home` for builds with this key; it is removed, with what killed builds left, when all went well.

    While another build with the same key runs, this one gets a folder of its own.
    """
    folder = home / _FOLDER / key
    folder.mkdir(parents=True, exist_ok=True)
    handle = lock(folder)
    if handle is None:
        folder = folder.with_name(f"{key}-{uuid.uuid4().hex}")
        folder.mkdir()
        handle = lock(folder)
    try:
        yield Store(folder)
    finally:
        if handle is not None:
            os.close(handle)
    shutil.rmtree(folder, ignore_errors=True)
    for other in folder.parent.iterdir():
        handle = lock(other)
        if handle is not None:
            shutil.rmtree(other, ignore_errors=True)
            os.close(handle)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def work_folders(home: Path) -> list[Path]:
    """The work folders below `home`, of builds that run and of those that were interrupted."""
    return sorted(path for path in (home / _FOLDER).glob("*") if path.is_dir())


def in_use(folder: Path) -> bool:
    """Whether a build holds this work folder just now; where files cannot be locked, this is not known and False."""
    handle = lock(folder)
    if handle is not None:
        os.close(handle)
    return handle is None


def lock(folder: Path, *, shared: bool = False) -> int | None:
    """A handle that holds the folder's lock, None when another build holds it; many may hold it as a shared one."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return None
    if fcntl is not None:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
    return handle


def digest(value: object) -> str:
    """SHA-256, in 32 hex digits, of anything JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:32]


def files_digest(files: Iterable[Path]) -> str:
    """A digest of files' contents, in their order; one that cannot be read counts as empty."""
    total = hashlib.sha256()
    for file in files:
        with contextlib.suppress(OSError):
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:32]


def own_code() -> str:
    """A digest of this package's own code and data, so that what another version worked out is not taken up."""
    with resources.as_file(resources.files("corpusprep")) as folder:
        return files_digest(
            path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in (".pyc", ".so")
        )

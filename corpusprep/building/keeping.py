"""What a build keeps for the next one: documents and what cleaning made of them, found again by their content.

When a build is done its committed chunks are not thrown away: the folder is renamed to dist/NAME/.cache/KEY, with an index of
what is in it. The next build looks a document up by a key that holds all its result depends on, and works out what is not there.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.building.store import Store, lock, take_rows
from corpusprep.release import manifest as manifests
from corpusprep.release.memory import Memory, halves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from corpusprep.building.fingerprinting import Prints

__all__ = ["Found", "Kept", "Made", "cache_folders", "drop", "keep", "kept_facts", "newest", "release_digest"]

_FOLDER = ".cache"
_INDEX = "index.json"
_FORMAT = 1
_ROWS = "rows"
_STAGES = ("render", "survey", "label", _ROWS)


@dataclass(frozen=True, slots=True)
class Found:
    """Where results stand, an entry a document: number of the chunk and row in it, both -1 where there is none."""

    chunk: NDArray[np.int64]
    row: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which are there."""
        known: NDArray[np.bool_] = self.chunk >= 0
        return known

    def take(self, places: NDArray[np.int64]) -> Found:
        """Some of them."""
        return Found(self.chunk[places], self.row[places])


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier build kept, "" for nothing; and the fingerprints this one works under."""

    root: str
    prints: Prints

    @property
    def chunks(self) -> list[str]:
        """The names of its chunks, by number."""
        return _index(self.root)["chunks"] if self.root else []

    def find(self, kind: str, keys: pa.Array | pa.ChunkedArray) -> Found:
        """Where the results of these keys stand."""
        found = Found(np.full(len(keys), -1, np.int64), np.full(len(keys), -1, np.int64))
        if self.root and len(keys):
            high, low, places = _keys(self.root, kind)
            mine = halves(keys)
            at = np.minimum(np.searchsorted(high, mine[:, 0]), max(0, len(high) - 1))
            hit = np.flatnonzero((high[at] == mine[:, 0]) & (low[at] == mine[:, 1])) if len(high) else at[:0]
            hit = hit[mine[hit].any(axis=1)]
            found.chunk[hit] = (places[at[hit]] >> np.uint64(32)).astype(np.int64)
            found.row[hit] = (places[at[hit]] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        return found

    def path(self, stage: str, chunk: int, ending: str) -> Path:
        """A file of a chunk."""
        return Path(self.root, stage, f"{self.chunks[chunk]}{ending}")

    def take(self, stage: str, ending: str, found: Found, columns: list[str]) -> pa.Table:
        """Rows of files that have a row for each document of a chunk, in the order of `found`, all of which must be known."""
        parts, order = [], []
        for chunk in np.unique(found.chunk).tolist():
            mine = np.flatnonzero(found.chunk == chunk)
            parts.append(take_rows(self.path(stage, chunk, ending), found.row[mine], columns))
            order.append(mine)
        table = pa.concat_tables(parts)
        return table.take(np.argsort(np.concatenate(order), kind="stable")) if len(parts) > 1 else table

    def same_chunk(self, found: Found, but: NDArray[np.bool_] | None = None) -> int:
        """The number of the chunk that holds all of these in just their rows, -1 where none does; but: rows that need not be there."""
        rows = np.flatnonzero(~but) if but is not None else np.arange(len(found.row))
        if not len(rows) or found.chunk[rows[0]] < 0:
            return -1
        alike = (found.chunk[rows] == found.chunk[rows[0]]).all() and (found.row[rows] == rows).all()
        return int(found.chunk[rows[0]]) if alike else -1

    @property
    def signed_alike(self) -> bool:
        """Whether signatures were made then as they are now."""
        return bool(self.root) and _index(self.root)["prints"]["sign"] == self.prints.sign

    def memory(self, store: Store, previous: Path | None) -> Memory:
        """What is remembered of the rows of the release before, and where to put what will be."""
        old = str(Path(self.root, _ROWS)) if self.root else ""
        is_previous = (
            bool(old) and previous is not None and _index(self.root).get("release") == release_digest(previous)
        )
        return Memory(old, str(store.root / _ROWS), is_previous)

    def signatures(self) -> Iterator[pa.Table]:
        """Signatures of all articles of the build that kept them."""
        for chunk in self.chunks:
            yield Store(Path(self.root)).read("label", f"{chunk}.signatures.arrow")

    def facts(self, stage: str, chunk: int) -> dict[str, Any]:
        """What the task of a chunk said of itself."""
        return Store(Path(self.root)).facts(stage, self.chunks[chunk]) or {}


def release_digest(folder: Path) -> str:
    """What tells a release from any other."""
    return manifests.file_sha256(folder / manifests.SUMS)


@functools.lru_cache(maxsize=4)
def _index(root: str) -> dict[str, Any]:
    index: dict[str, Any] = json.loads(Path(root, _INDEX).read_text("utf-8"))
    return index


@functools.lru_cache(maxsize=8)
def _keys(root: str, kind: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
    high, low, places = np.load(Path(root, f"{kind}.npy"), mmap_mode="r")
    return high, low, places


def cache_folders(home: Path) -> list[Path]:
    """What builds have kept below dist/NAME, newest first."""
    whole = [path for path in (home / _FOLDER).glob("[!.]*") if (path / _INDEX).is_file()]
    return sorted(whole, key=lambda path: ((path / _INDEX).stat().st_mtime_ns, path.name), reverse=True)


def kept_facts(folder: Path) -> dict[str, Any]:
    """What the index of a kept folder says: format, documents, prints; empty where it cannot be read."""
    try:
        facts: dict[str, Any] = json.loads((folder / _INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if facts.get("format") == _FORMAT else {}


@contextlib.contextmanager
def newest(home: Path, prints: Prints, *, use: bool) -> Iterator[Kept]:
    """What the last build kept, for as long as the context lasts; nothing where there is none, or it is of another format."""
    for folder in cache_folders(home) if use else ():
        handle = lock(folder, shared=True)
        if handle is None:
            continue
        try:
            if kept_facts(folder):
                yield Kept(str(folder), prints)
                return
        finally:
            os.close(handle)
    yield Kept("", prints)


@dataclass(frozen=True, slots=True)
class Made:
    """What there is to keep of a build.

    gone: the rows of documents that are withdrawn, by chunk. release: the digest of the release that holds the rows.
    """

    chunks: Sequence[str]
    gone: Mapping[str, Collection[int]]
    prints: Prints
    release: str


def keep(store: Store, home: Path, made: Made) -> Path:
    """Make what a finished build committed the newest in the cache of dist/NAME. Returns where it is."""
    chunks = made.chunks
    for path in store.root.iterdir():
        if path.is_dir() and path.name not in _STAGES:
            shutil.rmtree(path, ignore_errors=True)
    for chunk, rows in made.gone.items():
        _forget(store, chunk, rows)
    ends = {"render": ".arrow", "label": ".spans.arrow"}
    documents = 0
    for kind, ending in ends.items():
        columns = [halves(store.read(kind, f"{chunk}{ending}", ["print"]).column("print")) for chunk in chunks]
        documents = sum(map(len, columns))
        _write_keys(store.root / f"{kind}.npy", columns)
    index = {
        "format": _FORMAT,
        "chunks": list(chunks),
        "documents": documents,
        "prints": asdict(made.prints),
        "release": made.release,
    }
    (store.root / _INDEX).write_text(json.dumps(index), encoding="utf-8")
    target = home / _FOLDER / store.root.name
    target.parent.mkdir(exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    store.root.replace(target)
    return target


def _forget(store: Store, chunk: str, rows: Collection[int]) -> None:
    """Leave nothing of withdrawn documents in a chunk but where they stood."""
    for stage, ending, names in (
        ("render", ".arrow", ("decoding", "text", "page", "rest", "page_url", "print")),
        ("label", ".spans.arrow", ("spans", "print")),
    ):
        table = store.read(stage, f"{chunk}{ending}")
        stays = np.ones(table.num_rows, np.bool_)
        stays[list(rows)] = False
        order = pa.array(np.where(stays, np.arange(table.num_rows), -1))
        order = pc.if_else(pa.array(stays), order, None)  # a place that is null takes a null
        for name in names:
            at = table.schema.get_field_index(name)
            table = table.set_column(at, table.schema.field(name), table.column(name).take(order))
        store.write(stage, f"{chunk}{ending}", table)
    articles = store.read("label", f"{chunk}.articles.arrow")
    for ending, table in ((".signatures.arrow", articles), (".articles.arrow", articles), (".rejected.arrow", None)):
        own = store.read("label", f"{chunk}{ending}")
        column = own if table is None else table
        stays = ~np.isin(column.column("row").to_numpy(), list(rows))
        store.write("label", f"{chunk}{ending}", own.filter(pa.array(stays)))


def _write_keys(path: Path, columns: Sequence[NDArray[np.uint64]]) -> None:
    keys = np.concatenate([np.zeros((0, 2), np.uint64), *columns])
    counts = np.array([len(column) for column in columns], np.int64)
    number = np.repeat(np.arange(len(columns)), counts)
    row = np.arange(len(keys)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = (number << 32 | row).astype(np.uint64)
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    order = order[keys[order].any(axis=1)]
    np.save(path, np.stack([keys[order, 0], keys[order, 1], places[order]]))


def drop(home: Path, *, but: Path | None = None) -> int:
    """Delete what builds have kept, all or all but one folder; what a running build uses stays. Returns how many went."""
    gone = 0
    for folder in sorted((home / _FOLDER).glob("*")):
        handle = lock(folder) if folder != but else None
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
            gone += 1
    with contextlib.suppress(OSError):
        (home / _FOLDER).rmdir()
    return gone

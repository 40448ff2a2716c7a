"""Where every id of a release stands, in little memory: what two releases are compared by."""

from __future__ import annotations

import hashlib
import struct
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["ACCOUNTS", "Known", "State", "changed_columns", "read_states", "url_digest"]

ACCOUNTS = ("articles", "duplicates", "rejected")
"""The tables one of which accounts for each id."""


@dataclass(slots=True)
class State:
    """One id in one release.

    document: the id of its page (its own, or that of the page a recovered story stood on); content: SHA-256 of the payload.
    kept: the article kept in a copy's place; withdrawn: its id, url or site is named in the newer release's [withdraw].
    names, digests: the columns and eight bytes for the value of each, empty where the file is the same in both releases.
    """

    table: str
    split: str
    document: str
    content: str
    site: str = ""
    kept: str = ""
    stage: str = ""
    withdrawn: bool = False
    names: tuple[str, ...] = ()
    digests: bytes = b""

    @property
    def columns(self) -> dict[str, bytes]:
        """Column -> digest of its value, comparable within this process only."""
        return {
            name: self.digests[at : at + 8] for name, at in zip(self.names, range(0, len(self.digests), 8), strict=True)
        }

    def add(self, names: tuple[str, ...], digests: bytes) -> None:
        """Know of more columns, those of `raw`."""
        self.names, self.digests = _joined(self.names, names), self.digests + digests


@dataclass(frozen=True, slots=True)
class Known:
    """What is known to be the same in both releases: files by name, and, where `fresh` is given, rows whose id is not in it by table."""

    files: Container[str]
    fresh: Mapping[str, frozenset[str]] | None = None

    def looked_at(self, table: str, file: str, ids: Sequence[str]) -> list[int]:
        """The places of those ids whose values have to be looked at."""
        if file in self.files:
            return []
        if self.fresh is None:
            return list(range(len(ids)))
        fresh = self.fresh[table]
        return [place for place, one in enumerate(ids) if one in fresh]


def read_states(
    folder: Path, manifest: Mapping[str, Any], known: Known, withdraw: Mapping[str, Any]
) -> dict[str, State]:
    """The state of every id in a release; the columns of rows that are known to be the same are not looked at."""
    states: dict[str, State] = {}
    for table in ACCOUNTS:
        for split, rows, digests in _rows(folder, manifest, table, known):
            for row, (names, values) in zip(rows, digests, strict=True):
                states[row["id"]] = State(
                    table, split, row.get("parent_id") or row["id"], row.get("content_sha256") or "", row.get("site") or "",
                    row.get("kept_id") or "", row.get("stage") or "", _named(row, withdraw), names, values,
                )  # fmt: skip
    for _, rows, digests in _rows(folder, manifest, "raw", known):
        for row, (names, values) in zip(rows, digests, strict=True):
            if state := states.get(row["id"]):
                state.content = state.content or row["content_sha256"]
                state.add(names, values)
    return states


_FACTS = ("id", "parent_id", "content_sha256", "site", "url", "kept_id", "stage")
_OF_RAW = ("decoding", "text", "spans")  # its other columns say where it stands, as the account of its id does
_Digests = list[tuple[tuple[str, ...], bytes]]
_UNSEEN: tuple[tuple[str, ...], bytes] = ((), b"")


def _rows(
    folder: Path, manifest: Mapping[str, Any], table: str, known: Known
) -> Iterator[tuple[str, list[dict[str, Any]], _Digests]]:
    for file in manifest["tables"][table]["files"]:
        if not (folder / file).is_file():  # `raw` may have stayed at home
            continue
        with pq.ParquetFile(folder / file) as parquet:
            facts = [name for name in _FACTS if name in parquet.schema_arrow.names]
            ids = parquet.read(["id"]).column("id").to_pylist()
            whole = bool(known.looked_at(table, file, ids))
            for part in parquet.iter_batches(batch_size=500, columns=None if whole else facts):
                rows = part.select(facts).to_pylist()
                digests = [_UNSEEN] * len(rows)
                places = known.looked_at(table, file, [row["id"] for row in rows])
                if places:
                    some = part if len(places) == len(rows) else part.take(pa.array(places))
                    for place, one in zip(places, _digests(some, table), strict=True):
                        digests[place] = one
                yield file.split("/")[2], rows, digests


def _digests(part: pa.RecordBatch, table: str) -> _Digests:
    """Column names, and eight bytes for each value, joined by row. They are Python's own hashes, which differ from process to process."""
    columns = [name for name in part.schema.names if table != "raw" or name in _OF_RAW]
    values = [map(_hash, part.column(name).to_pylist()) for name in columns]
    pack = struct.Struct(f"{len(columns)}q").pack
    prefix = "raw." if table == "raw" else ""
    names = tuple(sys.intern(prefix + name) for name in columns)
    return [(names, pack(*row)) for row in zip(*values, strict=True)]


def _hash(value: object) -> int:
    return hash(value) if isinstance(value, str) else hash(("", repr(value)))


@cache
def _joined(names: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return names + more


def _named(row: Mapping[str, Any], withdraw: Mapping[str, Any]) -> bool:
    ids = row["id"] in withdraw["ids"] or (row.get("parent_id") or "") in withdraw["ids"]
    return ids or row.get("site") in withdraw["sites"] or url_digest(row.get("url") or "") in withdraw["urls"]


def url_digest(url: str) -> str:
    """What manifest.json says instead of a withdrawn address, which may itself name a person."""
    return "sha256:" + hashlib.sha256(url.encode()).hexdigest()


def changed_columns(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Columns that came ("+articles.topic") or went; one whose type changed does both."""
    for table, entry in now["tables"].items():
        before, after = was["tables"].get(table, {}).get("columns", {}), entry["columns"]
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield from ([f"-{table}.{name}"] if name in before else [])
                yield from ([f"+{table}.{name}"] if name in after else [])

"""The pass that reads: parts of files to records, in chunks that later passes take one at a time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpusprep.articles import identity, site_of
from corpusprep.building.rows import KEY, RECORDS
from corpusprep.config import InputConfig
from corpusprep.document import Rejected
from corpusprep.engine import attend
from corpusprep.sources import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from corpusprep.building.keeping import Kept
    from corpusprep.building.shards import Shard
    from corpusprep.building.store import Store
    from corpusprep.config import Config
    from corpusprep.sources import Part, Record

__all__ = ["ReadTask", "read_shard"]

_ROWS = 512
_BYTES = 8 << 20
"""Records and bytes in a chunk."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One shard to read. kept: what an earlier build knew. skipped: (number, reason) of records, counted through the shard, that a worker died at."""

    store: Store
    shard: Shard
    config: Config
    kept: Kept
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> ReadTask:
        """See `engine.Task`."""
        return replace(self, skipped=(*self.skipped, (record, reason)))


def read_shard(task: ReadTask) -> dict[str, Any]:
    """Read a shard and commit its records in chunks. Returns the facts of the task: the chunks, with their numbers of rows."""
    store, name = task.store, task.shard.name
    chunks: list[tuple[str, int]] = []
    for rows in _chunks(_rows(task)):
        chunk = f"{name}-{len(chunks):04d}"
        store.write("read", f"{chunk}.arrow", _table(rows, task.kept))
        chunks.append((chunk, len(rows)))
    inputs = [_input(part) for part in task.shard.parts if not part.start]
    facts = {"chunks": chunks, "rejected": 0, "documents": sum(rows for _, rows in chunks), "inputs": inputs}
    store.finish("read", name, facts)
    return facts


def _table(rows: list[dict[str, Any]], kept: Kept) -> pa.Table:
    """Records as they are committed: the payloads of those whose documents were kept are not needed."""
    keys = pa.array([_print(row, kept.prints.render) for row in rows], KEY)
    for row, key, known in zip(rows, keys.to_pylist(), kept.find("render", keys).known.tolist(), strict=True):
        row |= {"print": key, "known": known}
        if known:
            row["payload"] = None
    return pa.Table.from_pylist(rows, schema=RECORDS)


def _print(row: Mapping[str, Any], under: str) -> bytes | None:
    """The key of the document that a record is rendered to: all that has a say in it."""
    if row.get("payload") is None:
        return None
    facts = [
        under,
        *(row[name] for name in ("content_sha256", "markup", "declared", "url", "fetched", "title", "date")),
    ]
    said = json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=16).digest()


def _input(part: Part) -> dict[str, Any]:
    """What manifest.json says of a file; one that is far away is not fetched twice for the sake of a digest."""
    path = Path(part.uri)
    try:
        with path.open("rb") as file:
            return {
                "path": part.source,
                "bytes": path.stat().st_size,
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            }
    except (OSError, ValueError):
        return {"path": part.source, "bytes": part.size, "sha256": ""}


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.get("payload") or b"")
        if len(chunk) >= _ROWS or size >= _BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _rows(task: ReadTask) -> Iterator[dict[str, Any]]:
    number = 0
    skipped = dict(task.skipped)
    for part in task.shard.parts:
        records = read(part, config=task.config)
        last = -1
        while True:
            if number in skipped:
                # The reader itself dies here, so what follows in this file cannot be reached.
                yield _lost(part, last + 1, skipped[number])
                number += 1
                break
            attend(number)
            record = next(records, None)
            attend()
            if record is None:
                break
            number += 1
            last = record.record if isinstance(record, Rejected) else record.number
            yield _row(record, task.config.input)


def _row(record: Record | Rejected, config: InputConfig) -> dict[str, Any]:
    if isinstance(record, Rejected):
        return {
            "source": record.source,
            "record": record.record,
            "source_id": record.source_id,
            "content_sha256": record.content_sha256,
            "key": identity(record.source_id, "", record.source, record.record),
            "url": "",
            "site": site_of("", record.source),
            "fetched": "",
            "stage": record.stage,
            "reason": record.reason,
            "detail": record.detail,
        }
    return {
        "source": record.source,
        "record": record.number,
        "source_id": record.source_id,
        "content_sha256": record.content_sha256,
        "key": identity(record.source_id, record.url, record.source, record.number),
        "url": record.url,
        "site": record.site or site_of(record.url if config.site != "folder" else "", record.source),
        "markup": record.markup,
        "declared": record.declared,
        "title": record.title,
        "date": record.date,
        "fetched": record.fetched,
        "payload": record.payload,
    }


def _lost(part: Part, number: int, reason: str) -> dict[str, Any]:
    detail = "the reader ended here; what follows in this file was not read"
    return _row(Rejected("read", reason, detail, source=part.source, record=number), InputConfig())

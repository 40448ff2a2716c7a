"""Cleaning from Python: one document, a stream of them, a batch of a `datasets.Dataset`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from corpusprep.cleaning import clean_document
from corpusprep.config import Config
from corpusprep.document import Cleaned, Rejected
from corpusprep.edge import Failure, attempt
from corpusprep.engine import attend, local
from corpusprep.errors import InputError, RecordError
from corpusprep.render import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["clean", "clean_batch", "clean_many"]

DEFAULT = Config()

_CHUNK = 32  # documents that go to a worker at once
_FIELDS = ("title", "subtitle", "published", "updated")


def clean(
    payload: str | bytes, *, url: str | None = None, fetched: str | None = None, config: Config | None = None
) -> Cleaned:
    """Tell the article of a page from everything around it.

    payload: text or HTML, which are told apart; bytes are decoded by their markup's own word, else by what they look like.
    url: of the page; fetched: the ISO 8601 date at which it was fetched, against which "2 hours ago" is resolved.

    Every character of the document is accounted for in `.spans`, which tile it. Offsets are code points into
    `.document.text`, which for a text without faults of encoding is the text itself.
    Raises RecordError for what is no text at all, and CleanerError when a cleaner of the user's breaks its contract.
    """
    document = render(payload, url=url or "", fetched=fetched or "")
    return clean_document(document, config=config or DEFAULT)


def clean_many(
    records: Iterable[str | bytes | Mapping[str, Any]], *, workers: int | None = None, config: Config | None = None
) -> Iterator[Cleaned | Rejected]:
    """Clean a stream, in order, reading no further ahead than the workers need.

    records: payloads as `clean` takes them, or mappings with `html` or `text` and, if they have them, `url` and `fetched`.
    workers: processes to use; None for one per processor, 0 for this process alone.
    Yields a Cleaned for each record, or a Rejected that says why there is none; its `record` counts from 0.
    """
    workers = os.cpu_count() or 1 if workers is None else workers
    with local(workers) as engine:
        for part in engine(_clean_chunk, _chunks(records, config or DEFAULT)):
            yield from part


def clean_batch(batch: Mapping[str, Sequence[Any]], *, config: Config | None = None) -> dict[str, list[Any]]:
    """Clean a batch of columns, for `datasets.Dataset.map(corpusprep.clean_batch, batched=True)`.

    batch: columns `html` or `text`, and `url` and `fetched` if there are such. Returns the columns text, title, subtitle, authors,
    published, updated, captions, and rejected: "" or the reason why a row has no text. Other columns stay as they are.
    Raises InputError where there is neither html nor text.
    """
    if not {"html", "text"} & batch.keys():
        raise InputError("the batch has neither a column 'html' nor 'text'", do="rename the one that holds the pages")
    columns = {name: batch[name] for name in ("html", "text", "url", "fetched") if name in batch}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    found = _clean_chunk(_Chunk(tuple(rows), 0, config or DEFAULT))
    table: dict[str, list[Any]] = {"text": [one.text if isinstance(one, Cleaned) else "" for one in found]}
    for name in _FIELDS:
        table[name] = [getattr(one, name, "") for one in found]
    for name in ("authors", "captions"):
        table[name] = [list(getattr(one, name, ())) for one in found]
    table["rejected"] = [one.reason if isinstance(one, Rejected) else "" for one in found]
    return table


@dataclass(frozen=True, slots=True)
class _Chunk:
    records: tuple[str | bytes | Mapping[str, Any], ...]
    start: int
    config: Config
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> _Chunk:
        return replace(self, skipped=(*self.skipped, (record, reason)))


def _chunks(records: Iterable[str | bytes | Mapping[str, Any]], config: Config) -> Iterator[_Chunk]:
    stream, start = iter(records), 0
    while part := tuple(islice(stream, _CHUNK)):
        yield _Chunk(part, start, config)
        start += len(part)


def _clean_chunk(chunk: _Chunk) -> list[Cleaned | Rejected]:
    skipped = dict(chunk.skipped)
    found: list[Cleaned | Rejected] = []
    for number, record in enumerate(chunk.records):
        if number in skipped:
            found.append(Rejected("clean", skipped[number], record=chunk.start + number))
            continue
        attend(number)
        result = attempt(partial(_clean_record, record, chunk.config))
        if isinstance(result, Failure):
            found.append(Rejected("clean", result.reason, result.detail, record=chunk.start + number))
        else:
            found.append(result)
    attend()
    return found


def _clean_record(record: str | bytes | Mapping[str, Any], config: Config) -> Cleaned:
    if not isinstance(record, Mapping):
        return clean(record, config=config)
    payload = record.get("html") or record.get("text")
    if not isinstance(payload, (str, bytes)):
        raise RecordError("no-text", "neither 'html' nor 'text' holds any")
    return clean(payload, url=record.get("url"), fetched=record.get("fetched"), config=config)

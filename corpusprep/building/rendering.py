"""The pass that renders: records to documents, row by row beside them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from corpusprep.articles import canonical_url, identity, site_of
from corpusprep.building.rows import DOCUMENTS, document_row
from corpusprep.building.surveying import LINES, lines_of
from corpusprep.edge import Failure, attempt
from corpusprep.engine import attend
from corpusprep.render import render
from corpusprep.render.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.document import Document

__all__ = ["RenderTask", "render_chunk"]

_AT_ONCE = 128
"""Documents held at once."""
_LINES_AT_ONCE = 16

_FATE = ("stage", "reason", "detail")
_DONE = dict.fromkeys(_FATE, "")


@dataclass(frozen=True, slots=True)
class RenderTask:
    """One chunk of records to render. skipped: (row, reason) of records that a worker died at."""

    store: Store
    chunk: str
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> RenderTask:
        """See `engine.Task`."""
        return replace(self, skipped=(*self.skipped, (record, reason)))


def render_chunk(task: RenderTask) -> dict[str, Any]:
    """Render a chunk and commit its documents, and the lines of their sites; the payloads are not needed any more and go.

    Returns the facts of the task: rows, and how many of them have no document.
    """
    _warm_up()
    store, chunk = task.store, task.chunk
    skipped = dict(task.skipped)
    records = store.read("read", f"{chunk}.parquet")
    rejected = 0
    lines: list[pa.Table] = []
    with store.writer("render", f"{chunk}.parquet", DOCUMENTS) as writer:
        for start in range(0, records.num_rows, _AT_ONCE):
            rows, rendered = [], []
            for number, record in enumerate(records.slice(start, _AT_ONCE).to_pylist(), start):
                attend(number)
                fate = _fate(record, skipped.get(number, ""))
                document = fate.pop("document", None)
                rejected += document is None
                rows.append({name: record[name] for name in DOCUMENTS.names if name in record} | fate)
                if document is not None and rows[-1]["site"]:
                    rendered.append((rows[-1]["site"], document))
            attend()
            lines.append(_lines(rendered))
            writer.write_table(pa.Table.from_pylist(rows, schema=DOCUMENTS))
    store.write("survey", f"{chunk}.parquet", pa.concat_tables(lines) if lines else LINES.empty_table())
    facts = {"documents": records.num_rows, "rejected": rejected}
    store.finish("render", chunk, facts)
    store.path("read", f"{chunk}.parquet").unlink(missing_ok=True)
    return facts


def _lines(rendered: Sequence[tuple[str, Document]]) -> pa.Table:
    """The lines of pages, some at a time: one by one it would cost more to begin than to do."""
    found: list[tuple[int, NDArray[np.uint64]]] = []
    for at in range(0, len(rendered), _LINES_AT_ONCE):
        found += lines_of([document for _, document in rendered[at : at + _LINES_AT_ONCE]])
    rows = [
        {"site": site, "story": story, "lines": lines}
        for (site, _), (story, lines) in zip(rendered, found, strict=True)
        if len(lines)
    ]
    return pa.Table.from_pylist(rows, schema=LINES)


@functools.cache
def _warm_up() -> None:
    """Load the libraries before the first record, so that their time is not taken for its own."""
    render("<p>Nothing to see here.</p>", markup=True)


def _fate(record: Mapping[str, Any], skipped: str) -> dict[str, Any]:
    """The document's columns, or why there is none."""
    if record["payload"] is None:
        return {name: record[name] for name in _FATE}
    if skipped:
        what = "came to no end" if skipped == "timeout" else "ended"
        return {"stage": "render", "reason": skipped, "detail": f"a worker {what} here"}
    found = attempt(lambda: _render(record))
    if isinstance(found, Failure):
        return {"stage": "render", "reason": found.reason, "detail": found.detail}
    return found | _DONE


def _address(record: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """Where a page says it belongs, for a record that has neither an id nor an address of its own."""
    url = document.metadata.url
    # A home page as the address of every page is a common mistake.
    if record["source_id"] or record["url"] or urlsplit(canonical_url(url)).path in ("", "/"):
        return {}
    return {
        "url": url,
        "key": identity("", url, record["source"], record["record"]),
        "site": site_of(url, record["source"]) if record["site"] == site_of("", record["source"]) else record["site"],
    }


def _render(record: Mapping[str, Any]) -> dict[str, Any]:
    document = render(
        record["payload"],
        markup=record["markup"],
        charset=record["declared"],
        url=record["url"],
        fetched=record["fetched"],
    )
    said = {"title": record["title"], "published": iso_date(record["date"])}
    metadata = replace(document.metadata, **{name: value for name, value in said.items() if value})
    document = replace(document, metadata=metadata)
    return document_row(document) | _address(record, document) | {"document": document}

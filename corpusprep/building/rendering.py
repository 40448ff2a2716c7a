"""The pass that renders: records to documents, row by row beside them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from corpusprep.articles import canonical_url, identity, site_of
from corpusprep.building.rows import CONTENT, DOCUMENTS, PLACE, document_row
from corpusprep.building.surveying import OWN_LINES, lines_of
from corpusprep.edge import Failure, attempt
from corpusprep.engine import attend
from corpusprep.render import render
from corpusprep.render.dates import iso_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from corpusprep.building.keeping import Found, Kept
    from corpusprep.building.store import Store

__all__ = ["RenderTask", "render_chunk"]

_AT_ONCE = 128
"""Documents held at once as Python objects."""

_FATE = ("stage", "reason", "detail")
_DONE = dict.fromkeys(_FATE, "")
_FRESH = pa.schema([*CONTENT, *(field for field in OWN_LINES if field.name != "site")])
_LINES_AT_ONCE = 16
_PASSING = ("crashed", "timeout", "out-of-memory")
"""Reasons that may not hold the next time."""


@dataclass(frozen=True, slots=True)
class RenderTask:
    """One chunk of records to render. kept: what an earlier build knew. skipped: (row, reason) of records that a worker died at."""

    store: Store
    chunk: str
    kept: Kept
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> RenderTask:
        """See `engine.Task`."""
        return replace(self, skipped=(*self.skipped, (record, reason)))


def render_chunk(task: RenderTask) -> dict[str, Any]:
    """Render a chunk and commit its documents, and the lines of their sites; the payloads are not needed any more and go.

    Returns the facts of the task: rows, and how many of them have no document.
    """
    store, chunk = task.store, task.chunk
    records = store.read("read", f"{chunk}.arrow")
    found = task.kept.find("render", records.column("print"))
    facts = _linked(task, records, found) or _rendered(task, records, found)
    store.finish("render", chunk, facts)
    store.path("read", f"{chunk}.arrow").unlink(missing_ok=True)
    return facts


def _linked(task: RenderTask, records: pa.Table, found: Found) -> dict[str, Any] | None:
    """The facts of a chunk that was kept just as it is needed, committed; None where there is none."""
    same = task.kept.same_chunk(found)
    facts = task.kept.facts("render", same) if same >= 0 else {}
    if facts.get("documents") != records.num_rows:
        return None
    old = task.kept.take("render", ".arrow", found, [*PLACE.names, "page_url"])
    if not _placed(records, old.column("page_url").to_pylist()).equals(old.select(PLACE.names)):
        return None
    for stage in ("render", "survey"):
        task.store.link(stage, f"{task.chunk}.arrow", task.kept.path(stage, same, ".arrow"))
    return facts


def _rendered(task: RenderTask, records: pa.Table, found: Found) -> dict[str, Any]:
    known = np.flatnonzero(found.known)
    hits = found.take(known)
    new = np.flatnonzero(~found.known)
    fresh = _fresh(records.take(pa.array(new)), new.tolist(), dict(task.skipped))
    parts = [fresh]
    if len(known):
        lines = task.kept.take("survey", ".arrow", hits, ["story", "lines", "long"])
        content = task.kept.take("render", ".arrow", hits, CONTENT.names)
        parts.append(pa.table([*content.columns, *lines.columns], schema=_FRESH))
    order = np.argsort(np.concatenate([new, known]), kind="stable")
    content = pa.concat_tables(parts).take(pa.array(order))
    places = _placed(records, content.column("page_url").to_pylist())
    documents = pa.table([*places.columns, *content.select(CONTENT.names).columns], schema=DOCUMENTS)
    own = (content.column(name) for name in ("story", "lines", "long"))
    lines = pa.table([places.column("site"), *own], schema=OWN_LINES)
    task.store.write("render", f"{task.chunk}.arrow", documents)
    task.store.write("survey", f"{task.chunk}.arrow", lines)
    return {"documents": records.num_rows, "rejected": documents.column("text").null_count}


@functools.cache
def _warm_up() -> None:
    """Load the libraries before the first record, so that their time is not taken for its own."""
    render("<p>Nothing to see here.</p>", markup=True)


def _fresh(records: pa.Table, numbers: list[int], skipped: Mapping[int, str]) -> pa.Table:
    """Content and lines of records that no earlier build knew. numbers: of their rows in the chunk."""
    parts = [_FRESH.empty_table()]
    if numbers:
        _warm_up()
    for start in range(0, records.num_rows, _AT_ONCE):
        rows = []
        for record, number in zip(
            records.slice(start, _AT_ONCE).to_pylist(), numbers[start : start + _AT_ONCE], strict=True
        ):
            attend(number)
            fate = {"page_url": ""} | _fate(record, skipped.get(number, ""))
            rows.append(fate | {"print": None if fate["reason"] in _PASSING else record["print"]})
        attend()
        _add_lines(rows)
        parts.append(pa.Table.from_pylist(rows, schema=_FRESH))
    return pa.concat_tables(parts)


def _add_lines(rows: Sequence[dict[str, Any]]) -> None:
    """The lines of pages, some at a time: one by one it would cost more to begin than to do."""
    rendered = [(row, row.pop("document")) for row in rows if "document" in row]
    for at in range(0, len(rendered), _LINES_AT_ONCE):
        some = rendered[at : at + _LINES_AT_ONCE]
        for (row, _), (story, lines, long) in zip(some, lines_of([document for _, document in some]), strict=True):
            row |= {"story": story, "lines": lines, "long": long}
    for row in rows:
        row.setdefault("story", 0)
        row.setdefault("lines", [])
        row.setdefault("long", [])


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
    return document_row(document) | {"document": document}


def _placed(records: pa.Table, page_urls: list[str]) -> pa.Table:
    """Where records belong: as they say, or for one that has neither an id nor an address, as its page says."""
    places = records.select(PLACE.names)
    own = zip(places.column("source_id").to_pylist(), places.column("url").to_pylist(), page_urls, strict=True)
    # A home page as the address of every page is a common mistake.
    rows = [
        row
        for row, (id_, url, page) in enumerate(own)
        if page and not id_ and not url and urlsplit(canonical_url(page)).path not in ("", "/")
    ]
    if not rows:
        return places
    columns = {name: places.column(name).to_pylist() for name in PLACE.names}
    for row in rows:
        url, source = page_urls[row], columns["source"][row]
        columns["url"][row], columns["key"][row] = url, identity("", url, source, columns["record"][row])
        if columns["site"][row] == site_of("", source):
            columns["site"][row] = site_of(url, source)
    return pa.table(columns, schema=PLACE)

"""The pass that cleans: documents to spans, articles, languages and signatures, one chunk after another."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpusprep.articles import Provenance, is_withdrawn, refused, to_article, to_stories
from corpusprep.building.rows import spans_array, to_document
from corpusprep.building.surveying import known_sites
from corpusprep.cleaners.registry import selected
from corpusprep.cleaning import clean_document
from corpusprep.config import Config
from corpusprep.deduping import sign
from corpusprep.document import Article, Rejected
from corpusprep.edge import Failure, attempt
from corpusprep.engine import attend
from corpusprep.language import identify
from corpusprep.release.schemas import ARTICLES, article_row, batch, rejected_row
from corpusprep.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corpusprep.building.store import Store
    from corpusprep.cleaners.context import Site
    from corpusprep.document import Cleaned, Span

__all__ = ["LabelTask", "label"]

_AT_ONCE = 256
"""Documents held at once, and rows in a row group: what is fetched of a single text later."""


@dataclass(frozen=True, slots=True)
class LabelTask:
    """One chunk of documents to clean.

    ids: row -> id where it differs from the key. shares: in how many the sites are known. skipped: (row, reason) of documents
    that a worker died at.
    """

    store: Store
    chunk: str
    config: Config
    ids: Mapping[int, str] = field(default_factory=dict)
    shares: int = 1
    skipped: tuple[tuple[int, str], ...] = ()

    def without(self, record: int, reason: str) -> LabelTask:
        """See `engine.Task`."""
        return replace(self, skipped=(*self.skipped, (record, reason)))


def label(task: LabelTask) -> dict[str, Any]:
    """Clean a chunk and commit what became of it, row by row: spans beside the documents, articles, signatures, rejected rows.

    Returns the facts of the task: counts of documents, articles (without recovered stories) and rejected rows.
    """
    _warm_up()
    selected(task.config.clean)
    store, chunk = task.store, task.chunk
    documents = store.read("render", f"{chunk}.parquet")
    sites = known_sites(store, documents.column("site").unique().to_pylist(), task.shares)
    skipped = dict(task.skipped)
    spans: list[pa.Array] = []
    rejected: list[Rejected] = []
    counts = {"documents": documents.num_rows, "articles": 0, "rejected": 0}
    with store.writer("label", f"{chunk}.articles.parquet", ARTICLES) as articles:
        signatures = []
        for start in range(0, documents.num_rows, _AT_ONCE):
            batch_rows = list(enumerate(documents.slice(start, _AT_ONCE).to_pylist(), start))
            # All are cleaned before any becomes an article: each half has tables of its own that want the processor's cache.
            cleaned = [_cleaned(task, sites, row, values, skipped.get(row, "")) for row, values in batch_rows]
            outcomes = [_outcome(task, row, one) for (row, _), one in zip(batch_rows, cleaned, strict=True)]
            attend()
            spans.append(spans_array([outcome.spans for outcome in outcomes]))
            rows = [row for outcome in outcomes for row in outcome.rows if isinstance(row, Article)]
            rejected.extend(row for outcome in outcomes for row in outcome.rows if isinstance(row, Rejected))
            counts["articles"] += sum(not row.parent_id for row in rows)
            if rows:
                table = pa.Table.from_batches([batch("articles", map(article_row, rows))])
                articles.write_table(table)
                signatures.append(sign(table))
    counts["rejected"] = len(rejected)
    store.write("label", f"{chunk}.spans.parquet", pa.table({"spans": pa.chunked_array(spans)}))
    store.write(
        "label", f"{chunk}.rejected.parquet", pa.Table.from_batches([batch("rejected", map(rejected_row, rejected))])
    )
    if signatures:
        store.write("label", f"{chunk}.signatures.parquet", pa.concat_tables(signatures))
    store.finish("label", chunk, counts)
    return counts


@functools.cache
def _warm_up() -> None:
    """Load phrases and profiles before the first record, so that their time is not taken for its own."""
    clean_document(render("Nothing to see here, and nobody to see it."), config=Config())
    identify("Nothing to see here, and nobody to see it.")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a document: its spans (None where it was never cleaned), and rows for other tables."""

    spans: tuple[Span, ...] | None
    rows: tuple[Article | Rejected, ...]


def _origin(row: Mapping[str, Any], own_id: str) -> Provenance:
    return Provenance(
        id=own_id,
        source=row["source"],
        record=row["record"],
        content_sha256=row["content_sha256"],
        source_id=row["source_id"],
        url=row["url"],
        site=row["site"],
    )


def _cleaned(
    task: LabelTask, sites: Mapping[str, Site], row: int, values: Mapping[str, Any], skipped: str
) -> tuple[Provenance, Cleaned | Rejected]:
    origin, config = _origin(values, task.ids.get(row, values["key"])), task.config
    if skipped:
        return origin, _crashed(origin, skipped)
    if is_withdrawn(origin, config.withdraw):
        return origin, refused(origin, "withdraw", "withdrawn", config.withdraw.reason)
    if values["text"] is None:
        return origin, refused(origin, values["stage"], values["reason"], values["detail"])
    attend(row)
    cleaned = attempt(lambda: clean_document(to_document(values), config=config, site=sites.get(origin.site)))
    if isinstance(cleaned, Failure):
        return origin, refused(origin, "clean", cleaned.reason, cleaned.detail)
    return origin, cleaned


def _outcome(task: LabelTask, row: int, done: tuple[Provenance, Cleaned | Rejected]) -> _Outcome:
    origin, cleaned = done
    if isinstance(cleaned, Rejected):
        return _Outcome(None, (cleaned,))
    attend(row)
    found = attempt(lambda: _articles(cleaned, origin, task.config))
    if isinstance(found, Failure):
        return _Outcome(cleaned.spans, (refused(origin, "article", found.reason, found.detail),))
    return _Outcome(cleaned.spans, tuple(found))


def _articles(cleaned: Cleaned, origin: Provenance, config: Config) -> list[Article | Rejected]:
    found: list[Article | Rejected] = [to_article(cleaned, origin, config)]
    if config.clean.appended == "recover":
        found.extend(to_stories(cleaned, origin, config))
    return found


def _crashed(origin: Provenance, reason: str) -> Rejected:
    detail = "a worker ended here" if reason == "crashed" else "a worker did not come to an end here"
    return refused(origin, "clean", reason, detail)

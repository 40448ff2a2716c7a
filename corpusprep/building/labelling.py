"""The pass that cleans: documents to spans, articles, languages and signatures, one chunk after another."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from corpusprep.articles import Provenance, is_withdrawn, refused, story_id, to_article, to_stories
from corpusprep.building.outcomes import Outcome, Tables, fresh_tables, kept_tables, merged
from corpusprep.building.rows import DOCUMENTS, KEY, PLACE, to_document
from corpusprep.building.store import digest, take_rows
from corpusprep.building.surveying import known_sites, site_of_document
from corpusprep.cleaners.registry import selected
from corpusprep.cleaning import clean_document
from corpusprep.config import Config
from corpusprep.document import Rejected
from corpusprep.edge import Failure, attempt
from corpusprep.engine import attend
from corpusprep.language import identify
from corpusprep.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from corpusprep.building.keeping import Kept
    from corpusprep.building.store import Store
    from corpusprep.document import Article, Cleaned

__all__ = ["LabelTask", "label"]

_AT_ONCE = 256
"""Documents held at once as Python objects."""
_PASSING = ("crashed", "timeout", "out-of-memory")
"""Reasons that may not hold the next time."""
_STORIES = 50  # more do not stand on one page
_FILES = (".spans.arrow", ".articles.arrow", ".rejected.arrow", ".signatures.arrow")


@dataclass(frozen=True, slots=True)
class LabelTask:
    """One chunk of documents to clean.

    kept: what an earlier build knew. ids: row -> id where it differs from the key. shares: in how many the sites are known.
    skipped: (row, reason) of documents that a worker died at.
    """

    store: Store
    chunk: str
    config: Config
    kept: Kept
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
    selected(task.config.clean)
    chunk = _Chunk(task)
    facts = chunk.linked() or chunk.labelled()
    task.store.finish("label", task.chunk, facts)
    return facts


class _Chunk:
    """The documents of a task, what each is told of its site, and what is known of it from an earlier build."""

    def __init__(self, task: LabelTask) -> None:
        self._task = task
        read = functools.partial(task.store.read, "render", f"{task.chunk}.arrow")
        self._places = read([*PLACE.names, "print", "stage", "reason", "detail"])
        keys = self._places.column("key").to_pylist()
        self._ids = [task.ids.get(row, key) for row, key in enumerate(keys)]
        self._told = list(self._sites())
        facts = self._places.to_pylist()
        self._origins = [_origin(values, own) for values, own in zip(facts, self._ids, strict=True)]
        withdraw = task.config.withdraw
        self._out = {row for row, origin in enumerate(self._origins) if is_withdrawn(origin, withdraw)}
        self._keys = pa.array([self._key(row, values) for row, values in enumerate(facts)], KEY)
        self._found = task.kept.find("label", self._keys)

    def _sites(self) -> Iterator[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        survey = self._task.store.read("survey", f"{self._task.chunk}.arrow", ["lines", "long"])
        names = self._places.column("site").to_pylist()
        known = known_sites(self._task.store, names, self._task.shares)
        for name, lines, long in zip(names, *(_lists(survey.column(one)) for one in ("lines", "long")), strict=True):
            yield known[name].among(lines, long)

    def _key(self, row: int, values: Mapping[str, Any]) -> bytes | None:
        """What a document's result is found again by: all that has a say in it, and not where the document stands."""
        if values["print"] is None or values["stage"] or row in self._out or self._has_gap(self._ids[row]):
            return None
        lines, steps = self._told[row]
        said = hashlib.blake2b(self._task.kept.prints.label.encode(), digest_size=16)
        said.update(values["print"])
        said.update(values["site"].encode("utf-8", "surrogatepass") + b"\0")
        said.update(lines.tobytes() + steps.tobytes())
        return said.digest()

    def _has_gap(self, own_id: str) -> bool:
        """Whether a story below this article is withdrawn, so that the result is not all there was."""
        ids = self._task.config.withdraw.ids if self._task.config.clean.appended == "recover" else ()
        return bool(ids) and any(story_id(own_id, number) in ids for number in range(1, _STORIES))

    def linked(self) -> dict[str, Any] | None:
        """The facts of a chunk that was kept just as it is needed, committed; None where there is none."""
        task, kept = self._task, self._task.kept
        same = kept.same_chunk(self._found, but=self._places.column("stage").to_numpy() != "") if not self._out else -1
        facts = kept.facts("label", same) if same >= 0 else {}
        if not facts or facts["documents"] != len(self._ids) or facts["passing"] or facts["given"] != self._given():
            return None
        if kept.signed_alike:
            for ending in _FILES:
                task.store.link("label", f"{task.chunk}{ending}", kept.path("label", same, ending))
            return facts
        return None

    def _given(self) -> str:
        """A digest of what stands in the committed rows besides the results: places, ids, fates."""
        names = [*PLACE.names, "stage", "reason", "detail"]
        return digest([self._ids, self._places.select(names).to_pydict()])

    def labelled(self) -> dict[str, Any]:
        """Clean what is not known, take over what is, and commit both."""
        task = self._task
        known = np.flatnonzero(self._found.known)
        new = np.flatnonzero(~self._found.known)
        parts = [self._fresh(new)]
        if len(known):
            parts.append(kept_tables(task.kept, self._found.take(known), known, [self._origins[row] for row in known]))
        tables = merged(parts, np.concatenate([new, known]))
        reasons = tables.rejected.column("reason").to_pylist()
        rows = tables.rejected.column("row").to_pylist()
        passing = [row for row, reason in zip(rows, reasons, strict=True) if reason in _PASSING]
        keys = self._without(passing)
        for ending, table in zip(_FILES, tables.with_keys(keys), strict=True):
            task.store.write("label", f"{task.chunk}{ending}", table)
        return {
            "documents": len(self._ids),
            "articles": sum(not story for story in tables.articles.column("story").to_pylist()),
            "rejected": tables.rejected.num_rows,
            "passing": len(passing) + len(self._out),
            "withdrawn": [self._ids[row] for row in sorted(self._out)],
            "given": self._given(),
        }

    def _without(self, rows: Sequence[int]) -> pa.Array:
        """The keys of results that may be found again."""
        keys = self._keys.to_pylist()
        for row in rows:
            keys[row] = None
        return pa.array(keys, KEY)

    def _fresh(self, rows: np.ndarray[Any, Any]) -> Tables:
        if len(rows):
            _warm_up()
        task, skipped = self._task, dict(self._task.skipped)
        documents = take_rows(task.store.path("render", f"{task.chunk}.arrow"), rows, DOCUMENTS.names)
        parts = []
        for start in range(0, len(rows), _AT_ONCE):
            numbers = rows[start : start + _AT_ONCE].tolist()
            some = zip(numbers, documents.slice(start, _AT_ONCE).to_pylist(), strict=True)
            # All are cleaned before any becomes an article: each half has tables of its own that want the processor's cache.
            cleaned = [(row, self._cleaned(row, values, skipped.get(row, ""))) for row, values in some]
            outcomes = [_outcome(row, one, self._origins[row], task.config) for row, one in cleaned]
            attend()
            parts.append(fresh_tables(outcomes))
        return Tables.joined(parts)

    def _cleaned(self, row: int, values: Mapping[str, Any], skipped: str) -> Cleaned | Rejected:
        origin, config = self._origins[row], self._task.config
        if skipped:
            return _crashed(origin, skipped)
        if values["text"] is None:
            return refused(origin, values["stage"], values["reason"], values["detail"])
        attend(row)
        site = site_of_document(origin.site, *self._told[row])
        cleaned = attempt(lambda: clean_document(to_document(values), config=config, site=site))
        if isinstance(cleaned, Failure):
            return refused(origin, "clean", cleaned.reason, cleaned.detail)
        return cleaned


def _lists(column: pa.ChunkedArray) -> Iterator[np.ndarray[Any, Any]]:
    for part in column.chunks:
        offsets, values = part.offsets.to_numpy(), part.values.to_numpy()
        for start, end in pairwise(offsets.tolist()):
            yield values[start:end]


@functools.cache
def _warm_up() -> None:
    """Load phrases and profiles before the first record, so that their time is not taken for its own."""
    clean_document(render("Nothing to see here, and nobody to see it."), config=Config())
    identify("Nothing to see here, and nobody to see it.")


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


def _outcome(row: int, cleaned: Cleaned | Rejected, origin: Provenance, config: Config) -> Outcome:
    if isinstance(cleaned, Rejected):
        return Outcome(row, None, (cleaned,))
    attend(row)
    found = attempt(lambda: _articles(cleaned, origin, config))
    if isinstance(found, Failure):
        return Outcome(row, cleaned.spans, (refused(origin, "article", found.reason, found.detail),))
    numbers = {story_id(origin.id, story.number): story.number for story in cleaned.stories}
    return Outcome(row, cleaned.spans, tuple(found), numbers)


def _articles(cleaned: Cleaned, origin: Provenance, config: Config) -> list[Article | Rejected]:
    found: list[Article | Rejected] = [to_article(cleaned, origin, config)]
    if config.clean.appended == "recover":
        found.extend(to_stories(cleaned, origin, config))
    return found


def _crashed(origin: Provenance, reason: str) -> Rejected:
    detail = "a worker ended here" if reason == "crashed" else "a worker did not come to an end here"
    return refused(origin, "clean", reason, detail)

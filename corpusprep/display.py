"""What the command line shows: progress, the closing table, an explained document."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from bisect import bisect_right
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from corpusprep.document import GROUPS, Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from corpusprep.building import Built, Progress
    from corpusprep.document import Cleaned, Span
    from corpusprep.evaluation import Evaluation, Judged

__all__ = [
    "Bar",
    "Log",
    "cache_lines",
    "cleaned_json",
    "closing_table",
    "diff_lines",
    "evaluation_json",
    "evaluation_lines",
    "explain",
    "span_json",
    "status_lines",
]

_STAGES = {
    "read": "reading",
    "render": "rendering",
    "learn": "learning",
    "label": "cleaning",
    "match": "matching",
    "write": "writing",
}
_COLOURS = {"body": None, "fields": "cyan", "chrome": "yellow", "comments": "magenta", "appended": "red"}
_WIDTH = 30


class Bar:
    """One line on standard error that says how far a build has come; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._stage = ""
        self._since = time.monotonic()
        self._taken_up = 0

    def __call__(self, progress: Progress) -> None:
        """Show how far it has come."""
        if not self._shown:
            return
        if progress.stage != self._stage:
            self._stage, self._since, self._taken_up = progress.stage, time.monotonic(), 0
        if progress.task and not progress.seconds:
            self._taken_up = progress.records  # by an earlier build: this one took no time for them
        click.echo("\r\033[K" + ", ".join(self._parts(progress)), err=True, nl=False)

    def _parts(self, progress: Progress) -> Iterator[str]:
        share = progress.done / progress.total if progress.total else 1.0
        yield f"{_STAGES[progress.stage]:<9} [{'#' * round(_WIDTH * share):<{_WIDTH}}] {share:4.0%}"
        seconds = time.monotonic() - self._since
        records = progress.records - self._taken_up
        if progress.records:
            yield f"{progress.records:,} records"
        if records and seconds > 1:
            yield f"{records / seconds:,.0f}/s"
        if progress.rejected:
            yield f"{progress.rejected:,} rejected"
        own = progress.done - progress.before
        if own > 0 and seconds > 2 and progress.done < progress.total:
            yield f"{_duration(seconds * (progress.total - progress.done) / own)} left"

    def close(self) -> None:
        """Leave the line clean."""
        if self._shown:
            click.echo("\r\033[K", err=True, nl=False)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Log:
    """A JSON object a line for every task that is done."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, progress: Progress) -> None:
        """Write a line, if a task was done."""
        if progress.task:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._file.write(json.dumps({"time": now} | asdict(progress)) + "\n")
            self._file.flush()


def status_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What `building.status` found, for a person."""
    release = found["release"]
    if release:
        counts = ", ".join(f"{count:,} {name}" for name, count in release["counts"].items() if count)
        yield f"release {release['version']}: {counts}"
    for build in found["builds"]:
        yield "a build is running" if build["running"] else "a build was interrupted; the same command takes it up"
        for one in build["passes"]:
            speed = f", {one['per_second']:,.0f}/s" if one["per_second"] else ""
            left = f", {_duration(one['left'])} left" if one["left"] and build["running"] else ""
            rows = f"{one['records']:,} records, {one['rejected']:,} rejected{speed}{left}"
            yield f"  {_STAGES[one['pass']]:<9}  {one['done']:,} of {one['total']:,} tasks, {rows}"


def cache_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What `building.cache` found, for a person."""
    for one in found["kept"]:
        yield f"{one['documents']:,} documents, {one['bytes'] / 1e6:,.1f} MB{', in use' if one['in_use'] else ''}: {one['path']}"
        for name, what in (("render", "rendered documents"), ("label", "cleaned texts"), ("sign", "signatures")):
            yield f"  {what:<18}  {'can be taken over' if one['holds'][name] else 'are of other code, settings or libraries'}"
    for one in found["interrupted"]:
        yield f"a build {'is running' if one['in_use'] else 'was interrupted'}, {one['bytes'] / 1e6:,.1f} MB: {one['path']}"
    if not found["kept"] and not found["interrupted"]:
        yield "nothing is kept"


def closing_table(built: Built, by: Mapping[str, Mapping[str, int]]) -> str:
    """What a build came to. by: counts by property, as manifest.json has them."""
    counts = built.counts
    lines: list[tuple[str, str]] = [("records in", _n(counts["records"])), ("articles", _n(counts["articles"]))]
    if counts.get("recovered"):
        lines.append(("stories recovered from below others", _n(counts["recovered"])))
    lines.append(("duplicates", _n(counts["duplicates"])))
    lines += _indented(by.get("relation", {}))
    lines.append(("rejected", _n(counts["rejected"])))
    lines += _indented(by.get("rejected", {}))
    characters = by.get("characters", {})
    total = sum(characters.values())
    removed = {name: count for name, count in characters.items() if name != "body"}
    if total:
        share = f"{_n(sum(removed.values()))} ({sum(removed.values()) / total:.1%})"
        lines.append(("characters removed", share))
        lines += _indented(removed)
    width = max(len(name) for name, _ in lines)
    right = max(len(value.partition(" ")[0]) for _, value in lines)
    table = [f"{name:<{width}}  {value.partition(' ')[0]:>{right}}{_rest(value)}" for name, value in lines]
    state = "release" if built.changed else "nothing changed; still"
    table += ["", f"{state} {built.name} {built.version}: {built.path}", f'load_dataset("{built.path}")']
    return "\n".join(table)


def _n(count: int) -> str:
    return f"{count:,}"


def _rest(value: str) -> str:
    rest = value.partition(" ")[2]
    return f" {rest}" if rest else ""


def _indented(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(f"  {name}", _n(count)) for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def explain(cleaned: Cleaned, width: int = 100) -> Iterator[str]:
    """Every stretch of a document that is not white space: what it is, who said so, why, how sure; where it stood on its page; its text."""
    for name, value in _fields(cleaned):
        yield f"{click.style(f'{name:<10}', bold=True)} {value}"
    yield ""
    kept = sum(span.end - span.start for span in cleaned.spans if span.group == "body")
    size = max(1, len(cleaned.document.text))
    yield f"{len(cleaned.spans):,} spans; {kept:,} of {size:,} characters are kept ({kept / size:.0%})"
    for span in cleaned.spans:
        text = cleaned.document.slice(span)
        if text.strip():
            yield ""
            yield _heading(span)
            if path := _path(cleaned, span):
                yield click.style(f"    <{path}>", dim=True)
            yield from _wrapped(text, width)


def _fields(cleaned: Cleaned) -> Iterable[tuple[str, str]]:
    yield "title", cleaned.title or "-"
    for name in ("subtitle", "published", "updated"):
        if value := getattr(cleaned, name):
            yield name, value
    if cleaned.authors:
        yield "authors", ", ".join(cleaned.authors)
    if cleaned.document.decoding:
        yield "decoding", ", ".join(cleaned.document.decoding)


def _heading(span: Span) -> str:
    what = f"{span.label} of story {span.story}" if span.story else str(span.label)
    sign = "+" if span.group == "body" else "-"
    head = click.style(f"{sign} {what:<11}", fg=_COLOURS[span.group], bold=True)
    evidence = f"  {' '.join(span.evidence.split())}" if span.evidence else ""
    return f"{head} {span.score:4.2f}  {span.cleaner}: {span.reason}{evidence}"


def _path(cleaned: Cleaned, span: Span) -> str:
    """Where in its page the block is that a span lies in, "" where there is no markup."""
    blocks = cleaned.document.blocks
    index = bisect_right(blocks, span.start, key=lambda block: block.start) - 1
    if index < 0 or blocks[index].end <= span.start:
        index += 1  # the span begins with white space
    markup = blocks[index].markup if index < len(blocks) else None
    return markup.path if markup else ""


def _wrapped(text: str, width: int) -> Iterator[str]:
    for line in text.strip().splitlines():
        if line.strip():
            yield from textwrap.wrap(line.strip(), width, initial_indent="    ", subsequent_indent="    ")


def span_json(cleaned: Cleaned, span: Span) -> dict[str, Any]:
    """A span with its text."""
    return {
        "start": span.start,
        "end": span.end,
        "label": span.label.value,
        "group": "appended" if span.story else GROUPS[Label(span.label)],
        "story": span.story,
        "cleaner": span.cleaner,
        "reason": span.reason,
        "evidence": span.evidence,
        "score": span.score,
        "path": _path(cleaned, span),
        "text": cleaned.document.slice(span),
    }


def diff_lines(found: Mapping[str, Any]) -> Sequence[str]:
    """What a diff between two releases comes to, for a person."""
    lines = [f"{found['name']} {found['before']} -> {found['after']}: {found['why']}"]
    for table, book in found["books"].items():
        facts = ", ".join(f"{count:,} {name}" for name, count in book.items() if count)
        lines.append(f"{table:<10}  {facts or 'none'}")
    for kind, causes in found["causes"].items():
        facts = ", ".join(f"{count:,} {cause}" for cause, count in causes.items())
        lines.append(f"  {kind}: {facts}")
    return lines


_SHARES = ("f1", "precision", "recall", "exact", "labels", "groups")


def evaluation_lines(found: Evaluation, worst: int) -> Iterator[str]:
    """Figures of all labelled documents and by top folder, what leaked, and the wrong lines of the worst documents."""
    folders = found.folders if set(found.folders) != {"."} else {}
    rows = {**folders, "all": found.figures}
    width = max(map(len, rows))
    yield f"{'':<{width}}  documents  " + "  ".join(f"{name:>9}" for name in _SHARES)
    for name, figures in rows.items():
        shares = "  ".join(f"{getattr(figures, share):9.4f}" for share in _SHARES)
        yield f"{name:<{width}}  {figures.documents:9,}  {shares}"
    leaked = ", ".join(f"{label} {share:.3f}" for label, share in found.figures.leaked.items())
    yield f"kept of what should go: {leaked or 'nothing should'}"
    for judged in found.documents:
        if judged.failure:
            yield f"{judged.name}: not cleaned, {judged.failure}"
    for judged in found.worst(worst):
        yield ""
        yield f"{judged.name}  f1 {judged.f1:.4f}  precision {judged.precision:.4f}  recall {judged.recall:.4f}"
        yield from (f"  {line}" for line in judged.wrong)


def evaluation_json(found: Evaluation, worst: int) -> dict[str, Any]:
    """The same for machines: the figures themselves, and under `folders` and `worst` the rest."""
    return {
        **asdict(found.figures),
        "folders": {name: asdict(figures) for name, figures in found.folders.items()},
        "worst": [_judged_json(judged) for judged in found.worst(worst)],
    }


def _judged_json(judged: Judged) -> dict[str, Any]:
    return {
        "document": judged.name,
        **{name: getattr(judged, name) for name in ("f1", "precision", "recall", "failure")},
        "wrong": [
            {"line": line.number, "gold": line.want, "got": line.got, "text": line.text.strip()}
            for line in judged.wrong
        ],
    }


def cleaned_json(cleaned: Cleaned, *, explain: bool) -> dict[str, Any]:
    """A cleaned document as JSON values; with its spans where they are to be explained."""
    facts: dict[str, Any] = asdict(cleaned.article)
    facts |= {"stories": [asdict(story) for story in cleaned.stories], "decoding": list(cleaned.document.decoding)}
    if explain:
        facts["spans"] = [span_json(cleaned, span) for span in cleaned.spans]
    return facts

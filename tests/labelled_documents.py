"""Read labelled documents and pages, and judge what clean() made of them.

A labelled document is NAME.txt with NAME.labels.json: {"document": path, "labels": [[line, label], ...]}, one label
for each line that is not blank, lines split at "\\n" and counted from 1, the path relative to the labels. A line of another
story is labelled "appended". forgive.json beside it may name further labels that are right too:
{"NAME.txt": [[line, [label, ...]], ...]}.

A labelled page is an HTML file with NAME.blocks.json: {"document": path, "metadata": {...}, "blocks": [[label, text], ...]},
the blocks quoted in the order of the page, white space normalised; a list of labels stands where each of them is right.
"""

from __future__ import annotations

import collections
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from corpusprep.document import Cleaned

LABELS = {label.value for label in Label} | {"appended"}


@dataclass(frozen=True, slots=True)
class Labelled:
    name: str
    document: Path
    labels: tuple[tuple[int, str], ...]
    also: Mapping[int, frozenset[str]]

    @property
    def payload(self) -> bytes:
        return self.document.read_bytes()


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    document: Path
    metadata: Mapping[str, Any]
    blocks: tuple[tuple[tuple[str, ...], str], ...]

    @property
    def payload(self) -> bytes:
        return self.document.read_bytes()


@dataclass(frozen=True, slots=True)
class Line:
    """A judged line or block: what gold wants and accepts, what most of its characters got, characters in all and kept."""

    number: int
    text: str
    want: str
    accepted: frozenset[str]
    got: str
    size: int
    kept: int

    @property
    def either_way(self) -> bool:
        """Whether it is as right to keep the line as to drop it."""
        return "subtitle" in self.accepted or ("body" in self.accepted and len(self.accepted) > 1)

    @property
    def wrong(self) -> bool:
        """Kept though gold drops it, or the other way round."""
        return not self.either_way and (self.want == "body") != (self.kept * 2 > self.size)

    def __str__(self) -> str:
        return f"line {self.number}: gold {self.want}, got {self.got}: {self.text.strip()[:90]}"


def read(folder: Path) -> Iterator[Labelled]:
    for path in sorted(folder.rglob("*.labels.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        document = (path.parent / gold["document"]).resolve()
        forgive = path.with_name("forgive.json")
        also = json.loads(forgive.read_text(encoding="utf-8")).get(document.name, []) if forgive.exists() else []
        yield Labelled(
            name=path.relative_to(folder).as_posix().removesuffix(".labels.json"),
            document=document,
            labels=tuple((number, label) for number, label in gold["labels"]),
            also={number: frozenset(labels) for number, labels in also},
        )


def read_pages(folder: Path) -> Iterator[Page]:
    for path in sorted(folder.rglob("*.blocks.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        yield Page(
            name=path.relative_to(folder).as_posix().removesuffix(".blocks.json"),
            document=(path.parent / gold["document"]).resolve(),
            metadata=gold["metadata"],
            blocks=tuple(
                ((label,) if isinstance(label, str) else tuple(label), text) for label, text in gold["blocks"]
            ),
        )


def judge(labelled: Labelled, cleaned: Cleaned) -> list[Line]:
    starts = [0]
    for line in cleaned.document.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [
        _judge_range(
            cleaned,
            (starts[number - 1], starts[number] - 1),
            number,
            (want, *labelled.also.get(number, ())),
        )
        for number, want in labelled.labels
    ]


def judge_page(page: Page, cleaned: Cleaned) -> list[Line]:
    """The page's blocks as lines; chrome that was not even rendered is passed over, body that was not is lost."""
    lines = []
    for number, ((labels, quoted), place) in enumerate(zip(page.blocks, _places(page, cleaned), strict=True), 1):
        if place:
            lines.append(_judge_range(cleaned, place, number, labels))
        elif labels[0] == "body":
            lines.append(Line(number, quoted, "body", frozenset(labels), "", len(_solid(quoted)), 0))
    return lines


def _places(page: Page, cleaned: Cleaned) -> list[tuple[int, int] | None]:
    """Where each quoted block stands; long ones are found first, in order, and short ones between them."""
    text = cleaned.document.text
    where = [place for place, character in enumerate(text) if not character.isspace()]
    solid = _solid(text)
    quoted = [_solid(block) for _, block in page.blocks]
    found: list[tuple[int, int] | None] = [None] * len(quoted)
    cursor = 0
    for index, words in enumerate(quoted):
        if len(words) >= _LONG and (start := solid.find(words, cursor)) >= 0:
            cursor = start + len(words)
            found[index] = start, cursor
    for index, words in enumerate(quoted):
        if found[index] is None:
            low = max((place[1] for place in found[:index] if place), default=0)
            high = min((place[0] for place in found[index + 1 :] if place), default=len(solid))
            if (start := solid.find(words, low, high)) >= 0:
                found[index] = start, start + len(words)
    return [place and (where[place[0]], where[place[1] - 1] + 1) for place in found]


_LONG = 40


def _solid(text: str) -> str:
    return "".join(text.split())


def _judge_range(cleaned: Cleaned, place: tuple[int, int], number: int, labels: Sequence[str]) -> Line:
    start, end = place
    text = cleaned.document.text
    got: collections.Counter[str] = collections.Counter()
    for span in cleaned.spans:
        if span.start < end and span.end > start:
            inside = text[max(span.start, start) : min(span.end, end)]
            got["appended" if span.story else span.label.value] += len(_solid(inside))
    most = got.most_common(1)[0][0] if got else ""
    return Line(number, text[start:end], labels[0], frozenset(labels), most, got.total(), got["body"])


def figures(documents: Sequence[Sequence[Line]]) -> dict[str, float]:
    """Mean F1 in kept characters, share of documents without a wrong line, share of lines with a right label."""
    every = [line for lines in documents for line in lines]
    return {
        "f1": sum(map(_f1, documents)) / len(documents),
        "exact": sum(not any(line.wrong for line in lines) for lines in documents) / len(documents),
        "labels": sum(line.got in line.accepted for line in every) / len(every),
    }


def _f1(lines: Sequence[Line]) -> float:
    counted = [line for line in lines if not line.either_way]
    kept = sum(line.kept for line in counted)
    body = sum(line.size for line in counted if line.want == "body")
    both = sum(line.kept for line in counted if line.want == "body")
    return 2 * both / (kept + body) if kept + body else 1.0

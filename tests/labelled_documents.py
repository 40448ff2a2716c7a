"""Read documents labelled line by line, and judge what clean() made of them.

A labelled document is NAME.txt with NAME.labels.json: {"document": path, "labels": [[line, label], ...]}, one label
for each line that is not blank, lines split at "\\n" and counted from 1, the path relative to the labels. A line of another
story is labelled "appended". forgive.json beside it may name further labels that are right too:
{"NAME.txt": [[line, [label, ...]], ...]}.
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
class Line:
    """A judged line: what gold wants and accepts, what most of its characters got, characters in all and kept."""

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


def judge(labelled: Labelled, cleaned: Cleaned) -> list[Line]:
    text = cleaned.document.text
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    lines = []
    for number, want in labelled.labels:
        start, end = starts[number - 1], starts[number] - 1
        got: collections.Counter[str] = collections.Counter()
        for span in cleaned.spans:
            if span.start < end and span.end > start:
                inside = text[max(span.start, start) : min(span.end, end)]
                got["appended" if span.story else span.label.value] += len("".join(inside.split()))
        lines.append(
            Line(
                number=number,
                text=text[start:end],
                want=want,
                accepted=labelled.also.get(number, frozenset()) | {want},
                got=got.most_common(1)[0][0] if got else "",
                size=got.total(),
                kept=got["body"],
            )
        )
    return lines


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

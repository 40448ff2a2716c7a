"""Read labelled documents and pages, and judge what clean() made of them.

Labelled documents are those of corpusprep.evaluation. A labelled page is an HTML file with NAME.blocks.json:
{"document": path, "metadata": {...}, "blocks": [[label, text], ...]}, the blocks quoted in the order of the page, white space
normalised; a list of labels stands where each of them is right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpusprep.evaluation import LABELS, Judged, Line, figures, judge, judge_range
from corpusprep.evaluation import labelled_documents as read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from corpusprep.document import Cleaned

__all__ = ["LABELS", "Judged", "Page", "figures", "judge", "judge_page", "read", "read_pages"]


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    document: Path
    metadata: Mapping[str, Any]
    blocks: tuple[tuple[tuple[str, ...], str], ...]

    @property
    def payload(self) -> bytes:
        return self.document.read_bytes()


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


def judge_page(page: Page, cleaned: Cleaned) -> list[Line]:
    """The page's blocks as lines; chrome that was not even rendered is passed over, body that was not is lost."""
    lines = []
    for number, ((labels, quoted), place) in enumerate(zip(page.blocks, _places(page, cleaned), strict=True), 1):
        if place:
            lines.append(judge_range(cleaned, place, number, labels))
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

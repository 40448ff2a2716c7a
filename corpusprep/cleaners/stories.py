"""From labelled spans to stories: their texts and fields."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from corpusprep.cleaners.bylines import dateline, read_authors
from corpusprep.cleaners.dates import read_dates
from corpusprep.document import BlockKind, Label, Metadata, Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.document import Block, Document, Span

__all__ = ["read_stories", "story_text"]

_SPACE = re.compile(r"[^\S\t]+|\s*\n\s*")
_ODD_SPACE = re.compile(r"[^\S ]|  ")
_BULLET = re.compile(r"^[•‣◦⁃∙·●○■▪□▫►▸➤✓✔*+–—-]\s+")


def read_stories(document: Document, spans: Sequence[Span]) -> list[Story]:
    """The article (always there, perhaps empty) and the stories appended to it, in order."""
    numbers = sorted({0, *(span.story for span in spans)})
    return [_story(document, [span for span in spans if span.story == number], number) for number in numbers]


def _story(document: Document, spans: Sequence[Span], number: int) -> Story:
    def texts(label: Label) -> list[str]:
        return [_flat(document.slice(span)) for span in spans if span.label is label]

    said = document.metadata if number == 0 else _NOTHING
    text = story_text(document, spans)
    stamps = texts(Label.DATE) or texts(Label.BYLINE)[:1]  # "Ann Ash, 4 May 2020" is both
    published, updated = _dates(stamps, text, document.fetched, said.language)
    authors = said.authors or tuple(dict.fromkeys(name for line in texts(Label.BYLINE) for name in read_authors(line)))
    return Story(
        number,
        title=said.title or " ".join(texts(Label.TITLE)[:1]),
        subtitle=said.subtitle or "\n".join(texts(Label.SUBTITLE)),
        authors=authors,
        published=said.published or published,
        updated=said.updated or updated,
        captions=tuple(texts(Label.CAPTION)),
        text=text,
    )


_NOTHING = Metadata()
_STAMPS = 4
"""Date lines that are read: what follows the first few is other stories' or comments'."""


def _dates(stamps: Sequence[str], text: str, fetched: str, language: str) -> tuple[str, str]:
    """Published and updated: of the date lines the first of each role, else the dateline's.

    A stamp without a role published the story; an unresolved relative one says nothing.
    """
    published = updated = ""
    for line in stamps[:_STAMPS]:
        for stamp in read_dates(line, language=language, fetched=fetched):
            if stamp.role == "updated":
                updated = updated or stamp.value
            else:
                published = published or stamp.value
    if not published and not updated:
        found = dateline(text[:200])
        published = found[1] if found else ""
    return published, updated


def story_text(document: Document, spans: Sequence[Span]) -> str:
    """The body among these spans: NFC, one blank line between paragraphs, list items and table rows one a line.

    Body spans that stood on one line of the document stay in one paragraph.
    """
    starts = {block.start: block for block in document.blocks}
    parts: list[str] = []
    before: Block | None = None
    end = -1
    for span in spans:
        if span.label is not Label.BODY:
            continue
        raw = document.slice(span)
        text = _flat(raw)
        if not text:
            continue
        lead = len(raw) - len(raw.lstrip())
        block = starts.get(span.start + lead) or (before if end == span.start else None)
        if parts:
            parts.append(_gap(document.text, end, span.start + lead, before, block))
        kind = block.kind if block else BlockKind.PARAGRAPH
        parts.append("- " + _BULLET.sub("", text) if kind is BlockKind.ITEM and span.start + lead in starts else text)
        before, end = block, span.start + len(raw.rstrip())
    return unicodedata.normalize("NFC", "".join(parts))


def _gap(text: str, end: int, start: int, before: Block | None, after: Block | None) -> str:
    between = text[end:start]
    if "\n" not in between and start - end < 4:
        return " " if between else ""
    kinds = {before.kind if before else None, after.kind if after else None}
    return "\n" if kinds in ({BlockKind.ITEM}, {BlockKind.ROW}) else "\n\n"


def _flat(text: str) -> str:
    text = text.strip()
    return _SPACE.sub(" ", text) if _ODD_SPACE.search(text) else text

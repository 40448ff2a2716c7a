"""Who wrote the page's story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corpusprep.render.jsonld import named
from corpusprep.render.page import ELSEWHERE, Page
from corpusprep.render.people import is_full_name, opens_byline, people
from corpusprep.render.titles import fold, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.document import Block

__all__ = ["near_headline", "read_authors"]

_AUTHOR_KEY = re.compile(
    r"(?:^|[:._-])(?:authors?|articleauthor|byl|byline|dc\.creator)$|^(?:dcterms\.)?creator$|^citation_author$"
)
_BYLINE = re.compile(
    r"by-?line|(?:^|[^a-z])authors?(?:[^a-z]|list|name|$)|infoauthor|\bwriter|\bautor|\bauteur|\bfirma\b"
)
_LONGEST_BYLINE = 160  # code points


def read_authors(page: Page, title: str) -> tuple[str, ...]:
    """The authors of a page whose headline is known, in the order of the byline.

    People before houses: who is named as a person in structured data, in a `<meta>` or in the first byline a reader sees, else the
    organisation that signs the story.
    """
    said = [
        each for node in page.articles[:1] for key in ("author", "creator") for each in named(node.get(key), page.nodes)
    ]
    houses = {fold(name) for name, organisation in said if organisation} | _publishers(page)
    listed = [content for key, contents in page.metas.items() if _AUTHOR_KEY.search(key) for content in contents]
    persons = _people_but(houses, [name for name, organisation in said if not organisation])
    signed = [tidy(name) for name, organisation in said if organisation and "://" not in name]
    if persons and signed:
        return tuple(dict.fromkeys((*persons, *signed)))
    in_head = _people_but(houses, listed)
    for names in (persons, in_head):
        if any(is_full_name(name) for name in names):
            return names
    seen = _bylines(page, title, houses)
    if any(is_full_name(name) for name in seen):
        return seen
    told = tuple(dict.fromkeys(tidy(name) for name, _ in said if "://" not in name))
    return persons or in_head or told or seen or people(listed)


def _people_but(houses: set[str], written: Sequence[str]) -> tuple[str, ...]:
    """The people in these strings; one that begins with the publisher's name, perhaps with its address behind, holds none."""
    names = people(each for each in written if fold(each.partition(",")[0]) not in houses)
    return tuple(name for name in names if fold(name) not in houses)


def _publishers(page: Page) -> set[str]:
    """What the site and its publisher are called: no authors, unless there are no others."""
    names = [name for node in page.articles[:1] for name, _ in named(node.get("publisher"), page.nodes)]
    return {fold(name) for name in [*names, *page.metas.get("og:site_name", ()), page.host, page.host.split(".")[0]]}


def _bylines(page: Page, title: str, houses: set[str]) -> tuple[str, ...]:
    """The names in the first byline a reader sees: named so by the markup, or near the headline and opened as one."""
    near = set(near_headline(page, title))
    found: tuple[str, ...] = ()
    for block in page.blocks:
        markup = block.markup
        if not markup or block.end - block.start > _LONGEST_BYLINE:
            continue
        text = page.text[block.start : block.end]
        if not ((block in near and opens_byline(text)) or _BYLINE.search(markup.names[:100])):
            continue
        if not ELSEWHERE.search(markup.names):
            names = _people_but(houses, [text])
            if any(is_full_name(name) for name in names):
                return names
            found = found or names
    return found


def near_headline(page: Page, title: str) -> list[Block]:
    """The short blocks before and after the headline, where bylines and dates stand."""
    for index, block in enumerate(page.blocks):
        if block.markup and block.markup.heading:
            text = fold(page.text[block.start : block.end])
            if block.markup.heading == 1 or (len(text) > 15 and text in fold(title)):
                near = page.blocks[max(0, index - 6) : index + 16]
                return [each for each in near if each.end - each.start <= _LONGEST_BYLINE]
    return []

"""The headline among the titles a page gives itself."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["choose_title", "fold", "tidy"]

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_NO_WORD = re.compile(r"\W+")
_SEPARATOR = re.compile(r"\s+[|–—\-:•·›»~←/⋆]+\s+|\s*[|｜_：]\s*|\s*--+\s*|\s+::\s+")
_LONGEST = 500


def tidy(value: object) -> str:
    """A title as a page shows it: entities resolved, even twice escaped ones, tags and odd spaces gone."""
    if not isinstance(value, str):
        return ""
    text = value[: 2 * _LONGEST]
    if "&" in text:
        text = unescape(unescape(text))
    return " ".join(_TAG.sub(" ", text).split())[:_LONGEST] if "<" in text else " ".join(text.split())[:_LONGEST]


def fold(text: str) -> str:
    """The words alone, for comparing: case and punctuation dropped."""
    return _NO_WORD.sub(" ", text.replace("\xad", "")).strip().casefold()


def choose_title(*, headline: str, shared: str, shown: Sequence[str], window: str, sites: Iterable[str]) -> str:
    """The headline, "" when the page names none.

    headline: what structured data calls so. shared: what is offered to social networks. shown: the page's `<h1>`s. window: the
    `<title>`. sites: what the site is called, by name or host.

    Where structured data and social networks agree, that is it. Else it is the first wording without a kicker before it; where
    there are three, one that does not follow the `<title>`, which is written for search engines.
    """
    names = {fold(name) for name in sites if fold(name)}
    plain = [title for title in (headline, *shown) if title]
    shared = _whole(shared, [*plain, window])
    shared = _without_site(shared, [*plain, window], names)
    headline = _without_site(headline, [*shown, shared], names)
    window = _without_site(window, [*plain, shared], names)
    heading = _heading(
        [title for title in shown if fold(title) and fold(title) not in names], [headline, shared, window]
    )
    if headline and fold(headline) == fold(shared):
        return headline if fold(headline) == fold(heading) else shared
    candidates = [title for title in (shared, headline, heading) if title]
    bare = [title for title in candidates if not any(_has_kicker(title, other) for other in candidates)]
    own = [title for title in bare if fold(title) != fold(window) or not headline]
    return (own or bare or [window])[0]


def _whole(title: str, others: Sequence[str]) -> str:
    """A title that an unescaped quotation mark cut short in its attribute, as another one has it."""
    longer = (
        other for other in others if title and other.startswith(title) and other[len(title) :].lstrip()[:1] == '"'
    )
    return next(longer, title)


def _has_kicker(title: str, other: str) -> bool:
    return fold(title).endswith(" " + fold(other))


def _heading(shown: Sequence[str], others: Sequence[str]) -> str:
    """The `<h1>` that is this story's: a page may have several, of which the first may be its masthead."""
    folded = [fold(other) for other in others if other]
    for title in shown:
        if fold(title) in folded:
            return title
    for title in shown:
        if any(fold(title) in other or other in fold(title) for other in folded):
            return title
    return shown[0] if len(shown) == 1 or (shown and not folded) else ""


def _without_site(title: str, references: Sequence[str], sites: set[str]) -> str:
    """A title without the site's name and section behind (or before) it."""
    cuts = [match.span() for match in _SEPARATOR.finditer(title)]
    known = {fold(reference) for reference in references}
    for start, _ in cuts:
        if fold(title[:start]) in known:
            return title[:start]
    if cuts and any(_names_site(fold(title[: cuts[0][0]]), site) for site in sites):
        return title[cuts[0][1] :]
    for start, end in reversed(cuts):
        if not any(_names_site(fold(title[end:]), site) for site in sites):
            break
        title = title[:start]
    return title


def _names_site(tail: str, site: str) -> bool:
    """Whether what stands behind a title is the site's name, or that and little more: "The Herald Online", "herald.example"."""
    return tail.replace(" ", "") == site.replace(" ", "") or (f" {site} " in f" {tail} " and len(tail.split()) <= 4)

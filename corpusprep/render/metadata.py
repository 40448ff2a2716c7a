"""What a page says of its article: title, authors, dates, language, address, site.

Asked in this order: structured data (JSON-LD), `<meta>` of the head, microdata and `<time>` in the page, bylines a reader sees, and for a
date, last, the guesses of htmldate. What stands in a comment, a teaser or another story of the page is never asked.
"""

from __future__ import annotations

import re
from copy import copy
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from corpusprep.document import Metadata
from corpusprep.render.bylines import near_headline, read_authors
from corpusprep.render.dates import iso_date, not_after
from corpusprep.render.jsonld import Node, as_list, named
from corpusprep.render.page import ELSEWHERE, Page, is_elsewhere
from corpusprep.render.places import facts_of
from corpusprep.render.titles import choose_title, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["read_metadata"]

_PUBLISHED = (
    "article:published_time", "datepublished", "article:published", "og:published_time", "parsely-pub-date", "sailthru.date",
    "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "article.published", "article:publicationdate", "published_at",
    "published-date", "publish-date", "publish_date", "publishdate", "publication_date", "pubdate", "pub_date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "date.created", "dc.date", "dcterms.date", "datecreated", "date", "created",
)  # fmt: skip
_UPDATED = (
    "article:modified_time", "datemodified", "og:updated_time", "article:modified", "date.modified", "date.updated",
    "dcterms.modified", "dc.date.modified", "article.updated", "lastmod", "last-modified", "modified",
)  # fmt: skip
_DATED_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/-])")
_MAY_BE_DATE = re.compile(r"\d.*\b(?:19|20)\d\d|(?:19|20)\d\d\D*\d")
_LOCALE = re.compile(r"([a-zA-Z]{2,3})(?:[-_].*)?")


def read_metadata(page: Page, *, fetched: str = "") -> Metadata:
    """What the page says of its article; empty where it says nothing. No date is later than `fetched`, where that is given."""
    metas, articles = page.metas, page.articles
    site = _site(page)
    window = page.root.find(".//title")
    title = choose_title(
        headline=tidy(articles[0].get("headline") or articles[0].get("name")) if articles else "",
        shared=tidy(next(iter(metas.get("og:title") or metas.get("twitter:title") or ()), "")),
        shown=page.headings,
        window=tidy("".join(window.itertext())) if window is not None else "",
        sites=[site, page.host, page.host.split(".")[0]],
    )
    return Metadata(
        title=title,
        authors=read_authors(page, title),
        published=_published(page, title, fetched),
        updated=next(_dates(fetched, _said(articles, "dateModified"), _listed(metas, _UPDATED)), ""),
        language=_language(page),
        url=page.canonical,
        site=site,
    )


def _said(articles: Sequence[Node], *keys: str) -> Iterator[str]:
    for node in articles:
        for key in keys:
            yield from (str(value) for value in as_list(node.get(key)) if isinstance(value, (str, int)))


def _listed(metas: Mapping[str, Sequence[str]], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield from metas.get(key, ())


def _dates(fetched: str, *sources: Iterator[str]) -> Iterator[str]:
    """The dates in these, best first; none later than the page was fetched."""
    for source in sources:
        for written in source:
            stamp = iso_date(written)
            if stamp and not_after(stamp, fetched):
                yield stamp


def _published(page: Page, title: str, fetched: str) -> str:
    stated = _dates(
        fetched,
        _said(page.articles, "datePublished"),
        _listed(page.metas, _PUBLISHED),
        _said(page.articles, "dateCreated", "uploadDate"),
        _times(page),
    )
    return next(stated, "") or next(_dates(fetched, _in_address(page.url)), "") or _guessed(page, title, fetched)


def _in_address(url: str) -> Iterator[str]:
    return ("-".join(match.groups()) for match in _DATED_PATH.finditer(url))


def _times(page: Page) -> Iterator[str]:
    for place in page.times:
        if not ELSEWHERE.search(facts_of(place).names):
            yield place.element.get("datetime") or place.element.get("content") or "".join(place.element.itertext())


def _guessed(page: Page, title: str, fetched: str) -> str:
    """What htmldate reads in the lines about the headline, else in the page less its head and what is not its story."""
    lines = [page.text[block.start : block.end] for block in near_headline(page, title)]
    dated = "".join(f"<p class='date'>{escape(line)}</p>" for line in lines if _MAY_BE_DATE.search(line))
    found = _find_date(f"<html><body>{dated}</body></html>", page.url, fetched) if dated else ""
    if found:
        return found
    root = copy(page.root)
    for element in list(root.iter("head", "aside", "nav", "footer", "div", "section", "ul", "ol", "script")):
        parent = element.getparent()
        if parent is not None and (element.tag in {"head", "script"} or is_elsewhere(element, deep=False)):
            parent.remove(element)
    return _find_date(root, page.url, fetched)


def _find_date(page: object, url: str, fetched: str) -> str:
    from htmldate import find_date  # noqa: PLC0415 - slow to import, seldom needed

    latest = fetched[:10] or "2100-01-01"  # never the clock's day: the same page gives the same date next year
    search = partial(find_date, original_date=True, extensive_search=False, min_date="1990-01-01", max_date=latest)
    try:
        return search(page, url=url or None) or ""
    except (ValueError, TypeError, OverflowError, RecursionError):
        return ""


def _language(page: Page) -> str:
    said = [page.root.get("lang"), page.root.get("xml:lang")]
    said += [
        *_said(page.articles, "inLanguage"),
        *page.metas.get("content-language", ()),
        *page.metas.get("og:locale", ()),
    ]
    for written in said:
        match = _LOCALE.fullmatch((written or "").strip())
        if match:
            return match[1].lower()
    return ""


def _site(page: Page) -> str:
    names = [name for node in page.articles[:1] for name, _ in named(node.get("publisher"), page.nodes)]
    names = [*page.metas.get("og:site_name", ()), *names, *page.metas.get("application-name", ())]
    return next((tidy(name) for name in names if tidy(name) and "://" not in name), "")

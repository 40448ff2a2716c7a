"""A parsed page, and what it says of itself before anybody weighs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from corpusprep.render.jsonld import Node, article_nodes, read_nodes
from corpusprep.render.titles import fold, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.etree import _Element

    from corpusprep.document import Block
    from corpusprep.render.places import Place

__all__ = ["ELSEWHERE", "Page", "is_elsewhere", "survey"]

ELSEWHERE = re.compile(
    r"imageobject|figure|comment|disqus|respond|related|recommend|teaser|sidebar|most-?read|popular|trending|footer|newsletter|promo|carousel|"
    r"also-?(?:like|read)|read-?(?:next|more)|more-?(?:news|stories|from)|latest|widget|listitem|\bnav",
)
"""In the names of elements that hold something other than the page's story."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself.

    text, blocks: as rendered. times: places of the `<time>` elements. metas: the contents of its `<meta>`s by property, name or
    itemprop in small letters. nodes: its JSON-LD; articles: those of them that describe its story, best first.
    url: its canonical address, else the one it was fetched from; host: of that, without "www.". headings: texts of its `<h1>`s.
    """

    root: _Element
    text: str
    blocks: Sequence[Block]
    times: Sequence[Place]
    metas: Mapping[str, Sequence[str]]
    nodes: Sequence[Node]
    articles: Sequence[Node]
    canonical: str
    url: str
    host: str
    headings: Sequence[str]


def survey(root: _Element, text: str, blocks: Sequence[Block], times: Sequence[Place], url: str) -> Page:
    """Gather what a page says of itself; `url` is where it was fetched, "" where that is not known."""
    metas = _metas(root)
    canonical = _canonical(root, metas, url)
    nodes = read_nodes(_scripts(root))
    headings = [" ".join(text[b.start : b.end].split()) for b in blocks if b.markup and b.markup.heading == 1]
    articles = _of_this_page(article_nodes(nodes), [*headings, *metas.get("og:title", [])], canonical)
    return Page(
        root,
        text,
        blocks,
        times,
        metas,
        nodes,
        articles,
        canonical,
        canonical or url,
        _host(canonical or url),
        headings,
    )


def _metas(root: _Element) -> dict[str, list[str]]:
    """The contents of the page's `<meta>`s by property, name or itemprop, folded to small letters."""
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = element.get("content")
        key = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if content and key and not is_elsewhere(element):
            metas.setdefault(key.strip().lower(), []).append(content.strip()[:2000])
    return metas


def is_elsewhere(element: _Element, *, deep: bool = True) -> bool:
    """Whether an element of the body is, or with `deep` lies in, a comment, a teaser or the like."""
    for above in element.iterancestors() if deep else (element,):
        if above.tag == "head":
            return False
        names = " ".join(above.get(name, "") for name in ("class", "id", "itemtype"))[:300].lower()
        if above.tag in {"nav", "footer", "aside"} or (names and above.tag != "body" and ELSEWHERE.search(names)):
            return True
    return False


def _scripts(root: _Element) -> Iterator[str]:
    return (each.text for each in root.iter("script") if each.text and "ld+json" in (each.get("type") or "").lower())


def _of_this_page(articles: Sequence[Node], titles: Sequence[str], url: str) -> list[Node]:
    """The article nodes whose headline or address is the page's own, by that; else the first."""
    known = {fold(title) for title in titles}

    def distance(node: Node) -> int:
        if fold(tidy(node.get("headline"))) in known:
            return 0
        addresses = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
        return 1 if url and any(isinstance(each, str) and each.split("#")[0] == url for each in addresses) else 2

    ordered = sorted(articles, key=distance)
    return [node for node in ordered if distance(node) < 2] or ordered[:1]


def _canonical(root: _Element, metas: Mapping[str, Sequence[str]], base: str) -> str:
    """The page's own address: absolute, and not the front page's when the page is another."""
    links = [each.get("href") for each in root.iter("link") if "canonical" in (each.get("rel") or "").lower().split()]
    for address in [*links, *metas.get("og:url", ())]:
        try:
            url: str = urljoin(base, (address or "").strip())
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc and (parts.path.strip("/") or parts.query):
            return url
    return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""

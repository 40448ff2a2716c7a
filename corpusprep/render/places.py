"""What an element's place in the tree says of the text in it: its path, its names, what encloses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from corpusprep.document import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["BLOCK_LEVEL", "Facts", "Place", "facts_of"]

# fmt: off
BLOCK_LEVEL = frozenset((
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "col", "colgroup", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu",
    "nav", "noframes", "ol", "optgroup", "option", "p", "plaintext", "pre", "search", "section", "select",
    "summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "tr", "ul", "xmp",
))
"""Elements that stand on lines of their own. `<noscript>`, `<template>` and unknown elements do not: they may lie in a sentence."""
# fmt: on

_KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    **dict.fromkeys(("figure", "figcaption"), BlockKind.CAPTION),
    **dict.fromkeys(("li", "dt", "dd", "option"), BlockKind.ITEM),
    **dict.fromkeys(("pre", "listing", "plaintext", "xmp", "textarea"), BlockKind.PREFORMATTED),
    **dict.fromkeys(("article", "aside", "main", "nav", "section", "table", "form"), BlockKind.PARAGRAPH),
    "blockquote": BlockKind.QUOTE,
}
_LISTS = frozenset(("dl", "ol", "ul", "menu", "dir", "select"))
_NAMING = frozenset(("class", "id", "role", "itemprop", "itemtype", "aria-label", "data-testid", "data-component"))
_HIDING = {"hidden": "", "aria-hidden": "true", "style": "display:none"}
_LONGEST_OWN, _LONGEST_NAMES, _LONGEST_PATH = (
    300,
    2_000,
    2_000,
)  # code points; longer ones are generated, and say nothing


class Place:
    """An element of the page as the text in it sees it.

    parent: the place around it, None at the root. tag: its name. index: its number among its siblings of that name, from 1.
    article: number of the `<article>` around it, 0 outside any. Made for every element in document order, so it is small; what
    takes longer to know is told by `facts_of`, since most elements hold no text of their own.
    """

    __slots__ = ("article", "counts", "element", "index", "known", "parent", "tag")

    def __init__(self, element: _Element, tag: str, parent: Place | None) -> None:
        self.element, self.tag, self.parent = element, tag, parent
        self.counts: dict[str, int] = {}
        self.known: Facts | None = None
        if parent is None:
            self.index, self.article = 1, 0
        else:
            self.index = parent.counts[tag] = parent.counts.get(tag, 0) + 1
            self.article = parent.article


class Facts(NamedTuple):
    """What a place's ancestors say of it.

    path, names, heading: as in `Markup`, with a `/` before and perhaps a space behind. kind: how a block is set here.
    block, item, list: the nearest block-level element and list item, itself included; the outermost list.
    """

    path: str
    names: str
    kind: BlockKind
    heading: int
    block: Place | None
    item: Place | None
    list: Place | None


_NO_FACTS = Facts("", "", BlockKind.PARAGRAPH, 0, None, None, None)


def facts_of(place: Place) -> Facts:
    """What is known of a place; worked out once."""
    missing = []
    at: Place | None = place
    while at is not None and at.known is None:
        missing.append(at)
        at = at.parent
    facts = _NO_FACTS if at is None or at.known is None else at.known
    for below in reversed(missing):
        facts = below.known = _below(facts, below)
    return facts


def _below(parent: Facts, place: Place) -> Facts:
    tag = place.tag
    kind = _KINDS.get(tag)
    own = (
        "" if tag in {"html", "body"} else _own_names(place.element)
    )  # those of the whole page tell no block from another
    outermost = None if tag in {"article", "table"} else parent.list
    path = f"{parent.path}/{tag}" if place.index == 1 else f"{parent.path}/{tag}[{place.index}]"
    return Facts(
        path[:_LONGEST_PATH],
        f"{own} {parent.names}"[:_LONGEST_NAMES] if own else parent.names,
        kind or parent.kind,
        int(tag[1]) if kind is BlockKind.HEADING else parent.heading,
        place if tag in BLOCK_LEVEL else parent.block,
        place if kind is BlockKind.ITEM else parent.item,
        outermost or (place if tag in _LISTS else None),
    )


def _own_names(element: _Element) -> str:
    names = []
    for name, value in element.items():
        if name in _NAMING:
            names.append(value if name != "itemtype" else value.rpartition("/")[2])
        elif name in _HIDING and _HIDING[name] in value.replace(" ", "").casefold():
            names.append("hidden")
    return " ".join(" ".join(names)[:_LONGEST_OWN].casefold().split()) if names else ""

"""What an element's place in the tree says of the text in it: its path, its names, what encloses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpusprep.document import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["BLOCK_LEVEL", "Place", "Places"]

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


@dataclass(slots=True)
class Place:
    """One element as its text sees it.

    block: its nearest block-level element, itself included, and that one's tag. item, list: its nearest list item, the
    outermost list around it.
    """

    path: str
    names: str
    kind: BlockKind
    heading: int
    article: int
    block: _Element | None
    item: _Element | None
    list: _Element | None


class Places:
    """The places of one tree, each worked out once. It holds on to the elements: they are the keys."""

    def __init__(self) -> None:
        self._places: dict[_Element, Place] = {}
        self._indices: dict[_Element, dict[_Element, int]] = {}
        self._articles: dict[_Element, int] = {}

    def enter_article(self, element: _Element) -> None:
        """Number an `<article>`; to be called in document order, before places within it are asked for."""
        self._articles[element] = len(self._articles) + 1

    def of(self, element: _Element) -> Place:
        """The place of an element."""
        missing = []
        above: _Element | None = element
        while above is not None and above not in self._places:
            missing.append(above)
            above = above.getparent()
        place = _NOWHERE if above is None else self._places[above]
        for below in reversed(missing):
            place = self._places[below] = self._below(below, place)
        return place

    def _below(self, element: _Element, parent: Place) -> Place:
        tag = element.tag
        index = self._index(element)
        kind = _KINDS.get(tag)
        own = _own_names(element)
        if tag in _LISTS:
            outermost = element if parent.list is None else parent.list
        else:
            outermost = None if tag in {"article", "table"} else parent.list
        return Place(
            f"{parent.path[:_LONGEST_PATH]}/{tag}" if index == 1 else f"{parent.path[:_LONGEST_PATH]}/{tag}[{index}]",
            f"{own} {parent.names}"[:_LONGEST_NAMES] if own else parent.names,
            kind or parent.kind,
            int(tag[1]) if kind is BlockKind.HEADING else parent.heading,
            self._articles.get(element, parent.article) if tag == "article" else parent.article,
            element if tag in BLOCK_LEVEL else parent.block,
            element if kind is BlockKind.ITEM else parent.item,
            outermost,
        )

    def _index(self, element: _Element) -> int:
        """Its number among its siblings of the same tag, from 1."""
        parent = element.getparent()
        if parent is None:
            return 1
        indices = self._indices.get(parent)
        if indices is None:
            counts: dict[object, int] = {}
            indices = self._indices[parent] = {}
            for child in parent:
                indices[child] = counts[child.tag] = counts.get(child.tag, 0) + 1
        return indices[element]


_NOWHERE = Place("", "", BlockKind.PARAGRAPH, 0, 0, None, None, None)


def _own_names(element: _Element) -> str:
    names = []
    for name, value in element.items():
        if name in _NAMING:
            names.append(value if name != "itemtype" else value.rpartition("/")[2])
        elif name in _HIDING and _HIDING[name] in value.replace(" ", "").casefold():
            names.append("hidden")
    return " ".join(" ".join(names)[:_LONGEST_OWN].casefold().split()) if names else ""

"""The article a page describes in JSON-LD, whatever the shape of the description."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Node", "article_nodes", "as_list", "named", "read_nodes"]

Node = dict[str, Any]

_MAX_CHARS, _MAX_NODES = 2_000_000, 2_000
_ARTICLE = re.compile(r"article|blogposting|^report$|review|^videoobject$|liveblogposting", re.IGNORECASE)
_WRAPPING = re.compile(r"^\s*(?:<!\[CDATA\[|<!--|/\*.*?\*/|//[^\n]*\n)|(?:\]\]>|-->|;)\s*$", re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
# Where a page describes itself; what it lists, quotes or belongs to is not looked at.
_OF_THE_PAGE = ("@graph", "mainEntity", "mainEntityOfPage", "article", "hasPart")


def read_nodes(scripts: Iterable[str]) -> list[Node]:
    """The nodes that describe the page itself, in document order; broken scripts are passed over."""
    nodes: list[Node] = []
    budget = _MAX_CHARS
    for script in scripts:
        budget -= len(script)
        if budget < 0:
            break
        nodes.extend(_of_the_page(_loads(script)))
    return nodes[:_MAX_NODES]


def _loads(script: str) -> object:
    for mend in (str, lambda text: _TRAILING_COMMA.sub(r"\1", _WRAPPING.sub("", text))):
        try:
            parsed: object = json.loads(mend(script), strict=False)
        except (ValueError, RecursionError):
            continue
        return parsed
    return None


def _of_the_page(value: object) -> Iterator[Node]:
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop(0)
        if isinstance(each, list):
            waiting = [(item, depth) for item in each[:_MAX_NODES]] + waiting
        elif isinstance(each, dict):
            yield each
            if depth < 3:
                waiting = [(each[key], depth + 1) for key in _OF_THE_PAGE if key in each] + waiting


def article_nodes(nodes: Sequence[Node]) -> list[Node]:
    """Those of an article's type that say what an article says of itself, stories before videos."""
    found = [node for node in nodes if any(_ARTICLE.search(kind) for kind in _types(node))]
    told = [node for node in found if any(key in node for key in ("headline", "datePublished", "author"))]
    return sorted(told, key=lambda node: "VideoObject" in _types(node))


def _types(node: Node) -> list[str]:
    return [kind for kind in as_list(node.get("@type")) if isinstance(kind, str)]


def as_list(value: object) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def named(value: object, nodes: Sequence[Node]) -> Iterator[tuple[str, bool]]:
    """The names of people and organisations in a value: strings, objects, references and lists of them.

    Each comes with True when it is said to be an organisation.
    """
    for each in as_list(value)[:50]:
        if isinstance(each, str):
            yield each, False
        elif isinstance(each, dict):
            node = each
            if "name" not in each and "@id" in each:
                node = next((other for other in nodes if other.get("@id") == each["@id"] and "name" in other), each)
            organisation = any("organi" in kind.lower() for kind in _types(node))
            parts = [node.get(key) for key in ("givenName", "additionalName", "familyName")]
            names = as_list(node.get("name")) or [" ".join(part for part in parts if isinstance(part, str))]
            yield from ((name, organisation) for name in names if isinstance(name, str))

"""HTML text to an lxml tree, within bounds of time, depth and memory.

libxml2 is fast and forgiving, but four kinds of page defeat it: it drops what follows `</html>`, stops at a depth of 2,048,
takes quadratic time for thousands of attributes on one element, and ends a text at a NUL. Each is mended before it sees the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree, html

from corpusprep.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_CHARS", "MAX_ELEMENTS", "parse"]

MAX_CHARS = 32_000_000
"""A longer page is rejected: parsing and walking it takes more than a few seconds and a gigabyte of memory."""
MAX_ELEMENTS = 200_000
"""A page with more elements is rejected, for the same reason."""

# The ends are dropped because browsers keep what comes after them, as scrapers that join two pages rely on.
_ENDS = re.compile(r"</(?:[Hh][Tt][Mm][Ll]|[Bb][Oo][Dd][Yy])\s*>")  # without flags the search for "</" is fast
_LONG_TAG, _MANY_ATTRIBUTES = 20_000, 1_000
_ATTRIBUTE = re.compile(r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
# What may nest without end where closing tags are missing: its place in the tree tells nothing then.
_NESTING = re.compile(r"<(/?)(?!(?:script|style|title|textarea|br|p|li|h[1-6]|article)\b)[a-z][^<>]*>", re.IGNORECASE)


def parse(text: str) -> etree._Element | None:
    """The root element of a page, None where there is nothing to parse.

    All elements are `lxml.html.HtmlElement`, comments and processing instructions are gone, and `<html>` and `<body>` run to the
    end of the text. Raises RecordError with the reason `too-large` (more than MAX_CHARS characters or MAX_ELEMENTS elements).
    """
    if len(text) > MAX_CHARS:
        raise RecordError("too-large", f"a page of {len(text):,} characters; {MAX_CHARS:,} are the most")
    if not text.strip():
        return None
    text = _shorten_tags(_ENDS.sub("", text.replace("\x00", "\ufffd")))
    root, too_deep = _parse(text)
    if too_deep:
        # Flattened, the page keeps its text in order and its paragraphs, which is what counts here.
        root, _ = _parse(_NESTING.sub(r"<\1p>", text))
    if root is not None and root.xpath("count(//*)") > MAX_ELEMENTS:
        raise RecordError("too-large", f"a page of more than {MAX_ELEMENTS:,} elements")
    return root


def _parse(text: str) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
    )
    # One class for all is looked up in C; trafilatura asks for no more than HtmlElement.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        root = etree.fromstring(_encode(text), parser=parser)
    except etree.XMLSyntaxError:  # nothing but comments or declarations
        return None, False
    last = parser.error_log.last_error
    return root, last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which browsers show as U+FFFD
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _shorten_tags(text: str) -> str:
    """Keep the first attributes of an element that has thousands of them."""
    half = _LONG_TAG // 2  # a stretch of that length without "<" lies inside any long tag
    if all(text.find("<", start, start + half) >= 0 for start in range(0, len(text) - half, half)):
        return text
    pieces = text.split("<")
    return "<".join([pieces[0], *map(_shorten_tag, pieces[1:])])


def _shorten_tag(piece: str) -> str:
    if len(piece) < _LONG_TAG or not piece[0].isalpha() or piece[:6].lower() in {"script", "style>", "style "}:
        return piece
    end = _many_attributes_until(_ATTRIBUTE.finditer(piece))
    if not end:
        return piece
    rest = piece.find(">", end)
    return piece[:end] + (piece[rest:] if rest >= 0 else ">")


def _many_attributes_until(attributes: Iterator[re.Match[str]]) -> int:
    """Where the last attribute that is kept ends; 0 when all may stay."""
    end = 0
    for number, attribute in enumerate(attributes):
        if ">" in attribute.string[end : attribute.start()]:
            return 0  # the tag ended: what follows is text
        end = attribute.end()
        if number == _MANY_ATTRIBUTES:
            return end
    return 0

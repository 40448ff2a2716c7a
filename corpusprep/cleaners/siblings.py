"""Stories in containers of the same make, one below the other, as pages set them that load the next story when a reader comes to the end.

The page's own headline says how a story is set here: the path to it, less the numbers. A heading further down on the same path, in a
container beside that of the headline and with paragraphs of its own, heads another story. The posts of a live blog are headed otherwise
than their page, and a front page has no headline of its own, so neither is taken for stories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context

__all__ = ["sibling_stories"]

_INDEX = re.compile(r"\[\d+\]")
_CONTAINERS = {"article", "section", "div", "main"}
_PARAGRAPHS, _WORDS = 2, 45.0
"""Least prose that makes a story."""


def sibling_stories(context: Context, prose: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The blocks of each further story: its heading, and the end of its container."""
    headline = _headline(context)
    if headline is None:
        return
    paths = [block.markup.path if block.markup else "" for block in context.document.blocks]
    shape = _INDEX.sub("", paths[headline])
    alike = [index for index in range(headline + 1, len(paths)) if paths[index] != paths[headline]]
    alike = [index for index in alike if _INDEX.sub("", paths[index]) == shape]
    if not alike:
        return
    own = _container(paths[headline], paths[alike[0]])
    if _INDEX.sub("", own.rpartition("/")[2]) not in _CONTAINERS or not _is_story(context, prose, paths, own):
        return
    for index in alike:
        container = _container(paths[index], paths[headline])
        if container.count("/") == own.count("/") and _is_story(context, prose, paths, container):
            inside = np.flatnonzero([_lies_in(path, container) for path in paths])
            yield index, int(inside[-1]) + 1


def _headline(context: Context) -> int | None:
    """The block of the page's headline, if that is a heading and the title of its metadata."""
    blocks = context.document.blocks
    title = "".join(context.document.metadata.title.split()).casefold()
    titles = {claim.start for name, claim in context.claims if name == "fields" and claim.label is Label.TITLE}
    for index, block in enumerate(blocks):
        if block.start in titles and block.markup and block.markup.heading:
            return index if "".join(context.evidence.texts[index].split()).casefold() == title else None
    return None


def _container(path: str, other: str) -> str:
    """The outermost element on a path that does not hold what is at the other one."""
    steps = []
    for step, its in zip(path.split("/"), other.split("/"), strict=False):
        steps.append(step)
        if step != its:
            break
    return "/".join(steps)


def _lies_in(path: str, container: str) -> bool:
    return path.startswith(container) and path[len(container) : len(container) + 1] in ("", "/")


def _is_story(context: Context, prose: NDArray[np.bool_], paths: list[str], container: str) -> bool:
    inside = prose & np.array([_lies_in(path, container) for path in paths], np.bool_)
    return int(inside.sum()) >= _PARAGRAPHS and float(context.evidence.words[inside].sum()) >= _WORDS

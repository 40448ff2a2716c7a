"""The columns that markup adds to what the judge sees of a block: where it stands, what it is called, what stands beside it.

One row a block, as in `features`. A page's own ways are measured rather than assumed: how much of its prose stands in the same container,
on the same path, under the same class, decides more than what the class is called.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusprep.cleaners.cues import CUES, cues_of, near_names
from corpusprep.cleaners.evidence import tokenise
from corpusprep.cleaners.outline import read_outline
from corpusprep.document import BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.cleaners.evidence import Evidence
    from corpusprep.cleaners.outline import Outline
    from corpusprep.document import Block, Document, Markup

    Numbers = NDArray[np.floating[Any]]
    Columns = dict[str, Numbers]

__all__ = ["list_groups", "name_groups", "path_groups", "traits"]

_TAGS = ("nav", "aside", "footer", "header", "form", "table", "ul", "ol", "blockquote", "figure", "noscript", "template", "article", "main",
         "section", "button", "select", "dl", "center", "a", "strong", "b", "em", "i", "span", "time", "details", "dialog")  # fmt: skip
_OWN_TAGS = ("p", "div", "li", "td", "span", "h2", "h3", "section", "article", "tr", "dd", "dt")
_OWN_TAG = {tag: number for number, tag in enumerate(_OWN_TAGS)}
_KINDS = {kind: number for number, kind in enumerate(BlockKind)}
_INDEX = re.compile(r"\[\d+\]")
_LIST = re.compile(r".*?/(?:ul|ol|dl|table)(?:\[\d+\])?(?=/)")
_LISTED = (BlockKind.ITEM, BlockKind.ROW)
_LEVELS = ("element", "parent", "grandparent", "third", "fourth")
_NEAR, _NAMES, _OWN_NAMES = 8, 6, 4
_FAR = 60  # blocks


def traits(document: Document, evidence: Evidence) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Names of the columns, and the matrix of a rendered page: blocks by columns."""
    markups = [block.markup for block in document.blocks if block.markup]
    prose = _prose(evidence, markups)
    weight = np.where(prose, np.minimum(evidence.words, 120.0), 0.0)
    outline = read_outline(markups)
    columns = _own(document, markups)
    columns |= _named(markups)
    columns |= _containers(outline, evidence, weight, columns["link_density"])
    columns |= _alike(markups, outline, weight, evidence)
    columns |= _nearby(prose, columns)
    columns |= _told(document, evidence)
    return tuple(columns), np.stack(list(columns.values()), axis=1).astype(np.float32)


def _prose(evidence: Evidence, markups: Sequence[Markup]) -> NDArray[np.bool_]:
    words = evidence.words
    linked = np.array([markup.link_density for markup in markups])
    heading = np.array([markup.heading for markup in markups])
    prose: NDArray[np.bool_] = (((words >= 10) & evidence.ends) | (words >= 25)) & (linked < 0.5) & (heading == 0)
    return prose


def _own(document: Document, markups: Sequence[Markup]) -> Columns:
    kinds = np.array([_KINDS[block.kind] for block in document.blocks])
    columns: Columns = {f"kind_{kind}": (kinds == number) * 1.0 for kind, number in _KINDS.items()}
    columns["link_density"] = np.array([markup.link_density for markup in markups])
    columns["heading"] = np.array([markup.heading for markup in markups]) / 6
    paths = [unnumbered(markup.path) for markup in markups]
    known: dict[str, list[bool]] = {}
    for path in paths:
        if path not in known:
            steps = path.split("/")
            known[path] = [tag in steps for tag in _TAGS]
    within = np.array([known[path] for path in paths], np.float64).reshape(len(paths), len(_TAGS))
    columns |= {f"in_{tag}": within[:, number] for number, tag in enumerate(_TAGS)}
    tags = np.array([_OWN_TAG.get(markup.tag, -1) for markup in markups])
    columns |= {f"is_{tag}": (tags == number) * 1.0 for tag, number in _OWN_TAG.items()}
    return columns


def _named(markups: Sequence[Markup]) -> Columns:
    """The cues of a block's own names, of those near it and of all around it."""
    known: dict[str, tuple[int, int, int]] = {}
    for markup in markups:
        if markup.names not in known:
            names = markup.names.split()
            own = near = far = 0
            for position, name in enumerate(names):
                cues = cues_of(name)
                far |= cues
                if position < _NEAR:
                    near |= cues
                    own |= cues if position < 2 else 0
            known[markup.names] = own, near, far
    bits = np.array([known[markup.names] for markup in markups], np.int64).reshape(len(markups), 3)
    flags = ((bits[:, :, None] >> np.arange(len(CUES))) & 1).astype(np.float64)
    return {
        f"{reach}_{cue}": flags[:, column, number]
        for column, reach in enumerate(("own", "near", "any"))
        for number, cue in enumerate(CUES)
    }


def _containers(outline: Outline, evidence: Evidence, weight: Numbers, linked: Numbers) -> Columns:
    """What stands in a block's element and in those around it, and how far it lies from where most prose is."""
    length = evidence.length.astype(np.float64)
    prose, words, chars = outline.within(weight), outline.within(evidence.words), outline.within(length)
    links, blocks = outline.within(length * linked), outline.within(np.ones(len(weight)))
    paragraphs = outline.within((weight > 0) * 1.0)
    total = max(float(prose[0]), 1.0)
    columns: Columns = {"depth_in_page": outline.depths[outline.of] / 10}
    node = outline.of
    for level in _LEVELS:
        columns[f"prose_in_{level}"] = prose[node] / total
        columns[f"links_in_{level}"] = links[node] / np.maximum(chars[node], 1)
        columns[f"purity_of_{level}"] = prose[node] / np.maximum(words[node], 1)
        columns[f"blocks_in_{level}"] = np.log1p(blocks[node])
        columns[f"paragraphs_in_{level}"] = np.log1p(paragraphs[node])
        node = outline.parents[node]
    for share in (0.5, 0.8):
        path = outline.heaviest(prose, share)
        places = {place: len(path) - 1 - step for step, place in enumerate(path)}
        up, down = _distance(outline, places)
        where = f"main_container_{share:.0%}"
        columns[f"above_{where}"], columns[f"below_{where}"] = up / 5, down / 5
        columns[f"inside_{where}"] = (up == 0) * 1.0
        columns[f"prose_in_{where}"] = np.full(len(weight), prose[path[-1]] / total)
    return columns


def _distance(outline: Outline, places: dict[int, int]) -> tuple[Numbers, Numbers]:
    """By block, steps up from the heaviest node to an ancestor they share, and down from there to the block."""
    known: dict[int, tuple[int, int]] = {}
    for start in outline.of.tolist():
        if start not in known:
            node, down = start, 0
            while node not in places:
                node, down = int(outline.parents[node]), down + 1
            known[start] = places[node], down
    steps = np.array([known[start] for start in outline.of.tolist()], np.float64).reshape(len(outline.of), 2)
    return steps[:, 0], steps[:, 1]


def _alike(markups: Sequence[Markup], outline: Outline, weight: Numbers, evidence: Evidence) -> Columns:
    """How much of the page's prose stands as this block does: on the same path, in the same container, under the same names."""
    total = max(float(weight.sum()), 1.0)
    length = evidence.length.astype(np.float64)
    articles = np.array([markup.article for markup in markups])
    columns: Columns = {
        "article": (articles > 0) * 1.0,
        "articles": np.full(len(markups), min(int(articles.max(initial=0)), 10) / 10),
    }
    groups = {
        "path": path_groups(markups),
        "names": _numbered([near_names(markup.names, _NEAR) or unnumbered(markup.path) for markup in markups]),
        "siblings": _numbered(
            [(node, markup.tag) for node, markup in zip(outline.parents[outline.of].tolist(), markups, strict=True)]
        ),
        "article": articles,
    }
    for name, group in groups.items():
        size = np.bincount(group)
        columns[f"prose_on_same_{name}"] = np.bincount(group, weights=weight)[group] / total
        columns[f"blocks_on_same_{name}"] = np.log1p(size[group])
        columns[f"words_on_same_{name}"] = np.log1p(np.bincount(group, weights=evidence.words)[group] / size[group])
    columns |= _classes(markups, weight / total, length / max(float(length.sum()), 1.0))
    return columns


@lru_cache(maxsize=1 << 12)
def unnumbered(path: str) -> str:
    """A path less its indices; remembered, since it is asked for more than once a page."""
    return _INDEX.sub("", path) if "[" in path else path


def path_groups(markups: Sequence[Markup]) -> NDArray[np.int64]:
    """By block, a number that blocks share whose paths differ in nothing but their indices."""
    return _numbered([unnumbered(markup.path) for markup in markups])


def list_groups(blocks: Sequence[Block]) -> NDArray[np.int64]:
    """By block, a number that the items or rows of an outermost list or data table share; another for every other block."""
    keys: list[object] = []
    for number, block in enumerate(blocks):
        listed = block.markup and block.kind in _LISTED and _LIST.match(block.markup.path)
        keys.append(listed[0] if listed else number)
    return _numbered(keys)


def name_groups(markups: Sequence[Markup]) -> NDArray[np.int64]:
    """By block, a number that blocks share whose tags and nearest names, less numbers, are the same; without names, their paths."""
    return _numbered([(near_names(markup.names, _NAMES) or unnumbered(markup.path), markup.tag) for markup in markups])


def _numbered(keys: Sequence[object]) -> NDArray[np.int64]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _classes(markups: Sequence[Markup], weight: Numbers, length: Numbers) -> Columns:
    """For the names nearest to a block: how much of the prose stands under the one that has most, and how pure each is.

    A block without names has its path for a name.
    """
    numbers: dict[str, int] = {}
    rows: dict[str, list[int]] = {}
    which = []
    for markup in markups:
        key = markup.names or unnumbered(markup.path)
        if key not in rows:
            near = [name for name in near_names(markup.names, _OWN_NAMES) if name]
            rows[key] = [numbers.setdefault(name, len(numbers)) for name in near or [f"/{key}"]]
        which.append(rows[key])
    sizes = [len(row) for row in which]
    owner = np.repeat(np.arange(len(which)), sizes)
    flat = np.array([number for row in which for number in row], np.int64)
    share = np.bincount(flat, weights=weight[owner], minlength=len(numbers))
    space = np.bincount(flat, weights=length[owner], minlength=len(numbers))
    starts = np.cumsum([0, *sizes[:-1]])
    purity = share / np.maximum(space, 1e-9)
    if not len(flat):
        return dict.fromkeys(("prose_of_class", "prose_of_rarest_class", "purity_of_class"), np.zeros(len(which)))
    return {
        "prose_of_class": np.maximum.reduceat(share[flat], starts),
        "prose_of_rarest_class": np.minimum.reduceat(share[flat], starts),
        "purity_of_class": np.maximum.reduceat(np.minimum(purity, 3.0)[flat], starts),
    }


def _nearby(prose: NDArray[np.bool_], columns: Columns) -> Columns:
    """Blocks to the nearest prose of the main container before and after."""
    index = np.arange(len(prose))
    main = prose & (columns["inside_main_container_50%"] > 0)
    main = main if main.any() else prose
    before = np.maximum.accumulate(np.where(main, index, -_FAR))
    after = np.minimum.accumulate(np.where(main, index, len(prose) + _FAR)[::-1])[::-1]
    return {
        "main_prose": main * 1.0,
        "to_main_prose_before": np.log1p(np.minimum(index - np.append(-_FAR, before[:-1]), _FAR)),
        "to_main_prose_after": np.log1p(np.minimum(np.append(after[1:], len(prose) + _FAR) - index, _FAR)),
        "main_prose_so_far": np.cumsum(main) / max(int(main.sum()), 1),
    }


def _told(document: Document, evidence: Evidence) -> Columns:
    """What the page's metadata says of a block: whether it is the headline, how far behind it, whether it names the authors."""
    count, metadata = len(evidence), document.metadata
    covered, share = _words_of(metadata.title, evidence)
    is_title = (covered > 0.8) & (share > 0.6)
    index = np.arange(count)
    titles = np.flatnonzero(
        is_title & np.array([markup.markup.heading > 0 for markup in document.blocks if markup.markup])
    )
    titles = titles if len(titles) else np.flatnonzero(is_title)
    behind = index - titles[0] if len(titles) else np.zeros(count)
    return {
        "title_covered": covered,
        "title_share": np.minimum(share, 2.0),
        "is_title": is_title * 1.0,
        "behind_title": np.sign(behind) * np.log1p(np.abs(behind)),
        "has_title": np.full(count, float(len(titles) > 0)),
        "authors": _words_of(" ".join(metadata.authors), evidence)[0],
        "subtitle": _words_of(metadata.subtitle, evidence)[0],
    }


def _words_of(text: str, evidence: Evidence) -> tuple[Numbers, Numbers]:
    """By block, the share of its words that are words of a text, and their number by that of the text's words."""
    tokens, count = evidence.tokens, len(evidence)
    if not text:
        return np.zeros(count), np.zeros(count)
    words = tokenise([text]).hashes
    found = np.bincount(tokens.block, weights=np.isin(tokens.hashes, words), minlength=count)
    return found / np.maximum(np.diff(tokens.first), 1), found / max(len(words), 1)

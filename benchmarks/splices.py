"""Documents with and without a second story, put together from real ones: what second_stories.py measures and fit_appended.py fits.

Every case is made of stories of one fold only, so that nothing measured on a fold was fitted on it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One block; role: body, chrome or comments; story: 0 for the article."""

    text: str
    role: str = "body"
    story: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A document; `kind` names what it is made of, as source/relation/header/between for those with a second story."""

    kind: str
    fold: int
    language: str
    lines: tuple[Line, ...]

    @property
    def starts(self) -> list[int]:
        """Index of the first line of each appended story."""
        return [i for i in range(1, len(self.lines)) if self.lines[i].story > self.lines[i - 1].story]


@dataclass(frozen=True, slots=True)
class Item:
    """A story that cases are made of; `lines` are its paragraphs, or a whole flattened page in `page`."""

    id: str
    source: str
    site: str
    language: str
    title: str
    stamp: str
    byline: str
    paragraphs: tuple[str, ...]
    pages: tuple[tuple[Line, ...], ...] = ()
    thread: tuple[str, ...] = ()
    fold: int = 0
    near: tuple[int, ...] = field(default=(), compare=False)

    @property
    def words(self) -> int:
        return sum(len(p.split()) for p in self.paragraphs)


def fold_of(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % FOLDS


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def read_wire(path: Path) -> list[Item]:
    """Wire stories, hard-wrapped, a paragraph's first line indented."""
    items = []
    for row in _rows(path):
        text = re.sub(r"(?i)\s*\breuters?\b\W*$", "", row["text"].replace("\x03", "").rstrip())
        paragraphs = tuple(" ".join(p.split()) for p in re.split(r"\n {4,}", text) if p.strip())
        title = " ".join(row["title"].split())
        items.append(Item(row["id"], "wire", "wire", "en", title, row["date"], "", paragraphs, fold=fold_of(row["id"])))
    return _neighbours(items)


def _neighbours(items: list[Item]) -> list[Item]:
    """Give each longer story the indices of the stories of its fold that are most like it, nearest first."""
    long = [i for i, item in enumerate(items) if item.words >= 90 and len(item.paragraphs) >= 3]
    frequency: dict[str, int] = {}
    bags = []
    for i in long:
        bag: dict[str, int] = {}
        for word in re.findall(r"[a-z]{3,}", " ".join(items[i].paragraphs).casefold()):
            bag[word] = bag.get(word, 0) + 1
        bags.append(bag)
        for word in bag:
            frequency[word] = frequency.get(word, 0) + 1
    kept = sorted((w for w, n in frequency.items() if 2 <= n <= len(long) * 0.2), key=lambda w: (-frequency[w], w))[
        :8000
    ]
    index = {w: k for k, w in enumerate(kept)}
    matrix = np.zeros((len(long), len(kept)), np.float32)
    for row, bag in enumerate(bags):
        for word, n in bag.items():
            if word in index:
                matrix[row, index[word]] = (1 + np.log(n)) * np.log(len(long) / frequency[word])
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    folds = np.array([items[i].fold for i in long])
    items = list(items)
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        likeness = matrix[rows] @ matrix[rows].T
        np.fill_diagonal(likeness, 0)
        likeness[likeness > 0.6] = 0  # a revision of the same story is not another one
        for k, row in enumerate(rows):
            nearest = np.argsort(-likeness[k], kind="stable")[:12]
            items[long[row]] = replace(items[long[row]], near=tuple(int(long[rows[j]]) for j in nearest))
    return items


def read_pages(pages: Path, flattened: Path) -> list[Item]:
    """Real pages with gold text, and each one flattened, its lines labelled."""
    flat: dict[str, list[tuple[Line, ...]]] = {}
    roles = {"body": "body", "comments": "comments"}
    for row in _rows(flattened):
        labels = dict(row["labels"])
        lines = [
            Line(line.strip(), roles.get(labels.get(n, ""), "chrome"))
            for n, line in enumerate(row["text"].split("\n"), 1)
            if line.strip()
        ]
        flat.setdefault(row["id"], []).append(tuple(lines))
    items = []
    for row in _rows(pages):
        site = urlsplit(row["url"] or "").netloc or row["id"].split("-V")[0]
        paragraphs = tuple(" ".join(p.split()) for p in row["gold_text"].split("\n") if p.strip())
        thread = tuple(p.strip() for p in (row["comments"] or "").split("\n") if p.strip())
        author = row["author"] or []
        byline = ", ".join(author if isinstance(author, list) else [author])
        items.append(
            Item(
                row["id"], "page", site, row["lang"] or "en", row["title"] or "", str(row["date"] or ""), byline,
                paragraphs, tuple(flat.get(row["id"], ())), thread, fold_of(site),
            )
        )  # fmt: skip
    return items


# --- furniture: what stands between two stories -------------------------------------------------------------------

_FURNITURE = {
    "en": (["By {a}", "{a}, Staff Writer", "{a}"], ["Updated {n} min ago", "Published {d}", "{d}", "Last updated {d}", "Posted on {d}"],
           ["Share this article", "Follow", "Share", "Tweet", "Print", "Advertisement", "Topics: business, world", "READ MORE: {t}", "RELATED {t}"]),
    "de": (["Von {a}", "{a}"], ["Stand: {d}", "{d}", "Aktualisiert am {d}", "vor {n} Minuten"],
           ["Teilen", "Anzeige", "Lesen Sie auch: {t}", "Zur Startseite", "Themen: Politik, Wirtschaft"]),
}  # fmt: skip
_NAMES = (
    "Maria Keller",
    "John Abbott",
    "Sana Mirza",
    "Luc Perrin",
    "Ana Duarte",
    "Tom Whitfield",
    "Jonas Brandt",
    "Ivy Chen",
)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "September", "October", "November")
_VOICES = ("wolfpack7", "Kate in Leeds", "Anonymous", "old_timer", "SamR", "Lena P.", "Dr. No", "gr8ful")


_STAMPS = (
    "{m} {d}, {y}",
    "{d} {m} {y}",
    "{y}-{n:02d}-{d:02d} {h:02d}:{s:02d}",
    "{d:02d}.{n:02d}.{y}",
    "{b} {d}, {y} {h}:{s:02d} pm",
    "Updated {d} {m} {y}",
    "{d}/{n}/{y} - {h:02d}:{s:02d}",
    "Published: {m} {d}, {y}",
)


def _stamped(form: str, rng: random.Random) -> str:
    month = rng.randrange(len(_MONTHS))
    return form.format(
        m=_MONTHS[month], b=_MONTHS[month][:3], n=month + 1, d=rng.randint(1, 28), y=rng.randint(1987, 2025), h=rng.randint(1, 12), s=rng.randint(0, 59)
    )  # fmt: skip


def _stamp(rng: random.Random) -> str:
    return _stamped(rng.choice(_STAMPS), rng)


def _furnish(pattern: str, rng: random.Random, titles: Sequence[str]) -> str:
    return pattern.format(a=rng.choice(_NAMES), n=rng.randint(2, 59), d=_stamp(rng), t=rng.choice(titles))


def _header(item: Item, style: str, rng: random.Random, titles: Sequence[str]) -> list[Line]:
    """Headline, stamp and so on before a story, as `style` wants them."""
    bylines, stamps, bars = _FURNITURE.get(item.language, _FURNITURE["en"])
    title = item.title
    if item.source == "wire" and rng.random() < 0.5:
        title = title.capitalize() if title.isupper() else title
    stamp = item.stamp if item.stamp and rng.random() < 0.4 else _furnish(rng.choice(stamps), rng, titles)
    lines: list[str] = []
    if style in ("headline", "full", "repeat") and title:
        lines.append(title)
    if style in ("full", "repeat"):
        if rng.random() < 0.5:
            lines.append(item.byline or _furnish(rng.choice(bylines), rng, titles))
        lines.append(stamp)
        if rng.random() < 0.4:
            lines.append(rng.choice(bars[:3]))
    if style == "date":
        lines.append(stamp)
    if style == "repeat" and title:
        lines.append(title)
    return [Line(text, "chrome") for text in lines if text]


def _thread(rng: random.Random, pool: Sequence[str]) -> list[Line]:
    """A comment thread of words that readers really wrote, or of invented ones."""
    invented = ("I could not agree more with this.", "Who pays for all that in the end? We do, as always.",
                "Thanks for the article, I learned something today.", "This has been said for years and nobody listened.",
                "My brother works there and he says it is even worse than you write.")  # fmt: skip
    said = pool or invented
    lines = [
        rng.choice(
            [f"Comments ({rng.randint(2, 90)})", "Reader comments", "What do you think?", "Join the conversation"]
        )
    ]
    for _ in range(rng.randint(2, 6)):
        lines += [
            f"{rng.choice(_VOICES)} {rng.choice(['says:', '', '· 2 hours ago'])}".strip(),
            rng.choice(said),
            "Reply",
        ]
    return [Line(text, "comments") for text in lines]


def _between(how: str, rng: random.Random, titles: Sequence[str], pool: Sequence[str], language: str) -> list[Line]:
    """What stands between two stories: nothing, a share bar, teasers, a thread."""
    bars = _FURNITURE.get(language, _FURNITURE["en"])[2]
    lines: list[Line] = []
    if how == "bar":
        lines = [Line(_furnish(b, rng, titles), "chrome") for b in rng.sample(bars, rng.randint(1, 3))]
    if how in ("teasers", "thread+teasers"):
        lines = (
            [Line(rng.choice(["Related stories", "More news", "Most read"]), "chrome")] if rng.random() < 0.6 else []
        )
        lines += [Line(t, "chrome") for t in rng.sample(list(titles), min(len(titles), rng.randint(2, 6)))]
    if how in ("thread", "thread+teasers"):
        lines = _thread(rng, pool) + lines
    return lines


def tease(lines: Sequence[Line], rng: random.Random, titles: Sequence[str]) -> list[Line]:
    """Put teaser headlines of other stories between paragraphs, as many pages do."""
    out: list[Line] = []
    for line in lines:
        if out and line.role == "body" and rng.random() < 0.15:
            out.append(Line(rng.choice(titles), "chrome", line.story))
        out.append(line)
    return out


# --- documents with another story -----------------------------------------------------------------------------------


def _body(item: Item) -> list[Line]:
    return [Line(p) for p in item.paragraphs]


def _story(lines: Iterable[Line], number: int) -> list[Line]:
    return [replace(line, story=number) for line in lines]


def _site_header(parts: Sequence[Item], rng: random.Random, titles: Sequence[str]) -> list[list[Line]]:
    """Headers as one site sets them: the same order, forms and furniture for every story."""
    language = parts[0].language
    bylines, _, bars = _FURNITURE.get(language, _FURNITURE["en"])
    order = rng.sample(["section", "title", "byline", "stamp", "bar", "bar"], 6)[: rng.randint(3, 6)]
    order = ["title", *(field for field in order if field != "title")] if rng.random() < 0.6 else order
    order += ["title"] if "title" not in order or rng.random() < 0.3 else []
    byline, stamp, bar = rng.choice(bylines), rng.choice(_STAMPS), rng.choice(bars[:3])
    desk, relative = _furnish(byline, rng, titles), rng.random() < 0.25
    headers = []
    for number, part in enumerate(parts):
        fields = {
            "section": rng.choice(["Culture", "World / Asia", "News | Local", "Business"]),
            "title": part.title or rng.choice(titles),
            "byline": desk if rng.random() < 0.4 else _furnish(byline, rng, titles),
            "stamp": f"{rng.randint(2, 59)} minutes ago" if relative and number else _stamped(stamp, rng),
            "bar": bar,
        }
        headers.append(
            [Line(fields[field], "body" if field == "title" and rng.random() < 0.3 else "chrome") for field in order]
        )
    return headers


HEADERS = ("none", "date", "headline", "full", "repeat", "site")
BETWEEN = ("nothing", "bar", "teasers", "thread", "thread+teasers")


def _splice(parts: Sequence[Item], kind: str, rng: random.Random, titles: Sequence[str], pool: Sequence[str]) -> Case:
    header, between = rng.choice(HEADERS), rng.choice(BETWEEN)
    if header == "site":
        headers = _site_header(parts, rng, titles)
        if rng.random() < 0.5:  # a site that shows but the beginning of the next story
            parts = [parts[0], *(replace(part, paragraphs=part.paragraphs[: rng.randint(3, 5)]) for part in parts[1:])]
    else:
        headers = [_header(parts[0], rng.choice(["headline", header]), rng, titles)]
        headers += [_header(part, header, rng, titles) for part in parts[1:]]
    lines = headers[0] + _body(parts[0])
    for number, part in enumerate(parts[1:], 1):
        lines += _story(_between(between, rng, titles, pool, part.language), number - 1)
        lines += _story(headers[number] + _body(part), number)
    if rng.random() < 0.3:
        lines = tease(lines, rng, titles)
    return Case(f"{kind}/{header}/{between}", parts[0].fold, parts[0].language, tuple(lines))


def spliced_wire(items: Sequence[Item], rng: random.Random, count: int, *, words: int = 110) -> Iterator[Case]:
    """Pairs (and some threes) of wire stories: of another topic, of the same, and the nearest there is."""
    usable = [i for i, item in enumerate(items) if item.words >= words and len(item.paragraphs) >= 4 and item.near]
    by_fold = [[i for i in usable if items[i].fold == f] for f in range(FOLDS)]
    titles = [[items[i].title for i in chosen] for chosen in by_fold]
    for _ in range(count):
        first = items[rng.choice(usable)]
        relation = rng.choice(["other", "other", "same", "nearest", "three"])
        near = [i for i in first.near if i in set(by_fold[first.fold])]
        if relation == "nearest" and near:
            parts = [first, items[near[0]]]
        elif relation == "same" and len(near) > 3:
            parts = [first, items[rng.choice(near[2:])]]
        else:
            parts = [first, *(items[i] for i in rng.sample(by_fold[first.fold], 2 if relation == "three" else 1))]
            relation = "three" if relation == "three" else "other"
        if len({p.id for p in parts}) == len(parts):
            yield _splice(parts, f"wire/{relation}", rng, titles[first.fold], ())


def _page_lines(item: Item, rng: random.Random) -> list[Line]:
    return list(rng.choice(item.pages)) if item.pages else _body(item)


def _after_body(lines: Sequence[Line]) -> int:
    return max(i for i, line in enumerate(lines) if line.role == "body") + 1


def spliced_pages(items: Sequence[Item], rng: random.Random, count: int) -> Iterator[Case]:
    """A real page and a second story: after its body, after its thread, at its end, or as a whole second page."""
    usable = [p for p in items if p.words >= 150 and len(p.paragraphs) >= 4 and p.pages]
    for _ in range(count):
        first = rng.choice(usable)
        peers = [p for p in usable if p.fold == first.fold and p.language == first.language and p.id != first.id]
        same = [p for p in peers if p.site == first.site]
        if not peers:
            continue
        relation = "site" if same and rng.random() < 0.4 else "other"
        second = rng.choice(same if relation == "site" else peers)
        where = rng.choice(["clean", "body", "end", "whole"])
        titles = [p.title or p.paragraphs[0][:90] for p in peers] + [second.title or "More"]
        if where == "clean":
            yield _splice([first, second], f"page/{relation}", rng, titles, first.thread)
            continue
        lines = _page_lines(first, rng)
        if not any(line.role == "body" for line in lines):
            continue
        header = rng.choice(HEADERS[:-1])
        tail: list[Line] = []
        if where == "body":
            lines, tail = lines[: _after_body(lines)], lines[_after_body(lines) :]
        added = _page_lines(second, rng) if where == "whole" else _header(second, header, rng, titles) + _body(second)
        if where == "whole":
            header = "page"
        lines += _story(added, 1) + _story(tail, 1)
        yield Case(f"page/{relation}/{header}/{where}", first.fold, first.language, tuple(lines))

"""Make a corpus with planted copies and look-alikes of every kind, from real stories and generated ones.

    python benchmarks/dedupe_corpus.py --count 100000 --seed 1 --out corpus.parquet [--stories PATH]

Columns: id, text, title, site, published; and the truth: kind (what was done), family (documents that tell one story),
expected (`copy` or `update` of its family's origin, `alone`: must stay, `origin`).
--stories: a folder or file of .jsonl[.gz] rows with `text` (and `title`), whose texts are used for a fifth of the corpus.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from dedupe_kinds import COPIES, UPDATES, event, named, report, round_up, template
from dedupe_writer import LANGUAGES, Story, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "text", "title", "site", "published", "kind", "family", "expected")]
)


Row = dict[str, str]


class Planter:
    """Hands out ids, sites and dates, and remembers the truth."""

    def __init__(self, seed: int, stories: list[str]) -> None:
        self.writer = Writer(seed)
        self.stories = stories
        self.families = itertools.count()
        self.ids = itertools.count()

    def row(self, text: Story | str, kind: str, family: int, expected: str, minute: int | None = None) -> Row:
        chance = self.writer.chance
        minute = chance.randint(0, 500_000) if minute is None else minute
        day, rest = divmod(minute, 1440)
        year, day = divmod(day, 336)
        stamp = f"{2020 + year}-{day // 28 + 1:02}-{day % 28 + 1:02}T{rest // 60:02}:{rest % 60:02}"
        return {
            "id": f"{next(self.ids) * 2654435761 % 2**32:08x}",
            "text": text if isinstance(text, str) else text.text,
            "title": " ".join(self.writer.draw("latin", 6)),
            "site": f"site{chance.randint(1, 400)}.example",
            "published": stamp,
            "kind": kind,
            "family": str(family),
            "expected": expected,
        }

    def base(self) -> Story:
        if self.stories and self.writer.chance.random() < 0.3:
            text = self.stories[self.writer.chance.randrange(len(self.stories))]
            self.stories.remove(text) if len(self.stories) < 20000 else None
            parts = [part for part in text.split("\n    ") if part.strip()]
            return Story(LANGUAGES[0], tuple((tuple(part.split()),) for part in parts))
        return self.writer.story(self.writer.length())

    def copies(self) -> Iterator[Row]:
        chance, family, story = self.writer.chance, next(self.families), self.base()
        minute = chance.randint(0, 400_000)
        yield self.row(story, "origin", family, "origin", minute)
        many = 80 if chance.random() < 0.0005 else chance.choice((0,) * 14 + (1, 1, 2, 2, 3, 5))
        for _ in range(many):
            kind, change = chance.choice(COPIES)
            yield self.row(change(self.writer, story), kind, family, "copy", minute + chance.randint(-60, 3000))
        if chance.random() < 0.06:
            kind, change = chance.choice(UPDATES)
            yield self.row(change(self.writer, story), kind, family, "update", minute + chance.randint(30, 600))

    def look_alikes(self) -> Iterator[Row]:
        chance, family = self.writer.chance, next(self.families)
        kind = chance.choice(("template 25", "template 12", "template 7", "report", "named", "event"))
        makers = {"report": report, "named": named, "event": event}
        texts = makers[kind](self.writer) if kind in makers else template(self.writer, int(kind.split()[1]))
        many = 2 if kind == "event" else chance.choice((5, 10, 30) if kind == "named" else (2, 3, 5, 10, 30))
        for text in itertools.islice(texts, many):
            yield self.row(text, kind, family, "alone")

    def round_ups(self) -> Iterator[Row]:
        family = next(self.families)
        items, whole = round_up(self.writer)
        for item in items:
            yield self.row(item, "item", family, "alone")
        yield self.row(whole, "round-up", family, "alone")

    def rows(self) -> Iterator[Row]:
        while True:
            luck = self.writer.chance.random()
            yield from self.copies() if luck < 0.985 else self.look_alikes() if luck < 0.995 else self.round_ups()


def read_stories(path: Path) -> list[str]:
    texts: list[str] = []
    files = sorted(path.rglob("*.jsonl*")) if path.is_dir() else [path]
    for file in files:
        opener = gzip.open if file.suffix == ".gz" else open
        with opener(file, "rt", encoding="utf-8") as lines:
            texts.extend(json.loads(line)["text"] for line in lines)
    return _unlike([text for text in dict.fromkeys(texts) if len(text.split()) >= 120])


def _unlike(texts: list[str]) -> list[str]:
    """Those that share less than a quarter of their runs of four words with one before: what is left has known copies only."""
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    kept = []
    for text in texts:
        words = text.lower().split()
        runs = {" ".join(words[place : place + 4]) for place in range(len(words) - 3)}
        shared = Counter(holder for run in runs for holder in holders.get(run, ()))
        if any(count >= 0.25 * min(len(runs), sizes[holder]) for holder, count in shared.items()):
            continue
        for run in runs:
            holders[run].append(len(sizes))
        sizes.append(len(runs))
        kept.append(text)
    return kept


def make(count: int, seed: int, stories: list[str]) -> pa.Table:
    rows = list(itertools.islice(Planter(seed, stories).rows(), count))
    random.Random(seed).shuffle(rows)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stories", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    table = make(options.count, options.seed, read_stories(options.stories) if options.stories else [])
    pq.write_table(table, options.out, row_group_size=4096)
    words = sum(len(text.split()) for text in table.column("text").to_pylist()) / len(table)
    print(f"{len(table):,} documents, {words:.0f} words each (by spaces)")


if __name__ == "__main__":
    main()

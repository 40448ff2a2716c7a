"""CPU time and memory of finding copies against the number of documents, each size in a process of its own.

    python benchmarks/dedupe_growth.py [--sizes 10000 100000 1000000] [--work FOLDER] [--json growth.json] [--plot growth.svg]

Documents of 360 invented words, three in ten of them copies: the same, edited, abridged, with a later figure, with page
furniture. They are written to a Parquet file first, by another process, and then read a row group at a time.
`digest` is of all that was found; it is the same on every machine and in every run.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dedupe_digest import digest
from dedupe_plot import growth_svg
from dedupe_quality import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

SIZES = (10_000, 100_000, 1_000_000)
WORDS, SENTENCE, PARAGRAPH = 360, 18, 72
LEXICON = 20_000
GROUP = 4096
COPIES = 0.3

Ids = Any  # of words, one row a document


class Stories:
    """Documents by the number: word i of the lexicon, plain, at the end of a sentence, or of a paragraph."""

    def __init__(self, seed: int) -> None:
        self.draws = np.random.Generator(np.random.PCG64(seed))
        weights = 1 / (np.arange(LEXICON) + 2.7)
        self.steps = np.cumsum(weights / weights.sum())
        chance = random.Random("the lexicon")
        syllables = [
            a + b
            for a in ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "br", "gl"]
            for b in ["a", "e", "i", "o", "u", "an", "er", "is"]
        ]
        words: dict[str, None] = {}
        while len(words) < LEXICON:
            words["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3, 3, 4))))] = None
        plain = sorted(words, key=lambda word: len(word) + chance.random() * 6)
        plain = [word if place % 40 else str(chance.randint(2, 99_999)) for place, word in enumerate(plain)]
        ends = [f"{word}{end}" for end in ("", ".", ".\n\n") for word in plain]
        self.spelled = np.array(ends, object)

    def ids(self, *shape: int) -> Ids:
        return np.searchsorted(self.steps, self.draws.random(shape))

    def text(self, ids: npt.NDArray[np.int64]) -> str:
        place = np.arange(1, len(ids) + 1)
        level = (place % SENTENCE == 0).astype(np.int64) + (place % PARAGRAPH == 0)
        return " ".join(self.spelled[ids + LEXICON * level].tolist())

    def copy(self, ids: npt.NDArray[np.int64], kind: int) -> str:
        if kind == 0:
            return self.text(ids).upper()
        if kind == 1:
            edits = self.draws.random(len(ids)) < 0.04
            return self.text(np.where(edits, self.ids(len(ids)), ids))
        if kind == 2:
            return self.text(ids[: len(ids) // 2])
        if kind == 3:
            return self.text(ids) + f" They counted {self.draws.integers(2, 9999)} in the end."
        return "Home\nNews\n\n" + self.text(ids) + "\n\nShare this\nMore from " + self.text(self.ids(6))


def groups(count: int) -> Iterator[pa.Table]:
    """Row groups of a corpus. A copy is of a document of its own or the row group before, so that texts need not be kept."""
    stories = Stories(1)
    before = stories.ids(1, WORDS)
    for start in range(0, count, GROUP):
        size = min(GROUP, count - start)
        ids = stories.ids(size, WORDS)
        known = np.concatenate([before, ids])
        is_copy, kinds = stories.draws.random(size) < COPIES, stories.draws.integers(0, 5, size)
        origins = stories.draws.integers(0, len(before) + np.arange(size))
        texts = [
            stories.copy(known[origin], kind) if copied else stories.text(own)
            for own, copied, kind, origin in zip(ids, is_copy.tolist(), kinds.tolist(), origins.tolist(), strict=True)
        ]
        days = np.datetime64("2015-01-01") + stories.draws.integers(0, 3000, size)
        keys = [f"{(start + row) * 2654435761 % 2**32:08x}" for row in range(size)]
        yield pa.table({"id": keys, "text": texts, "published": days.astype(str).tolist()})
        before = ids


def write(path: Path, count: int) -> None:
    part, writer = path.with_suffix(".part"), None
    for table in groups(count):
        writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()
        part.rename(path)


def measure(path: Path) -> dict[str, Any]:
    wall = time.perf_counter()
    matches, spent = run(path)
    wall = time.perf_counter() - wall
    return {
        "documents": pq.ParquetFile(path).metadata.num_rows,
        "sign": spent["read and sign"],
        "match": spent["match"],
        "wall": wall,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "leave": len(matches.duplicates),
        "digest": digest(matches),
    }


def all_sizes(sizes: list[int], work: Path) -> Iterator[dict[str, Any]]:
    for size in sizes:
        path = work / f"growth-{size}.parquet"
        if not path.exists():
            subprocess.run([sys.executable, __file__, "--write", str(size), "--corpus", str(path)], check=True)
        said = subprocess.run([sys.executable, __file__, "--corpus", str(path)], check=True, stdout=subprocess.PIPE)
        yield json.loads(said.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--work", type=Path, help="keep the corpora in this folder, and use those that are there")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        return write(options.corpus, options.write)
    if options.corpus:
        return print(json.dumps(measure(options.corpus)))
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        print(
            f"{'documents':>10} {'sign, CPU s':>12} {'match, CPU s':>13} {'us a document':>14} {'peak MB':>8} {'leave':>8}  digest"
        )
        for row in all_sizes(options.sizes, options.work or Path(folder)):
            rows.append(row)
            each = (row["sign"] + row["match"]) / row["documents"] * 1e6
            print(
                f"{row['documents']:>10,} {row['sign']:>12.1f} {row['match']:>13.1f} {each:>14.0f} "
                f"{row['memory'] / 1e6:>8.0f} {row['leave']:>8,}  {row['digest']}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    if options.plot:
        options.plot.write_text(growth_svg(rows), "utf-8")
    return None


if __name__ == "__main__":
    main()

"""CPU seconds of finding copies, beside the floor and beside other tools, on the same documents in the same run.

    pip install rensa datasketch
    python benchmarks/dedupe_speed.py corpus.parquet [--count 20000] [--repeat 5] [--only corpusprep ...] [--json speed.json]

Each contender runs in a process of its own on two cores, in turns; the median of the CPU time (all threads) counts.

The floor reads the texts and hashes each run of five words once: `floor` with words split by Python, numbered by a dictionary
and hashed by NumPy, `floor, ours` with corpusprep's own shingling. The others take shingles the same way and sketch with
128 permutations in 16 bands; they say which texts share a band: they compare no texts, make no clusters, choose nothing.
In texts that are written without spaces they take runs of characters, as corpusprep does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dedupe_digest import digest
from dedupe_quality import fetcher

from corpusprep.config import DedupeConfig
from corpusprep.deduping import match, sign
from corpusprep.deduping.shingles import shingle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

PERMUTATIONS, BANDS, SEED = 128, 16, 42
WIDTH = 5
POWERS = [np.uint64(pow(0x9E3779B97F4A7C15, power, 1 << 64)) for power in range(WIDTH)]
UNSPACED = 30  # characters a word, on average, from which on a text has no spaces between its words


class Corpus:
    """The first documents of a corpus, read anew by each contender."""

    def __init__(self, path: Path, count: int) -> None:
        self.file, self.count = pq.ParquetFile(path), count

    def tables(self, columns: list[str]) -> Iterator[pa.Table]:
        rows = 0
        for group in range(self.file.num_row_groups):
            if rows < self.count:
                table = self.file.read_row_group(group, [name for name in columns if name in self.file.schema.names])
                yield table.slice(0, self.count - rows)
                rows += len(table)

    def words(self) -> Iterator[list[str]]:
        for table in self.tables(["text"]):
            for text in table.column("text").to_pylist():
                words = text.lower().split()
                yield words if len(text) < UNSPACED * len(words) else [char for char in text if char.isalnum()]

    def runs(self) -> Iterator[list[str]]:
        """Runs of five words as strings, per document."""
        for words in self.words():
            yield [" ".join(words[place : place + WIDTH]) for place in range(max(1, len(words) - WIDTH + 1))]

    def hashes(self) -> Iterator[npt.NDArray[np.uint64]]:
        """Runs of five words as hashes, per document."""
        known: dict[str, int] = {}
        for words in self.words():
            numbers = [known.get(word) or known.setdefault(word, zlib.crc32(word.encode()) + 1) for word in words]
            values = np.array(numbers, np.uint64)
            count = max(1, len(values) - WIDTH + 1)
            total = np.zeros(count, np.uint64)
            for place, power in enumerate(POWERS):
                part = values[place : place + count]
                total[: len(part)] += part * power
            yield total


def ours(corpus: Corpus) -> str:
    clock = time.process_time()
    signatures = [sign(table) for table in corpus.tables(["id", "text", "site", "published"])]
    signed = time.process_time() - clock
    found = match(signatures, fetcher(corpus.file), DedupeConfig())
    return (
        f"{len(found.duplicates):,} leave, all compared; {signed:.2f} s of it to read and sign; digest {digest(found)}"
    )


def floor_plain(corpus: Corpus) -> str:
    return f"{sum(map(len, corpus.hashes())):,} shingles"


def floor_own(corpus: Corpus) -> str:
    count = sum(int(part.n_shingles.sum()) for table in corpus.tables(["text"]) for part in shingle(table["text"]))
    return f"{count:,} shingles"


def rensa_flat(corpus: Corpus) -> str:
    return _rensa_flat(list(corpus.hashes()))


def rensa_own(corpus: Corpus) -> str:
    parts = [part for table in corpus.tables(["text"]) for part in shingle(table["text"])]
    rows = [part.shingles[part.offsets[row] :][: part.n_shingles[row]] for part in parts for row in range(len(part))]
    return _rensa_flat(rows)


def _rensa_flat(rows: list[npt.NDArray[np.uint64]]) -> str:
    from rensa import RMinHash, RMinHashLSH

    offsets = np.cumsum([0, *map(len, rows)]).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(rows), offsets, PERMUTATIONS, SEED)
    flags = RMinHashLSH(0.5, PERMUTATIONS, BANDS).query_duplicate_flags_matrix_one_shot(matrix)
    return f"{sum(flags):,} share a band"


def rensa_strings(corpus: Corpus) -> str:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(0.5, PERMUTATIONS, BANDS)
    flagged = 0
    for number, runs in enumerate(corpus.runs()):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(runs)
        flagged += bool(index.query(sketch))
        index.insert(number, sketch)
    return f"{flagged:,} share a band with one before"


def datasketch(corpus: Corpus) -> str:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(params=(BANDS, PERMUTATIONS // BANDS), num_perm=PERMUTATIONS)
    flagged = 0
    for number, runs in enumerate(corpus.runs()):
        sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update_batch([run.encode() for run in runs])
        flagged += bool(index.query(sketch))
        index.insert(number, sketch)
    return f"{flagged:,} share a band with one before"


CONTENDERS: dict[str, tuple[Callable[[Corpus], str], str]] = {
    "corpusprep": (ours, ""),
    "floor": (floor_plain, "at least 0.5"),
    "floor, ours": (floor_own, ""),
    "NumPy, rensa": (rensa_flat, "at least 0.91"),
    "ours, rensa": (rensa_own, ""),
    "strings, rensa": (rensa_strings, "at least 2"),
    "datasketch": (datasketch, "at least 8"),
}


def measure(name: str, path: Path, count: int) -> dict[str, float | str]:
    """One run, after a small one that loads what it needs."""
    run = CONTENDERS[name][0]
    run(Corpus(path, 100))
    corpus = Corpus(path, count)
    cpu, wall = time.process_time(), time.perf_counter()
    said = run(corpus)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "said": said}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return print(json.dumps(measure(options.one, options.corpus, options.count)))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    runs: dict[str, list[dict[str, float | str]]] = {name: [] for name in options.only}
    for _ in range(options.repeat):
        for name in options.only:
            command = [sys.executable, __file__, str(options.corpus), "--count", str(options.count), "--one", name]
            runs[name].append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    median = {name: statistics.median(float(run["cpu"]) for run in each) for name, each in runs.items()}
    print(f"{'':16}{'CPU s':>8}{'least':>8}{'most':>8}{'of ours':>9}  {'wanted':14}")
    for name, seconds in median.items():
        times = [float(run["cpu"]) for run in runs[name]]
        ratio = f"{seconds / median['corpusprep']:.2f}" if "corpusprep" in median else ""
        said = " / ".join(sorted({str(run["said"]) for run in runs[name]})[:1])
        print(f"{name:16}{seconds:8.2f}{min(times):8.2f}{max(times):8.2f}{ratio:>9}  {CONTENDERS[name][1]:14}{said}")
    if options.json:
        options.json.write_text(json.dumps({"count": options.count, "median": median, "runs": runs}, indent=2) + "\n")
    return None


if __name__ == "__main__":
    main()

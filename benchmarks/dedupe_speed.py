"""CPU seconds of finding copies, beside the floor and beside other tools, on the same documents in the same run.

    pip install rensa datasketch
    python benchmarks/dedupe_speed.py corpus.parquet [--count 20000] [--only ours floor ...]

The floor reads the texts and hashes each run of five words once: `own` with corpusprep's shingling, `plain` with a dictionary
of word hashes and NumPy. The others sketch with 128 permutations and say which texts share a band; they compare no texts,
make no clusters, choose nothing.
"""

from __future__ import annotations

import argparse
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from dedupe_quality import fetcher

from corpusprep.config import DedupeConfig
from corpusprep.deduping import match, sign
from corpusprep.deduping.shingles import shingle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PERMUTATIONS, BANDS, SEED = 128, 16, 42


class Corpus:
    """The first documents of a corpus, read anew by each contender."""

    def __init__(self, path: Path, count: int) -> None:
        self.path, self.count = path, count

    def groups(self) -> Iterator[int]:
        file, rows = pq.ParquetFile(self.path), 0
        for group in range(file.num_row_groups):
            if rows < self.count:
                yield group
            rows += file.metadata.row_group(group).num_rows

    def texts(self) -> Iterator[str]:
        file = pq.ParquetFile(self.path)
        for group in self.groups():
            yield from file.read_row_group(group, ["id", "text"]).column("text").to_pylist()

    def runs(self) -> Iterator[list[str]]:
        """Runs of five words as strings, per document."""
        for text in self.texts():
            words = text.lower().split()
            yield [" ".join(words[place : place + 5]) for place in range(max(1, len(words) - 4))]


def ours(corpus: Corpus) -> str:
    file = pq.ParquetFile(corpus.path)
    columns = ["id", "text", "site", "published"]
    clock = time.process_time()
    signatures = [sign(file.read_row_group(group, columns)) for group in corpus.groups()]
    signed = time.process_time() - clock
    found = match(signatures, fetcher(file), DedupeConfig())
    return f"{len(found.duplicates)} leave, each compared; reading and signing {signed:.2f} s of it"


def floor_own(corpus: Corpus) -> str:
    return f"{sum(int(part.n_shingles.sum()) for part in shingle(corpus.texts())):,} shingles"


def floor_plain(corpus: Corpus) -> str:
    known: dict[str, int] = {}
    powers = np.array([pow(0x9E3779B97F4A7C15, power, 1 << 64) for power in range(5)], np.uint64)
    count = 0
    for text in corpus.texts():
        words = [known.get(word) or known.setdefault(word, zlib.crc32(word.encode())) for word in text.lower().split()]
        hashes = np.array(words, np.uint64)
        if len(hashes) >= 5:
            count += len(np.lib.stride_tricks.sliding_window_view(hashes, 5) @ powers)
    return f"{count:,} shingles"


def rensa_flat(corpus: Corpus) -> str:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(0.5, PERMUTATIONS, BANDS)
    hashes, offsets = [], [np.zeros(1, np.int64)]
    for part in shingle(corpus.texts()):
        real = part.shingles != 0
        hashes.append(part.shingles[real])
        offsets.append(np.cumsum(part.n_shingles) + offsets[-1][-1])
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        np.concatenate(hashes), np.concatenate(offsets).astype(np.uint64), PERMUTATIONS, SEED
    )
    return f"{sum(index.query_duplicate_flags_matrix_one_shot(matrix))} share a band"


def rensa_strings(corpus: Corpus) -> str:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(0.5, PERMUTATIONS, BANDS)
    matrix = RMinHash.digest_matrix_from_token_sets(corpus.runs(), PERMUTATIONS, SEED)
    return f"{sum(index.query_duplicate_flags_matrix_one_shot(matrix))} share a band"


def datasketch(corpus: Corpus) -> str:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(params=(BANDS, PERMUTATIONS // BANDS), num_perm=PERMUTATIONS)
    flagged = 0
    for number, runs in enumerate(corpus.runs()):
        sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update_batch([run.encode() for run in runs])
        flagged += bool(index.query(sketch))
        index.insert(number, sketch)
    return f"{flagged} share a band with one before"


CONTENDERS: dict[str, Callable[[Corpus], str]] = {
    "floor, own": floor_own,
    "floor, plain": floor_plain,
    "corpusprep": ours,
    "rensa, own shingles": rensa_flat,
    "rensa, strings": rensa_strings,
    "datasketch": datasketch,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3, help="take the best of so many runs (the slow ones run once)")
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS), choices=list(CONTENDERS))
    options = parser.parse_args()
    corpus = Corpus(options.corpus, options.count)
    next(iter(shingle(["Tables of letters are made once: Straße."])))
    best: dict[str, float] = {}
    said: dict[str, str] = {}
    for turn in range(options.repeat):
        for name in options.only:
            if turn and best[name] > 10:
                continue
            clock = time.process_time()
            said[name] = CONTENDERS[name](corpus)
            best[name] = min(best.get(name, float("inf")), time.process_time() - clock)
    for name, seconds in best.items():
        ratio = f"{seconds / best['corpusprep']:6.2f} of ours" if "corpusprep" in best else ""
        print(f"{name:22}{seconds:8.2f} s {ratio}   {said[name]}")


if __name__ == "__main__":
    main()

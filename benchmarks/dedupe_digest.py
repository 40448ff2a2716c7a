"""One number for all that was found: equal for any order of documents, any number of workers, any run and machine.

    python benchmarks/dedupe_digest.py corpus.parquet [--order SEED] [--rows 4096] [--workers 1]

--order: shuffle the documents; --rows: sign so many at a time; --workers: in so many processes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusprep.config import DedupeConfig
from corpusprep.deduping import match, sign

if TYPE_CHECKING:
    from corpusprep.deduping.matching import Matches


def digest(found: Matches) -> str:
    """SHA-256, shortened, of the rows of all tables."""
    sums = hashlib.sha256()
    for table in (found.duplicates, found.links, found.clusters, found.known):
        for row in table.to_pylist():
            sums.update(json.dumps(row, sort_keys=True).encode())
    return sums.hexdigest()[:16]


def find(texts: pa.Table, order: int | None, rows: int, workers: int) -> Matches:
    """Copies among texts, in the order that a seed gives, signed so many rows at a time by so many processes."""
    numbers = list(range(len(texts)))
    if order is not None:
        random.Random(order).shuffle(numbers)
    texts = texts.take(numbers)
    parts = [texts.slice(start, rows) for start in range(0, len(texts), rows)]
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            signatures = list(pool.map(sign, parts))
    else:
        signatures = [sign(part) for part in parts]
    return match(signatures, lambda ids: texts.filter(pc.is_in(texts["id"], pa.array(ids, "string"))), DedupeConfig())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--order", type=int)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    found = find(pq.read_table(options.corpus), options.order, options.rows, options.workers)
    print(f"{digest(found)}  {len(found.duplicates)} leave, {len(found.links)} links")


if __name__ == "__main__":
    main()

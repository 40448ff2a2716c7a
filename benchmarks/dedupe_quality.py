"""Recall by kind of copy, look-alikes merged, and the precision of pairs, on a corpus of `dedupe_corpus.py`.

python benchmarks/dedupe_quality.py corpus.parquet [--worst 3]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusprep.config import DedupeConfig
from corpusprep.deduping import match, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def run(path: Path) -> tuple[Any, dict[str, float]]:
    """Copies in a Parquet file, read a row group at a time, and the CPU seconds of each stage."""
    file = pq.ParquetFile(path)
    clock, spent = time.process_time(), {}
    columns = ["id", "text", "site", "published"]
    signatures = [sign(file.read_row_group(group, columns)) for group in range(file.num_row_groups)]
    spent["read and sign"] = time.process_time() - clock
    clock = time.process_time()
    matches = match(signatures, fetcher(file), DedupeConfig())
    spent["match"] = time.process_time() - clock
    return matches, spent


def fetcher(file: pq.ParquetFile) -> Callable[[Sequence[str]], pa.Table]:
    """A function that gives the texts of some ids, and reads each row group once where they come in its order."""
    ids = pa.concat_tables([file.read_row_group(group, ["id"]) for group in range(file.num_row_groups)]).column("id")
    starts = np.cumsum([0, *(file.metadata.row_group(group).num_rows for group in range(file.num_row_groups))])

    def fetch(wanted: Sequence[str]) -> pa.Table:
        rows = pc.index_in(pa.array(wanted), value_set=ids).to_numpy()
        groups = np.searchsorted(starts, rows, side="right") - 1
        return pa.concat_tables(
            [
                file.read_row_group(group, ["id", "text"]).take(rows[groups == group] - starts[group])
                for group in np.unique(groups).tolist()
            ]
        )

    return fetch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--worst", type=int, default=0, help="show so many errors of each kind")
    options = parser.parse_args()
    matches, spent = run(options.corpus)
    for name, seconds in spent.items():
        print(f"{name}: {seconds:.2f} s CPU")
    rows = {row["id"]: row for row in pq.read_table(options.corpus).to_pylist()}
    score(rows, matches, options.worst)


Errors = dict[str, list[tuple[str, str]]]


def score(rows: dict[str, dict[str, str]], matches: Any, worst: int) -> None:
    """Print the table of kinds, the precision of pairs, and some errors of each kind."""
    gone = {row["id"]: row for row in matches.duplicates.to_pylist()}
    errors: Errors = defaultdict(list)
    by_kind(rows, {row["id"]: row["cluster_id"] for row in matches.clusters.to_pylist()}, gone, errors)
    by_pair(rows, gone, errors)
    items = Counter(rows[link["id"]]["kind"] for link in matches.links.to_pylist() if link["relation"] == "contained")
    print(f"contained: {dict(items)}")
    for kind, pairs in sorted(errors.items()):
        for key, other in pairs[:worst]:
            print(f"\n===== {kind}: {rows[key]['kind']} {key}, {rows[other]['kind']} {other}, {gone.get(key)}")
            print(rows[key]["text"][:1500], "\n-----\n", rows[other]["text"][:1500], sep="")


def by_kind(rows: dict[str, dict[str, str]], cluster: dict[str, str], gone: dict[str, Any], errors: Errors) -> None:
    """Recall of copies and updates (in one cluster with their origin), share of look-alikes that left for another."""
    origins = {row["family"]: row["id"] for row in rows.values() if row["kind"] == "origin"}
    hits: dict[str, list[bool]] = defaultdict(list)
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for key, row in rows.items():
        kind, left = row["kind"], gone.get(key)
        if row["expected"] == "alone":
            hits[kind].append(left is not None)
            if left:
                errors[kind].append((key, left["kept_id"]))
        elif row["expected"] != "origin":
            origin = origins[row["family"]]
            hits[kind].append(cluster.get(key, key) == cluster.get(origin, origin))
            named[kind][left["relation"] if left else "kept"] += 1
            if not hits[kind][-1]:
                errors[kind].append((key, origin))
    print(f"{'kind':20}{'documents':>10}{'recall / merged':>17}   relation of those that left")
    for kind, found in sorted(hits.items()):
        label = " ".join(f"{name} {count}" for name, count in named[kind].most_common())
        print(f"{kind:20}{len(found):>10}{sum(found) / len(found):>17.4f}   {label}")


def by_pair(rows: dict[str, dict[str, str]], gone: dict[str, Any], errors: Errors) -> None:
    """Precision of the rows of the table `duplicates`."""
    right = 0
    wrong = Counter[str]()
    for key, row in gone.items():
        one, other = rows[key], rows[row["kept_id"]]
        if one["family"] == other["family"] and "alone" not in (one["expected"], other["expected"]):
            right += 1
            continue
        kind = "between origins" if one["kind"] == other["kind"] == "origin" else "wrong"
        wrong[kind] += 1
        errors[kind].append((key, row["kept_id"]))
    total = right + sum(wrong.values())
    print(f"pairs: {right} right, {dict(wrong)}, precision {right / max(1, total):.4f}")


if __name__ == "__main__":
    main()

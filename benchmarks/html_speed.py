"""What cleaning a page costs, beside trafilatura's own default on the same page.

    python benchmarks/html_speed.py PAGES.jsonl[.gz] [--limit N] [--rounds N]

A row of PAGES holds `html`, and perhaps `url`. Each page is cleaned by both, one right after the other, in turn first; the figure is CPU time
(user and system) of this process, of which the best of the rounds counts for each page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from pathlib import Path

import trafilatura

import corpusprep
from corpusprep.cleaners import markup
from corpusprep.render import render


def read(path, limit):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        return [row for _, row in zip(range(limit), map(json.loads, file), strict=False)]


def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    rows = read(args.pages, args.limit)
    asked, ask = [], markup.vote.ask
    markup.vote.ask = lambda *arguments: asked.append(1) or ask(*arguments)
    ways = {
        "corpusprep": lambda row: corpusprep.clean(row["html"], url=row.get("url")),
        "  of it rendering": lambda row: render(row["html"], url=row.get("url") or ""),
        "trafilatura": lambda row: trafilatura.extract(row["html"], url=row.get("url")),
    }
    for way in ways.values():
        way(rows[0])
    asked.clear()
    best = {name: [float("inf")] * len(rows) for name in ways}
    for turn in range(args.rounds):
        for number, row in enumerate(rows):
            for name in list(ways) if (turn + number) % 2 else reversed(ways):
                best[name][number] = min(best[name][number], seconds(lambda: ways[name](row)))  # noqa: B023
    for name, each in best.items():
        print(f"{name:20s} {1000 * statistics.mean(each):7.1f} ms a page, median {1000 * statistics.median(each):7.1f}")
    ratio = sum(best["corpusprep"]) / sum(best["trafilatura"])
    print(
        f"{ratio:.2f} times trafilatura's time; its vote was asked for {len(asked) / args.rounds / len(rows):.0%} of {len(rows)} pages"
    )


if __name__ == "__main__":
    main()

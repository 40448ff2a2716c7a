"""How much of real pages is kept that should be, and the other way round.

    python benchmarks/page_scores.py PAGES.jsonl[.gz] [--predictions OUT.jsonl] [--headers SET] [--limit N]

A row of PAGES holds `id`, `text` or `html`, `gold_text`, and perhaps `url`, `lang`, `set`, `flattener` and `comments` (the text of the reader
comments on the page). Without predictions (as `benchmarks/fit_lines.py --folds 5 --predictions OUT.jsonl` writes them) each page is cleaned.

The metric is that of public benchmarks of article extraction: multisets of four-token shingles, precision and recall by page, their
means over pages, and F1 of the two means. Where the gold texts of a set open with headline, byline and date, `--headers SET` says so;
those leading short lines then neither count nor cost.
`comments` is the share of the thread's shingles that was kept. A page that fails counts as an empty text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

LONGEST_HEADER = 14


def shingles(text, size=4):
    tokens = re.findall(r"\w+", text or "")
    if not tokens:
        return Counter()
    return Counter(tuple(tokens[at : at + size]) for at in range(max(1, len(tokens) - size + 1)))


def header(gold):
    lines = []
    for line in gold.splitlines():
        if len(line.split()) > LONGEST_HEADER or line.rstrip().endswith((".", "!", "?", '"', "”")):
            break
        lines.append(line)
    return "\n".join(lines)


def judge(row, text, headers):
    """Precision, recall, and share of the comments kept (None where there are none)."""
    neutral = shingles(header(row["gold_text"]) if headers and row.get("set") == headers else "")
    gold, got = shingles(row["gold_text"]) - neutral, shingles(text) - neutral
    both = (gold & got).total()
    thread = shingles(row.get("comments"))
    kept = (thread & (got - gold)).total() / thread.total() if thread.total() > 40 else None
    return both / got.total() if got else 0.0, both / gold.total() if gold else 1.0, kept


def cleaned(row):
    import corpusprep

    try:
        return corpusprep.clean(row.get("html") or row["text"], url=row.get("url")).text
    except Exception as error:  # noqa: BLE001  (a failure is a bad score, not the end of the run)
        print(f"{row['id']}: {type(error).__name__}: {error}", file=sys.stderr)
        return ""


def f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--headers", default="")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    given = None
    if args.predictions:
        given = {row["key"]: row["text"] for row in map(json.loads, args.predictions.open(encoding="utf-8"))}
    groups, languages = defaultdict(list), defaultdict(list)
    opened = gzip.open if args.pages.suffix == ".gz" else open
    with opened(args.pages, "rt", encoding="utf-8") as rows:
        for number, row in enumerate(map(json.loads, rows)):
            if args.limit and number >= args.limit:
                break
            if not row.get("gold_text"):
                continue
            kind = row.get("flattener", "html")
            scored = judge(row, cleaned(row) if given is None else given.get(f"{row['id']}/{kind}", ""), args.headers)
            for group in ("all", kind):
                groups[group].append(scored)
            languages[row.get("lang") or "?"].append(scored)
    for name, pages in groups.items():
        precision, recall = (sum(page[at] for page in pages) / len(pages) for at in (0, 1))
        kept = [page[2] for page in pages if page[2] is not None]
        comments = f"  comments kept {sum(kept) / len(kept):.3f} on {len(kept)}" if kept else ""
        print(
            f"{name:20s} pages {len(pages):5d}  f1 {f1(precision, recall):.4f}  precision {precision:.4f}  recall {recall:.4f}{comments}"
        )
    means = [f1(*(sum(page[at] for page in pages) / len(pages) for at in (0, 1))) for pages in languages.values()]
    print(f"languages {len(means)}  mean f1 {sum(means) / len(means):.4f}")


if __name__ == "__main__":
    main()

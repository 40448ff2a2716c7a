"""How fast clean() is, beside boilerpy3 and jusText in the same run: documents and characters per CPU second.

    pip install -e '.[bench]'
    python benchmarks/clean_speed.py [PAGES.jsonl[.gz]] [--limit 200] [--rounds 5]

PAGES holds a JSON object a line with "text" or "html"; without it, pages are made up. Each tool has the same documents: text goes to
boilerpy3 and jusText with each line as a <p>, since neither takes text. Rounds alternate between the tools; the median counts.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import logging
import random
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_WORDS = [
    "the",
    "harbour",
    "council",
    "of",
    "bridge",
    "and",
    "storm",
    "ferry",
    "market",
    "to",
    "school",
    "river",
    "a",
    "budget",
    "in",
    "tower",
    "orchard",
    "for",
    "signal",
    "museum",
    "was",
    "tram",
]
_LINES = (
    "Skip to content",
    "Share this story",
    "Related stories",
    "Subscribe to our newsletter",
    "Home | News | Sport | Weather",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="?", type=Path)
    parser.add_argument("--limit", type=int, default=200, help="documents of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # boilerpy3 has much to say of real pages
    texts, pages = _load(arguments.pages, arguments.limit)
    print(
        f"{'tool':<24} {'documents/s':>12} {'characters/s':>14} {'times':>7}   (CPU seconds, median of {arguments.rounds})"
    )
    for kind, documents in (("text", texts), ("html", pages)):
        if documents:
            _compare(kind, documents, arguments.rounds)


def _compare(kind: str, documents: Sequence[str], rounds: int) -> None:
    given = [_as_html(text) for text in documents] if kind == "text" else documents
    tools = {
        "corpusprep": (_corpusprep(), documents),
        "boilerpy3": (_boilerpy3(), given),
        "jusText": (_justext(), given),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tools}
    for round_ in range(rounds + 1):
        for name, (tool, own) in tools.items():
            start = time.process_time()
            for document in own:
                tool(document)
            if round_:  # the first one warms up
                seconds[name].append(time.process_time() - start)
    characters = sum(map(len, documents))
    slowest = statistics.median(seconds["boilerpy3"])
    for name, measured in seconds.items():
        median = statistics.median(measured)
        speed = f"{len(documents) / median:>12,.1f} {characters / median:>14,.0f} {slowest / median:>7.2f}"
        print(f"{kind + ', ' + name:<24} {speed}")


def _corpusprep() -> Callable[[str], object]:
    from corpusprep import clean

    return clean


def _boilerpy3() -> Callable[[str], object]:
    from boilerpy3.extractors import ArticleExtractor

    return ArticleExtractor(raise_on_failure=False).get_content


def _justext() -> Callable[[str], object]:
    import justext

    stop = justext.get_stoplist("English")
    return lambda page: justext.justext(page, stop)


def _as_html(text: str) -> str:
    return (
        "<html><body>"
        + "".join(f"<p>{html.escape(line)}</p>\n" for line in text.split("\n") if line.strip())
        + "</body></html>"
    )


def _load(path: Path | None, limit: int) -> tuple[list[str], list[str]]:
    if path is None:
        return list(_made_up(limit)), []
    found: dict[str, list[str]] = {"text": [], "html": []}
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            for kind, documents in found.items():
                if row.get(kind):
                    documents.append(row[kind])
    rng = random.Random(0)
    for documents in found.values():
        rng.shuffle(documents)
        del documents[limit:]
    return found["text"], found["html"]


def _made_up(count: int) -> Iterator[str]:
    rng = random.Random(0)
    for _ in range(count):
        lines = []
        for _ in range(rng.randrange(8, 30)):
            if rng.random() < 0.4:
                lines.append(rng.choice(_LINES))
            else:
                sentences = (
                    " ".join(rng.choices(_WORDS, k=rng.randrange(8, 25))).capitalize() + "."
                    for _ in range(rng.randrange(1, 5))
                )
                lines.append(" ".join(sentences))
        yield "\n\n".join(lines)


if __name__ == "__main__":
    main()

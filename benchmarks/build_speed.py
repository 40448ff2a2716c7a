"""A build, stage by stage, beside a plain loop and a datatrove pipeline over the same documents in the same run.

    pip install -e '.[bench]'
    python benchmarks/build_speed.py [PAGES.jsonl[.gz]] [--limit 500] [--without plain datatrove]

PAGES holds a JSON object a line with "html" or "text"; without it, pages of text are made up. All figures are CPU milliseconds per
document in one process, so other work on the machine hardly counts; start-up and imports are left out.

    plain loop  trafilatura (lines as <p> for text), langdetect, datasketch MinHash (128 permutations, words by five) with
                its LSH index, datasets.to_parquet
    datatrove   its Trafilatura extractor, C4 filter and MinHash signatures, called document by document without their
                worker processes; nothing is downloaded
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import html
import json
import logging
import random
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGES = ("read", "extract, clean", "language", "signatures", "copies", "write", "other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="?", type=Path)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many counts, for each tool")
    parser.add_argument("--without", nargs="*", default=[], choices=["plain", "datatrove"])
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = load(arguments.pages, arguments.limit)
    kind = "html" if "html" in pages[0] else "text"
    tools = {"corpusprep": corpusprep_build}
    tools |= {} if "plain" in arguments.without else {"plain loop": plain_loop}
    tools |= {} if "datatrove" in arguments.without else {"datatrove": datatrove}
    times: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        few, all_pages = (Path(folder, name, "pages.jsonl") for name in ("few", "all"))
        for path, some in ((few, pages[:3]), (all_pages, pages)):
            path.parent.mkdir()
            path.write_text(
                "".join(json.dumps({kind: page[kind], "url": page["url"]}) + "\n" for page in some), "utf-8"
            )
        for turn in range(arguments.rounds):
            for name, tool in tools.items():
                if not turn:
                    tool(few, kind)  # warms up
                found = tool(all_pages, kind)
                times[name] = min(times.get(name, found), found, key=lambda stages: sum(stages.values()))
    report(times, len(pages), kind)


def report(times: dict[str, dict[str, float]], documents: int, kind: str) -> None:
    print(f"{documents:,} documents of {kind}; CPU milliseconds per document")
    print(f"{'':<16}" + "".join(f"{name:>14}" for name in times))
    for stage in STAGES:
        cells = (
            f"{times[name][stage] / documents * 1000:>14.2f}" if stage in times[name] else f"{'':>14}" for name in times
        )
        print(f"{stage:<16}" + "".join(cells))
    totals = {name: sum(stages.values()) for name, stages in times.items()}
    print(f"{'total':<16}" + "".join(f"{total / documents * 1000:>14.2f}" for total in totals.values()))
    print(f"{'documents/s':<16}" + "".join(f"{documents / total:>14.1f}" for total in totals.values()))
    print(f"{'times':<16}" + "".join(f"{total / totals['corpusprep']:>14.2f}" for total in totals.values()))


class Clock:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextlib.contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[stage] += time.process_time() - start


def read(clock: Clock, path: Path) -> list[dict[str, str]]:
    with clock("read"), path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def corpusprep_build(path: Path, _: str) -> dict[str, float]:
    from corpusprep import articles, build
    from corpusprep.building import outcomes

    clock = Clock()
    names = {"render": "extract, clean", "learn": "extract, clean", "label": "extract, clean", "match": "copies"}
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:

        def note(progress) -> None:
            clock.seconds[names.get(progress.stage, progress.stage)] += progress.seconds

        identify, sign = articles.identify, outcomes.sign
        try:
            articles.identify = timed(clock, "language", identify)
            outcomes.sign = timed(clock, "signatures", sign)
            build(path, Path(folder, "dist"), name="speed", workers=0, progress=note)
        finally:
            articles.identify, outcomes.sign = identify, sign
    clock.seconds["extract, clean"] -= clock.seconds["language"] + clock.seconds["signatures"]
    clock.seconds["other"] = time.process_time() - start - sum(clock.seconds.values())
    return clock.seconds


def timed(clock: Clock, stage: str, function):
    def wrapped(*arguments, **more):
        with clock(stage):
            return function(*arguments, **more)

    return wrapped


def plain_loop(path: Path, kind: str) -> dict[str, float]:
    import langdetect
    import trafilatura
    from datasets import Dataset
    from datasketch import MinHash, MinHashLSH

    langdetect.DetectorFactory.seed = 0
    clock, rows = Clock(), []
    index = MinHashLSH(threshold=0.7, num_perm=128)
    for number, page in enumerate(read(clock, path)):
        with clock("extract, clean"):
            text = trafilatura.extract(page["html"] if kind == "html" else as_html(page["text"])) or ""
        with clock("language"):
            try:
                language = langdetect.detect(text)
            except langdetect.LangDetectException:
                language = "und"
        with clock("signatures"):
            words = text.lower().split()
            minhash = MinHash(num_perm=128)
            minhash.update_batch([" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))])
        with clock("copies"):
            if not index.query(minhash):
                index.insert(number, minhash)
                rows.append({"url": page["url"], "text": text, "language": language})
    with clock("write"), tempfile.TemporaryDirectory() as folder:
        Dataset.from_list(rows).to_parquet(str(Path(folder, "articles.parquet")))
    return clock.seconds


def datatrove(path: Path, kind: str) -> dict[str, float]:
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.filters import C4QualityFilter
    from datatrove.pipeline.writers import ParquetWriter

    clock, kept = Clock(), []
    with tempfile.TemporaryDirectory() as folder:
        extractor, quality = Trafilatura(), C4QualityFilter(filter_no_terminal_punct=False, min_num_sentences=-1)
        signature = MinhashDedupSignature(f"{folder}/signatures")
        for number, page in enumerate(read(clock, path)):
            with clock("extract, clean"):
                text = extractor.extract(page["html"] if kind == "html" else as_html(page["text"])) or ""
                document = Document(text=text, id=str(number), metadata={"url": page["url"]})
                good = quality.filter(document)
            if good is not True:
                continue
            with clock("signatures"):
                shingles = signature.get_shingles(document.text)
                if shingles.size:
                    signature.get_signature(shingles)
            kept.append(document)
        with clock("write"), ParquetWriter(f"{folder}/out") as writer:
            for document in kept:
                writer.write(document)
    return clock.seconds


def as_html(text: str) -> str:
    return (
        "<html><body>"
        + "".join(f"<p>{html.escape(line)}</p>\n" for line in text.split("\n") if line.strip())
        + "</body></html>"
    )


def load(path: Path | None, limit: int) -> list[dict[str, str]]:
    if path is None:
        return [{"url": f"https://made-up.example/{number}", "text": made_up(number)} for number in range(limit)]
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            kind = "html" if row.get("html") else "text"
            # Each its own address and a line of its own, so that pages of one site do not count as copies of each other.
            rows.append({"url": row.get("url") or f"https://made-up.example/{len(rows)}", kind: row[kind]})
    random.Random(0).shuffle(rows)
    return rows[:limit]


def made_up(number: int) -> str:
    """A page of text with furniture around invented sentences."""
    rng = random.Random(number)
    words = "the harbour council of bridge and storm ferry market to school river a budget in tower orchard for signal was tram".split()  # noqa: SIM905
    head = [
        "Skip to content",
        "Home | News | Sport",
        f"{rng.choice(words).title()} {rng.choice(words)} {number} again",
        "Share this story",
    ]
    body = [
        " ".join(
            " ".join(rng.choices(words, k=rng.randrange(8, 25))).capitalize() + "." for _ in range(rng.randrange(2, 5))
        )
        for _ in range(rng.randrange(5, 25))
    ]
    tail = [
        "Related stories",
        f"{rng.choice(words).title()} reopens",
        "Subscribe to our newsletter",
        "© 2024 The Courier",
    ]
    return "\n\n".join([*head, *body, *tail])


if __name__ == "__main__":
    main()

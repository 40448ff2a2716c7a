"""What a build costs after a little new input, beside a full one.

    python benchmarks/incremental.py [PAGES.jsonl[.gz]] [--limit 2000] [--new 1] [--how append|amid|files] [--workers 0]

PAGES holds a JSON object a line with "html" or "text"; without it, pages of a few sites are made up. The last --new percent of
them come later: appended to the file, amid the others, or each page is a file of its own. Prints CPU seconds, those of worker
processes included: start-up (a build of two pages), full, after the new input, after nothing new; each also by pass; and whether
the files are those of a full build, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import tempfile
from collections import Counter
from pathlib import Path

from build_speed import load, made_up

import corpusprep
from corpusprep.building import PASSES

SECTIONS = ("Politics", "Economy", "Culture", "Sport", "Harbour", "Weather")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="?", type=Path)
    parser.add_argument("--limit", type=int, default=2_000)
    parser.add_argument("--new", type=float, default=1.0)
    parser.add_argument("--how", choices=("append", "amid", "files"), default="append")
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    pages = load(arguments.pages, arguments.limit) if arguments.pages else invented(arguments.limit)
    later = round(len(pages) * arguments.new / 100) or 1
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), arguments.how, arguments.workers)
        runs.build("warm-up", pages[:2], 0, "warm")
        runs.build("start-up", pages[:2], 0, "small")
        runs.build("full", pages, later, "dist", "1.0.0")
        quick = runs.build(f"{later} more", pages, 0, "dist", "2.0.0")
        runs.build("nothing new", pages, 0, "dist")
        full = runs.build("full again", pages, 0, "other", "2.0.0")
        report(runs.seconds, len(pages))
        same = (quick.path / "SHA256SUMS").read_bytes() == (full.path / "SHA256SUMS").read_bytes()
        print("the bytes are those of a full build" if same else "THE BYTES DIFFER FROM THOSE OF A FULL BUILD")


class Runs:
    def __init__(self, folder: Path, how: str, workers: int) -> None:
        self.folder, self.how, self.workers = folder, how, workers
        self.seconds: dict[str, Counter[str]] = {}

    def build(self, label: str, pages: list[dict[str, str]], later: int, dist: str, version: str = "auto"):
        raw = self.folder / f"raw-{dist}"
        put(raw, pages, later, self.how)
        seconds: Counter[str] = Counter()
        start = cpu()
        built = corpusprep.build(
            raw,
            self.folder / dist,
            name="bench",
            version=version,
            workers=self.workers,
            progress=lambda one: seconds.update({one.stage: one.seconds}),
        )
        seconds["all"] = cpu() - start
        self.seconds[label] = seconds
        return built


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def report(seconds: dict[str, Counter[str]], count: int) -> None:
    print(f"{count:,} pages; CPU seconds")
    print(f"{'':<14}" + "".join(f"{name:>9}" for name in (*PASSES, "all", "of full")))
    start, full = seconds["start-up"]["all"], seconds["full"]["all"]
    for label, own in seconds.items():
        if label != "warm-up":
            share = (own["all"] - start) / (full - start)
            print(f"{label:<14}" + "".join(f"{own[name]:>9.2f}" for name in (*PASSES, "all")) + f"{share:>9.1%}")
    print("of full: less start-up, and a full build less start-up")


def put(raw: Path, pages: list[dict[str, str]], later: int, how: str) -> None:
    raw.mkdir(exist_ok=True)
    pages = pages[: len(pages) - later]
    if how == "files":
        for page in pages:
            kind = "html" if "html" in page else "txt"
            site, name = page["url"].split("/")[2], hashlib.sha256(page["url"].encode()).hexdigest()[:12]
            (raw / site).mkdir(exist_ok=True)
            path = raw / site / f"{name}.{kind}"
            if not path.exists():
                path.write_text(page.get("html") or page["text"], "utf-8")
        return
    if how == "amid":
        pages = sorted(pages, key=lambda page: hashlib.sha256(page["url"].encode()).digest())
    (raw / "pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages), "utf-8")


def invented(count: int) -> list[dict[str, str]]:
    """Pages of twelve sites, each with a menu and a foot of its own, and lines that some of its pages have."""
    found = []
    for number in range(count):
        rng = random.Random(f"page {number}")
        site = number % 12
        head = [
            f"The Courier of Pell {site}",
            " | ".join(SECTIONS),
            f"You are here: {rng.choice(SECTIONS)}, edition {site}",
        ]
        tail = [
            f"Written in Pell {site}, printed in Harl",
            "Letters to the editor",
            f"© 2024 The Courier of Pell {site}",
        ]
        some = [f"{rng.choice(SECTIONS)} has a letter of its own every week in {site}"] if rng.random() < 0.3 else []
        text = "\n\n".join([*head, made_up(number), *some, *tail])
        date = f"20{rng.randint(10, 23)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        found.append({"url": f"https://courier-{site}.example/{number}", "date": date, "text": text})
    return found


if __name__ == "__main__":
    main()

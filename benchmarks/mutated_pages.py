"""Broken and hostile pages, made from good ones: none may crash the cleaning, and none may take it longer than five seconds.

    python benchmarks/mutated_pages.py PAGES.jsonl[.gz] [--count 2000] [--seed N] [--seconds 5]
    python benchmarks/mutated_pages.py FOLDER ...                   # of .html files

A row of PAGES holds `html`. Prints what failed or took too long, the slowest pages by kind of damage, and the most memory that was in use.
The same seed makes the same pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path

TAG = re.compile(r"<[^<>]*>")


def truncated(rng, page, _):
    return page[: rng.randrange(len(page) + 1)]


def spliced(rng, page, other):
    return page[: rng.randrange(len(page) + 1)] + other[rng.randrange(len(other) + 1) :]


def shuffled(rng, page, _):
    tags, share = TAG.findall(page), rng.choice([0.05, 0.3, 1.0])
    places = [place for place in range(len(tags)) if rng.random() < share]
    moved = dict(zip(places, rng.sample(places, len(places)), strict=True))
    numbers = iter(range(len(tags)))
    return TAG.sub(lambda _: tags[moved.get(number := next(numbers), number)], page)


def unclosed(rng, page, _):
    share = rng.choice([0.1, 0.5, 1.0])
    return TAG.sub(lambda tag: "" if tag[0].startswith("</") and rng.random() < share else tag[0], page)


def bombed(rng, page, _):
    bombs = [
        "<p " + " ".join(f"a{number}=1" for number in range(30_000)) + ">",
        "<div class='" + "x" * 1_000_000 + "'>",
        "<div class='" + "comment related " * 50_000 + "'>",
        "<a href='data:" + "A" * 500_000,
        "<meta property=og:title content='" + "word " * 100_000 + "'>",
    ]
    return inserted(rng, page, rng.choice(bombs))


def nested(rng, page, _):
    tag = rng.choice(["div", "b", "font", "ul><li", "table><tr><td", "blockquote", "span class=x", "a", "article"])
    return inserted(rng, page, f"<{tag}>" * rng.choice([500, 5_000, 50_000]))


def flooded(rng, page, _):
    floods = [
        "&amp;",
        "&lt;p&gt;",
        "&#1234567;",
        "&nosuch;",
        "<br>",
        "<p>",
        "<p>x</p>",
        "<li>y",
        "<!--",
        "x",
        " ",
        "\u0301",
        "\x00",
        "<",
        ">",
    ]
    floods += ["<time>2011</time>", "<h1>a</h1>", "by Ann Ash ", "1/2/2003 ", "a.b@c.d ", "<table><tr><td>1</table>"]
    return inserted(rng, page, rng.choice(floods) * rng.choice([1_000, 10_000, 50_000]))


def repeated(rng, page, _):
    start = rng.randrange(len(page) + 1)
    return inserted(rng, page, page[start : start + rng.choice([500, 5_000, 50_000])] * rng.choice([2, 20, 60]))


def noisy(rng, page, _):
    raw = bytearray(page.encode("utf-8", "surrogatepass"))
    for _ in range(min(len(raw), rng.choice([10, 1_000, 20_000]))):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def left_open(rng, page, _):
    return inserted(
        rng,
        page,
        rng.choice(["<!--", "<script>", "<style>", "<![CDATA[", "<textarea>", "<title>", "<svg>", "<template>"]),
    )


KINDS = (truncated, spliced, shuffled, unclosed, bombed, nested, flooded, repeated, noisy, left_open)


def inserted(rng, page, what):
    place = rng.randrange(len(page) + 1)
    return page[:place] + what + page[place:]


def mutants(pages, count, seed=0):
    """(kind, page) so many times; one in five is damaged in two ways."""
    rng = random.Random(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        page = rng.choice(pages)
        if rng.random() < 0.2:
            page = rng.choice((truncated, spliced, shuffled, unclosed, repeated))(rng, page, rng.choice(pages))
        yield kind.__name__, kind(rng, page, rng.choice(pages))


def read(path):
    if path.is_dir():
        return [file.read_text("utf-8", "replace") for file in sorted(path.rglob("*.htm*"))]
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line)["html"] for line in file]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    import corpusprep

    corpusprep.clean("<p>The first page takes as long as the libraries take to load.</p>")
    faults, slow, slowest, refused = [], [], defaultdict(float), 0
    for number, (kind, page) in enumerate(mutants(read(args.pages), args.count, args.seed)):
        started = time.process_time()
        try:
            cleaned = corpusprep.clean(page)
            whole = "".join(cleaned.document.slice(span) for span in cleaned.spans)
            if whole != cleaned.document.text:
                faults.append((number, kind, "the spans do not tile the text"))
        except corpusprep.CorpusprepError:
            refused += 1
        except Exception as error:  # noqa: BLE001 - it is what is looked for
            faults.append((number, kind, f"{type(error).__name__}: {error}"))
        took = time.process_time() - started
        slowest[kind] = max(slowest[kind], took)
        if took > args.seconds:
            slow.append((number, kind, f"{took:.1f} s, {len(page):,} characters"))
            print(*slow[-1], flush=True)
    for fault in faults:
        print(*fault)
    print("slowest, in CPU seconds: " + ", ".join(f"{kind} {took:.2f}" for kind, took in sorted(slowest.items())))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{args.count} pages: {len(faults)} crashed, {len(slow)} took more than {args.seconds:g} s, {refused} were refused; {memory:,.0f} MB at most"
    )
    sys.exit(bool(faults or slow))


if __name__ == "__main__":
    main()

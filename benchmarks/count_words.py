"""Count words per language: the data of corpusprep/cleaners/frequencies, by which cohesion weighs words.

    python benchmarks/count_words.py OUT FILE.jsonl.gz...

Each row of the files has a text (`gold_text` or `text`) and perhaps its language (`lang`; English if it has none). A file of more
than a million words is thinned, so that no single source decides what is rare. Only words counted at least `--least` times are
kept, the `--most` commonest of each language.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import re
from pathlib import Path

_TERM = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_THIN = 1_000_000


def terms(text: str) -> list[str]:
    """Words in lower case; pairs of neighbouring characters in scripts without spaces."""
    found: list[str] = []
    for run in _TERM.findall(text.lower()):
        if _UNSPACED.match(run):
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run)
    return found


def count(files: list[Path]) -> dict[str, collections.Counter[str]]:
    counts: dict[str, collections.Counter[str]] = {}
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            documents = [json.loads(row) for row in rows]
        texts = [(row.get("lang") or "en", row.get("gold_text") or row.get("text") or "") for row in documents]
        words = sum(len(text.split()) for _, text in texts)
        for language, text in texts[:: max(1, round(words / (_THIN / 4)))] if words > _THIN else texts:
            counts.setdefault(language, collections.Counter()).update(terms(text))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--least", type=int, default=3)
    parser.add_argument("--most", type=int, default=5000)
    parser.add_argument("--total", type=int, default=4000, help="leave out languages with fewer words in all")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for language, counter in sorted(count(arguments.files).items()):
        ranked = sorted(
            ((n, term) for term, n in counter.items() if n >= arguments.least), key=lambda row: (-row[0], row[1])
        )
        total = counter.total()
        if total < arguments.total:
            continue
        lines = [f"term\t{total}", *(f"{term}\t{n}" for n, term in ranked[: arguments.most])]
        (arguments.out / f"{language}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(language, total, len(lines) - 1)


if __name__ == "__main__":
    main()

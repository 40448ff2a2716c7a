"""How many second stories are found, and how many single ones are cut.

    python benchmarks/second_stories.py WIRE.jsonl.gz PAGES.jsonl.gz FLATTENED.jsonl.gz [--models FOLDER] [--every N] [--workers N]

Documents with and without a second story are put together from the rows of the files (splices.py, singles.py) and cleaned. With
`--models`, each is judged by the model that was fitted without its fold (benchmarks/fit_appended.py --models). Prints, for each kind:

found        second stories begun between the last paragraph of the one before and their own first
cut          single stories that lose a paragraph to another story (`any`: in which any other story is said to begin, be it in the thread)
kept         share of the second story's words that stay in the text of the first
F1           of the first story's words: precision, recall by document, F1 of their means
lost         share of the paragraphs of single clean stories that are not in the text
"""

from __future__ import annotations

import argparse
import collections
import json
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

from fit_appended import cases

from corpusprep.cleaners import boundaries
from corpusprep.cleaning import clean_document
from corpusprep.document import Cleaned, Label
from corpusprep.render.text import render_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from splices import Case

LONG = 8
"""Words of a line that counts as a paragraph."""


@dataclass(frozen=True)
class Result:
    """Of one document: its number; stories found of how many; whether it was cut, and where it hurts; words kept and in all.

    first, second: words of the first story and of the others, as (kept, all). paragraphs: of a single story, as (lost, all).
    """

    number: int
    found: int
    cut: bool
    hurt: bool
    first: tuple[int, int]
    second: tuple[int, int]
    other: int
    paragraphs: tuple[int, int]


def judge(number: int, case: Case) -> Result:
    """Clean a document and compare."""
    text = "\n\n".join(line.text for line in case.lines)
    cleaned = clean_document(render_text(text))
    stories, kept = _verdicts(cleaned, case)
    size = [len(line.text.split()) for line in case.lines]
    body = [index for index, line in enumerate(case.lines) if line.role == "body"]
    own = [index for index in body if not case.lines[index].story]
    others = [index for index in body if case.lines[index].story]
    paragraphs = [index for index in own if size[index] >= LONG and index]  # the first line is the headline
    lost = [index for index in paragraphs if not kept[index]]
    return Result(
        number,
        sum(_is_found(case, stories, body, number) for number in range(1, len(case.starts) + 1)),
        cut=max(stories, default=0) > 0,
        hurt=any(stories[index] and size[index] >= LONG for index in own),
        first=(sum(size[index] for index in own if kept[index]), sum(size[index] for index in own)),
        second=(sum(size[index] for index in others if kept[index]), sum(size[index] for index in others)),
        other=sum(size[index] for index, line in enumerate(case.lines) if kept[index] and line.role != "body"),
        paragraphs=(len(lost), len(paragraphs)),
    )


def _verdicts(cleaned: Cleaned, case: Case) -> tuple[list[int], list[bool]]:
    """By line, the story it was given to, and whether it stays in the text of the first."""
    spans = iter(cleaned.spans)
    span = next(spans)
    stories, kept, at = [], [], 0
    for line in case.lines:
        middle = at + len(line.text) // 2
        while span.end <= middle:
            span = next(spans)
        stories.append(span.story)
        kept.append(span.label is Label.BODY and not span.story)
        at += len(line.text) + 2
    return stories, kept


def _is_found(case: Case, stories: Sequence[int], body: Sequence[int], number: int) -> bool:
    before = [
        index for index in body if case.lines[index].story == number - 1 and _is_paragraph(case.lines[index].text)
    ]
    after = [index for index in body if case.lines[index].story == number and _is_paragraph(case.lines[index].text)]
    return bool(before and after) and stories[before[-1]] < stories[after[0]] and stories[before[-1]] <= number - 1


def _is_paragraph(text: str) -> bool:
    words = len(text.split())
    return (
        words >= 18
        or (words >= LONG and text.rstrip()[-1:] in '.!?…"”’)')
        or (len(text) >= 40 and text[-1] in "。！？")
    )


@cache
def fold_model(folder: str, fold: int) -> boundaries.Model:
    """The model that was fitted without a fold."""
    return boundaries.read_model(json.loads((Path(folder) / f"fold{fold}.json").read_text(encoding="utf-8")))


def work(task: tuple[int, Case, str]) -> Result:
    number, case, folder = task
    if folder:
        boundaries.fitted = lambda: fold_model(folder, case.fold)
    return judge(number, case)


def _kinds(case: Case) -> Iterable[str]:
    source, *rest = case.kind.split("/")
    if not case.starts:
        return (
            "single",
            f"single {'made' if rest[0] not in ('single', 'flattened') else rest[0]}",
            f"single {case.kind}",
        )
    return ("spliced", f"spliced {source}", *(f"spliced {source} {part}" for part in rest))


def report(results: Sequence[Result], made_of: Sequence[Case]) -> None:
    groups: dict[str, list[Result]] = collections.defaultdict(list)
    for result in results:
        for kind in _kinds(made_of[result.number]):
            groups[kind].append(result)
    for kind, some in sorted(groups.items()):
        if kind.startswith("single"):
            lost, paragraphs = (sum(each.paragraphs[i] for each in some) for i in (0, 1))
            cut, hurt = sum(each.cut for each in some), sum(each.hurt for each in some)
            print(
                f"{kind:28s} {len(some):6d}  cut {hurt / len(some):.4f}  any {cut / len(some):.4f}  lost {lost / max(paragraphs, 1):.4f}"
            )
        else:
            starts = sum(len(made_of[each.number].starts) for each in some)
            second = sum(each.second[0] for each in some) / sum(each.second[1] for each in some)
            precision = sum(each.first[0] / max(each.first[0] + each.second[0] + each.other, 1) for each in some) / len(
                some
            )
            recall = sum(each.first[0] / max(each.first[1], 1) for each in some) / len(some)
            f1 = 2 * precision * recall / (precision + recall)
            print(
                f"{kind:28s} {len(some):6d}  found {sum(each.found for each in some) / starts:.3f}  kept {second:.3f}  F1 {f1:.3f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wire", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("flattened", type=Path)
    parser.add_argument("--models", default="", help="folder of the models of the folds")
    parser.add_argument("--every", type=int, default=1, help="only every Nth document")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    made_of = cases(arguments.wire, arguments.pages, arguments.flattened)
    tasks = [(number, case, arguments.models) for number, case in enumerate(made_of) if case.lines][:: arguments.every]
    with Pool(arguments.workers) as pool:
        report(pool.map(work, tasks, 32), made_of)


if __name__ == "__main__":
    main()

r"""How well documents are cleaned, against documents labelled by hand.

A labelled document is a text and NAME.labels.json: {"document": path, "labels": [[line, label], ...]}, one label for each line
that is not blank, lines split at "\n" and counted from 1, the path relative to the labels. A line of another story is labelled
"appended". forgive.json beside it may name further labels that are right, too: {"NAME.txt": [[line, [label, ...]], ...]}.
Documents are decoded as a build decodes them, mojibake repaired.
"""

from __future__ import annotations

import collections
import difflib
import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from corpusprep.cleaning import clean_document
from corpusprep.config import Config
from corpusprep.document import GROUPS, Label
from corpusprep.edge import Failure, attempt
from corpusprep.errors import InputError
from corpusprep.render import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from corpusprep.document import Cleaned

__all__ = [
    "LABELS",
    "Evaluation",
    "Figures",
    "Judged",
    "Labelled",
    "Line",
    "evaluate",
    "figures",
    "judge",
    "judge_range",
    "labelled_documents",
]

LABELS: tuple[str, ...] = (*(label.value for label in Label), "appended")
"""What a line may be labelled."""

_T = TypeVar("_T")
DEFAULT = Config()
_FORM = "docs/cleaning.md tells the form, under Labelled documents"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document labelled by hand.

    name: of its labels below the folder that was read, without the ending; labels: (line, label), lines counted from 1;
    also: by line, further labels that are right; source: the file of the labels.
    """

    name: str
    source: Path
    document: Path
    labels: tuple[tuple[int, str], ...]
    also: Mapping[int, frozenset[str]]

    @property
    def accepted(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each labelled line with all labels that are right, gold's own first."""
        return ((number, (want, *sorted(self.also.get(number, ())))) for number, want in self.labels)

    @property
    def payload(self) -> bytes:
        """The document's bytes; raises InputError where there is no such file."""
        try:
            return self.document.read_bytes()
        except OSError as error:
            what = f"its document {self.document} cannot be read ({error.strerror})"
            raise InputError(what, where=str(self.source), do="`document` is a path relative to the labels") from None


@dataclass(frozen=True, slots=True)
class Line:
    """A judged line: the label that gold wants and all that it accepts, and the label that most of the line got.

    size, kept: characters that are no white space, in all and kept.
    """

    number: int
    text: str
    want: str
    accepted: frozenset[str]
    got: str
    size: int
    kept: int

    @property
    def either_way(self) -> bool:
        """Whether it is as right to keep the line as to drop it."""
        return self.want == "subtitle" or ("body" in self.accepted and len(self.accepted) > 1)

    @property
    def wrong(self) -> bool:
        """Kept though gold drops it, or the other way round."""
        return not self.either_way and (self.want == "body") != (self.kept * 2 > self.size)

    def __str__(self) -> str:
        return f"line {self.number}: gold {self.want}, got {self.got or 'nothing'}: {self.text.strip()[:90]}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A document with its judged lines. `failure` says why it could not be cleaned, which counts as all wrong."""

    name: str
    lines: tuple[Line, ...]
    failure: str = ""

    @property
    def precision(self) -> float:
        """Body among the characters kept; 0 where none were."""
        kept, _, both = self._characters()
        return both / kept if kept else 0.0

    @property
    def recall(self) -> float:
        """Characters kept of the body; 1 where there is none."""
        _, body, both = self._characters()
        return both / body if body else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        precision, recall = self.precision, self.recall
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    @property
    def wrong(self) -> tuple[Line, ...]:
        """The lines that were kept or dropped against gold."""
        return tuple(line for line in self.lines if line.wrong)

    def _characters(self) -> tuple[int, int, int]:
        counted = [line for line in self.lines if not line.either_way]
        body = [line for line in counted if line.want == "body"]
        return sum(line.kept for line in counted), sum(line.size for line in body), sum(line.kept for line in body)


@dataclass(frozen=True, slots=True)
class Figures:
    """How well some documents were cleaned, all but the first from 0 to 1.

    documents: their number. precision, recall, f1: in characters that are no white space, means over documents. exact: share of
    documents without a wrong line. labels, groups: share of lines with a right label, or one of the right group.
    leaked: by label in gold, the share of its characters that were kept.
    """

    documents: int
    f1: float
    precision: float
    recall: float
    exact: float
    labels: float
    groups: float
    leaked: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judged documents of a folder, sorted by name."""

    documents: tuple[Judged, ...]

    @property
    def figures(self) -> Figures:
        """Of all documents."""
        return figures(self.documents)

    @property
    def folders(self) -> dict[str, Figures]:
        """By top folder, "." for the documents that lie in none."""
        found: dict[str, list[Judged]] = {}
        for judged in self.documents:
            top, slash, _ = judged.name.partition("/")
            found.setdefault(top if slash else ".", []).append(judged)
        return {folder: figures(documents) for folder, documents in sorted(found.items())}

    def worst(self, count: int) -> tuple[Judged, ...]:
        """The documents of lowest F1."""
        return tuple(sorted(self.documents, key=lambda judged: judged.f1)[:count])


def evaluate(folder: str | Path, *, config: Config | None = None) -> Evaluation:
    """Clean every labelled document below a folder and judge it line by line.

    Raises InputError where there are none, and for labels that cannot be meant: an unknown label, a line that is not there.
    """
    return Evaluation(tuple(_judged(labelled, config or DEFAULT) for labelled in labelled_documents(folder)))


def labelled_documents(folder: str | Path) -> Iterator[Labelled]:
    """Read the labels of every document below a folder, in the order of their paths; raises InputError as `evaluate` does."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("no such folder", where=str(folder), do="name one that holds *.labels.json files")
    paths = sorted(folder.rglob("*.labels.json"))
    if not paths:
        raise InputError("no labels found", where=str(folder), do="each document needs a NAME.labels.json")
    for path in paths:
        yield _read(path, path.relative_to(folder).as_posix().removesuffix(".labels.json"))


def judge(labelled: Labelled, cleaned: Cleaned) -> tuple[Line, ...]:
    """What each labelled line got; raises InputError for a line that the document does not have."""
    starts = [0]
    for line in cleaned.document.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    judged = []
    for number, accepted in labelled.accepted:
        if not 1 <= number < len(starts):
            what = f"a label for line {number}, but {labelled.document.name} has {len(starts) - 1:,} lines"
            raise InputError(what, where=str(labelled.source), do='lines are split at "\\n" and counted from 1')
        judged.append(judge_range(cleaned, (starts[number - 1], starts[number] - 1), number, accepted))
    return tuple(judged)


def judge_range(cleaned: Cleaned, place: tuple[int, int], number: int, accepted: Sequence[str]) -> Line:
    """What a stretch of a document got; `place` are its offsets, the first of the accepted labels is gold's own."""
    start, end = place
    text, spans = cleaned.document.text, cleaned.spans
    first = bisect_right(spans, start, key=lambda span: span.end)
    got: collections.Counter[str] = collections.Counter()
    for span in spans[first : bisect_left(spans, end, key=lambda span: span.start)]:
        inside = text[max(span.start, start) : min(span.end, end)]
        if solid := "".join(inside.split()):
            got["appended" if span.story else span.label.value] += len(solid)
    most = got.most_common(1)[0][0] if got else ""
    return Line(number, text[start:end], accepted[0], frozenset(accepted), most, got.total(), got["body"])


def figures(documents: Sequence[Judged]) -> Figures:
    """The figures of some documents, at least one."""
    count = len(documents)
    lines = [line for judged in documents for line in judged.lines]
    sizes: collections.Counter[str] = collections.Counter()
    kept: collections.Counter[str] = collections.Counter()
    for line in lines:
        sizes[line.want] += line.size
        kept[line.want] += line.kept
    return Figures(
        documents=count,
        f1=sum(judged.f1 for judged in documents) / count,
        precision=sum(judged.precision for judged in documents) / count,
        recall=sum(judged.recall for judged in documents) / count,
        exact=sum(not judged.wrong for judged in documents) / count,
        labels=sum(line.got in line.accepted for line in lines) / max(len(lines), 1),
        groups=sum(_group(line.got) in {_group(label) for label in line.accepted} for line in lines)
        / max(len(lines), 1),
        leaked={label: kept[label] / max(sizes[label], 1) for label in sorted(sizes) if label != "body"},
    )


def _group(label: str) -> str:
    return GROUPS[Label(label)] if label in GROUPS else label


def _judged(labelled: Labelled, config: Config) -> Judged:
    payload = labelled.payload
    cleaned = attempt(lambda: clean_document(render(payload), config=config))
    if not isinstance(cleaned, Failure):
        return Judged(labelled.name, judge(labelled, cleaned))
    # What cannot be cleaned is the worst result, not the end of the run.
    lines = tuple(Line(number, "", labels[0], frozenset(labels), "", 1, 0) for number, labels in labelled.accepted)
    return Judged(labelled.name, lines, f"{cleaned.reason} {cleaned.detail}".strip())


def _read(path: Path, name: str) -> Labelled:
    table = _json(path)
    labels = _shaped(path, lambda: tuple((int(number), str(label)) for number, label in table["labels"]))
    document = path.parent / _shaped(path, lambda: str(table["document"]))
    _check(path, labels)
    forgive = path.with_name("forgive.json")
    also: dict[int, frozenset[str]] = {}
    if forgive.exists():
        forgiven = _json(forgive)
        also = _shaped(forgive, lambda: {int(line): frozenset(more) for line, more in forgiven.get(document.name, ())})
        _check(forgive, ((number, label) for number, more in also.items() for label in sorted(more)))
    return Labelled(name, path, document.resolve(), labels, also)


def _check(path: Path, labels: Iterable[tuple[int, str]]) -> None:
    for number, label in labels:
        if label not in LABELS:
            near = difflib.get_close_matches(label, LABELS, n=1)
            do = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(LABELS)}"
            raise InputError(f"line {number} is labelled {label!r}, which is no label", where=str(path), do=do)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON ({error})", where=str(path), do=_FORM) from None


def _shaped(path: Path, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError("not in the form of such a file", where=str(path), do=_FORM) from None

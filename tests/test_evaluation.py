from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from corpusprep.cleaners.registry import BUILT_IN
from corpusprep.cli import cli
from corpusprep.config import from_mapping
from corpusprep.errors import InputError
from corpusprep.evaluation import evaluate

# With no cleaner but the user's own phrases, what becomes of a line is plain to see.
ONLY_PHRASES = {
    "disable": [name for name in BUILT_IN if name != "own_phrases"],
    "phrases": {"promo": ["buy now"], "navigation": ["menu"], "comments": ["says the crowd"]},
}
CONFIG = from_mapping({"clean": ONLY_PHRASES})


def write(folder, name, lines, **more):
    """A document of labelled lines, each a block of its own."""
    path = folder / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(text for _, text in lines), encoding="utf-8")
    labels = [[2 * index + 1, label] for index, (label, _) in enumerate(lines)]
    table = {"document": path.name, "labels": labels} | more
    path.with_name(f"{path.name.removesuffix('.txt')}.labels.json").write_text(json.dumps(table), encoding="utf-8")


def test_characters_lines_and_labels_are_counted(tmp_path):
    write(
        tmp_path,
        "mill",
        [
            ("title", "menu"),  # dropped with another label
            ("body", "ten letters"),
            ("body", "buy now!!"),  # lost: 8 characters
            ("promo", "five5"),  # kept: 5 characters
            ("promo", "buy now"),
            ("appended", "says the crowd"),
        ],
    )
    judged = evaluate(tmp_path, config=CONFIG)
    figures = judged.figures
    assert figures.precision == pytest.approx(10 / 15)
    assert figures.recall == pytest.approx(10 / 18)
    assert figures.f1 == pytest.approx(2 * 10 / (15 + 18))
    assert (figures.documents, figures.exact) == (1, 0)
    assert figures.labels == pytest.approx(2 / 6)
    assert figures.groups == pytest.approx(2 / 6)
    assert figures.leaked == {"appended": 0, "promo": pytest.approx(5 / 11), "title": 0}
    assert [str(line) for line in judged.documents[0].wrong] == [
        "line 5: gold body, got promo: buy now!!",
        "line 7: gold promo, got body: five5",
    ]


def test_the_right_group_counts_apart_from_the_right_label(tmp_path):
    write(tmp_path, "mill", [("related", "menu"), ("comments", "menu"), ("body", "x")])
    figures = evaluate(tmp_path, config=CONFIG).figures
    assert (figures.labels, figures.groups) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_subtitles_and_forgiven_lines_are_right_either_way(tmp_path):
    write(tmp_path, "mill", [("subtitle", "A deck"), ("promo", "Our thanks"), ("comments", "menu"), ("body", "x")])
    (tmp_path / "forgive.json").write_text(json.dumps({"mill.txt": [[3, ["body"]], [5, ["navigation"]]]}))
    figures = evaluate(tmp_path, config=CONFIG).figures
    assert (figures.f1, figures.exact) == (1, 1)
    assert figures.labels == pytest.approx(3 / 4)


def test_figures_are_means_over_documents_and_come_by_folder(tmp_path):
    write(tmp_path, "a/long", [("body", "x" * 1000), ("body", "y" * 1000)])
    write(tmp_path, "a/b/short", [("promo", "kept"), ("body", "kept")])
    write(tmp_path, "alone", [("body", "menu")])
    judged = evaluate(tmp_path, config=CONFIG)
    assert [document.name for document in judged.documents] == ["a/b/short", "a/long", "alone"]
    assert judged.figures.precision == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert judged.figures.recall == pytest.approx((1 + 1 + 0) / 3)
    assert {folder: figures.documents for folder, figures in judged.folders.items()} == {"a": 2, ".": 1}
    assert judged.folders["a"].precision == pytest.approx(3 / 4)
    assert [document.name for document in judged.worst(2)] == ["alone", "a/b/short"]


def test_the_document_may_lie_elsewhere(tmp_path):
    write(tmp_path / "gold", "mill", [("body", "some words")], document="../raw/mill.txt")
    (tmp_path / "raw").mkdir()
    (tmp_path / "gold" / "mill.txt").rename(tmp_path / "raw" / "mill.txt")
    assert evaluate(tmp_path / "gold", config=CONFIG).figures.f1 == 1


def test_a_document_that_cannot_be_cleaned_is_all_wrong(tmp_path):
    write(tmp_path, "mill", [("body", "some words"), ("promo", "five5")])
    table = {"clean": {"disable": list(BUILT_IN), "cleaners": ["own_cleaners_that_fail:fail"]}}
    (tmp_path / "own_cleaners_that_fail.py").write_text("def fail(context):\n    raise ValueError('a fault')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        judged = evaluate(tmp_path, config=from_mapping(table))
    assert judged.documents[0].failure == "internal-error ValueError: a fault"
    assert (judged.figures.f1, judged.figures.labels, judged.figures.leaked) == (0, 0, {"promo": 0})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ('{"document": "mill.txt", "labels": [[1, "boddy"]]}', "'boddy', which is no label; did you mean 'body'?"),
        ('{"document": "mill.txt", "labels": [[1, "x"]]}', "choose from body, title"),
        ('{"document": "mill.txt", "labels": [[4, "body"]]}', "line 4, but mill.txt has 3 lines"),
        ('{"document": "mill.txt", "labels": [[0, "body"]]}', "line 0, but mill.txt has 3 lines"),
        ('{"document": "inn.txt", "labels": []}', "inn.txt cannot be read"),
        ('{"document": "mill.txt"}', "not in the form"),
        ('{"document": "mill.txt", "labels": [1]}', "not in the form"),
        ("[", "cannot be read as JSON"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused(tmp_path, labels, message):
    write(tmp_path, "mill", [("body", "some words"), ("body", "more words")])
    (tmp_path / "mill.labels.json").write_text(labels)
    with pytest.raises(InputError, match=r"mill\.labels\.json: ") as error:
        evaluate(tmp_path, config=CONFIG)
    assert message in str(error.value)


def test_forgiven_labels_are_checked_too(tmp_path):
    write(tmp_path, "mill", [("body", "some words")])
    (tmp_path / "forgive.json").write_text('{"mill.txt": [[1, ["titel"]]]}')
    with pytest.raises(InputError, match=r"forgive\.json: .*did you mean 'title'"):
        evaluate(tmp_path, config=CONFIG)


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(InputError, match="no labels found"):
        evaluate(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        evaluate(tmp_path / "nowhere")


def command(*arguments):
    result = CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])
    if result.exception:
        raise result.exception
    return result.output


def settings(tmp_path):
    path = tmp_path / "corpusprep.toml"
    path.write_text(f"[clean]\ndisable = {ONLY_PHRASES['disable']}\n[clean.phrases]\npromo = ['buy now']\n")
    return path


def test_the_command_tells_figures_folders_and_the_worst_lines(tmp_path):
    write(tmp_path / "gold", "north/mill", [("body", "ten letters"), ("promo", "five5")])
    write(tmp_path / "gold", "south/inn", [("body", "ten letters"), ("promo", "buy now")])
    shown = command(tmp_path / "gold", "--worst", 1, "--config", settings(tmp_path))
    table = [line.split() for line in shown.splitlines()]
    assert table[1:4] == [
        ["north", "1", "0.8000", "0.6667", "1.0000", "0.0000", "0.5000", "0.5000"],
        ["south", "1", "1.0000", "1.0000", "1.0000", "1.0000", "1.0000", "1.0000"],
        ["all", "2", "0.9000", "0.8333", "1.0000", "0.5000", "0.7500", "0.7500"],
    ]
    assert "promo 0.455" in shown
    assert shown.splitlines()[-2:] == [
        "north/mill  f1 0.8000  precision 0.6667  recall 1.0000",
        "  line 3: gold promo, got body: five5",
    ]


def test_the_command_tells_the_same_to_machines(tmp_path):
    write(tmp_path / "gold", "mill", [("body", "ten letters"), ("promo", "five5")])
    told = json.loads(command(tmp_path / "gold", "--worst", 3, "--json", "--config", settings(tmp_path)))
    figures = evaluate(tmp_path / "gold", config=CONFIG).figures
    assert {name: told[name] for name in asdict(figures)} == asdict(figures)
    assert told["folders"] == {".": asdict(figures)}
    assert [(one["document"], one["wrong"]) for one in told["worst"]] == [
        ("mill", [{"line": 3, "gold": "promo", "got": "body", "text": "five5"}])
    ]

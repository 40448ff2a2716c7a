"""docs/dedupe.md says what the code does: constants, relations, columns, commands, the sample."""

import importlib
import re
import runpy
from fractions import Fraction
from pathlib import Path

import pytest

from corpusprep.cli import cli
from corpusprep.deduping.relations import Relation
from corpusprep.deduping.reports import COPIES

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "dedupe.md").read_text("utf-8")


def rows(heading):
    part = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
    ]
    return cells[2:]


@pytest.mark.parametrize(("name", "value"), [row[:2] for row in rows("Constants")])
def test_constants(name, value):
    module, _, constant = name.partition(".")
    real = getattr(importlib.import_module(f"corpusprep.deduping.{module}"), constant)
    if isinstance(real, str):
        assert value == f'"{real}"'
    else:
        assert float(Fraction(value.replace(" ", ""))) == pytest.approx(real)


def test_relations():
    assert [row[0] for row in rows("Relations")] == [item.label for item in Relation if item.label != "none"]


def test_columns():
    told = [name.strip() for row in rows("What a row says") for name in row[0].split(",")]
    assert told == COPIES.names


def test_commands():
    command = cli.commands["dedupe"]
    known = {option for parameter in command.params for option in parameter.opts}
    used = re.findall(r"^corpusprep dedupe (.*?)(?:  #.*)?$", GUIDE, re.MULTILINE)
    assert used
    assert {word for line in used for word in line.split() if word.startswith("--")} <= known


def test_the_sample(tmp_path, capsys):
    code, _, rest = GUIDE.partition("```python\n")[2].partition("```")
    lines = [line.strip() for line in rest.partition("\n\n")[2].partition("\n\n")[0].splitlines()]
    sample = tmp_path / "sample.py"
    sample.write_text(code, "utf-8")
    runpy.run_path(str(sample))
    assert capsys.readouterr().out.splitlines() == lines


def test_plots_are_there():
    for name in re.findall(r"\]\(([^)#:]+)\)", GUIDE):
        assert (DOCS / name).exists()

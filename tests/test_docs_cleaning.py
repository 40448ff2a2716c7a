"""docs/cleaning.md says what the cleaners do: each cleaner, each reason, samples that come out as shown."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import corpusprep
from corpusprep.cleaners import chrome
from corpusprep.cleaners.registry import BUILT_IN, GROUP
from corpusprep.cleaning import clean_document
from corpusprep.config import from_mapping
from corpusprep.document import GROUPS, Label
from corpusprep.render import render

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "cleaning.md").read_text("utf-8")
SECTIONS = {name: GUIDE.partition(f"\n### {name}\n")[2].partition("\n##")[0] for name in BUILT_IN}
REASON_AT = {"claim": 2, "claim_range": 2, "Claim": 3}


def told():
    """The reasons that the tables of the guide explain, by cleaner."""
    return {
        name: set(re.findall(r"^\| ([a-z]+(?:-[a-z]+)*) \| ", section, re.MULTILINE)) - {"reason"}
        for name, section in SECTIONS.items()
    }


def reasons_in(path):
    """The reasons that the claims of a module bear. They must stand there in so many letters, so that they can be looked up."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in REASON_AT or path.stem == "context":
            continue
        named = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
        reason = named[0] if named else node.args[REASON_AT[name]]
        if isinstance(reason, ast.JoinedStr):
            assert ast.unparse(reason) == "f'phrase-{name}'", path
            yield from (f"phrase-{kind}" for kind in chrome._LABELS)
        else:
            assert isinstance(reason, ast.Constant), f"{path.name}: write the reason of a claim as a literal"
            yield reason.value


def test_each_reason_is_explained_and_none_that_is_not_there():
    folder = ROOT / "corpusprep" / "cleaners"
    given = {reason for path in sorted(folder.glob("*.py")) for reason in reasons_in(path)}
    assert set().union(*told().values()) == given
    unclaimed = set(reasons_in(ROOT / "corpusprep" / "cleaning.py"))
    assert all(f"`{reason}`" in GUIDE for reason in unclaimed)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_cleaner_is_explained_with_its_own_reasons(name):
    assert set(reasons_in(ROOT / "corpusprep" / "cleaners" / f"{name}.py")) <= told()[name]


def test_each_label_is_explained_with_its_group():
    table = GUIDE.partition("\n## Labels\n")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| (\w+) \| .* \| (\w+) \|$", table, re.MULTILINE)) == {
        "label": "group",
        **{label.value: GROUPS[label] for label in Label},
    }


@pytest.mark.parametrize("sample", re.findall(r"```labelled\n(.*?)```", GUIDE, re.DOTALL), ids=lambda text: text[12:40])
def test_the_samples_come_out_as_shown(sample):
    shown = [line.split(maxsplit=1) for line in sample.splitlines()]
    cleaned = corpusprep.clean("\n".join(text for _, text in shown))
    assert [[span.label.value, cleaned.document.slice(span).strip()] for span in cleaned.spans] == shown


def test_the_sample_cleaner_runs(tmp_path):
    (tmp_path / "newsroom.py").write_text(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0], encoding="utf-8")
    page = render("The ferry left at noon with forty people and one goat aboard.\n\nBrought to you by Goat & Sons")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        cleaned = clean_document(page, config=from_mapping({"clean": {"cleaners": ["newsroom:house_ads"]}}))
    assert (cleaned.spans[-1].label, cleaned.spans[-1].reason) == ("promo", "house-opening")


def test_the_sample_phrases_are_a_config():
    table = tomllib.loads(re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[0])
    assert from_mapping(table).clean.phrases["promo"][0] == "Support our newsroom"


def test_the_entry_points_are_the_built_in_cleaners():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"][GROUP] == BUILT_IN


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([\w-]+)\)", GUIDE))))
def test_links_within_the_guide_lead_somewhere(anchor):
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)}
    assert anchor in headings

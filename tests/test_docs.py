"""What the documents say is what the code does: commands, settings, reasons, examples."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest

from corpusprep.cli import cli
from corpusprep.config import Config
from corpusprep.criterion import REASONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "configuration.md").read_text("utf-8")


def settings():
    config = Config()
    for section in fields(config):
        table = getattr(config, section.name)
        for key in fields(table):
            yield section.name, key.name, getattr(table, key.name)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme(name):
    assert f"corpusprep {name}" in README


def test_every_command_line_of_the_readme_exists():
    lines = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
    used = [re.sub(r"\s+#.*", "", line).split() for line in lines if line.startswith("corpusprep ")]
    inline = [code.split() for code in re.findall(r"`(corpusprep [^`]+)`", README)]
    for _, name, *rest in [*used, *inline]:
        command = cli.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_takes_json_and_says_what_it_does(name):
    command = cli.commands[name]
    assert "--json" in {option for parameter in command.params for option in parameter.opts}
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name == "form" or parameter.name in ("name", "config")


@pytest.mark.parametrize(("section", "key", "default"), list(settings()), ids=lambda value: str(value)[:20])
def test_every_setting_is_documented_with_its_default(section, key, default):
    part = SETTINGS.partition(f"## [{section}]")[2].partition("\n## ")[0]
    match = re.search(rf"^\| {key} \| (.*?) \| (.+) \|$", part, re.MULTILINE)
    assert match, f"{section}.{key}"
    told = tomllib.loads(f"x = {match[1]}")["x"]
    assert told == (list(default) if isinstance(default, tuple) else default)


def test_no_setting_is_documented_that_does_not_exist():
    known = {(section, key) for section, key, _ in settings()}
    told = set()
    for part in SETTINGS.split("\n## ")[1:]:
        section = part[1 : part.index("]")]
        told |= {(section, key) for key in re.findall(r"^\| (\w+) \| ", part, re.MULTILINE) if key != "key"}
    assert told == known


@pytest.mark.parametrize(("section", "key", "default"), list(settings()), ids=lambda value: str(value)[:20])
def test_the_template_has_every_setting_with_its_default(section, key, default):
    from importlib.resources import files

    template = (files("corpusprep") / "template.toml").read_text("utf-8")
    if isinstance(default, dict):  # a table of its own
        assert re.search(rf"^\[{section}\.{key}[.\]]", template, re.MULTILINE)
        return
    part = template.partition(f"[{section}]\n")[2].partition("\n[")[0]
    lines = re.findall(rf"^# {key} = (.*)$", part, re.MULTILINE)
    assert lines, f"{section}.{key}"
    told = tomllib.loads(f"x = {lines[-1]}")["x"]
    assert told == (list(default) if isinstance(default, tuple) else default)


def test_every_reason_is_explained():
    cleaning = (ROOT / "docs" / "cleaning.md").read_text("utf-8")
    for reason in (
        *REASONS,
        "unwanted-language",
        "withdrawn",
        "crashed",
        "timeout",
        "out-of-memory",
        "too-deep",
        "internal-error",
    ):
        assert re.search(rf"(^\| {reason} \||`{reason}`)", cleaning, re.MULTILINE), reason


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 3
    (tmp_path / "raw").symlink_to(ROOT / "raw")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  (our own)
    assert names["release"].counts["articles"] == names["articles"].num_rows
    assert names["copies"].num_rows == names["release"].counts["duplicates"]
    assert "1.0.0" in capsys.readouterr().out

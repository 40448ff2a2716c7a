"""The command line: what it prints, its exit codes, what it does not load."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from made_corpus import story, write_corpus

from corpusprep import config
from corpusprep.cli import main

PAGE = "Skip to content\n\n" + story(5) + "\nSubscribe to our newsletter\n"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: bytes
    stderr: bytes


def run(*arguments, given=b"", cwd=None):
    """Run the command line in this process, with streams of bytes as a shell has them."""
    streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8") for name in ("stdout", "stderr")}
    streams["stdin"] = io.TextIOWrapper(io.BytesIO(given), "utf-8")
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["corpusprep", *map(str, arguments)])
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        os.chdir(cwd or before)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            os.chdir(before)
            for name in ("stdout", "stderr"):
                streams[name].flush()
    return Done(ended.value.code, *(streams[name].buffer.getvalue() for name in ("stdout", "stderr")))


def printed(*arguments, **more):
    done = run(*arguments, **more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    write_corpus(folder / "raw")
    table = printed("build", folder / "raw", "--out", folder / "dist", "--name", "news", "--workers", 0)
    return folder / "dist" / "news" / "1.0.0", table


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['corpusprep', '--help']\n"
        "from corpusprep.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'datasets', 'pyarrow', 'trafilatura', 'langdetect', 'numpy', 'lxml', 'ftfy', 'fsspec', 'yaml'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "build" in done.stdout


def test_build_ends_with_a_table(release):
    path, table = release
    lines = [line.split() for line in table.splitlines()]
    assert ["records", "in", "17"] in lines
    assert ["articles", "14"] in lines
    assert ["duplicates", "1"] in lines
    assert ["article:", "menu", "1"] in lines
    assert any(line[:2] == ["characters", "removed"] for line in lines)
    assert f'load_dataset("{path}")' in table


def test_build_says_that_nothing_changed(release):
    path, _ = release
    raw = path.parents[2] / "raw"
    table = printed("build", raw, "--out", path.parents[1], "--name", "news", "--workers", 0)
    assert f"nothing changed; still news 1.0.0: {path}" in table


def test_build_prints_json(release, tmp_path):
    facts = json.loads(
        printed("build", release[0].parents[2] / "raw", "--out", tmp_path, "--name", "n", "--workers", 0, "--json")
    )
    assert facts["counts"]["records"] == 17
    assert facts["version"] == "1.0.0"
    assert facts["counts_by"]["rejected"] == {"article: menu": 1, "read: empty": 1}


def test_build_logs_every_task(release, tmp_path):
    log = tmp_path / "log.jsonl"
    printed("build", release[0].parents[2] / "raw", "--out", tmp_path, "--name", "n", "--workers", 0, "--log", log)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["read", "render", "learn", "label", "match", "write"]
    assert all(line["time"] and line["seconds"] >= 0 for line in lines)
    assert lines[3]["records"] == 17


def test_build_shows_a_bar_on_a_terminal(release, tmp_path):
    pty = pytest.importorskip("pty")
    mine, its = pty.openpty()
    line = [
        sys.executable,
        "-m",
        "corpusprep",
        "build",
        release[0].parents[2] / "raw",
        "--out",
        tmp_path,
        "--name",
        "n",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=its, env=environment, check=True, text=True)
    os.close(its)
    shown = os.read(mine, 1 << 16).decode()
    os.close(mine)
    for stage in ("reading", "rendering", "learning", "cleaning", "matching", "writing"):
        assert stage in shown
    assert "17 records" in shown
    assert shown.endswith("\r\x1b[K")
    assert "reading" not in done.stdout


def test_status_says_what_is_there(release):
    assert printed("status", release[0].parent).startswith("release 1.0.0: 17 records, 14 articles")
    facts = json.loads(printed("status", release[0].parent, "--json"))
    assert (facts["release"]["version"], facts["builds"]) == ("1.0.0", [])


def test_clean_prints_the_article():
    assert printed("clean", "-", given=PAGE.encode()).strip() == story(5).partition("\n\n")[2].strip()
    facts = json.loads(printed("clean", "-", "--json", given=PAGE.encode()))
    assert "Subscribe" not in facts["text"]
    assert json.loads(printed("clean", "-", "--format", "json", given=PAGE.encode())) == facts


def test_clean_explains_every_block(tmp_path):
    file = tmp_path / "page.txt"
    file.write_text(PAGE)
    shown = printed("clean", file, "--explain")
    assert "\x1b" not in shown  # colours are for terminals
    for line in PAGE.split("\n"):
        assert line[:60] in shown
    facts = json.loads(printed("clean", file, "--explain", "--json"))
    assert "".join(span["text"] for span in facts["spans"]) == PAGE
    removed = [span for span in facts["spans"] if span["group"] != "body"]
    assert removed
    for span in removed:
        assert f"{span['cleaner']}: {span['reason']}" in shown


def test_clean_explains_where_in_the_markup_a_block_stood(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(
        f"<nav><a href=/>Home</a></nav><main>{''.join(f'<p>{line}</p>' for line in PAGE.splitlines())}</main>"
    )
    shown = printed("clean", file, "--explain").splitlines()
    assert shown[[" Home" in line for line in shown].index(True) - 1] == "    <html/body/nav/a>"
    spans = json.loads(printed("clean", file, "--explain", "--json"))["spans"]
    assert [span["path"] for span in spans[:2]] == ["html/body/nav/a", "html/body/main/p"]


def test_verify_tells_good_from_bad(release, tmp_path):
    path, _ = release
    assert "as it should be" in printed("verify", path)
    assert json.loads(printed("verify", path, "--json"))["problems"] == []
    broken = tmp_path / "1.0.0"
    subprocess.run(["cp", "-r", str(path), str(broken)], check=True)
    (broken / "README.md").write_text("other")
    done = run("verify", broken)
    assert done.returncode == 1
    assert b"README.md: changed" in done.stdout


def test_restore_gives_back_the_text(release):
    path, _ = release
    row = next(
        span for span in json.loads(printed("diff", path, path, "--json"))["books"].items() if span[0] == "articles"
    )
    assert row[1]["before"] == 14
    import pyarrow.parquet as pq

    table = pq.read_table(next((path / "data" / "articles").rglob("*.parquet"))).to_pylist()
    article = next(row for row in table if row["source"].endswith(".txt"))
    raw = path.parents[2] / "raw" / article["source"]
    assert run("restore", path, article["id"]).stdout == raw.read_bytes()
    assert json.loads(printed("restore", path, article["id"], "--json"))["text"] == raw.read_text()


def test_cleaners_are_listed(tmp_path):
    (tmp_path / "my.toml").write_text('[clean]\ncleaners = ["own_cleaners:sponsor"]\n')
    shown = printed("cleaners", "--config", tmp_path / "my.toml")
    assert "own_cleaners:sponsor" in shown
    assert "Claim lines that thank a sponsor." in shown
    facts = json.loads(printed("cleaners", "--json"))["cleaners"]
    assert all(one["origin"] == "built-in" and one["what"] for one in facts)


def test_init_writes_settings_that_change_nothing(tmp_path):
    assert "corpusprep.toml" in printed("init", cwd=tmp_path)
    assert config.load(tmp_path / "corpusprep.toml") == config.Config(
        clean=config.CleanConfig(site_phrases={"example.com": {}})
    )
    done = run("init", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert json.loads(printed("init", "--out", "other.toml", "--json", cwd=tmp_path)) == {"path": "other.toml"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["build", "nowhere", "--out", "dist", "--name", "n"], "nowhere"),
        (
            ["build", ".", "--out", "dist", "--name", "n", "--version", "1.0"],
            "'1.0' is not a version; write three numbers",
        ),
        (["build", ".", "--out", "dist"], "Missing option '--name'. See `corpusprep build --help`."),
        (["build", ".", "--out", "dist", "--name", "a/b"], "cannot name a dataset"),
        (
            ["build", ".", "--out", "dist", "--name", "n", "--config", "bad.toml"],
            "bad.toml: unknown key 'claen'; did you mean 'clean'?",
        ),
        (["build", ".", "--out", "dist", "--name", "n", "--config", "none.toml"], "none.toml: no such file"),
        (["clean", "nowhere.txt"], "nowhere.txt: No such file"),
        (["verify", "nowhere"], "nowhere: no such folder"),
        (["status", "nowhere"], "nowhere: no such folder"),
        (["restore", "nowhere", "x"], "nowhere: no such folder"),
        (["diff", "nowhere", "x"], "nowhere: no such folder"),
        (["push", "nowhere", "a/b"], "nowhere: no such folder"),
        (["bogus"], "No such command 'bogus'."),
    ],
)
def test_a_fault_of_the_users_is_one_line(tmp_path, arguments, complaint):
    (tmp_path / "bad.toml").write_text("[claen]\n")
    (tmp_path / "page.txt").write_text(PAGE)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    error = done.stderr.decode()
    assert complaint in error
    assert error.startswith("corpusprep: error: ")
    assert error.count("\n") == 1
    assert "Traceback" not in error
    assert not (tmp_path / "dist").exists()


def test_a_fault_of_ours_shows_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "mine.py").write_text("def explode(context):\n    raise SystemError('what now')\n")
    (tmp_path / "my.toml").write_text('[clean]\ncleaners = ["mine:explode"]\n')
    done = run("clean", "-", "--config", "my.toml", given=PAGE.encode(), cwd=tmp_path)
    error = done.stderr.decode()
    assert done.returncode == 70
    assert "SystemError: what now" in error
    assert error.count("\n") == 1
    log = Path(error.rsplit(" ", 1)[1].strip())
    assert "Traceback" in log.read_text()
    log.unlink()


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    (tmp_path / "page.txt").write_text("\n\n".join(story(number) for number in range(200)))
    line = f"{sys.executable} -m corpusprep clean page.txt --explain | head -n 1"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.stderr == ""


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert printed("--version").split()[-1] == version("corpusprep")

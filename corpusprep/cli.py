"""The command line: a thin skin over the library. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import traceback
from dataclasses import asdict
from importlib.metadata import version as installed_version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from corpusprep.errors import ConfigError, CorpusprepError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpusprep.building import Progress
    from corpusprep.config import Config

__all__ = ["main"]

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
_CONFIG = click.option(
    "--config", type=click.Path(), metavar="corpusprep.toml", help="Settings; `corpusprep init` writes one."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(installed_version("corpusprep"), prog_name="corpusprep")
def cli() -> None:
    """Raw scraped news documents in, a clean, deduplicated, versioned Hugging Face dataset out."""


@cli.command()
@click.argument("raw", nargs=-1, required=True, metavar="RAW...")
@click.option("--out", required=True, type=click.Path(), metavar="DIST", help="Folder of the datasets.")
@click.option("--name", required=True, help="Of the dataset; releases go to DIST/NAME/VERSION.")
@click.option(
    "--version", default="auto", metavar="X.Y.Z", show_default=True, help="Of the release; `auto` goes by what changed."
)
@_CONFIG
@click.option("--workers", type=click.IntRange(min=0), help="Processes; one per processor if not given.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What runs it.")
@click.option(
    "--ray-address", metavar="HOST:PORT", help="Of a Ray cluster; if not given, RAY_ADDRESS, else one of this machine."
)
@click.option("--no-cache", is_flag=True, help="Work everything out anew, and keep nothing for the next build.")
@click.option(
    "--log", type=click.File("a", encoding="utf-8"), help="Write a JSON line for every task done; - is standard output."
)
@_JSON
def build(
    raw: tuple[str, ...],
    out: str,
    name: str,
    version: str,
    config: str | None,
    workers: int | None,
    engine: str,
    ray_address: str | None,
    no_cache: bool,
    log: TextIO | None,
    as_json: bool,
) -> None:
    """Build a release from files, folders and globs.

    Reads text, HTML, JSONL, Parquet and WARC, compressed or not. The same input gives the same bytes; a build that was
    interrupted goes on where it was when the same command is given again.
    """
    from corpusprep.building import build as build_release
    from corpusprep.display import Bar, Log, closing_table
    from corpusprep.release import manifest

    bar = Bar()
    watchers: list[Callable[[Progress], None]] = [bar, Log(log)] if log else [bar]

    def watch(progress: Progress) -> None:
        for watcher in watchers:
            watcher(progress)

    try:
        built = build_release(
            raw,
            out,
            name=name,
            version=version,
            config=_config(config),
            workers=workers,
            engine=engine,
            ray_address=ray_address,
            cache=not no_cache,
            progress=watch,
        )
    finally:
        bar.close()
    by = manifest.read(built.path)["counts_by"]
    if as_json:
        facts = asdict(built) | {"path": str(built.path), "counts_by": by}
        _print_json(facts)
    else:
        click.echo(closing_table(built, by))


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--explain", is_flag=True, help="Show every block with its label, story, cleaner, reason, evidence and score."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--url", default="", help="Where the page was found.")
@_CONFIG
@_JSON
def clean(file: str, explain: bool, form: str, url: str, config: str | None, as_json: bool) -> None:
    """Clean one document, text or HTML, and print its article. `-` reads standard input."""
    from corpusprep.display import cleaned_json
    from corpusprep.library import clean as clean_payload

    cleaned = clean_payload(_payload(file), url=url, config=_config(config))
    if as_json or form == "json":
        _print_json(cleaned_json(cleaned, explain=explain))
    elif explain:
        from corpusprep.display import explain as explained

        for line in explained(cleaned):
            click.echo(line)
    else:
        click.echo(cleaned.text)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--text-column", default="text", show_default=True, help="Where the text stands.")
@click.option(
    "--id-column", default="", help="Where the id stands; `id` if there is one, else rows are numbered from 0."
)
@click.option("--out", type=click.Path(), help="Write the rows that stay here.")
@click.option("--signatures", type=click.Path(), help="Write the signatures of all rows here, for --against later.")
@click.option(
    "--against", type=click.Path(), multiple=True, help="Signatures, or a release with some: what it has leaves too."
)
@click.option("--paragraphs", is_flag=True, help="Show what sites repeat from text to text instead; nothing leaves.")
@_CONFIG
@_JSON
def dedupe(
    file: str,
    text_column: str,
    id_column: str,
    out: str | None,
    signatures: str | None,
    against: tuple[str, ...],
    paragraphs: bool,
    config: str | None,
    as_json: bool,
) -> None:
    """Find copies in a JSON Lines or Parquet file.

    Prints a line for each text that is a copy: its id, the relation, the id of the text to keep, and what was counted.
    """
    from corpusprep.deduping.files import Columns, open_rows
    from corpusprep.deduping.reading import Copies, Repeated, find_copies, find_repeated

    settings = _config(config).dedupe
    found: Copies | Repeated
    with open_rows(file, Columns(text_column, id_column)) as rows:
        if paragraphs:
            found = find_repeated(rows)
        else:
            found = find_copies(rows, settings, against=against, signatures=signatures, out=out)
    if as_json:
        _print_json(found.as_json())
    else:
        for line in found.lines():
            click.echo(line)


@cli.command()
@click.argument("home", type=click.Path(), metavar="DIST/NAME")
@_JSON
def status(home: str, as_json: bool) -> None:
    """Say how far a build is, or what came of it."""
    from corpusprep.building.status import status as read_status
    from corpusprep.display import status_lines

    found = read_status(home)
    if as_json:
        _print_json(found)
    else:
        for line in status_lines(found):
            click.echo(line)


@cli.command()
@click.argument("home", type=click.Path(), metavar="DIST/NAME")
@click.option("--prune", is_flag=True, help="Delete what no build with this config would take over.")
@click.option("--clear", is_flag=True, help="Delete all of it.")
@_CONFIG
@_JSON
def cache(home: str, prune: bool, clear: bool, config: str | None, as_json: bool) -> None:
    """Show what builds have kept for later ones: documents, and what cleaning made of them."""
    from corpusprep.building import cache as kept
    from corpusprep.display import cache_lines

    if clear:
        kept.clear(home)
    elif prune:
        kept.prune(home, _config(config))
    found = kept.cache_status(home, _config(config))
    if as_json:
        _print_json(found)
    else:
        for line in cache_lines(found):
            click.echo(line)


@cli.command()
@click.argument("release", type=click.Path())
@_JSON
def verify(release: str, as_json: bool) -> None:
    """Check that a release is whole and keeps its promises. Exit code 1 if not."""
    from corpusprep.release import verify as verify_release

    problems = verify_release(release)
    if as_json:
        _print_json({"release": release, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        if not problems:
            click.echo(f"{release}: everything is as it should be")
    if problems:
        raise SystemExit(1)


@cli.command()
@click.argument("release", type=click.Path())
@click.argument("id")
@_JSON
def restore(release: str, id: str, as_json: bool) -> None:  # noqa: A002  (the column's own name)
    """Print the whole text of a document, removed parts included, as it was read."""
    from corpusprep.release import restore as restore_text

    text = restore_text(release, id)
    if as_json:
        _print_json({"id": id, "text": text})
    else:  # not a line break more or less than there was
        sys.stdout.buffer.write(text.encode("utf-8"))


@cli.command()
@click.argument("folder", type=click.Path(), metavar="LABELLED_FOLDER")
@click.option("--worst", type=click.IntRange(min=0), default=0, help="Show the wrong lines of so many documents.")
@_CONFIG
@_JSON
def evaluate(folder: str, worst: int, config: str | None, as_json: bool) -> None:
    """Clean documents that were labelled by hand and say how well it went."""
    from corpusprep.display import evaluation_json, evaluation_lines
    from corpusprep.evaluation import evaluate as evaluate_folder

    found = evaluate_folder(folder, config=_config(config))
    if as_json:
        _print_json(evaluation_json(found, worst))
    else:
        for line in evaluation_lines(found, worst):
            click.echo(line)


@cli.command()
@_CONFIG
@_JSON
def cleaners(config: str | None, as_json: bool) -> None:
    """List the cleaners that a build runs, in order: built-in ones and your own."""
    from corpusprep.cleaners.registry import BUILT_IN, selected

    found = [
        {"name": name, "origin": "built-in" if name in BUILT_IN else "own", "what": _first_line(cleaner)}
        for name, cleaner in selected((_config(config)).clean)
    ]
    if as_json:
        _print_json({"cleaners": found})
        return
    width = max((len(one["name"]) for one in found), default=0)
    for one in found:
        click.echo(f"{one['name']:<{width}}  {one['origin']:<8}  {one['what']}".rstrip())


@cli.command()
@click.option("--out", type=click.Path(), default="corpusprep.toml", show_default=True, help="Where to write it.")
@_JSON
def init(out: str, as_json: bool) -> None:
    """Write a corpusprep.toml that explains every setting and changes none."""
    path = Path(out)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write((files("corpusprep") / "template.toml").read_text("utf-8"))
    except FileExistsError:
        raise ConfigError("exists already", where=out, do="choose another place with --out") from None
    except OSError as error:
        raise ConfigError(f"cannot be written ({error.strerror})", where=out) from None
    if as_json:
        _print_json({"path": out})
    else:
        click.echo(f"wrote {out}; use it with `corpusprep build ... --config {out}`")


@cli.command()
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
@click.option("--text", "id", metavar="ID", help="Show how the text of this article changed.")
@_JSON
def diff(before: str, after: str, id: str | None, as_json: bool) -> None:  # noqa: A002  (the column's own name)
    """Compare two releases: what came, went, changed or moved, and why."""
    from corpusprep.display import diff_lines
    from corpusprep.release import diff as compare
    from corpusprep.release import diff_text

    if id is not None:
        text = diff_text(before, after, id)
        if as_json:
            _print_json({"id": id, "diff": text})
        else:
            click.echo(text, nl=False)
        return
    found = compare(before, after).as_json()
    if as_json:
        _print_json(found)
    else:
        for line in diff_lines(found):
            click.echo(line)


@cli.command()
@click.argument("release", type=click.Path())
@click.argument("repo_id")
@click.option("--private", is_flag=True, help="Make the repository private if it has to be made.")
@click.option("--with-raw", is_flag=True, help="Push the table `raw` too, which holds what was removed.")
@_JSON
def push(release: str, repo_id: str, private: bool, with_raw: bool, as_json: bool) -> None:
    """Push a release to the Hugging Face Hub as tag vX.Y.Z."""
    from corpusprep.release import push as push_release

    pushed = push_release(release, repo_id, private=private, with_raw=with_raw)
    if as_json:
        _print_json(asdict(pushed))
    else:
        for name, value in asdict(pushed).items():
            click.echo(f"{name}: {value}")


def _config(path: str | None) -> Config:
    from corpusprep.config import Config, load

    if not path:
        return Config()
    # Cleaners of the user's own may lie beside the settings that name them.
    folder = str(Path(path).resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return load(path)


def _payload(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InputError(what, where=file, do="give a file, or - for standard input") from None


def _first_line(cleaner: object) -> str:
    return (cleaner.__doc__ or "").strip().partition("\n")[0]


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def main() -> NoReturn:
    """Run the command line; a fault of the user's is one line on standard error and exit code 2."""
    try:
        code = cli(prog_name="corpusprep", standalone_mode=False) or 0
    except CorpusprepError as error:
        _say(f"error: {error}")
        code = 2
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "corpusprep"
        _say(f"error: {error.format_message()} See `{command} --help`.")
        code = 2
    except click.ClickException as error:
        _say(f"error: {error.format_message()}")
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; a build goes on where it was when the same command is given again")
        code = 130
    except BrokenPipeError:  # as in `corpusprep clean ... | head`
        sys.stderr.close()
        code = 141
    except Exception as error:  # noqa: BLE001  (a fault of ours: no traceback on the screen, but one to report)
        _say(f"error: {type(error).__name__}: {error}; please report this with {_traceback_file()}")
        code = 70
    raise SystemExit(code)


def _say(line: str) -> None:
    click.echo(f"corpusprep: {' '.join(line.split())}", err=True)


def _traceback_file() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="corpusprep-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return file.name

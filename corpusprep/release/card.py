"""The dataset card: README.md of a release, and the index card of dist/NAME that opens its newest version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml  # type: ignore[import-untyped]

from corpusprep.release import manifest as manifests
from corpusprep.release.prose import body
from corpusprep.release.schemas import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["card", "features", "index_card"]

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card(manifest: Mapping[str, Any]) -> str:
    """README.md of a release, from its manifest; `datasets` finds tables, splits, features and version in its head."""
    return _join(_head(manifest, ""), body(manifest))


def index_card(release: Path) -> str:
    """README.md of dist/NAME: the card of one release with every path led there."""
    manifest = manifests.read(release)
    return _join(_head(manifest, f"{release.name}/"), body(manifest, prefix=f"{release.name}/"))


def _join(head: Mapping[str, Any], text: str) -> str:
    front = yaml.safe_dump(dict(head), sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{front}---\n\n{text}"


def _head(manifest: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    settings, tables = manifest["config"]["release"], manifest["tables"]
    full = [name for name in SCHEMAS if tables[name]["rows"]]
    languages = [code for code in manifest["counts_by"].get("language", {}) if code not in ("und", "unknown")]
    head: dict[str, Any] = {"license": settings["license"], "pretty_name": settings["pretty_name"] or manifest["name"]}
    if languages:
        head["language"] = languages
    head["size_categories"] = [_size(tables["articles"]["rows"])]
    head["task_categories"] = ["text-generation", "fill-mask"]
    head["tags"] = ["news", "corpusprep"]
    head["configs"] = [_config(manifest, name, prefix, default=name == full[0]) for name in full]
    head["dataset_info"] = [_info(name, tables[name]) for name in full]
    return head


def _config(manifest: Mapping[str, Any], table: str, prefix: str, *, default: bool) -> dict[str, Any]:
    # `datasets` keys its cache by this head and not by the data: the digest tells two contents apart.
    splits = manifest["tables"][table]["splits"]
    config: dict[str, Any] = {"config_name": table}
    if default:
        config["default"] = True
    config["version"] = manifest["version"]
    config["description"] = f"{manifest['name']} {manifest['version']}, content {manifest['digest']}"
    config["data_files"] = [{"split": split, "path": f"{prefix}data/{table}/{split}/*.parquet"} for split in splits]
    return config


def _info(table: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    splits = [
        {"name": split, "num_bytes": part["bytes"], "num_examples": part["rows"]}
        for split, part in entry["splits"].items()
    ]
    return {
        "config_name": table,
        "features": features(SCHEMAS[table]),
        "splits": splits,
        "download_size": sum(part["download"] for part in entry["splits"].values()),
        "dataset_size": sum(part["bytes"] for part in entry["splits"].values()),
    }


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """A schema in the YAML form of `datasets.Features`, which releases 3 to 5 of it read alike."""
    return [{"name": field.name, **_feature(field.type)} for field in schema]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        inner = _feature(kind.value_type)
        return {"list": inner["dtype"] if list(inner) == ["dtype"] else inner["struct"]}
    if pa.types.is_struct(kind):
        return {"struct": features(pa.schema(list(kind)))}
    names = {pa.float64(): "float64", pa.bool_(): "bool"}
    return {"dtype": names.get(kind, str(kind))}


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "10M<n<100M")

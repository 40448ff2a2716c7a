"""croissant.json: the tables of a release in the vocabulary of MLCommons Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpusprep.release.schemas import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["croissant"]

_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
_TYPES = {
    pa.string(): "sc:Text", pa.int32(): "sc:Integer", pa.int64(): "sc:Integer", pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean", pa.timestamp("us", tz="UTC"): "sc:Date",
}  # fmt: skip


def croissant(manifest: Mapping[str, Any]) -> str:
    """The JSON-LD text, from a manifest that has its data files.

    Each Parquet file is a FileObject with its SHA-256 (a FileSet would have none, and nobody would notice that it was changed)
    and a RecordSet of its own. Columns of structures are left out.
    """
    settings = manifest["config"]["release"]
    files = [file for table in SCHEMAS for file in manifest["tables"][table]["files"]]
    facts = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest["name"],
        "description": settings["description"] or f"News articles, cleaned and deduplicated: {manifest['name']}.",
        "license": settings["license"],
        "version": manifest["version"],
        "distribution": [_file(file, manifest["files"][file]) for file in files],
        "recordSet": [_records(file) for file in files],
    }
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def _file(file: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file,
        "name": file,
        "contentUrl": file,
        "contentSize": f"{facts['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": facts["sha256"],
    }


def _records(file: str) -> dict[str, Any]:
    name = file.removeprefix("data/").removesuffix(".parquet")
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": list(_fields(file, name, file.split("/")[1]))}


def _fields(file: str, name: str, table: str) -> Iterator[dict[str, Any]]:
    for field in SCHEMAS[table]:
        repeated = pa.types.is_list(field.type)
        kind = _TYPES.get(field.type.value_type if repeated else field.type)
        if kind is None:
            continue
        yield {
            "@type": "cr:Field",
            "@id": f"{name}/{field.name}",
            "name": f"{name}/{field.name}",
            "dataType": kind,
            **({"repeated": True} if repeated else {}),
            "source": {"fileObject": {"@id": file}, "extract": {"column": field.name}},
        }

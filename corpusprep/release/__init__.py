"""From tables to a versioned release: written, published, verified, restored.

The functions are looked up when first used, so importing this package loads neither pyarrow nor datasets.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpusprep.release.diffing import Diff, diff, diff_text
    from corpusprep.release.publication import check_version, publish, settle, stage
    from corpusprep.release.pushing import Pushed, push
    from corpusprep.release.restoration import restore
    from corpusprep.release.tables import Draft, check_settings, write
    from corpusprep.release.verification import verify
    from corpusprep.release.versions import Release, latest

__all__ = [
    "Diff",
    "Draft",
    "Pushed",
    "Release",
    "check_settings",
    "check_version",
    "diff",
    "diff_text",
    "latest",
    "publish",
    "push",
    "restore",
    "settle",
    "stage",
    "verify",
    "write",
]

_HOMES = {
    "Diff": "diffing",
    "Draft": "tables",
    "diff": "diffing",
    "diff_text": "diffing",
    "latest": "versions",
    "Pushed": "pushing",
    "Release": "versions",
    "check_settings": "tables",
    "check_version": "publication",
    "publish": "publication",
    "push": "pushing",
    "restore": "restoration",
    "settle": "publication",
    "stage": "publication",
    "verify": "verification",
    "write": "tables",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

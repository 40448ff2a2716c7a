"""Bar charts for the dataset card, as SVG: the same bytes for the same counts, and no library."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["plots"]

_WIDTH, _LABEL, _NUMBER, _ROW = 720, 150, 110, 22
_MOST = 30  # bars in one chart
_STYLE = 'font-family="sans-serif" font-size="12" fill="#222"'


def plots(manifest: Mapping[str, Any]) -> dict[str, str]:
    """File name -> SVG, from the counts in a manifest; a chart without counts is left out."""
    by = manifest["counts_by"]
    years = sorted(by.get("year", {}).items())
    charts = {
        "plots/years.svg": ("Articles by year", years if len(years) <= _MOST else _decades(years)),
        "plots/languages.svg": ("Articles by language", _ranked(by.get("language", {}))),
        "plots/characters.svg": ("What became of the characters", _ranked(by.get("characters", {}))),
    }
    return {name: _bars(title, counts) for name, (title, counts) in charts.items() if counts}


def _decades(years: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for year, count in years:
        decade = f"{year[:3]}0s" if year.isdecimal() else year
        sums[decade] = sums.get(decade, 0) + count
    return list(sums.items())


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ranked[_MOST:])
    return ranked[:_MOST] + ([("others", rest)] if rest else [])


def _bars(title: str, counts: Sequence[tuple[str, int]]) -> str:
    height = _ROW * (len(counts) + 2)
    most = max(count for _, count in counts) or 1
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{_LABEL}" y="{_ROW - 6}" {_STYLE} font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, count) in enumerate(counts):
        top, length = _ROW * (number + 1) + 4, max(1, (_WIDTH - _LABEL - _NUMBER) * count // most)
        lines += [
            f'<text x="{_LABEL - 8}" y="{top + 13}" {_STYLE} text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LABEL}" y="{top}" width="{length}" height="{_ROW - 6}" fill="#4477aa"/>',
            f'<text x="{_LABEL + length + 6}" y="{top + 13}" {_STYLE}>{count:,}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"

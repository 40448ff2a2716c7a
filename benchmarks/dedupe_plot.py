"""Cost and memory against the number of documents, as SVG, on logarithmic axes; no library needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE, HIGH, LEFT, TOP = 330, 220, 60, 44
TEXT = 'font-family="sans-serif" font-size="12" fill="#222"'
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One diagram. lines: name, colour and points of each; both axes span whole powers of ten."""

    title: str
    lines: Sequence[tuple[str, str, Points]]
    limit: tuple[str, float] | None = None

    def spans(self) -> tuple[tuple[int, int], tuple[int, int]]:
        xs, ys = zip(*(point for _, _, points in self.lines for point in points), strict=True)
        ys = (*ys, self.limit[1]) if self.limit else ys
        return tuple((math.floor(math.log10(min(v))), max(math.ceil(math.log10(max(v))), 1)) for v in (xs, ys))  # type: ignore[return-value]

    def svg(self, left: int) -> list[str]:
        across, up = self.spans()

        def place(x: float, y: float) -> tuple[float, float]:
            right = (math.log10(x) - across[0]) / (across[1] - across[0])
            above = (math.log10(y) - up[0]) / (up[1] - up[0])
            return left + WIDE * right, TOP + HIGH * (1 - above)

        out = [f'<text x="{left}" y="{TOP - 16}" {TEXT} font-weight="bold">{self.title}</text>']
        for power in range(across[0], across[1] + 1):
            x, y = place(10.0**power, 10.0 ** up[0])
            out.append(f'<path d="M{x:.1f} {TOP}V{y:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" {TEXT} text-anchor="middle">{10**power:,}</text>')
        for power in range(up[0], up[1] + 1):
            x, y = place(10.0 ** across[0], 10.0**power)
            out.append(f'<path d="M{x:.1f} {y:.1f}h{WIDE}" stroke="#ddd"/>')
            label = f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
            out.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" {TEXT} text-anchor="end">{label}</text>')
        if self.limit:
            x, y = place(10.0 ** across[0], self.limit[1])
            out.append(f'<path d="M{x:.1f} {y:.1f}h{WIDE}" stroke="#a33" stroke-dasharray="4 3"/>')
            out.append(f'<text x="{x + 6:.1f}" y="{y - 5:.1f}" {TEXT}>{self.limit[0]}</text>')
        for number, (name, colour, points) in enumerate(self.lines):
            spots = [place(*point) for point in points]
            out.append(f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in spots)}" fill="none" stroke="{colour}"/>')
            out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
            x, y = left + WIDE - 8, TOP + HIGH - 10 - 16 * number
            out.append(f'<text x="{x}" y="{y}" {TEXT} style="fill:{colour}" text-anchor="end">{name}</text>')
        return out


def growth_svg(rows: Sequence[dict[str, Any]]) -> str:
    """CPU seconds and peak memory of each size; rows: see `dedupe_growth.measure`."""
    at = [row["documents"] for row in rows]
    sign, match = [row["sign"] for row in rows], [row["match"] for row in rows]
    total = [one + other for one, other in zip(sign, match, strict=True)]
    memory = list(zip(at, [row["memory"] / 1e9 for row in rows], strict=True))
    panels = (
        Panel(
            "CPU seconds against documents",
            [
                ("read and sign", "#4477aa", list(zip(at, sign, strict=True))),
                ("match", "#228833", list(zip(at, match, strict=True))),
                ("both", "#222222", list(zip(at, total, strict=True))),
            ],
        ),
        Panel("Peak memory in GB against documents", [("one process", "#4477aa", memory)], ("5 GB", 5.0)),
    )
    step = LEFT + WIDE + 40
    wide, high = step * len(panels), TOP + HIGH + 34
    label = "Cost and memory of finding copies against the number of documents"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" aria-label="{label}">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        lines += panel.svg(LEFT + step * number)
    return "\n".join([*lines, "</svg>"]) + "\n"

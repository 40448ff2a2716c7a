"""How likely a gap between two paragraphs is a boundary of stories: the model behind `boundaries`, and what it weighs.

Three linear parts, of which the weakest counts most: one of them sees the layout alone. boundaries.json holds the weights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["FEATURES", "LAYOUT", "Model", "fitted", "read_model"]

_SIZES = ("words_before", "words_after", "words_least", "units_least", "units")
LAYOUT = (
    *_SIZES,
    "furniture", "lines", "far_lines", "thread", "stamp", "byline", "headline", "repeated", "template", "stamp_shape",
    "dateline", "dateline_again", "sign_off", "quote", "question", "opening_words", "spread_before", "spread_after",
    "density_before", "density_after", "run_before", "run_after", "thread_after", "doubted",
    "stamps_before", "stamps_between", "stamps_after", "other_gaps", "other_stamps", "other_threads", "other_headlines", "other_templates",
)  # fmt: skip
"""Features of the part that sees the layout alone."""
FEATURES = (
    *LAYOUT,
    "title_after", "title_before", "title_cue", "other_cues", "section_least",
    "whole", "ahead", "around", "opening", "onward", "back", "inner_before", "inner_after", "across", "contrast", "contrast_least", "overall",
    "known",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """low, high: by feature, what it is clipped to. weights: a row a part; a column a feature. bias: by part.

    gate: by feature of LAYOUT, with a bias at the end; where it is below 0 the words need not be looked at.
    threshold: the score from which a gap is a boundary.
    """

    low: Floats
    high: Floats
    weights: Floats
    bias: Floats
    gate: Floats
    threshold: float

    def scores(self, features: Floats) -> Floats:
        """Log odds of each gap, a row each: the soft minimum of the parts; minus infinity where the layout rules it out."""
        parts = np.clip(features, self.low, self.high) @ self.weights.T + self.bias
        least: Floats = parts.min(axis=1)
        scores: Floats = least - np.log(np.exp(least[:, np.newaxis] - parts).sum(axis=1))
        return np.where(self.possible(features[:, : len(LAYOUT)]), scores, -np.inf)

    def possible(self, layout: Floats) -> Flags:
        """Whether gaps may still be boundaries, judged by the features of LAYOUT alone."""
        size = len(LAYOUT)
        possible: Flags = np.clip(layout, self.low[:size], self.high[:size]) @ self.gate[:-1] + self.gate[-1] >= 0
        return possible


def read_model(table: Mapping[str, object]) -> Model:
    """A model from what boundaries.json holds."""
    features: Mapping[str, Mapping[str, object]] = table["features"]  # type: ignore[assignment]
    rows = [features[name] for name in FEATURES]
    return Model(
        np.array([row["low"] for row in rows], np.float64),
        np.array([row["high"] for row in rows], np.float64),
        np.array([row["weights"] for row in rows], np.float64).T,
        np.array(table["bias"], np.float64),
        np.array([*(features[name]["gate"] for name in LAYOUT), table["gate"]], np.float64),
        float(table["threshold"]),  # type: ignore[arg-type]
    )


@cache
def fitted() -> Model:
    """The model that comes with the package."""
    file = resources.files("corpusprep.cleaners") / "boundaries.json"
    return read_model(json.loads(file.read_text(encoding="utf-8")))

"""Colours of pictures: told apart in grey and by colour-blind readers, or by shape, and seen on light and dark grounds.

Simulation of deuteranopia and protanopia: Machado, Oliveira & Fernandes (2009), severity 1, in linear RGB.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from lull.scenarios.distributions import reliability
from lull.scenarios.distributions.total_bands import SHADES
from lull.scenarios.overview import table as overview
from lull.scenarios.presentation import charts, lab_charts
from lull.scenarios.timeline import picture as timeline
from lull.scenarios.whiskers import picture as whiskers

BLIND = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE, LIGHT, DARK = np.array([0.9505, 1.0, 1.089]), "#ffffff", "#171614"
APART = 10.0  # CIE76: a glance tells colours this far apart
SEEN = 3.0  # contrast that graphics need (WCAG 1.4.11)
FAINTLY = 1.9  # where a shape, a label or a neighbour says the same

type Vector = NDArray[np.float64]


def linear(colour: str) -> Vector:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: Vector) -> Vector:
    """Return CIELAB of linear RGB."""
    scaled = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    root = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(one: str, other: str, blindness: str) -> float:
    seen = np.array(BLIND[blindness])
    return float(np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other))))


def lightness(colour: str) -> float:
    return float(lab(linear(colour))[0])


def contrast(one: str, other: str) -> float:
    dark, bright = sorted(float(TO_XYZ[1] @ linear(each)) for each in (one, other))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("blindness", BLIND)
def test_colours_that_stand_together_differ_for_colour_blind_readers(blindness: str) -> None:
    together = {
        "scenarios": charts.PALETTE,
        "lab": tuple(
            colour for line, colour in lab_charts.COLOURS.items() if line != "past"
        ),  # it ends where the others begin
        "marks on a line": whiskers.COLOURS,
        "kinds of forecasts": tuple(colour for colour, _ in reliability.KINDS.values()),
        "overview": (overview.PAST_COLOUR, overview.AHEAD_COLOUR),
    }
    close = {
        (name, *pair): round(distance(*pair, blindness), 1)
        for name, colours in together.items()
        for pair in combinations(dict.fromkeys(colours), 2)
        if distance(*pair, blindness) < APART
    }
    assert close == {}


def test_what_looks_alike_in_grey_differs_in_shape() -> None:
    dashes = [tuple(dash) for dash in charts.DASHES]
    assert len(set(dashes)) == len(dashes)
    assert len(set(whiskers.SHAPES)) == len(whiskers.COLOURS)
    assert len({shape for _, shape in reliability.KINDS.values()}) == len(reliability.KINDS)
    lines = {line: (lab_charts.COLOURS[line], tuple(dash)) for line, dash in lab_charts.DASHES.items()}
    for (one, first), (two, second) in combinations(lines.values(), 2):
        assert first != second or abs(lightness(one) - lightness(two)) > APART, (one, two)


def test_bands_of_totals_darken_step_by_step() -> None:
    assert all(lightness(one) - lightness(two) > APART / 1.5 for one, two in pairwise(SHADES))


def test_every_colour_is_seen_on_both_grounds() -> None:
    colours = {*charts.PALETTE, charts.PAST, charts.BASELINE, *timeline.COLOURS.values(), overview.AHEAD_COLOUR}
    worst = {colour: round(min(contrast(colour, ground) for ground in (LIGHT, DARK)), 2) for colour in colours}
    assert {colour: figure for colour, figure in worst.items() if figure < FAINTLY} == {}
    named = {charts.PAST, charts.BASELINE, *charts.PALETTE[:3]}
    assert {colour: worst[colour] for colour in named if worst[colour] < SEEN} == {}

"""The models that a forecast pools, by name."""

from typing import Literal

type Part = Literal["pool", "regimes", "hurdle", "recent"]
"""The forecast, or one of the three models that it pools."""

PARTS: tuple[Part, ...] = ("pool", "regimes", "hurdle", "recent")

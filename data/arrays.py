"""The one alias for arrays of numbers, which every layer imports."""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

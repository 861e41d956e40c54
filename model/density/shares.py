"""What intercepts and modes are sampled less: the shares that they take of the pushes, and the intercept of the modes.

`model/fitting/build.py` says why. With r = sigma / scale of a mode, x the pushes less those expected, I the information
of the weeks on the log intensity, c the centre of a mode and v the sampled mode without its share, the equations are

    share = sum_t I_t (basis_t - c) x_t,  v = level_mode - r share,  taken = sum_t intercept_weight_t x_t + sum r c v

and the derivatives are theirs, from the last to the first (d log r / d log sigma = 1 / scale^2).
"""

import math

from lull.model.density.views import Given, Sizes
from lull.model.numba_kernels import inner
from lull.model.regimes.emissions import Row


@inner
def taken_off(  # noqa: PLR0917 - numba calls by position
    s: int, n: Sizes, log_sigma: float, sampled: Row, given: Given, push: Row, expected: Row, share: Row, mode: Row
) -> float:
    """Return what the intercept of a series takes; fill the shares of its modes and the modes without them, (mode,).

    `push` and `expected` are those on the log intensity, (week,); `sampled` modes and what is filled are in units of
    1 / scale.
    """
    taken, informed, sigma = 0.0, 0.0, math.exp(log_sigma)
    if not n.sharing:
        for at in range(mode.size):  # no slice is assigned: numba compiles the message of its error for seconds
            mode[at] = sampled[at]
        return taken
    for week in range(n.weeks):
        taken += given.intercept_weight[s, week] * (push[week] - expected[week])
    for at in range(share.size):
        share[at] = 0.0
    for week in range(n.known):
        weighted = given.week_information[s, week] * (push[week] - expected[week])
        informed += weighted
        for at in range(share.size):
            share[at] += weighted * given.basis[s, week, at]
    for at in range(share.size):
        share[at] -= informed * given.mode_centre[s, at]
        relative = sigma / math.sqrt(1.0 + given.information[s, at] * sigma * sigma)
        mode[at] = sampled[at] - relative * share[at]
        taken += relative * given.mode_centre[s, at] * mode[at]
    return taken


@inner
def taken_off_slopes(  # noqa: PLR0917 - as above
    s: int,
    n: Sizes,
    log_sigma: float,
    given: Given,
    share: Row,
    mode: Row,
    by_taken: float,
    by_mode: Row,
    by_push: Row,
) -> float:
    """Return the derivative by log sigma, given those by what is taken and by the modes without their shares.

    Adds those by the pushes (week,) to `by_push`, and to `by_mode` what the intercept takes of the modes; `share` is
    overwritten by the derivatives by the shares.
    """
    sigma, by_sigma, centred = math.exp(log_sigma), 0.0, 0.0
    if not n.sharing:
        return by_sigma
    for at in range(mode.size):
        variance = 1.0 + given.information[s, at] * sigma * sigma
        relative = sigma / math.sqrt(variance)
        centre = given.mode_centre[s, at]
        by_mode[at] += by_taken * relative * centre
        by_sigma += relative * (by_taken * centre * mode[at] - by_mode[at] * share[at]) / variance
        share[at] = -by_mode[at] * relative
        centred += centre * share[at]
    for week in range(n.weeks):
        by_push[week] += given.intercept_weight[s, week] * by_taken
    for week in range(n.known):
        on_week = -centred
        for at in range(share.size):
            on_week += given.basis[s, week, at] * share[at]
        by_push[week] += given.week_information[s, week] * on_week
    return by_sigma

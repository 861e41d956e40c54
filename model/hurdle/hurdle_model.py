"""Weekly counts predicted from what was observed of them alone: a chance of any attack, and a size where there is one.

The regime model believes in a state that nobody sees; this benchmark believes only in the record. Each week has a
chance of at least one attack (a logit) and a zero-truncated negative binomial of how many, both linear in the same
features of the past: averages over several half-lives, the last week, the age of the silence, how restless the counts
were. One set of coefficients serves every series, so a series with a short past has what long ones taught.

The invariant: features look back only, and a path is fed its own counts week by week, as the record was. In the limit
of a busy series the features of the size are differences of averages and the rate itself has the coefficient 1: the
forecast follows the level and is not drawn to a level of other actors.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from lull.data.arrays import Array
from lull.model.numba_kernels import checksum_of, inlined, inner, kernel_of

HALF_LIVES = np.array((1.0, 3.0, 8.0, 26.0, 104.0))  # weeks
KEPT = 0.5 ** (1.0 / HALF_LIVES)  # of an average, from week to week
REFERENCE, SLOW = 2, 3  # the averages that the level and the restlessness are taken from
FEATURES = (
    "one",
    *(f"attack_share_{weeks}" for weeks in (3, 8, 26, 104)),  # log odds of a week with an attack
    "attack_last_week",
    "silence",  # log(1 + weeks)
    "silence_squared",
    "silence_rate_26",
    "silence_rate_104",
    "unseen",  # no attack is on record yet, so the silence is at least so long
    "unseen_silence",
    "unseen_silence_squared",
    "young",  # from 1 (nothing known) to 0 (a long record)
    "young_share_26",
    "young_silence",
    "young_restlessness",
    "before",  # young log(1 + weeks) without an attack, before the first on record
    "age",
    "restlessness",  # squared errors of the eight-week average against what its size lets expect
    "busy_restlessness",
    "busy",  # from 0 (sparse) to 1 (some attacks every week)
    *(f"{busy}change_{weeks}" for weeks in (1, 3, 26, 104) for busy in ("", "busy_")),  # log average against that of 8
    "last_week",
    "busy_last_week",
    "sparse_rate",
    "busy_rate",
    "rate",  # log of the eight-week average: an offset of the size
)
PAST = HALF_LIVES.size
MAX_AGE = 520.0  # weeks: older is not older
MAX_BEFORE = 64.0  # weeks before the first attack on record: more of them say no more
YOUNG = 8.0  # weeks after which a record is half as young
MAX_LOG_MEAN, MIN_LOG_SIZE, MAX_LOG_SIZE = 13.0, -4.0, 8.0
LOG1P = np.array([math.log1p(whole) for whole in range(1024)])  # looked up: a log takes as long as ten features
LOG1P_MOST = math.log1p(MAX_BEFORE)
SPARSE_ZEROS = 0.9  # above this share of zeros a truncated draw is found by inversion, below by drawing again


class Memory(NamedTuple):
    """What is remembered of a series: exponentially weighted sums by half-life, and a few numbers."""

    counts: Array
    attacks: Array  # of weeks with an attack
    weight: Array
    rest: Array  # restlessness, silent weeks, known weeks, last count, weeks before the first attack


RESTLESS, SILENT, AGE, LAST, BEFORE = range(5)  # places in `Memory.rest`

ATTACKED, BUSY, CHANGES = map(FEATURES.index, ("attack_last_week", "busy", "change_1"))

kernel = kernel_of(checksum_of(__file__))


@kernel
def blank() -> Memory:
    """Return the memory of a series that nothing is known of."""
    return Memory(np.zeros(PAST), np.zeros(PAST), np.zeros(PAST), np.zeros(5))


@inner
def begin(memory: Memory) -> None:
    """Forget the weeks before the first attack but for how many they were: there may have been no actor yet."""
    before = memory.rest[AGE]
    for part in memory:
        part[:] = 0.0
    memory.rest[BEFORE] = before


@kernel
def remember(memory: Memory, count: float) -> None:
    """Add a week to a memory; a missing one (NaN) changes nothing."""
    if np.isnan(count):
        return
    if count > 0 and 0 < memory.rest[AGE] == memory.rest[SILENT]:
        begin(memory)
    rest, error = memory.rest, 1.0
    if memory.weight[REFERENCE] > 0.05:  # noqa: PLR2004 - of some weeks
        mean = memory.counts[REFERENCE] / memory.weight[REFERENCE]
        error = (count - mean) ** 2 / (mean + 0.5 * mean * mean + 0.1)
    for place in range(PAST):
        keep = KEPT[place]
        memory.counts[place] = keep * memory.counts[place] + (1.0 - keep) * count
        memory.attacks[place] = keep * memory.attacks[place] + (1.0 - keep) * (1.0 if count > 0 else 0.0)
        memory.weight[place] = keep * memory.weight[place] + (1.0 - keep)
        if place == SLOW:
            rest[RESTLESS] = keep * rest[RESTLESS] + (1.0 - keep) * error
    rest[SILENT] = 0.0 if count > 0 else rest[SILENT] + 1.0
    rest[AGE] += 1.0
    rest[LAST] = count


@inlined
def log1p_of(number: float) -> float:
    """Return log(1 + number), a number of weeks or attacks: looked up where it is a small whole one."""
    if 0 <= number < LOG1P.size and number == math.floor(number):
        return float(LOG1P[int(number)])
    return math.log1p(number)


@inlined
def log_average(memory: Memory, place: int, floor: float) -> float:
    """Return the log of an average count, drawn a little to a sparse one while little is known."""
    return math.log((memory.counts[place] + 0.02) / (memory.weight[place] + 0.1) + floor)


@kernel
def describe(memory: Memory, feature: Array) -> None:
    """Fill the features of the week after a memory, (feature,)."""
    rest = memory.rest
    rate, silence = log_average(memory, REFERENCE, 0.3), log1p_of(rest[SILENT])
    busy = 1.0 / (1.0 + math.exp(-1.5 * (rate - 0.3)))
    feature[0] = 1.0
    for place in range(1, PAST):
        share = (memory.attacks[place] + 0.1) / (memory.weight[place] + 0.4)
        feature[place] = math.log(share / (1.0 - share))
    feature[5] = 1.0 if rest[LAST] > 0 else 0.0
    feature[6] = silence
    feature[7] = silence * silence
    feature[8] = silence * log_average(memory, SLOW, 0.02)
    feature[9] = silence * log_average(memory, PAST - 1, 0.02)
    restless = math.log((rest[RESTLESS] + 0.1) / (memory.weight[SLOW] + 0.1) + 0.02)
    unseen, known_silence = 1.0 if rest[SILENT] == rest[AGE] else 0.0, min(silence, LOG1P_MOST)
    young = YOUNG / (YOUNG + rest[AGE])
    feature[10] = unseen
    feature[11] = unseen * known_silence
    feature[12] = unseen * known_silence * known_silence
    feature[13] = young
    feature[14] = young * feature[SLOW]
    feature[15] = young * silence
    feature[16] = young * restless
    feature[17] = young * log1p_of(min(rest[BEFORE], MAX_BEFORE))
    feature[18] = log1p_of(min(rest[AGE], MAX_AGE)) - 4.0
    feature[19] = restless
    feature[20] = busy * restless
    feature[21] = busy
    at = 22
    for place in range(PAST):
        if place != REFERENCE:
            feature[at] = log_average(memory, place, 0.3) - rate
            feature[at + 1] = busy * feature[at]
            at += 2
    feature[at] = log1p_of(rest[LAST]) - math.log1p(memory.counts[REFERENCE] / (memory.weight[REFERENCE] + 0.05))
    feature[at + 1] = busy * feature[at]
    feature[at + 2] = (1.0 - busy) * min(rate, 3.0)
    feature[at + 3] = busy * min(rate, 4.0)
    feature[at + 4] = rate


@kernel
def held(memory: Memory, pushed: Array, feature: Array, mean: Array) -> float:
    """Return how much of earlier pushes on the log mean its averages hold already.

    The log mean moves with a few log averages whose weights sum to 1. What pushes the mean enters them, and a push that
    stays on would raise the level week after week; less what is held it shifts the level once and leaves with the push.
    `pushed` (half-life,) are sums of earlier pushes as `remember_push` keeps them, `feature` those of the coming week.
    """
    total, rest = 0.0, 1.0
    for place in range(PAST):
        if place != REFERENCE and memory.weight[place] > 0:
            change = CHANGES + 2 * (place - (1 if place > REFERENCE else 0))
            weight = mean[change] + feature[BUSY] * mean[change + 1]
            total += weight / memory.weight[place] * pushed[place]
            rest -= weight
    if memory.weight[REFERENCE] > 0:
        total += rest / memory.weight[REFERENCE] * pushed[REFERENCE]
    return total


@kernel
def remember_push(pushed: Array, push: float) -> None:
    """Add the push of a known week to the sums of earlier ones, (half-life,), weighted as its count is."""
    for place in range(PAST):
        keep = KEPT[place]
        pushed[place] = keep * pushed[place] + (1.0 - keep) * push


@kernel
def recall_pushes(history: Array, covariate: Array, mean: Array, fresh: Array) -> Array:
    """Return the sums of covariates (covariate, week) as a history (week,) remembers them, (covariate, half-life).

    Fills `fresh` (week, covariate): what pushes the log mean of each week, the covariate less what is held of it.
    """
    memory, feature = blank(), np.empty(mean.size)
    pushed = np.zeros((covariate.shape[0], PAST))
    for week in range(history.size):
        describe(memory, feature)
        for row in range(covariate.shape[0]):
            fresh[week, row] = covariate[row, week] - held(memory, pushed[row], feature, mean)
        if np.isnan(history[week]):
            continue
        remember(memory, history[week])
        if memory.rest[AGE] == 1.0:  # nothing is remembered of the weeks before
            pushed[:] = 0.0
        for row in range(covariate.shape[0]):
            remember_push(pushed[row], covariate[row, week])
    return pushed


@kernel
def recall(history: Array, features: Array) -> Memory:
    """Return the memory of a history (week,), filling the features of the week after each, (week, feature)."""
    memory = blank()
    for week in range(history.size):
        remember(memory, history[week])
        describe(memory, features[week])
    return memory


@kernel
def quiet_paths(memory: Memory, chance: Array, none: Array) -> None:
    """Fill P(no attack through week h), (week,): of an all-zero future every feature is known, so it is exact."""
    feature, so_far = np.empty(chance.size), 1.0
    after = Memory(memory.counts.copy(), memory.attacks.copy(), memory.weight.copy(), memory.rest.copy())
    for week in range(none.size):
        describe(after, feature)
        so_far /= 1.0 + math.exp(np.dot(feature, chance))
        none[week] = so_far
        remember(after, 0.0)


@kernel
def truncated(mean: float, size: float, rng: np.random.Generator) -> int:
    """Return a draw of a negative binomial that is not zero."""
    zero = math.exp(-size * math.log1p(mean / size))
    if zero < SPARSE_ZEROS:
        count = 0
        while count == 0:
            count = rng.poisson(rng.gamma(size, mean / size))
        return count
    uniform, count, probability = zero + rng.random() * (1.0 - zero), 0, zero
    cumulated = zero
    while cumulated < uniform and probability > 1e-18:  # noqa: PLR2004 - the end of the tail in double precision
        probability *= (size + count) / (count + 1.0) * mean / (size + mean)
        count += 1
        cumulated += probability
    return max(count, 1)


@kernel
def simulate_counts(  # noqa: PLR0917 - numba calls by position
    memory: Memory, chance: Array, mean: Array, size: Array, rng: np.random.Generator, paths: NDArray[np.int64]
) -> None:
    """Fill paths of weekly counts, (draw, week), each fed its own past."""
    feature = np.empty(chance.size)
    for draw in range(paths.shape[0]):
        now = Memory(memory.counts.copy(), memory.attacks.copy(), memory.weight.copy(), memory.rest.copy())
        for week in range(paths.shape[1]):
            describe(now, feature)
            count = 0
            if rng.random() * (1.0 + math.exp(-np.dot(feature, chance))) < 1.0:
                log_size = min(max(np.dot(feature, size), MIN_LOG_SIZE), MAX_LOG_SIZE)
                count = truncated(math.exp(min(np.dot(feature, mean), MAX_LOG_MEAN)), math.exp(log_size), rng)
            paths[draw, week] = count
            remember(now, float(count))


@kernel
def recall_ahead(memory: Memory, paths: NDArray[np.int64], features: Array) -> None:
    """Fill the features of each week of paths (draw, week) given the weeks before it, (draw, week, feature)."""
    for draw in range(paths.shape[0]):
        now = Memory(memory.counts.copy(), memory.attacks.copy(), memory.weight.copy(), memory.rest.copy())
        for week in range(paths.shape[1]):
            describe(now, features[draw, week])
            remember(now, float(paths[draw, week]))


def hurdle_log_pmf(count: Array, logit: Array, log_mean: Array, log_size: Array) -> Array:
    """Return log P(count) behind a hurdle: a chance of any attack, and a zero-truncated negative binomial of how many.

    Shapes broadcast. The mean is that of the negative binomial before its zeros are cut off.
    """
    size = np.exp(np.clip(log_size, MIN_LOG_SIZE, MAX_LOG_SIZE))
    mean = np.exp(np.minimum(log_mean, MAX_LOG_MEAN))
    log_share = -np.log1p(mean / size)  # log of size / (size + mean)
    some = gammaln(count + size) - gammaln(size) - gammaln(count + 1) + size * log_share
    some = some + count * (np.log(mean) - np.log(size + mean)) - np.log(-np.expm1(size * log_share))
    return np.where(count > 0, some - np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit))

"""E-processes for a mean, valid at any stopping time for every law with a known finite variance.

Catoni's influence functions satisfy ``exp(phi(x)) <= 1 + x + x**2/2``, so that for ``E[U] = 0`` and
``E[U**2] <= 1`` the product of ``exp(phi(eta U)) / (1 + eta**2/2)`` is a non-negative supermartingale: it
exceeds ``1/alpha`` with probability at most alpha, ever (Ville). No tail is assumed: Catoni 2012; Wang and
Ramdas 2022, "Catoni-style confidence sequences". One column per coordinate of the gradient.
"""

from __future__ import annotations

import math

import numpy as np

from checks.evidence.arrays import Array, Flags


def narrow(x: Array) -> Array:
    """The narrowest influence function. It is bounded: a variance larger than stated spoils little."""
    a = np.minimum(np.abs(x), 1.0)
    return np.sign(x) * -np.log1p(-a + a * a / 2.0)


def wide(x: Array) -> Array:
    """The widest influence function: the most powerful where the stated variance can be relied on."""
    a = np.abs(x)
    return np.sign(x) * np.log1p(a + a * a / 2.0)


def bet_sizes(batches: int, alpha: float) -> Array:
    """The best size for a bias that ``batches`` can just tell, and twice that, either sign; at most 1.5."""
    first = max(0.25, math.sqrt(2.0 * math.log(1.0 / alpha) / batches))
    sizes = np.array([min(first, 1.5), min(2.0 * first, 1.5)])
    return np.concatenate([sizes, -sizes])


class Refuter:
    """The e-process against ``E[U] = 0``, where ``U`` has variance at most one."""

    def __init__(self, coordinates: int, bets: Array) -> None:
        self._bets = bets[:, None]
        self._logs = np.zeros((len(bets), coordinates))

    def add(self, u: Array) -> Array:
        """Take in ``u [d]`` of one more batch; the logs of the e-values ``[d]``."""
        self._logs += narrow(self._bets * u) - np.log1p(self._bets**2 / 2.0)
        return _log_mean(self._logs)


class Accepter:
    """The e-processes against ``E[U] >= margin`` and against ``E[U] <= -margin``.

    Where both have passed ``1/beta``, ``|E[U]| < margin`` is shown: were it not, that would happen with
    probability at most beta (intersection and union: no correction for the number of coordinates).
    """

    def __init__(self, margin: Array) -> None:
        self._margin = margin
        self._bet = np.minimum(margin, 1.5)
        self._logs = np.zeros((2, len(margin)))
        self._best = np.zeros((2, len(margin)))

    def add(self, u: Array) -> Array:
        """Take in ``u [d]`` of one more batch; the log of the smaller of the two, each at its greatest."""
        distances = np.stack([self._margin - u, self._margin + u])
        self._logs += wide(self._bet * distances) - np.log1p(self._bet**2 / 2.0)
        self._best = np.maximum(self._best, self._logs)
        return self._best.min(0)


def interval(u: Array, bets: Array, level: float) -> tuple[Array, Array]:
    """The values of ``E[U]`` that ``u [batches, d]`` does not exclude at ``level``: two ends ``[d]``.

    An end is infinite where the batches are too few to exclude anything.
    The e-value at a candidate grows with its distance from the data, so each end is found by bisection.
    """
    centre = np.median(u, axis=0) if len(u) else np.zeros(u.shape[1])
    return _end(u, bets, level, centre, -1.0), _end(u, bets, level, centre, 1.0)


def _end(u: Array, bets: Array, level: float, centre: Array, sign: float) -> Array:
    def excluded(distance: Array) -> Flags:
        shifted = u - (centre + sign * distance)
        steps = narrow(bets[:, None, None] * shifted) - np.log1p(bets**2 / 2.0)[:, None, None]
        return _log_mean(steps.sum(1)) >= math.log(1.0 / level)

    # At a distance of 2**40 standard deviations every influence function is at its bound.
    far = np.full(centre.shape, 2.0**40)
    reachable = excluded(far)
    near = np.zeros(centre.shape)
    for _ in range(80):
        # Geometric while the order of magnitude is open, then arithmetic.
        middle = np.where(near > 0.0, (near + far) / 2.0, far / 8.0)
        out = excluded(middle)
        near, far = np.where(out, near, middle), np.where(out, middle, far)
    return np.where(reachable, centre + sign * far, sign * np.inf)


def _log_mean(logs: Array) -> Array:
    return np.logaddexp.reduce(logs, axis=0) - math.log(len(logs))

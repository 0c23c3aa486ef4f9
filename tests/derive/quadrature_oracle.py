"""E[g(a)] by mpmath's tanh-sinh rule in floats, for any family's density: the oracle of the closed forms.

It shares nothing with the closed forms but the log density, which the family contract and the Torch
reference hold on their own. Waves under power tails are integrated by QUADPACK's Fourier rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpmath import fp
from scipy.integrate import quad
from scipy.special import iv, polygamma
from sympy import Expr, Rational, Symbol, lambdify

from derive.family import Family

# tanh-sinh in doubles leaves about 1e-13 between the nodes below, the Fourier rule about 1e-11.
TOLERANCE = 1e-9
# exp(-700) is near the smallest double. Wherever an expectation exists here, g < exp(350) there.
_SMALLEST = -700.0

_LINE = (-12.0, -5.0, -2.0, -0.7, 0.0, 0.7, 2.0, 5.0, 12.0)
_HALF_LINE = (0.05, 0.4, 1.0, 2.5, 6.0, 14.0)
_SPREAD = {
    "uniform": (0.001, 0.03, 0.2, 0.5, 0.8, 0.97, 0.999),
    "exponential": _HALF_LINE,
    "half_normal": _HALF_LINE,
    "gamma": _HALF_LINE,
}

Real = Callable[..., float]


def compiled(arguments: Sequence[Symbol], expr: Expr) -> Real:
    """A float function of the arguments; Heaviside(0) does not matter and is 1/2."""
    made: Real = lambdify(list(arguments), expr, [_OWN, "math"])
    return made


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else math.inf


_OWN = {
    "Heaviside": lambda x, *_: 0.5 * ((x > 0) + (x >= 0)),
    "sign": lambda x: float(x > 0) - float(x < 0),
    "exp": _exp,
    "polygamma": lambda n, x: float(polygamma(n, x)),
    "besseli": lambda n, x: float(iv(n, x)),
}


def weight(log_density: Real, a: float) -> float:
    """The density; 0 where its logarithm is beyond the doubles."""
    try:
        found = log_density(a)
    except OverflowError:
        return 0.0
    return 0.0 if found < _SMALLEST else math.exp(found)


@dataclass(frozen=True)
class Quadrature:
    """The law of ``family`` at ``values``; ``g`` and the nodes at its kinks are given per call."""

    family: Family
    values: tuple[Rational, ...]

    def expectation(self, g: Expr, kinks: Sequence[float] = ()) -> float:
        """``E[g]`` for an ordinary expression in the sample and the family's parameters."""
        (sample,) = self.family.samples
        at = dict(zip(self.family.symbols, self.values, strict=True))
        density = compiled([sample], self.family.log_density.xreplace(at))
        body = compiled([sample], g.xreplace(at))
        lower, upper = self.ends()

        def integrand(a: float) -> float:
            if not lower < a < upper or a in kinks:
                return 0.0  # a node that is rounded onto a kink has no weight worth an infinite value
            p = weight(density, a)
            return p * body(a) if p else 0.0

        marks = sorted({lower, upper, *(x for x in (*kinks, *self._nodes()) if lower < x < upper)})
        return float(fp.quad(integrand, marks))

    def wave(self, smooth: Expr, kind: str, frequency: float) -> float:
        """``E[smooth * sin or cos(frequency*a)]`` by the Fourier rule on both half lines."""
        (sample,) = self.family.samples
        at = dict(zip(self.family.symbols, self.values, strict=True))
        density = compiled([sample], self.family.log_density.xreplace(at))
        body = compiled([sample], smooth.xreplace(at))
        lower, upper = self.ends()
        centre = 0.0 if math.isinf(lower) else lower
        total = _fourier(lambda a: weight(density, a) * body(a), centre, kind, frequency)
        if math.isinf(lower):
            sign = -1.0 if kind == "sin" else 1.0
            total += sign * _fourier(lambda a: weight(density, -a) * body(-a), -centre, kind, frequency)
        assert math.isinf(upper)
        return total

    def ends(self) -> tuple[float, float]:
        """The support in numbers."""
        at = dict(zip(self.family.symbols, self.values, strict=True))
        (axis,) = self.family.support
        return float(axis.lower.xreplace(at)), float(axis.upper.xreplace(at))

    def _nodes(self) -> list[float]:
        """Images of noise points under the transport, so that tanh-sinh finds the mass and its shoulders."""
        transport = self.family.transport
        if transport is None:
            # Bounded supports both: nodes in proportion.
            lower, upper = self.ends()
            return [lower + (upper - lower) * u for u in _SPREAD["uniform"]]
        at = dict(zip(self.family.symbols, self.values, strict=True))
        push = compiled(self.family.noise, transport.map[0].xreplace(at))
        return [push(b) for b in _SPREAD.get(transport.noise.name, _LINE)]


def _fourier(f: Real, start: float, kind: str, frequency: float) -> float:
    """``integral of f(a) * wave(frequency*a) from start on``: a first stretch, then QAWF."""
    far = start + 40.0
    wave = math.sin if kind == "sin" else math.cos
    marks = [start + k for k in range(41)]
    near = fp.quad(lambda a: f(a) * wave(frequency * a), marks)
    tail, _ = quad(f, far, math.inf, weight=kind, wvar=frequency, epsabs=1e-13, limlst=200)
    return float(near) + float(tail)


def agrees(found: float, truth: float) -> bool:
    """Within the oracle's own error, relative to the size of what was integrated."""
    return abs(found - truth) <= TOLERANCE * max(1.0, abs(truth))

"""Expectations over one draw or over several independent ones: in closed form, or by quadrature.

One draw is what derive integrates. Several are separated into products (``derive``), or put on the tensor
grids of the replay's quadrature, which needs arrays and no Torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
from sympy import Expr, Heaviside, Piecewise, S, Symbol, exp, gamma, log, sign

from checks import softened
from checks.estimator import Draw
from checks.evidence.arrays import Array
from checks.evidence.doubly import doubly_moments
from checks.evidence.gauss import smooth_moments
from checks.evidence.quadrature import Axis, Evaluate, Limits, Moments, moments
from checks.rests import estimate_of_rest, of_rest
from checks.separated import separated
from derive.closed_form import expectation_of
from derive.closed_form.chi import chi_of
from derive.closed_form.independent import over_independent
from derive.errors import DeriveError, NoClosedForm, NoExpectation, Undecided
from derive.existence import expectation_exists
from derive.lattice import count, on_lattice, outcomes
from derive.laws import family_of, log_density
from derive.numeric.arrays import evaluate
from derive.numeric.estimate import Estimate
from derive.oracle import value as by_quadrature
from derive.terms import E, Law

if TYPE_CHECKING:
    from checks.evidence.laws import Base

_STEPS = (Heaviside, Piecewise, sign)
MOST_CONTINUOUS = 3
MOST_ATOMS = 4096
# In a proof, which is made once and kept: more than the replay of a user's code is given.
LIMITS = Limits(nodes=400_000, seconds=60.0)


@dataclass(frozen=True, slots=True)
class Joint:
    """Independent ``draws`` at a point: their laws have numbers for parameters."""

    draws: tuple[Draw, ...]

    def closed(self, body: Expr) -> Expr:
        """``E[body]`` in closed form; raises ``DeriveError`` where there is none."""
        if len(self.draws) == 1:
            (draw,) = self.draws
            return of_rest(draw, body, expectation_of(body, draw.law, draw.variables, {}).value)
        return over_independent(body, [(d.law, d.variables) for d in self.draws], {})

    def exists(self, body: Expr) -> None:
        """Raises ``NoExpectation`` where ``E[body]`` is known not to exist."""
        try:
            if len(self.draws) == 1:
                (draw,) = self.draws
                expectation_exists(body, draw.law, draw.variables, {})
            else:
                self.closed(body)
        except NoExpectation:
            raise
        except (NoClosedForm, Undecided):
            return  # quadrature then has to settle, and reports where it does not

    def estimate(self, body: Expr) -> Estimate:
        """``E[body]`` by quadrature with its error; not a number where quadrature does not apply."""
        try:
            if len(self.draws) == 1:
                (draw,) = self.draws
                if draw.law.name == softened.LAW:
                    return softened.estimate(body, draw)
                return estimate_of_rest(draw, body, by_quadrature(E(body, draw.law, *draw.variables), {}))
            found = _moments(self.draws, body)
        except DeriveError:
            return self._separated(body)
        return Estimate(float(found.mean[0]), float(found.mean_error[0]))

    def variance(self, body: Expr) -> Estimate:
        """The variance of ``body`` over several draws by quadrature, centred before it is squared."""
        try:
            found = _moments(self.draws, body)
        except DeriveError:
            first, second = self._separated(body), self._separated(body**2)
            return Estimate(second.value - first.value**2, second.error + 2 * abs(first.value) * first.error)
        return Estimate(float(found.variance[0]), float(found.variance_error[0]))

    def _separated(self, body: Expr) -> Estimate:
        """Over draws that lead to no standard noise: factor by factor, where the body separates."""
        if len(self.draws) == 1:
            return Estimate(nan, inf)
        try:
            return separated(body, self.draws, lambda factor, draw: Joint((draw,)).estimate(factor))
        except DeriveError:
            return Estimate(nan, inf)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Axes of base variables, the draws' variables as functions of them, and the masses of finite draws."""

    axes: tuple[Axis, ...]
    bases: tuple[Symbol, ...]
    maps: tuple[tuple[Symbol, Expr], ...]
    density: Expr
    tables: tuple[tuple[int, tuple[Symbol, ...], Array, Array], ...]

    def moments(self, body: Expr) -> Moments:
        inner = body.xreplace(dict(self.maps))

        def values(base: Array) -> tuple[Array, Array]:
            env: dict[Symbol, float | list[float]] = {
                s: base[:, i].tolist() for i, s in enumerate(self.bases)
            }
            weight = _column(evaluate(self.density, env), len(base))
            for axis, variables, places, masses in self.tables:
                index = base[:, axis].astype(int)
                weight = weight * masses[index]
                env |= {s: places[index, k].tolist() for k, s in enumerate(variables)}
            return _column(evaluate(inner, env), len(base))[:, None], weight

        if inner.has(*_STEPS):
            # Smooth rules agree on nothing at all where a window lies between their nodes.
            return self._by_pieces(values)
        smooth = smooth_moments(values, self.axes, None)
        if smooth is not None:
            return smooth
        singular = doubly_moments(values, self.axes, None)
        return self._by_pieces(values) if singular is None else singular

    def _by_pieces(self, values: Evaluate) -> Moments:
        if sum(not a.atoms for a in self.axes) > 2:
            raise NoClosedForm("it is not a smooth function of its three continuous draws")
        return moments(values, self.axes, LIMITS, None)


def _column(found: float | list[float], size: int) -> Array:
    return np.array(found, dtype=float) if isinstance(found, list) else np.full(size, found)


@lru_cache(maxsize=256)
def _moments(draws: tuple[Draw, ...], body: Expr) -> Moments:
    return _grid_of(draws).moments(body)


def _grid_of(draws: Sequence[Draw]) -> _Grid:
    axes: list[Axis] = []
    bases: list[Symbol] = []
    maps: list[tuple[Symbol, Expr]] = []
    tables: list[tuple[int, tuple[Symbol, ...], Array, Array]] = []
    density: Expr = S.One
    for draw in draws:
        if on_lattice(draw.law):
            places, masses = _table(draw)
            tables.append((len(axes), draw.variables, places, masses))
            bases.append(Symbol(f"u[{len(axes)}]", real=True))
            axes.append(Axis("finite", len(masses)))
            continue
        for variable in draw.variables:
            base = Symbol(f"u[{len(axes)}]", real=True)
            name, image, weight = weighted_base(draw.law, base)
            density *= weight
            maps.append((variable, image))
            bases.append(base)
            axes.append(Axis(name))
    continuous = sum(not a.atoms for a in axes)
    atoms = int(np.prod([a.atoms for a in axes if a.atoms] or [1]))
    if continuous > MOST_CONTINUOUS or atoms > MOST_ATOMS:
        raise NoClosedForm(f"it takes {continuous} continuous draws, and {atoms} values of others")
    return _Grid(tuple(axes), tuple(bases), tuple(maps), density, tuple(tables))


def _table(draw: Draw) -> tuple[Array, Array]:
    """The outcomes ``[K, d]`` and probabilities ``[K]`` of a finite law, or of its rest."""
    size = count(draw.law, {})
    if size is None or size > MOST_ATOMS:
        raise NoClosedForm(f"{draw.law} has too many outcomes to be enumerated")
    found = [o for o in outcomes(draw.law, {}, size) if o not in draw.without]
    masses = np.array([float(exp(log_density(draw.law, *o))) for o in found])
    return np.array([[float(x) for x in o] for o in found]), masses / masses.sum()


# Standard noises as functions of a base law's variable, accurate in both tails where they are long.
_STANDARD: dict[Law, tuple[Base, Callable[[Expr], Expr]]] = {
    Law("normal", 0, 1): ("normal", lambda u: u),
    Law("uniform", 0, 1): ("uniform", lambda u: u),
    Law("exponential", 1): ("exponential", lambda u: u),
    Law("gumbel", 0, 1): ("exponential", lambda u: -log(u)),
    Law("logistic", 0, 1): ("uniform", lambda u: log(u) - log(1 - u)),
    Law("half_normal", 1): ("normal", abs),
}


def weighted_base(law: Law, base: Symbol) -> tuple[Base, Expr, Expr]:
    """As ``to_base``, with a weight in the base variable: gamma variables of half-integer shape have one.

    Half-integers go to the square of a normal variable and integers to an exponential one, so that weight
    and image are smooth there.
    """
    chi = chi_of(law) if law.name == "gamma" else None
    if chi is None:
        return (*to_base(law, base), S.One)
    if chi.freedom % 2:
        return "normal", chi.image(abs(base)), chi.weight(abs(base)) / 2
    shape, rate = law.parameters
    return "exponential", base / rate, base ** (shape - 1) / gamma(shape)


def to_base(law: Law, base: Symbol) -> tuple[Base, Expr]:
    """A base law and the sample of ``law`` as a function of its variable, through the family's transport.

    Raises ``NoClosedForm`` for a law of several numbers, or one that leads to no base law.
    """
    if law in _STANDARD:
        name, image = _STANDARD[law]
        return name, image(base)
    family = family_of(law)
    held = dict(zip(family.symbols, law.parameters, strict=True))
    noise = None if family.transport is None else family.transport.noise.xreplace(held)
    if family.transport is None or noise is None or family.dimension > 1 or noise == law:
        raise NoClosedForm(f"{law} is not a function of normal, uniform or exponential noise")
    name, inner = to_base(noise, base)
    return name, family.transport.map[0].xreplace(held).xreplace({family.noise[0]: inner})

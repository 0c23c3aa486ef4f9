"""Moments of atoms by mpmath quadrature of densities written out by hand: the oracle of the moment tests.

Nothing here comes from ``derive`` but the records, so an error in a moment rule cannot cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import mpmath as mp
from sympy import Expr, Rational, S, Symbol, oo, sympify

from derive.family import Atom, Family, Moment
from derive.numeric.balls import ball

# Quadrature at 19 digits leaves about 1e-17 and a central difference with steps of 2e-6 then about
# 1e-11, as does its truncation. A rule is held to 1e-9, relative to 1 + |truth|.
DIGITS = 19
STEP = mp.mpf(2) / 10**6
TOLERANCE = 1e-9

Density = Callable[..., mp.mpf]
Nodes = Callable[..., Sequence[mp.mpf]]


@dataclass(frozen=True)
class Oracle:
    """``density(a, *parameters)`` in mpmath and ``nodes(*parameters)``, where to cut the quadrature.

    ``wave(n, w, *parameters)`` is ``E[a**n exp(i*w*a)]`` on the whole line by another integral, for
    tails so heavy that quadrature of an oscillating integrand is slow. ``turns`` says that the density is
    analytic in the right half plane, so that a wave up to infinity may be integrated straight up from its
    lower end instead (Cauchy's theorem), where it falls exponentially.
    """

    density: Density
    nodes: Nodes
    wave: Density | None = None
    turns: bool = False

    @cache  # noqa: B019  # one oracle lives as long as its test module
    def moment(self, atom: Atom, values: tuple[mp.mpf, ...]) -> mp.mpc:
        """``E[atom]`` with the numbers ``values`` for the parameters; the atom's ends are numbers or ends."""
        power, rate = number(atom.power), number(atom.rate)
        lower, upper = number(atom.lower), number(atom.upper)

        def integrand(a: mp.mpf) -> mp.mpc:
            weight = a**power if power != 0 else mp.mpf(1)
            weight *= mp.log(a) ** atom.logs if atom.logs else 1
            return self.density(a, *values) * weight * (mp.exp(rate * a) if rate != 0 else 1)

        with mp.workdps(DIGITS):
            inner = [x for x in self.nodes(*values) if lower < x < upper]
            if self.wave is not None and mp.im(rate) != 0:
                return self.wave(int(power), mp.im(rate), *values)
            if self.turns and upper == mp.inf and mp.re(rate) == 0 and mp.im(rate) != 0:
                up = mp.mpc(0, mp.sign(mp.im(rate)))
                return mp.quad(lambda r: integrand(lower + up * r) * up, [0, 1, 4, 16, mp.inf])
            return mp.mpc(mp.quad(integrand, [lower, *inner, upper]))

    def slope(self, atom: Callable[[tuple[mp.mpf, ...]], Atom], values: tuple[mp.mpf, ...], i: int) -> mp.mpc:
        """The derivative in parameter ``i`` by a central difference; the atom may move with the values."""

        def at(step: int) -> mp.mpc:
            moved = tuple(v + step * STEP if j == i else v for j, v in enumerate(values))
            return self.moment(atom(moved), moved)

        with mp.workdps(DIGITS):
            return (at(1) - at(-1)) / (2 * STEP)


def student_wave(n: int, w: mp.mpf, nu: mp.mpf, mu: mp.mpf, sigma: mp.mpf) -> mp.mpc:
    """``E[a**n exp(i*w*a)]`` as a mixture of normal laws of variance sigma**2*nu/v, v chi-squared(nu)."""

    def integrand(v: mp.mpf) -> mp.mpc:
        variance = sigma**2 * nu / v
        mean = mu + 1j * variance * w
        moment = [1, mean, mean**2 + variance, mean**3 + 3 * mean * variance][n]
        weight = mp.exp(1j * w * mu - variance * w**2 / 2 - v / 2) * v ** (nu / 2 - 1)
        return moment * weight / (2 ** (nu / 2) * mp.gamma(nu / 2))

    return mp.mpc(mp.quad(integrand, [0, nu / 9, nu / 3, nu, 3 * nu, 9 * nu, mp.inf]))


def number(expr: Expr | mp.mpf) -> mp.mpf | mp.mpc:
    """An exact number, or an infinite end, in mpmath."""
    if isinstance(expr, (mp.mpf, mp.mpc)):
        return expr
    if expr in (oo, -oo):
        return mp.inf if expr is oo else -mp.inf
    with mp.workdps(DIGITS + 5):
        real, imag = sympify(expr).evalf(DIGITS + 5).as_real_imag()
        return mp.mpc(mp.mpmathify(real), mp.mpmathify(imag)) if imag != 0 else mp.mpmathify(real)


def close(one: mp.mpc, other: mp.mpc) -> bool:
    return bool(abs(one - other) <= TOLERANCE * (1 + abs(other)))


@dataclass(frozen=True)
class Case:
    """A family's moment of one atom at one point, by rule and by quadrature."""

    family: Family
    oracle: Oracle
    atom: Atom
    point: tuple[Rational, ...]

    @property
    def env(self) -> dict[Symbol, Rational]:
        return dict(zip(self.family.symbols, self.point, strict=True))

    @property
    def rule(self) -> Moment:
        return self.family.moment(self.atom, self.family.symbols)

    def concrete(self, values: tuple[mp.mpf, ...]) -> Atom:
        """The atom with numbers for the parameters that its ends are written in."""
        env = dict(zip(self.family.symbols, values, strict=True))
        ends = [env.get(end, end) for end in (self.atom.lower, self.atom.upper)]
        return Atom(self.atom.power, self.atom.logs, self.atom.rate, *ends)

    @property
    def values(self) -> tuple[mp.mpf, ...]:
        return tuple(mp.mpf(v.p) / v.q for v in self.point)

    def truth(self) -> mp.mpc:
        return self.oracle.moment(self.concrete(self.values), self.values)

    def slope(self, i: int) -> mp.mpc:
        return self.oracle.slope(self.concrete, self.values, i)

    def by_rule(self, expr: Expr | None = None) -> mp.mpc:
        """The rule's value (or ``expr``, made from it) at the point."""
        found = (self.rule.value if expr is None else expr).subs(self.env)
        return mp.mpc(number(found))

    def by_ball(self, expr: Expr | None = None) -> complex:
        """The same by ball arithmetic, which proves 30 bits or more of it."""
        found = ball(self.rule.value if expr is None else expr, self.env, 256)
        assert found.is_finite()
        assert max(found.real.rad(), found.imag.rad()) < 2**-30
        return complex(found)

    def holds(self) -> bool:
        """Whether every requirement of the rule is true at the point."""
        return all(relation.subs(self.env) == S.true for relation in self.rule.requires)


def assert_value(case: Case) -> None:
    """The rule's value agrees with the oracle, and a perturbed one does not."""
    assert case.holds()
    truth = case.truth()
    assert close(case.by_rule(), truth), f"{case.by_rule()} by rule, {truth} by quadrature"
    assert not close(case.by_rule() * (1 + 1e-6) + 1e-6, truth)
    assert close(case.by_ball(), truth)


def assert_slopes(case: Case, count: int | None = None) -> None:
    """The rule's derivatives by the last ``count`` parameters (all, if not said) agree with the oracle."""
    symbols = case.family.symbols
    for i in range(len(symbols) - (count or len(symbols)), len(symbols)):
        expr = case.rule.value.diff(symbols[i])
        slope, found = case.slope(i), case.by_rule(expr)
        assert close(found, slope), f"d/d{symbols[i]}: {found} by rule, {slope} by differences"
        assert not close(found * (1 + 1e-6) + 1e-6, slope)
        assert close(case.by_ball(expr), slope)

"""Masses of discrete laws written by hand in mpmath, and sums over them: no density of ours is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import mpmath
from mpmath import mpf
from sympy import Expr, Symbol, lambdify

from derive.families import FAMILIES
from derive.family import Family

Values = Mapping[str, mpf]
Mass = Callable[..., mpf]

# Digits of all sums here, and how many outcomes of infinite laws matter to them: of the integrands in the
# tests none grows faster than exp(a/4), so that 0.72**k exp(k/4) < 1e-40 and its like are left out.
DIGITS = 40
LONGEST = {"poisson": 200, "geometric": 1600, "negative_binomial": 400}


def _softmax(v: Values) -> list[mpf]:
    powers = [mpmath.exp(v[f"logits[{i}]"]) for i in range(3)]
    return [x / mpmath.fsum(powers) for x in powers]


def _sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


def _negative_binomial(v: Values, k: int) -> mpf:
    return mpmath.rf(v["r"], k) / mpmath.factorial(k) * (1 - v["p"]) ** v["r"] * v["p"] ** k


MASSES: dict[str, Callable[..., mpf]] = {
    "bernoulli": lambda v, k: v["p"] if k else 1 - v["p"],
    "bernoulli_logits": lambda v, k: _sigmoid(v["logits"]) if k else _sigmoid(-v["logits"]),
    "categorical": lambda v, k: v[f"p[{k}]"] / (v["p[0]"] + v["p[1]"] + v["p[2]"]),
    "categorical_logits": lambda v, k: _softmax(v)[k],
    "binomial": lambda v, k: (
        mpmath.binomial(int(v["n"]), k) * v["p"] ** k * (1 - v["p"]) ** (int(v["n"]) - k)
    ),
    "poisson": lambda v, k: mpmath.exp(-v["rate"]) * v["rate"] ** k / mpmath.factorial(k),
    "geometric": lambda v, k: v["p"] * (1 - v["p"]) ** k,
    "negative_binomial": _negative_binomial,
    "bernoulli_product": lambda v, *ks: mpmath.fprod(
        v[f"p[{i}]"] if k else 1 - v[f"p[{i}]"] for i, k in enumerate(ks)
    ),
}
DISCRETE = tuple(MASSES)
INFINITE = ("poisson", "geometric", "negative_binomial")
SIZES = {"bernoulli": 2, "bernoulli_logits": 2, "categorical": 3, "categorical_logits": 3}


def outcomes(name: str, values: Values) -> list[tuple[int, ...]]:
    """All outcomes, or those of an infinite law that can matter to 40 digits."""
    if name == "bernoulli_product":
        return list(product((0, 1), repeat=3))
    if name == "binomial":
        return [(k,) for k in range(int(values["n"]) + 1)]
    return [(k,) for k in range({**SIZES, **LONGEST}[name])]


def point(family: Family, moved: bool = False) -> dict[Symbol, Expr]:
    """The reference point, or one with every free parameter three tenths smaller."""
    return {
        p.symbol: p.reference * 7 / 10 if moved and not p.fixed else p.reference for p in family.parameters
    }


def numbers(at: Mapping[Symbol, Expr]) -> dict[str, mpf]:
    return {s.name: mpf(v.p) / v.q for s, v in at.items()}


def expectation(name: str, body: Expr, at: Mapping[Symbol, Expr]) -> mpf:
    """``E[body]`` at 40 digits by adding up outcomes."""
    family = FAMILIES[name]
    with mpmath.workdps(DIGITS + 20):
        values = numbers(at)
        function = lambdify(family.samples, body.xreplace(dict(at)), "mpmath")
        return mpmath.fsum(MASSES[name](values, *k) * function(*map(mpf, k)) for k in outcomes(name, values))


def gradient(name: str, body: Expr, wrt: Symbol, at: Mapping[Symbol, Expr]) -> mpf:
    """``d/d wrt E[body]`` by a central difference: it errs by about 1e-24 at this step and these digits."""
    with mpmath.workdps(DIGITS + 20):
        step = type(at[wrt])(1) / 10**12
        up, down = (expectation(name, body, {**at, wrt: at[wrt] + sign * step}) for sign in (1, -1))
        return (up - down) / (2 * mpf(10) ** -12)

"""What is known of a black box: the derivative of f, and what its estimators have instead.

They see f through normal noise, so all that is known of them comes from E[f(a)] under Normal(t, s), whose
derivative by the mean is that of the smoothed function. Only the target is another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import Rational, Symbol

from derive.environment.black_box import BlackBox, as_law
from derive.grammar import parse_integrand
from derive.numeric.balls import value
from derive.proof import Proof, StatisticProof
from derive.slopes import slope

NAMES = {"mu": "t", "sigma": "s"}


def proof(box: BlackBox, request: Mapping[str, Any], wrt: tuple[str, ...]) -> Proof:
    """The proof that the estimators are unbiased for the smoothed function, and by how much they miss f'."""
    from checks.prove import Request, prove

    inner, point = as_law(box, request["integrand"])
    known = prove(
        Request(
            family="normal",
            integrand=inner,
            at=tuple((name, str(number)) for name, number in point.items()),
            wrt=("mu",),
            estimators=tuple(request["estimators"]),
            fourth=request["fourth"],
        )
    )
    t = Symbol("t", real=True)
    slope_of_f = slope(parse_integrand(request["integrand"], {"t": t}), t)
    exact, radius = value(slope_of_f, {t: Rational(box.t.numerator, box.t.denominator)})
    return replace(
        known,
        family=request["family"],
        integrand=request["integrand"],
        at={name: str(number) for name, number in box.point.items()},
        wrt=wrt,
        gradient={"t": str(slope_of_f)},
        exact={"t": exact},
        radius={"t": radius},
        requires=(f"smoothed: the derivative of E[f(t + s eps)] is {known.gradient['mu']}", *known.requires),
        statistics={name: _renamed(found) for name, found in known.statistics.items()},
        trees={**_in(known.trees), "black_box": dict(request["environment"])},
        terms={},
    )


def _renamed(found: StatisticProof) -> StatisticProof:
    """The moments by t, where they were those by mu."""
    mean, variance, fourth = (_by_t(m) for m in (found.mean, found.variance, found.fourth))
    return replace(found, mean=mean, variance=variance, fourth=fourth)


def _by_t(moments: dict[str, float | None]) -> dict[str, float | None]:
    return {NAMES.get(name, name): number for name, number in moments.items()}


def _in(tree: Any) -> Any:
    """A plain tree, or a table of them, with the names of a black box for those of the law."""
    if isinstance(tree, dict):
        return {NAMES.get(key, key): _in(part) for key, part in tree.items()}
    if isinstance(tree, list):
        return ["sym", NAMES.get(tree[1], tree[1])] if tree[:1] == ["sym"] else [_in(part) for part in tree]
    return tree

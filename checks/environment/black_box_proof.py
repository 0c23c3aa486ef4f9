"""What is known of a black box: the derivative of f, and what its estimators have instead.

They see f through normal noise, so all that is known of them comes from E[f(a)] under a normal law around t,
whose derivative by the mean is that of the smoothed function. Only the target is another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import Expr, Rational, Symbol

from derive.environment.black_box import AsLaw, BlackBox, as_law
from derive.grammar import parse_integrand
from derive.numeric.balls import value
from derive.proof import Proof, StatisticProof
from derive.slopes import slope


def proof(box: BlackBox, request: Mapping[str, Any], wrt: tuple[str, ...]) -> Proof:
    """The proof that the estimators are unbiased for the smoothed function, and by how much they miss f'."""
    from checks.prove import Request, prove

    law = as_law(box, request["integrand"], wrt)
    known = prove(
        Request(
            family=law.family,
            integrand=law.integrand,
            at=tuple((name, str(number)) for name, number in law.point.items()),
            wrt=law.wrt,
            estimators=tuple(request["estimators"]),
            fourth=request["fourth"],
        )
    )
    slopes = _slopes(box, request["integrand"], wrt)
    point = {Symbol(n, real=True): Rational(v.numerator, v.denominator) for n, v in box.point.items()}
    values = {name: value(found, point) for name, found in slopes.items()}
    smoothed = (f"smoothed by {law.names[n]}: {text}" for n, text in known.gradient.items())
    return replace(
        known,
        family=request["family"],
        integrand=request["integrand"],
        at={name: str(number) for name, number in box.point.items()},
        wrt=wrt,
        gradient={name: str(found) for name, found in slopes.items()},
        exact={name: number for name, (number, _) in values.items()},
        radius={name: radius for name, (_, radius) in values.items()},
        requires=(*smoothed, *known.requires),
        statistics={name: _renamed(found, law) for name, found in known.statistics.items()},
        trees={**_in(known.trees, law), "black_box": dict(request["environment"])},
        terms={},
    )


def _slopes(box: BlackBox, integrand: str, wrt: tuple[str, ...]) -> dict[str, Expr]:
    """f' by each coordinate asked for, almost everywhere."""
    symbols = {name: Symbol(name, real=True) for name in box.parameters}
    f = parse_integrand(integrand, dict(symbols))
    return {name: slope(f, symbols[name]) for name in wrt}


def _renamed(found: StatisticProof, law: AsLaw) -> StatisticProof:
    """The moments by the coordinates of t, where they were those by a mean."""
    mean, variance, fourth = (_by_t(m, law) for m in (found.mean, found.variance, found.fourth))
    return replace(found, mean=mean, variance=variance, fourth=fourth)


def _by_t(moments: dict[str, float | None], law: AsLaw) -> dict[str, float | None]:
    return {law.names.get(name) or name: number for name, number in moments.items()}


def _in(tree: Any, law: AsLaw) -> Any:
    """A plain tree, or a table of them, with the names of a black box for those of the law."""
    if isinstance(tree, dict):
        return {law.names.get(key) or key: _in(part, law) for key, part in tree.items()}
    if not isinstance(tree, list):
        return tree
    if tree[:1] != ["sym"] or tree[1] not in law.names:
        return [_in(part, law) for part in tree]
    name = law.names[tree[1]]
    return ["num", "0"] if name is None else ["sym", name]

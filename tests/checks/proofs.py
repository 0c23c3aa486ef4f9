"""Proofs made by hand for the tests of the numeric side, without the prover."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Rational

from checks.run import estimator_called
from derive.deriving import requested
from derive.expectation import Expectation
from derive.plain import to_plain
from derive.proof import Proof, StatisticProof

Numbers = Mapping[str, float]


def proof_of(
    family: str,
    integrand: str,
    wrt: tuple[str, ...] | None = None,
    at: Mapping[str, str] | None = None,
    exact: Numbers | None = None,
    statistics: Mapping[str, StatisticProof] | None = None,
) -> Proof:
    """The expectation's trees with whatever numbers the test states."""
    made = expectation_of(family, integrand, wrt, at)
    names = tuple(s.name for s in made.wrt)
    transport = made.family.transport
    assert transport is not None
    noise = [to_plain(p) for p in transport.noise.parameters]
    return Proof(
        family=family,
        integrand=integrand,
        at={str(s): str(v) for s, v in made.at},
        wrt=names,
        gradient=dict.fromkeys(names),
        exact=dict(exact or dict.fromkeys(names, 0.0)),
        radius=dict.fromkeys(names, 0.0),
        requires=(),
        routes={},
        statistics=dict(statistics or {}),
        trees={
            "integrand": to_plain(made.integrand),
            "log_density": to_plain(made.family.log_density),
            "transport": [to_plain(axis) for axis in transport.map],
            "noise": {"family": transport.noise.name, "parameters": noise},
            "level": None if made.family.cdf is None else to_plain(made.family.cdf),
        },
    )


def expectation_of(
    family: str, integrand: str, wrt: tuple[str, ...] | None = None, at: Mapping[str, str] | None = None
) -> Expectation:
    """The expectation in words."""
    return requested(family, integrand, wrt, {name: Rational(text) for name, text in (at or {}).items()})


def stated(name: str, mean: Numbers, variance: Numbers | None = None, **more: object) -> StatisticProof:
    """What an estimator should show."""
    assert estimator_called(name)
    return StatisticProof(name, dict(mean), dict(variance or {}), **more)  # type: ignore[arg-type]

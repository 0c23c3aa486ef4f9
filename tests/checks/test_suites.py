"""Every check of every suite comes out as expected, and every route that is not refused is proved."""

from __future__ import annotations

import json
from functools import cache

import pytest

from checks import kinds
from checks.catalogue import order
from checks.environment.prove import prove as prove_environment
from checks.higher_order.environment.prove import prove as prove_second_of_return
from checks.higher_order.prove import prove as prove_second
from checks.prove import Request, prove
from checks.run import run_check
from checks.suite import CheckSpec
from checks.suites import SUITES
from derive.proof import Proof

Pairs = tuple[tuple[str, str], ...]
SPECS = [spec for name in SUITES for spec in SUITES[name]]


def _proof(spec: CheckSpec) -> Proof:
    if order(spec.estimator) == 2:
        return _second(spec.family, spec.integrand, spec.at, spec.wrt)
    if kinds.kind_of(spec.family) != kinds.LAW:
        asked = {"family": spec.family, "integrand": spec.integrand, "at": spec.at, "wrt": spec.wrt}
        return prove_environment(
            {**asked, "estimators": [spec.estimator], "fourth": False, **kinds.content(spec.family)}
        )
    return prove(Request(spec.family, spec.integrand, spec.at, spec.wrt, (spec.estimator,)))


@cache
def _second(family: str, integrand: str, at: Pairs, wrt: tuple[str, ...] | None) -> Proof:
    """The proof of a second derivative, with all the estimators that are checked on it: one is dear."""
    alike = (s for s in SPECS if (s.family, s.integrand, s.at, s.wrt) == (family, integrand, at, wrt))
    estimators = tuple(s.estimator for s in alike if order(s.estimator) == 2)
    if kinds.kind_of(family) == kinds.LAW:
        return prove_second(Request(family, integrand, at, wrt, estimators))
    asked = {"family": family, "at": at, "wrt": wrt, "estimators": estimators}
    return prove_second_of_return({**asked, **kinds.content(family)})


@pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])
def test_a_check_comes_out_as_expected(spec: CheckSpec) -> None:
    proof = _proof(spec)
    result = run_check(spec, proof)
    assert result.verdict.outcome == spec.expected
    # Sampling is resorted to only with a reason, such as a lattice without end.
    assert result.verdict.evidence == "exact" or "no exact evidence" in result.verdict.reason
    assert result.to_json()["as_expected"]
    json.dumps(result.to_json(), allow_nan=False)  # raises for what JSON cannot say
    # A route may be refused with its reason, or end where no closed form is known; nothing else is left open.
    left = {n: r.status for n, r in proof.routes.items() if r.refusal is None and r.steps}
    # That of a return's second derivative is the statement about arbitrary laws, with its assumptions.
    arbitrary = order(spec.estimator) == 2 and kinds.kind_of(spec.family) != kinds.LAW
    assert set(left.values()) <= ({"proved-if"} if arbitrary else {"proved"})


def test_there_are_enough_and_some_of_them_fail_on_purpose() -> None:
    assert len(SPECS) >= 60
    assert len({spec.id for spec in SPECS}) == len(SPECS)
    for name in SUITES:
        assert {"agrees", "refuted"} <= {spec.expected for spec in SUITES[name]}


ZERO = [("normal", "a", "sigma"), ("laplace", "a*mu", "b"), ("exponential", "exp(-rate*a)", "rate")]


@pytest.mark.parametrize(("family", "integrand", "wrt"), ZERO, ids=[f"{f}-{g}" for f, g, _ in ZERO])
def test_a_vanishing_gradient_is_proved_to_vanish(family: str, integrand: str, wrt: str) -> None:
    proof = prove(Request(family, integrand, wrt=(wrt,)))
    assert proof.gradient == {wrt: "0"}
    assert {r.status for r in proof.routes.values()} == {"proved"}

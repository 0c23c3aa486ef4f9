"""Every known mistake on two problems: refuted exactly, wrong as its statistic says, and named for it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from checks.catalogue import entries
from checks.diagnosis import diagnose
from checks.estimators import ESTIMATORS
from checks.explain import explain
from checks.mistakes import MISTAKES
from checks.prove import Request, prove
from checks.run import Options, run_check
from checks.suite import CheckSpec
from checks.verdict import Verdict
from derive.proof import Proof
from tests.checks.proofs import expectation_of

Case = tuple[str, str, tuple[str, ...] | None]

# Generic: theta in the integrand too, no symmetry, and several parameters where a mistake mixes them up.
PROBLEMS: tuple[Case, ...] = (
    ("normal", "mu*a**2 + sigma*a", None),
    ("normal", "sigma*a**3 + mu*a", None),
    ("bernoulli", "(a - 1/4)**2*(1 + p)", None),  # at 1/3 two mistakes have one mean by accident
    ("bernoulli", "exp(p*a)", None),
    ("bernoulli_logits", "(a - 1/3)**2*(2 + logits)", None),
    ("bernoulli_logits", "exp(logits*a) + 1/5", None),
    ("poisson", "a**3/10 + rate**2*a", None),
    ("poisson", "exp(a/4)*(2 + rate)", None),
    ("gumbel", "beta*a**2", ("beta",)),
    ("gumbel", "beta**2*a + a**3", ("beta",)),
    ("lognormal", "sigma*a", ("sigma",)),
    ("lognormal", "sigma**2*a + log(a)", ("sigma",)),
    ("uniform", "high*a**2", None),
    ("uniform", "low*a**3 + a", None),
    ("gamma", "a**2 + shape*a", None),
    ("gamma", "a**3/5 + rate*a", None),
    ("von_mises", "a*(1 + mu)", ("mu",)),
    ("von_mises", "sin(a/2) + mu*a", ("mu",)),
)
# Mistakes whose means are the same formula: by the mean alone none of them can be named.
EQUAL = (
    {"cost_dropped", "dropped_distributional_term", "step_transport"},
    {"dropped_explicit_term", "explicit_detached_on_path"},
    {"score_twice", "score_and_pathwise"},
    {"reversed_path", "sign_of_score"},
    {"half_score", "own_sample_in_baseline"},  # of two samples, half of the term is left
)
# Wrong for three outcomes only, whose argmax jumps in three draws: their tests take samples.
OF_THREE = {"gumbel_sign", "one_log_missing"}
# Of laws with more than two outcomes, in closed form: test_unordered_set.py.
OF_THREE |= {"averaged_without_replacement", "other_sample_as_baseline"}
# Twins of the measure-valued estimators, whose draws for several parameters are too many to be replayed:
# theirs are in test_measure_valued.py. With the same mean a more usual mistake is named in their place.
OF_HALVES = {"missing_constant", "halves_swapped", "rayleigh_scale"}
# Of objectives with an entropy, and like others where costs are quadratic: in test_reparametrized.py.
OF_HALVES |= {"entropy_path_lost", "model_mean_forgotten"}
# With the mean of a location that is detached: in test_multi_sample.py.
OF_HALVES |= {"score_not_mirrored"}
MEAN_TOLERANCE = 1e-8


@cache
def proof_of(case: Case) -> Proof:
    family, integrand, wrt = case
    return prove(Request(family, integrand, wrt=wrt, estimators=(*ESTIMATORS, *MISTAKES)))


def applicable() -> list[object]:
    table: list[object] = []
    for name in sorted({*MISTAKES} - OF_HALVES):
        made = [c for c in PROBLEMS if MISTAKES[name].refuses(expectation_of(*c)) is None][:2]
        table += [pytest.param(name, c, id=f"{name}/{c[0]}/{c[1]}") for c in made]
    return table


def verdict_of(name: str, case: Case) -> Verdict:
    family, integrand, wrt = case
    spec = CheckSpec("mistakes", family, integrand, name, wrt=wrt)
    return run_check(spec, proof_of(case), Options(evidence="exact")).verdict


def means(name: str, proof: Proof) -> list[float]:
    found = [proof.statistics[name].mean.get(parameter) for parameter in proof.wrt]
    return [np.nan if v is None else v for v in found]


@pytest.mark.parametrize("name", sorted({*MISTAKES} - OF_THREE - OF_HALVES))
def test_it_can_be_made_on_two_problems(name: str) -> None:
    cases = [c for c in PROBLEMS if MISTAKES[name].refuses(expectation_of(*c)) is None]
    assert len(cases) >= 2


@pytest.mark.parametrize(("name", "case"), applicable())
def test_it_is_refuted_by_exactly_its_bias(name: str, case: Case) -> None:
    verdict, proof = verdict_of(name, case), proof_of(case)
    assert (verdict.outcome, verdict.evidence, verdict.as_stated) == ("refuted", "exact", True), (
        verdict.reason
    )
    estimate = [verdict.estimate[parameter] for parameter in proof.wrt]
    # Torch's special functions and the quadrature of the noise.
    stated = proof.statistics[name]
    loose = max(stated.accuracy.values(), default=0.0)  # of Torch's own implicit gradients
    np.testing.assert_allclose(np.array(estimate, float), means(name, proof), rtol=1e-7 + loose, atol=1e-9)
    for parameter in proof.wrt:
        seen, said = verdict.variance_estimate[parameter], stated.variance[parameter]
        assert said is not None
        assert seen is not None
        # Variances without a closed form are quadrature, believed to a millionth.
        assert seen == pytest.approx(said, rel=1e-5 + 4 * loose, abs=1e-9)


@pytest.mark.parametrize(("name", "case"), applicable())
def test_it_is_named_or_one_of_its_equals(name: str, case: Case) -> None:
    verdict, proof = verdict_of(name, case), proof_of(case)
    own = np.array(means(name, proof))
    close = MEAN_TOLERANCE * np.maximum(np.abs(own), 1.0)
    alike = {
        other
        for other in {*MISTAKES} - OF_HALVES
        if (np.abs(np.array(means(other, proof)) - own) <= close).all()
    }
    if alike == {name}:
        assert verdict.diagnosis is not None
        assert verdict.diagnosis["mistake"] == name
        assert MISTAKES[name].says in verdict.diagnosis["says"]
    else:
        assert any(alike <= equals for equals in EQUAL), alike
        assert verdict.diagnosis is None


@pytest.mark.parametrize("equals", EQUAL, ids=lambda e: " = ".join(sorted(e)))
def test_equals_are_equal_wherever_both_can_be_made(equals: set[str]) -> None:
    shared = 0
    for case in PROBLEMS:
        found = [means(name, proof_of(case)) for name in sorted(equals)]
        known = [m for m in found if not np.isnan(m).any()]
        shared += len(known) > 1
        np.testing.assert_allclose(known, [known[0]] * len(known) if known else [], rtol=1e-9, atol=1e-12)
    assert shared


@pytest.mark.parametrize("name", [n for n in ESTIMATORS if ESTIMATORS[n].unbiased and "measure" not in n])
@pytest.mark.parametrize("case", PROBLEMS, ids=lambda c: f"{c[0]}/{c[1]}")
def test_no_mistake_is_named_for_a_right_estimator(name: str, case: Case) -> None:
    verdict, proof = verdict_of(name, case), proof_of(case)
    assert verdict.diagnosis is None
    if proof.statistics[name].refusal is None:
        assert verdict.outcome == "agrees", verdict.reason
        exact = np.array([proof.exact[parameter] for parameter in proof.wrt])
        assert diagnose(exact - 1e-9, exact + 1e-9, proof) is None


@pytest.mark.parametrize("name", list(MISTAKES))
def test_it_is_listed_and_explained(name: str) -> None:
    entry = next(e for e in entries("mistakes") if e.name == name)
    assert entry.fields["says"] == MISTAKES[name].says
    assert MISTAKES[name].says in explain(name)


def test_there_are_many() -> None:
    assert len(tuple(MISTAKES)) >= 60

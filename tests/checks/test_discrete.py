"""Discrete laws on the numeric side: samplers, the step transport, the two halves, and all their checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from sympy import Rational
from torch import Tensor
from torch import distributions as dist

from checks.draws import masses_of
from checks.evidence.exact import examine
from checks.problem import Problem
from checks.prove import Request, prove
from checks.run import Options, estimator_called, run_check
from checks.samplers import SAMPLERS
from checks.suite import CheckSpec
from checks.suites import SUITES
from derive.deriving import requested
from derive.families import FAMILIES
from derive.plain import to_plain
from derive.proof import Proof
from tests.derive.discrete_oracle import DISCRETE, expectation, gradient, numbers, outcomes, point

Made = Callable[[dict[str, Tensor]], dist.Distribution]


def vector(v: dict[str, Tensor], name: str) -> Tensor:
    return torch.stack([v[f"{name}[{i}]"] for i in range(3)])


# What each ``reference`` says, built by hand.
TORCH: dict[str, tuple[str, Made]] = {
    "bernoulli": ("Bernoulli(probs=p)", lambda v: dist.Bernoulli(probs=v["p"])),
    "bernoulli_logits": ("Bernoulli(logits=logits)", lambda v: dist.Bernoulli(logits=v["logits"])),
    "categorical": ("Categorical(probs=p)", lambda v: dist.Categorical(probs=vector(v, "p"))),
    "categorical_logits": (
        "Categorical(logits=logits)",
        lambda v: dist.Categorical(logits=vector(v, "logits")),
    ),
    "binomial": ("Binomial(total_count=n, probs=p)", lambda v: dist.Binomial(v["n"].detach(), probs=v["p"])),
    "poisson": ("Poisson(rate=rate)", lambda v: dist.Poisson(v["rate"])),
    "geometric": ("Geometric(probs=p)", lambda v: dist.Geometric(probs=v["p"])),
    "negative_binomial": (
        "NegativeBinomial(total_count=r, probs=p)",
        lambda v: dist.NegativeBinomial(v["r"], probs=v["p"]),
    ),
    "bernoulli_product": (
        "Independent(Bernoulli(probs=p), 1)",
        lambda v: dist.Independent(dist.Bernoulli(probs=vector(v, "p")), 1),
    ),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_mass_and_score_are_those_of_torch(name: str) -> None:
    """The score too: it fixes what differentiating by a probability of a simplex means."""
    family = FAMILIES[name]
    at = point(family)
    text, build = TORCH[name]
    assert family.reference == text
    values = {s.name: torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for s, v in at.items()}
    free = [p.symbol for p in family.parameters if not p.fixed]
    for k in outcomes(name, numbers(at))[:9]:
        there = torch.tensor(k if family.dimension > 1 else k[0], dtype=torch.float64)
        found = build(values).log_prob(there)
        image = dict(zip(family.samples, k, strict=True))
        own = float(family.log_density.xreplace(image).subs(at))
        assert found.item() == pytest.approx(own, rel=1e-12)
        slopes = torch.autograd.grad(found, [values[s.name] for s in free])
        scores = [float(family.log_density.diff(s).xreplace(image).subs(at)) for s in free]
        assert [float(x) for x in slopes] == pytest.approx(scores, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("name", DISCRETE)
def test_a_sampler_has_the_mean_and_variance_of_its_law(name: str) -> None:
    """Exactly: its choices are enumerated with their probabilities, and an ordinary run agrees with them."""
    family = FAMILIES[name]
    at = point(family)
    parameters = tuple(float(v) for v in at.values())
    d = family.dimension

    def run(n: int, generator: torch.Generator) -> Tensor:
        drawn = SAMPLERS[name](parameters, (n,) if d == 1 else (n, d), generator)
        assert drawn.dtype == torch.float64
        return drawn.reshape(n, d)

    found = examine(run, d).moments
    for i, a in enumerate(family.samples):
        mean = float(expectation(name, a, at))
        spread = float(expectation(name, a**2, at)) - mean**2
        assert found.mean[i] == pytest.approx(mean, rel=1e-12)
        assert found.variance[i] == pytest.approx(spread, rel=1e-12)
        assert found.mean[i] != pytest.approx(mean * (1 + 1e-9), rel=1e-12)


@pytest.mark.parametrize("name", DISCRETE)
def test_same_generator_same_draws(name: str) -> None:
    parameters = tuple(float(v) for v in point(FAMILIES[name]).values())
    shape = (1000,) if FAMILIES[name].dimension == 1 else (1000, 3)
    one, two, other = (
        SAMPLERS[name](parameters, shape, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_table_of_masses_reaches_past_a_late_peak() -> None:
    table = masses_of(
        lambda k: k * torch.log(torch.tensor(3000.0, dtype=torch.float64)) - torch.lgamma(k + 1)
    )
    assert abs(float((table * torch.arange(len(table))).sum() / table.sum()) - 3000.0) < 1e-6


def test_a_law_without_end_has_no_table() -> None:
    with pytest.raises(OverflowError, match="outcomes are not negligible"):
        masses_of(lambda k: -torch.log1p(k))


LATTICE = [
    spec
    for name in ("score_function", "product_rule")
    for spec in SUITES[name]
    if FAMILIES[spec.family].lattice
]


def proof_of(spec: CheckSpec) -> Proof:
    return prove(Request(spec.family, spec.integrand, spec.at, spec.wrt, (spec.estimator,)))


def test_the_suites_hold_at_least_thirty_checks_of_discrete_laws() -> None:
    assert len(LATTICE) >= 30
    assert len({spec.id for spec in LATTICE}) == len(LATTICE)
    assert {spec.family for spec in LATTICE} == set(DISCRETE)


@pytest.mark.parametrize("spec", LATTICE, ids=[spec.id for spec in LATTICE])
def test_every_check_comes_out_as_expected_by_exact_evidence(spec: CheckSpec) -> None:
    proof = proof_of(spec)
    result = run_check(spec, proof)
    assert result.as_expected, result.verdict.reason
    assert result.verdict.evidence == "exact"
    assert proof.routes["score_function"].status == "proved"
    made = requested(spec.family, spec.integrand, spec.wrt, {n: Rational(v) for n, v in spec.at})
    for wrt in made.wrt:
        truth = float(gradient(spec.family, made.integrand, wrt, made.point))
        assert proof.exact[wrt.name] == pytest.approx(truth, rel=1e-13, abs=1e-14)


# Ber at its first point, by the probability, and Poisson.
REFERENCE = {
    "bernoulli": (Request("bernoulli", "(a - t)**2", (("t", "9/20"),), ("p",)), "p", 0.1, 0.367680625),
    "poisson": (Request("poisson", "a**2"), "rate", 6.0, 299.025),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_means_and_variances_of_the_published_tables(name: str) -> None:
    request, parameter, mean, variance = REFERENCE[name]
    stated = prove(request).statistics["score_function"]
    assert stated.mean[parameter] == pytest.approx(mean, rel=1e-14)
    assert stated.variance[parameter] == pytest.approx(variance, rel=1e-13)


STEPS: dict[str, tuple[str, str]] = {
    "law alone": ("bernoulli", "4*a"),
    "both, finite": ("categorical_logits", "logits[0]*table(1, 9, 4)"),
    "both, infinite": ("poisson", "rate*a**2"),
    "three parameters": ("categorical", "p[0]*table(1, 4, p[1])"),
}


@pytest.mark.parametrize(("family", "integrand"), STEPS.values(), ids=STEPS)
def test_the_step_transport_lacks_exactly_the_distributional_term(family: str, integrand: str) -> None:
    spec = CheckSpec("product-rule", family, integrand, "step_transport", expected="refuted")
    proof = proof_of(spec)
    result = run_check(spec, proof)
    assert result.as_expected
    for name in proof.wrt:
        lost = proof.terms["distributional_term"][name]["value"]
        allowed = 10 * float(result.verdict.detectable_bias[name] or 0.0)
        assert abs(float(result.verdict.bias[name] or 0.0) + lost) <= allowed
        assert allowed < 1e-2 * abs(lost), "a bias that is not seen would pass this test"


def test_the_step_transport_draws_the_law() -> None:
    """Its samples are right; it is their derivative that is not. False alarm below 1e-6 (5 sigma)."""
    proof = prove(Request("binomial", "a"))
    problem = Problem(proof)
    from checks.mistakes.step_transport import _quantile, _reachable

    n = 40_000
    u = torch.rand(n, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    sample = _quantile(problem, u, problem.leaves(n))
    assert sample.requires_grad
    mean = sample.detach().mean().item()
    assert _reachable(problem).tolist() == list(range(8))
    assert abs(mean - 2.1) < 5 * (1.47 / n) ** 0.5
    assert abs(mean - 2.0) > 5 * (1.47 / n) ** 0.5


REFUSALS = {
    "step of a continuum": ("step_transport", "normal", "a**2", "continuous"),
    "step of vectors": ("step_transport", "bernoulli_product", "a[0]", "no quantile function"),
    "path of whole numbers": ("pathwise", "poisson", "a", "whole numbers"),
}


@pytest.mark.parametrize(("estimator", "family", "integrand", "says"), REFUSALS.values(), ids=REFUSALS)
def test_estimators_say_where_they_do_not_apply(
    estimator: str, family: str, integrand: str, says: str
) -> None:
    assert says in str(estimator_called(estimator).refuses(requested(family, integrand)))


class TestHalves:
    """The distributional and the explicit term: N2b and A.1.2 of the catalogue, and moving ends."""

    @pytest.mark.parametrize(
        ("family", "integrand", "parameter", "halves"),
        [
            ("poisson", "(a - rate)**2", "rate", (1.0, 0.0)),
            ("normal", "mu*a**2", "mu", (0.98, 2.18)),
            ("categorical", "table(1, 9, 4)", "p[0]", (-2.6, 0.0)),
            ("bernoulli", "p*a", "p", (2 / 7, 2 / 7)),
        ],
    )
    def test_values(self, family: str, integrand: str, parameter: str, halves: tuple[float, float]) -> None:
        terms = prove(Request(family, integrand)).terms
        found = [terms[name][parameter]["value"] for name in ("distributional_term", "explicit_term")]
        assert found == pytest.approx(halves, rel=1e-14, abs=1e-15)

    @pytest.mark.parametrize(
        ("family", "integrand"),
        [
            ("normal", "mu*a**2 + sigma*a"),
            ("uniform", "high*a**2"),
            ("geometric", "p*a + a**2"),
            ("bernoulli_product", "a[0]*a[1] + p[2]*a[2]"),
            ("poisson", "rate*log(1 + a)"),
        ],
    )
    def test_together_they_are_the_gradient(self, family: str, integrand: str) -> None:
        proof = prove(Request(family, integrand))
        assert ("boundary_term" in proof.terms) == (family == "uniform")
        for name in proof.wrt:
            parts = [term[name]["value"] for term in proof.terms.values()]
            assert sum(parts) == pytest.approx(proof.exact[name], rel=1e-9)
            assert all(part != pytest.approx(proof.exact[name], rel=1e-6) for part in parts) or 0.0 in parts

    def test_a_term_without_a_closed_form_is_said_as_an_expectation(self) -> None:
        terms = prove(Request("poisson", "rate*log(1 + a)")).terms
        assert terms["explicit_term"]["rate"]["text"] == "E_[a ~ poisson(rate)][log(a + 1)]"

    def test_the_report_carries_them(self) -> None:
        spec = CheckSpec("product-rule", "poisson", "rate*a", "score_function")
        proof = proof_of(spec)
        record = run_check(spec, proof).to_json()
        assert record["terms"] == proof.terms
        assert record["terms"]["explicit_term"]["rate"] == {"text": "rate", "value": 2.5}
        assert Proof.from_json(proof.to_json()) == proof


def test_sampling_evidence_works_too() -> None:
    """Discrete draws by the thousand, at the default error rates of one in a million."""
    options = Options(evidence="sampling", resolution=0.1)
    spec = CheckSpec(
        "score-function", "categorical_logits", "table(1, 2, 9)", "score_function", wrt=("logits[2]",)
    )
    result = run_check(spec, proof_of(spec), options)
    assert (result.verdict.outcome, result.verdict.evidence) == ("agrees", "sampling")
    wrong = replace(spec, estimator="sign_of_score", expected="refuted")
    assert run_check(wrong, proof_of(wrong), options).verdict.outcome == "refuted"


def test_problems_of_discrete_laws_know_their_support() -> None:
    proof = prove(Request("binomial", "a", (("n", "4"),)))
    assert Problem(proof).support == ((0.0, 4.0),)
    assert proof.trees["law"] == {
        "family": "binomial",
        "parameters": [to_plain(s) for s in FAMILIES["binomial"].symbols],
        "support": [[["num", "0"], ["sym", "n"]]],
    }
    assert prove(Request("normal", "a")).trees["law"] is None

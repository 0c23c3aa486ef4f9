"""Right estimators of many laws, and wrong ones beside them: how they are found out depends on their draws.

About 10 s on an idle core, most of it the proofs.
"""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

import sys

import pytest

from checks.grading.answers import CodeTask, TaskFinding
from checks.grading.grader import Grader
from checks.grading.judging import grade_code
from checks.prover import answer
from derive.proof import Proof

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sealed processes are Linux's")

HEAD = """
import torch
import torch.distributions as D

def score(f, theta, law, n):
    a = law.sample((n,))
    c = f(a)
    return (c.detach() * law.log_prob(a) + c).mean()

def path(f, law, n):
    return f(law.rsample((n,))).mean()

def estimate(f, theta, n):
"""
SAMPLE = "sample for sample"
# Family, integrand, right body, wrong body, how the right one is found right.
CASES = {
    "poisson": ("poisson", "a**2", "score(f, theta, D.Poisson(theta.rate), n)", "1.001 * score(f, theta, D.Poisson(theta.rate), n)", SAMPLE),
    "binomial": ("binomial", "a**2", "score(f, theta, D.Binomial(7, theta.p), n)", "n * score(f, theta, D.Binomial(7, theta.p), n)", SAMPLE),
    "categorical": ("categorical", "table(1,4,2)", "score(f, theta, D.Categorical(theta.p), n)", "2 * score(f, theta, D.Categorical(theta.p), n)", SAMPLE),
    "bernoulli": ("bernoulli", "(a - 2/5)**2", "score(f, theta, D.Bernoulli(theta.p), n)", "score(f, theta, D.Bernoulli(theta.p * 0.9), n)", SAMPLE),
    "threshold": ("bernoulli", "(a - 2/5)**2", "score(f, theta, type('L', (D.Bernoulli,), {'sample': lambda s, k: (torch.rand(k, dtype=torch.float64) < s.probs).double()})(theta.p), n)", "f((torch.rand(n) < theta.p).double()).mean() + 0 * theta.p", "replayed"),
    "gamma-score": ("gamma", "a**2", "score(f, theta, D.Gamma(theta.shape, theta.rate), n)", "3 * score(f, theta, D.Gamma(theta.shape, theta.rate), n)", SAMPLE),
    "gamma-path": ("gamma", "a**2", "path(f, D.Gamma(theta.shape, theta.rate), n)", "path(f, D.Gamma(theta.shape.detach(), theta.rate), n)", "replayed"),
    "kumaraswamy": ("kumaraswamy", "a**2", "f((1 - (1 - torch.rand(n, dtype=torch.float64)) ** (1 / theta.b1)) ** (1 / theta.a1)).mean()", "f((1 - torch.rand(n, dtype=torch.float64) ** (1 / theta.a1)) ** (1 / theta.b1)).mean()", SAMPLE),
    "cauchy": ("cauchy", "cos(a)", "path(f, D.Cauchy(theta.mu, theta.gamma), n)", "-path(f, D.Cauchy(theta.mu, theta.gamma), n)", SAMPLE),
    "logistic": ("logistic", "a**2", "f(theta.mu + theta.s * torch.logit(torch.rand(n, dtype=torch.float64))).mean()", "f(theta.mu - theta.s * torch.rand(n, dtype=torch.float64).log()).mean()", SAMPLE),
    "half-normal": ("half_normal", "a**3", "path(f, D.HalfNormal(theta.sigma), n)", "f(theta.sigma * torch.randn(n, dtype=torch.float64)).mean()", "replayed"),
    "a-jump": ("normal", "Heaviside(a - 1)", "score(f, theta, D.Normal(theta.mu, theta.sigma), n)", "path(f, D.Normal(theta.mu, theta.sigma), n)", SAMPLE),
    "plane": ("multivariate_normal", "a[0]*a[1]", "path(f, D.MultivariateNormal(theta.mu, scale_tril=theta.L), n)", "path(f, D.MultivariateNormal(theta.mu, scale_tril=theta.L), n) / n", SAMPLE),
    "antithetic": ("normal", "mu*a + a**2", "(lambda z: f(theta.mu + theta.sigma * torch.cat([z, -z])[:n]).mean())(torch.randn((n + 1) // 2, dtype=torch.float64))", "(lambda z: f(theta.mu + theta.sigma * torch.cat([z, z])[:n]).sum() / (n + 1))(torch.randn((n + 1) // 2, dtype=torch.float64))", "n = 2 and 3"),
}  # fmt: skip


@pytest.fixture(scope="module")
def proofs() -> dict[tuple[str, str], Proof]:
    return {}


def judged(body: str, family: str, integrand: str, grader: Grader, known: dict[tuple[str, str], Proof]) -> TaskFinding:  # fmt: skip
    task = CodeTask(
        "estimate", family, integrand, seed=5, requires=("unbiased", "n_samples", "no_closed_form")
    )
    if (family, integrand) not in known:
        known[family, integrand] = Proof.from_json(answer(task.request())["proof"])
    source = f"{HEAD}    return {body}\n".encode()
    (found,) = grade_code(source, [task], [known[family, integrand]], grader)
    return found


@pytest.mark.parametrize("name", CASES)
def test_right_and_wrong_are_told_apart(
    name: str, grader: Grader, proofs: dict[tuple[str, str], Proof]
) -> None:
    family, integrand, right, wrong, how = CASES[name]
    good = judged(right, family, integrand, grader, proofs)
    assert (good.outcome, all(good.met.values())) == ("agrees", True), good
    assert how in good.says
    bad = judged(wrong, family, integrand, grader, proofs)
    assert bad.outcome == "refuted", bad
    assert not bad.met["unbiased"]


def test_who_seeds_in_every_call_is_told(grader: Grader, proof: Proof) -> None:
    source = HEAD + "    torch.manual_seed(1)\n    return path(f, D.Normal(theta.mu, theta.sigma), n)\n"
    (found,) = grade_code(source.encode(), [CodeTask("estimate", "normal", "mu*a + a**2")], [proof], grader)
    assert [note.kind for note in found.notes if "seeds torch" in note.says] == ["self_seeded"]

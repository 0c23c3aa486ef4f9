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
import random
import numpy as np
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
    "threshold": ("bernoulli", "(a - 2/5)**2", "score(f, theta, type('L', (D.Bernoulli,), {'sample': lambda s, k: (torch.rand(k, dtype=torch.float64) < s.probs).double()})(theta.p), n)", "f((torch.rand(n) < theta.p).double()).mean() + 0 * theta.p", SAMPLE),
    "gamma-score": ("gamma", "a**2", "score(f, theta, D.Gamma(theta.shape, theta.rate), n)", "3 * score(f, theta, D.Gamma(theta.shape, theta.rate), n)", SAMPLE),
    "gamma-path": ("gamma", "a**2", "path(f, D.Gamma(theta.shape, theta.rate), n)", "path(f, D.Gamma(theta.shape.detach(), theta.rate), n)", "replayed"),
    "kumaraswamy": ("kumaraswamy", "a**2", "f((1 - (1 - torch.rand(n, dtype=torch.float64)) ** (1 / theta.b1)) ** (1 / theta.a1)).mean()", "f((1 - torch.rand(n, dtype=torch.float64) ** (1 / theta.a1)) ** (1 / theta.b1)).mean()", SAMPLE),
    "cauchy": ("cauchy", "cos(a)", "path(f, D.Cauchy(theta.mu, theta.gamma), n)", "-path(f, D.Cauchy(theta.mu, theta.gamma), n)", SAMPLE),
    "logistic": ("logistic", "a**2", "f(theta.mu + theta.s * torch.logit(torch.rand(n, dtype=torch.float64))).mean()", "f(theta.mu - theta.s * torch.rand(n, dtype=torch.float64).log()).mean()", SAMPLE),
    "half-normal": ("half_normal", "a**3", "path(f, D.HalfNormal(theta.sigma), n)", "f(theta.sigma * torch.randn(n, dtype=torch.float64)).mean()", SAMPLE),
    "a-jump": ("normal", "Heaviside(a - 1)", "score(f, theta, D.Normal(theta.mu, theta.sigma), n)", "path(f, D.Normal(theta.mu, theta.sigma), n)", SAMPLE),
    "plane": ("multivariate_normal", "a[0]*a[1]", "path(f, D.MultivariateNormal(theta.mu, scale_tril=theta.L), n)", "path(f, D.MultivariateNormal(theta.mu, scale_tril=theta.L), n) / n", SAMPLE),
    "box-muller": ("normal", "mu*a + a**2", "(lambda u, v: f(theta.mu + theta.sigma * (-2 * u.log()).sqrt() * (2 * torch.pi * v).cos()).mean())(*torch.rand(2, n, dtype=torch.float64))", "(lambda u, v: f(theta.mu + theta.sigma * (-u.log()).sqrt() * (2 * torch.pi * v).cos()).mean())(*torch.rand(2, n, dtype=torch.float64))", SAMPLE),
    "two-gumbels": ("relaxed_bernoulli_logits", "a**2", "(lambda g: f(torch.sigmoid((theta.logits + g[0] - g[1]) / theta.tau)).mean())(-torch.log(-torch.log(torch.rand(2, n, dtype=torch.float64))))", "(lambda g: f(torch.sigmoid((theta.logits + g[0]) / theta.tau)).mean())(-torch.log(-torch.log(torch.rand(2, n, dtype=torch.float64))))", SAMPLE),
    "relaxed": ("relaxed_bernoulli_logits", "a**2", "f(torch.sigmoid((theta.logits + torch.logit(torch.rand(n, dtype=torch.float64))) / theta.tau)).mean()", "f(torch.sigmoid(theta.logits + torch.logit(torch.rand(n, dtype=torch.float64)) / theta.tau)).mean()", SAMPLE),
    "gumbel-max": ("categorical_logits", "table(1,4,2)", "(lambda a: (f(a) * theta.logits.log_softmax(0)[a]).mean())((theta.logits.detach() - torch.log(-torch.log(torch.rand(n, 3, dtype=torch.float64)))).argmax(-1))", "(lambda a: (f(a) * theta.logits.log_softmax(0)[a]).mean())((2.0 * theta.logits.detach() - torch.log(-torch.log(torch.rand(n, 3, dtype=torch.float64)))).argmax(-1))", SAMPLE),
    "gumbel-max-and-baseline": ("categorical_logits", "table(1,4,2)", "(lambda a: ((f(a) - 2) * theta.logits.log_softmax(0)[a]).mean())((torch.empty(3, n, dtype=torch.float64).exponential_() / theta.logits.detach().softmax(0)[:, None]).argmin(0))", "(lambda a: ((f(a) - f(a).mean()) * theta.logits.log_softmax(0)[a]).mean())((torch.empty(3, n, dtype=torch.float64).exponential_() / theta.logits.detach().softmax(0)[:, None]).argmin(0))", "enumerated"),
    "numpy-choice": ("categorical_logits", "table(1,4,2)", "(lambda a: (f(a) * theta.logits.log_softmax(0)[a]).mean())(torch.from_numpy(np.random.choice(3, size=n, p=theta.logits.detach().softmax(0).numpy())))", "(lambda a: (f(a) * theta.logits.log_softmax(0)[a]).mean())(torch.tensor(random.choices(range(3), k=n)))", SAMPLE),
    "geometric": ("geometric", "a**2", "score(f, theta, type('L', (D.Geometric,), {'sample': lambda s, k: torch.floor(torch.log1p(-torch.rand(k, dtype=torch.float64)) / torch.log1p(-s.probs.detach()))})(theta.p), n)", "score(f, theta, type('L', (D.Geometric,), {'sample': lambda s, k: torch.ceil(torch.log1p(-torch.rand(k, dtype=torch.float64)) / torch.log1p(-s.probs.detach()))})(theta.p), n)", SAMPLE),
    "nearly-the-threshold": ("bernoulli", "(a - 2/5)**2", "score(f, theta, type('L', (D.Bernoulli,), {'sample': lambda s, k: (torch.rand(k) < s.probs).double()})(theta.p), n)", "score(f, theta, type('L', (D.Bernoulli,), {'sample': lambda s, k: (torch.rand(k, dtype=torch.float64) < 1.001 * s.probs).double()})(theta.p), n)", SAMPLE),
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

"""Right estimators as source code: a way to draw, a way to turn draws into gradients, a way to return them.

Each fragment is the body of ``gradients(f, theta, n)``, as people write them. All combinations are right for
the problems that they are given to.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from textwrap import indent

from tests.studies.program.laws import RAND, Law
from tests.studies.program.problems import Problem
from tests.studies.submissions import HANDED_IN

HEAD = (
    "import math\nimport numpy as np\nimport torch\nimport torch.distributions as D\n"
    "import torch.nn.functional as F\n\n\n"
)
# Of a scalar ``loss``: what is handed back.
RETURNS = {
    "surrogate": "return loss",
    "autograd": "return torch.autograd.grad(loss, [{leaves}])",
    "by name": "g = torch.autograd.grad(loss, [{leaves}])\nreturn dict(zip([{names}], g))",
    "stacked": "return torch.stack(torch.autograd.grad(loss, [{leaves}]))",
    "backward": "loss.backward()\nreturn [{grads}]",
    "numbers": "return [float(g) for g in torch.autograd.grad(loss, [{leaves}])]",
    "numpy": "return np.array([g.item() for g in torch.autograd.grad(loss, [{leaves}])])",
}
# Of costs ``c [n]`` with a graph: a scalar ``loss``.
MEANS = {
    "mean": "loss = {c}.mean()",
    "sum over n": "loss = {c}.sum() / n",
    "einsum": "loss = torch.einsum('i->', {c}) / n",
    "weights": "loss = torch.dot(torch.full((n,), 1.0 / n, dtype=torch.float64), {c}.double())",
    "running mean": "x = {c}\nloss = x[0]\nfor i in range(1, n):\n    loss = loss + (x[i] - loss) / (i + 1)",
}
# Of samples ``a`` without a graph: costs whose gradient is the score function's.
SCORES = {
    "product rule": "c = f(a)\nlog_p = {log_p}\nx = c.detach() * log_p + c",
    "dice": "log_p = {log_p}\nx = torch.exp(log_p - log_p.detach()) * f(a)",
    "ratio": "p = ({log_p}).exp()\nx = p / p.detach() * f(a)",
    "constant baseline": "c = f(a)\nx = (c.detach() - 1.7) * ({log_p}) + c",
    "leave one out": "c = f(a)\nlog_p = {log_p}\nd = c.detach()\n"
    "base = (d.sum() - d) / (n - 1) if n > 1 else 0.0\nx = (d - base) * log_p + c",
    "loop": "x = []\nfor s in a:\n    c = f(s[None])[0]\n"
    "    x.append(c.detach() * _log_p(theta, s[None])[0] + c)\nx = torch.stack(x)",
    "no grad": "with torch.no_grad():\n    d = f(a)\nx = d * ({log_p}) + f(a)",
}
# Samples depend on one another: calls are replayed one by one, for seconds, where a gradient is taken inside.
INTERACTING = ("antithetic", "stratified", "leave one out")
# A Python loop over 64 samples takes as long as a hundred other estimators: a few are enough. So does
# quadrature of noise that float32 has rounded, which is rough.
SLOW, FEW = ("loop", "one by one", "running mean", "float32 noise"), 0.05
# And so do ways that go one call by one: with Torch's own beta draws, all that need samples in one row.
SLOW_OF = {"beta": (*SLOW, *INTERACTING, "einsum", "weights", "sum over n")}
# Pathwise gradients of this law have no variance: however many are drawn, it is hardly ever decided.
HEAVY = ("cauchy",)
# A law whose draws are not replayed: they are sampled, call by call.
SAMPLED = ("negative_binomial",)


def paths(law: Law) -> dict[str, str]:
    """All ways to draw with a graph: bodies that end with ``a``."""
    found = {name: f"a = {code}" for name, code in law.paths.items()}
    if law.torch and law.score | bool(law.quantile) and _reparametrised(law):
        found["rsample"] = f"a = {law.torch}.rsample((n,))"
    if law.quantile:
        found["quantiles"] = f"u = {RAND}\na = {law.quantile}"
        found["antithetic"] = (
            "u = torch.rand((n + 1) // 2, dtype=torch.float64)\n"
            f"u = torch.cat([u, 1 - u])[:n]\na = {law.quantile}"
        )
        found["stratified"] = f"u = (torch.arange(n) + {RAND}) / n\na = {law.quantile}"
    return found


DISCRETE = ("bernoulli", "bernoulli_logits", "categorical_logits", "binomial", "poisson", "geometric",
            "negative_binomial")  # fmt: skip


def _reparametrised(law: Law) -> bool:
    return law.family not in DISCRETE


def draws(law: Law) -> dict[str, str]:
    """All ways to draw without a graph."""
    found = {}
    if law.torch:
        found["sample"] = f"a = {law.torch}.sample((n,))"
    for name, code in paths(law).items():
        if name not in INTERACTING:
            found[f"{name}, detached"] = f"{code}\na = a.detach()"
    if law.family in ("bernoulli", "bernoulli_logits"):
        p = "theta.p" if law.family == "bernoulli" else "torch.sigmoid(theta.logits)"
        found["coin"] = f"a = ({RAND} < {p}).double()"
    if law.family == "categorical_logits":
        found["gumbel-max"] = (
            "u = torch.rand(n, 3, dtype=torch.float64)\n"
            "a = (theta.logits - torch.log(-torch.log(u))).argmax(-1)"
        )
        found["multinomial"] = "a = torch.multinomial(theta.logits.softmax(-1), n, replacement=True)"
    if law.family == "geometric":
        found["quantiles"] = f"a = torch.floor(torch.log({RAND}) / torch.log1p(-theta.p)).detach()"
    return found


def log_ps(law: Law) -> dict[str, str]:
    """All ways to write the log-density of ``a``, up to what theta does not move."""
    found = {"by hand": law.log_p} if law.log_p else {}
    if law.torch:
        found["log_prob"] = f"{law.torch}.log_prob(a)"
    return found


def _special(problem: Problem) -> dict[str, str]:
    """Whole bodies for some laws."""
    law, found = problem.law, {}
    p = {"bernoulli": "theta.p", "bernoulli_logits": "torch.sigmoid(theta.logits)"}.get(law.family)
    if p:
        ends = "none, one = f(torch.tensor([0.0, 1.0], dtype=torch.float64))\n"
        found["every outcome"] = f"{ends}p = {p}\nreturn p * one + (1 - p) * none"
    if law.family == "binomial":
        found["every outcome"] = (
            f"a = torch.arange(8, dtype=torch.float64)\nreturn ({law.torch}.log_prob(a).exp() * f(a)).sum()"
        )
    if law.family == "categorical_logits":
        found["every outcome"] = "return (theta.logits.softmax(-1) * f(torch.arange(3))).sum()"
    if law.family == "poisson" and not problem.explicit:
        found["measure-valued"] = "a = D.Poisson(theta.rate).sample((n,))\nreturn [(f(a + 1) - f(a)).mean()]"
    if law.family == "normal" and not problem.explicit:
        found |= _of_normal(problem)
    return found


def _of_normal(problem: Problem) -> dict[str, str]:
    leaf = "mu, sigma = theta.mu.detach(), theta.sigma.detach()\n"
    noise = "b = torch.randn(n, dtype=torch.float64)\n"
    found = {
        "scores by hand, a row each": f"{leaf}{noise}c = f(mu + sigma * b)\n"
        "return torch.stack([c * b / sigma, c * (b**2 - 1) / sigma], -1).detach()",
    }
    if problem.smooth:
        found["central differences"] = (
            f"{leaf}{noise}h = 1e-5\nby_mu = (f(mu + h + sigma * b) - f(mu - h + sigma * b)) / (2 * h)\n"
            "by_sigma = (f(mu + (sigma + h) * b) - f(mu + (sigma - h) * b)) / (2 * h)\n"
            "return [by_mu.mean(), by_sigma.mean()]"
        )
        found["slopes by hand, a row each"] = (
            f"{leaf}{noise}a = (mu + sigma * b).requires_grad_()\n"
            "(slope,) = torch.autograd.grad(f(a).sum(), [a])\nreturn torch.stack([slope, slope * b], -1)"
        )
        found["torch.func"] = (
            f"{noise}g = torch.func.grad(lambda t: f(t[0] + t[1] * b).mean())\n"
            "return g((theta.mu.detach(), theta.sigma.detach()))"
        )
        found["custom function"] = (
            "class Affine(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, mu, sigma, e):\n"
            "        ctx.save_for_backward(e)\n        return mu + sigma * e\n\n    @staticmethod\n"
            "    def backward(ctx, out):\n        (e,) = ctx.saved_tensors\n"
            f"        return out.sum(), (out * e).sum(), None\n\n{noise}"
            "return f(Affine.apply(theta.mu, theta.sigma, b)).mean()"
        )
    found["importance weights"] = (
        f"P, Q = {problem.law.torch}, D.Normal(theta.mu.detach(), 1.5 * theta.sigma.detach())\n"
        "a = Q.sample((n,))\nreturn (torch.exp(P.log_prob(a) - Q.log_prob(a)) * f(a)).mean()"
    )
    return found


def returned(law: Law, name: str) -> str:
    """The end of a body that has a ``loss``."""
    fill = {
        "leaves": ", ".join(f"theta.{leaf}" for leaf in law.whole),
        "names": ", ".join(f"'{leaf}'" for leaf in law.whole),
        "grads": ", ".join(f"theta.{leaf}.grad.clone()" for leaf in law.whole),
    }
    return RETURNS[name].format(**fill)


def picked(ways: Mapping[str, str], rng: random.Random, quick: bool, law: Law) -> tuple[str, str]:
    """One of the ways; slow ones now and then, and never where many calls are made."""
    slow, which = not quick and rng.random() < FEW, SLOW_OF.get(law.family, SLOW)
    return rng.choice(sorted((k, v) for k, v in ways.items() if slow or not k.startswith(which)))


def moves(problem: Problem, rng: random.Random) -> bool:
    """Whether samples may be moved with theta; where it is hopeless, now and then."""
    sensible = problem.law.family not in HEAVY or rng.random() < FEW
    return bool(paths(problem.law)) and not problem.jumps and sensible


def returning(law: Law, rng: random.Random, quick: bool) -> str:
    """How a body ends: mostly with a surrogate, of which many calls are made in one."""
    if law.leaves or quick or rng.random() < 0.98:
        return "surrogate"
    return rng.choice(sorted(RETURNS))


def body(problem: Problem, rng: random.Random, quick: bool) -> tuple[str, str]:
    """A random style and its ``gradients(f, theta, n)``; a ``quick`` one where it will be sampled."""
    law, quick = problem.law, quick or problem.law.family in SAMPLED
    ways = ["score"] * bool(law.score) * 2 + ["path"] * moves(problem, rng) * 2
    special = _special(problem)
    way = rng.choice([*ways, *["special"] * bool(special and not quick)])
    if way == "special":
        return rng.choice(sorted(special.items()))
    end = returning(law, rng, quick)
    mean, total = picked(MEANS, rng, quick, law)
    if way == "path":
        name, draw = picked(paths(law), rng, quick, law)
        end = "surrogate" if name in INTERACTING else end
        return f"path: {name}, {mean}, {end}", f"{draw}\n{total.format(c='f(a)')}\n{returned(law, end)}"
    name, draw = picked(draws(law), rng, quick, law)
    kind, costs = picked(SCORES, rng, quick, law)
    end = "surrogate" if kind in INTERACTING else end
    how, log_p = rng.choice(sorted(log_ps(law).items()))
    text = f"{draw}\n{costs.format(log_p=log_p)}\n{total.format(c='x')}\n{returned(law, end)}"
    if "_log_p(" in text:
        text = f"def _log_p(theta, a):\n    return {log_p}\n\n\n{text}"
    return f"score: {name}, {kind}, {how}, {mean}, {end}", text


def source(body_: str, handed_in: str) -> str:
    """A file that defines ``estimate``."""
    return f"{HEAD}def gradients(f, theta, n):\n{indent(body_, '    ')}\n\n\n{HANDED_IN[handed_in]}"

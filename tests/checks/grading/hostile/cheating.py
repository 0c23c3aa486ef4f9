"""Numbers that look right: closed forms, invented noise, memories, and honest mistakes with their names.

The expectation is E[mu*a + a**2], a ~ Normal(mu, sigma): its gradient is (4 mu, 2 sigma).
"""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import RIGHT, WRONG, Case

_D = "def estimate(f, theta, n):\n"


def _case(text: str, *answers: str, unmet: str | None = None, mistake: str | None = None) -> Case:
    return Case(RIGHT + WRONG + text, answers, unmet=unmet, mistake=mistake)


# The mean may be right; what is not met is named.
CHEATING: dict[str, Case] = {
    "closed-form": _case(
        f"{_D}    return [4 * theta.mu.detach(), 2 * theta.sigma.detach()]\n", "agrees", unmet="no_closed_form"
    ),
    "closed-form-that-asks": _case(
        f"{_D}    f(theta.mu + theta.sigma * torch.randn(n))\n"
        "    return [4 * theta.mu.detach(), 2 * theta.sigma.detach()]\n",
        "agrees", unmet="no_closed_form",
    ),
    "closed-form-with-invented-noise": _case(
        f"{_D}    z = torch.randn(n, dtype=torch.float64)\n    f(theta.mu + theta.sigma * z)\n"
        "    m, s = theta.mu.detach(), theta.sigma.detach()\n"
        "    return [(4*m + 3*s*z).mean(), (2*s + (3*m + s)*z).mean()]\n",
        "agrees", unmet="no_closed_form",
    ),
    "the-whole-estimator-with-its-own-integrand": _case(
        f"{_D}    a = theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)\n    f(a)\n"
        "    return (theta.mu * a + a**2).mean()\n",
        "agrees", unmet="no_closed_form",
    ),
    "closed-form-with-a-trace-of-f": _case(
        f"{_D}    a = theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)\n"
        "    m, s = theta.mu.detach(), theta.sigma.detach()\n    return [4*m + 1e-10*f(a).mean(), 2*s]\n",
        "agrees", unmet="no_closed_form",
    ),
    "surrogate-of-the-expectation": _case(
        f"{_D}    return 2 * theta.mu**2 + theta.sigma**2\n", "agrees", unmet="no_closed_form"
    ),
    "quadrature": _case(
        f"{_D}    import numpy\n    x, w = numpy.polynomial.hermite_e.hermegauss(9)\n"
        "    x, w = torch.from_numpy(x), torch.from_numpy(w / w.sum())\n"
        "    return (w * f(theta.mu + theta.sigma * x)).sum()\n",
        "agrees", unmet="n_samples",
    ),
    "one-sample-only": _case(f"{_D}    return right(f, theta, 1)\n", "agrees", unmet="n_samples"),
    "half-of-the-samples": _case(f"{_D}    return right(f, theta, max(n // 2, 1))\n", "agrees", unmet="n_samples"),
    "asks-all-and-uses-half": _case(
        f"{_D}    return f(theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64))[: n // 2 + 1].mean()\n",
        "agrees", unmet="n_samples",
    ),
    "the-other-estimator": _case(
        f"{_D}    law = torch.distributions.Normal(theta.mu, theta.sigma)\n    a = law.sample((n,))\n"
        "    return (f(a).detach() * law.log_prob(a) + f(a)).mean()\n",
        "agrees", unmet="estimator",
    ),
    "another-variance": _case(
        f"{_D}    z = torch.randn(n, dtype=torch.float64)\n    a, b = theta.mu + theta.sigma * z, theta.mu - theta.sigma * z\n"
        "    return (f(a) + f(b)).mean() / 2\n",
        "agrees", unmet="variance",
    ),
    # These have another mean.
    "cached-first-answer": _case(
        "kept = []\n" + f"{_D}    if not kept:\n        g = right(f, theta, n)\n"
        "        kept.extend(torch.autograd.grad(g, [theta.mu, theta.sigma]))\n    return [x.clone() for x in kept]\n",
        "refuted", "inconclusive",
    ),
    "fixed-noise": _case(
        "Z = torch.linspace(-2, 2, 4096, dtype=torch.float64)\n"
        f"{_D}    return f(theta.mu + theta.sigma * Z[:n]).mean()\n", "refuted",
    ),
    "counts-its-calls": _case(
        "calls = [0]\n" + f"{_D}    calls[0] += 1\n    return right(f, theta, n) * (1 if calls[0] < 3 else 0.5)\n",
        "refuted", "inconclusive",
    ),
    "right-for-few-samples": _case(f"{_D}    return right(f, theta, n) * (1 if n < 10 else 0.5)\n", "refuted", "inconclusive"),
    "right-for-many-samples": _case(f"{_D}    return right(f, theta, n) * (0.5 if n < 10 else 1)\n", "refuted", "inconclusive", "agrees"),
    "right-where-noise-is-small": _case(
        f"{_D}    z = torch.randn(n, dtype=torch.float64)\n"
        "    return f(theta.mu + theta.sigma * z.clamp(-2, 2)).mean()\n", "refuted",
    ),
    "off-by-a-thousandth": _case(f"{_D}    return 1.001 * right(f, theta, n)\n", "refuted"),
    "biased-noise": _case(
        f"{_D}    return f(theta.mu + theta.sigma * (torch.randn(n, dtype=torch.float64) + 0.01)).mean()\n", "refuted"
    ),
    "its-own-uniform-noise": _case(
        f"{_D}    z = (torch.rand(n, dtype=torch.float64) - 0.5) * 12 ** 0.5\n    return f(theta.mu + theta.sigma * z).mean()\n",
        "agrees", unmet="no_closed_form",  # with the first two moments of the law it is right here, by luck
    ),
    "zero": _case(f"{_D}    return 0 * theta.mu + 0 * theta.sigma\n", "refuted"),
    "large": _case(f"{_D}    return [1e308, -1e308]\n", "result"),
    "noise-alone": _case(f"{_D}    return list(torch.randn(2, dtype=torch.float64))\n", "refuted"),
    "not-a-number": _case(f"{_D}    return [float('nan'), 4.0]\n", "result"),
    "infinite": _case(f"{_D}    return [float('inf'), 4.0]\n", "result"),
    "one-number": _case(f"{_D}    return [1.0]\n", "result"),
    "complex": _case(f"{_D}    return torch.ones(2, dtype=torch.complex128)\n", "result"),
    "nothing": _case(f"{_D}    right(f, theta, n).backward()\n", "result"),
    "detached": _case(f"{_D}    return right(f, theta, n).detach()\n", "result"),
    "misspelt": _case(f"{_D}    return f(theta.mu + theta.sgima * torch.randn(n)).mean()\n", "raised"),
}  # fmt: skip

_NORMAL = "    law = torch.distributions.Normal(theta.mu, theta.sigma)\n"
# What students get wrong, by the name that it must be given.
MISTAKEN: dict[str, Case] = {
    "negated": _case(f"{_D}    return -right(f, theta, n)\n", "refuted", mistake="negated"),
    "doubled": _case(f"{_D}    return 2 * right(f, theta, n)\n", "refuted", mistake="doubled"),
    "summed": _case(f"{_D}    return n * right(f, theta, n)\n", "refuted", mistake="sum_for_mean"),
    "explicit-term-dropped": _case(
        f"{_D}{_NORMAL}    a = law.sample((n,))\n    return (f(a).detach() * law.log_prob(a)).mean()\n",
        "refuted", mistake="dropped_explicit_term",
    ),
    "distributional-term-dropped": _case(
        f"{_D}{_NORMAL}    return f(law.sample((n,))).mean()\n", "refuted",
        mistake="dropped_distributional_term",
    ),
    "cost-not-detached-twice": _case(
        f"{_D}{_NORMAL}    a = law.rsample((n,))\n    return (f(a).detach() * law.log_prob(a.detach()) + 2*f(a)).mean()\n",
        "refuted",
    ),
    "variance-for-scale": _case(
        f"{_D}    return f(theta.mu + theta.sigma**2 * torch.randn(n, dtype=torch.float64)).mean()\n",
        "refuted", mistake="squared_scale",
    ),
    "scale-detached": _case(
        f"{_D}    return f(theta.mu + theta.sigma.detach() * torch.randn(n, dtype=torch.float64)).mean()\n",
        "refuted", mistake="detached_scale",
    ),
    "own-sample-in-baseline": _case(
        f"{_D}{_NORMAL}    a = law.sample((n,))\n    c = f(a)\n"
        "    return ((c - c.mean()).detach() * law.log_prob(a)).mean()\n",
        "refuted", mistake="own_sample_in_baseline",
    ),
}  # fmt: skip

"""Right submissions of varied style, put together from fragments written by hand.

Each is a way to draw, a way to turn draws into gradients, and a way to hand a function in. Every combination
here is right, for a normal law unless its name says otherwise.
"""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

HEAD = "import math\nimport numpy as np\nimport torch\nimport torch.distributions as D\nfrom torch import Tensor\n\n"

# draw(theta, n): samples with a graph to the parameters.
REPARAMETRISED = {
    "by-hand": "def draw(theta, n):\n    return theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)\n",
    "rsample": "def draw(theta, n):\n    return D.Normal(theta['mu'], theta['sigma']).rsample((n,))\n",
    "unpacked": "def draw(theta, n):\n    mu, sigma = theta.values()\n    eps = torch.randn(n).double()\n    return mu + sigma * eps\n",
    "transformed": "def draw(theta, n):\n    base = D.Normal(torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64))\n    return D.TransformedDistribution(base, [D.AffineTransform(theta.mu, theta.sigma)]).rsample([n])\n",
    "quantiles": "def draw(theta, n):\n    u = torch.rand(n, dtype=torch.float64)\n    return theta.mu + theta.sigma * torch.special.ndtri(u)\n",
    "error-function": "def draw(theta, n):\n    u = torch.rand(n, dtype=torch.float64)\n    return theta.mu + theta.sigma * math.sqrt(2) * torch.erfinv(2 * u - 1)\n",
    "in-place": "def draw(theta, n):\n    e = torch.empty(n, dtype=torch.float64).normal_()\n    return e * theta.sigma + theta.mu\n",
    "torch-normal": "def draw(theta, n):\n    e = torch.normal(torch.zeros(n, dtype=torch.float64), torch.ones(n, dtype=torch.float64))\n    return torch.addcmul(theta.mu, theta.sigma, e)\n",
    "default-rng": "rng = np.random.default_rng(12345)\ndef draw(theta, n):\n    return theta.mu + theta.sigma * torch.from_numpy(rng.standard_normal(n))\n",
    "numpy-legacy": "def draw(theta, n):\n    np.random.seed()\n    return theta.mu + theta.sigma * torch.as_tensor(np.random.normal(0.0, 1.0, size=n))\n",
    "python-random": "import random\ndef draw(theta, n):\n    return theta.mu + theta.sigma * torch.tensor([random.gauss(0, 1) for _ in range(n)], dtype=torch.float64)\n",
    "own-generator": "gen = torch.Generator()\ngen.manual_seed(42)\ndef draw(theta, n):\n    return theta.mu + theta.sigma * torch.randn(n, generator=gen, dtype=torch.float64)\n",
    "column": "def draw(theta, n):\n    e = torch.randn(n, 1, dtype=torch.float64)\n    return (theta.mu + theta.sigma * e).squeeze(-1)\n",
    "exponentiated-scale": "def draw(theta, n):\n    log_sigma = theta.sigma.log()\n    return theta.mu + log_sigma.exp() * torch.randn(n, dtype=torch.float64)\n",
    "square-root": "def draw(theta, n):\n    variance = theta.sigma ** 2\n    return theta.mu + variance.sqrt() * torch.randn(n, dtype=torch.float64)\n",
    "one-by-one": "def draw(theta, n):\n    return torch.stack([theta.mu + theta.sigma * torch.randn((), dtype=torch.float64) for _ in range(n)])\n",
    "multivariate": "def draw(theta, n):\n    law = D.MultivariateNormal(theta.mu.reshape(1), scale_tril=theta.sigma.reshape(1, 1))\n    return law.rsample((n,))[:, 0]\n",
}  # fmt: skip
# gradients(f, theta, n), of reparametrised draws.
PATHWISE = {
    "mean": "def gradients(f, theta, n):\n    return f(draw(theta, n)).mean()\n",
    "sum-over-n": "def gradients(f, theta, n):\n    return f(draw(theta, n)).sum() / n\n",
    "torch-mean": "def gradients(f, theta, n):\n    cost = f(draw(theta, n))\n    loss = torch.mean(cost, dim=0)\n    return loss\n",
    "autograd-tuple": "def gradients(f, theta, n):\n    loss = f(draw(theta, n)).mean()\n    return torch.autograd.grad(loss, [theta.mu, theta.sigma])\n",
    "by-name": "def gradients(f, theta, n):\n    loss = f(draw(theta, n)).mean()\n    g = torch.autograd.grad(loss, list(theta.values()))\n    return dict(zip(theta, g))\n",
    "stacked": "def gradients(f, theta, n):\n    loss = f(draw(theta, n)).mean()\n    return torch.stack(torch.autograd.grad(loss, (theta['mu'], theta['sigma'])))\n",
    "backward": "def gradients(f, theta, n):\n    f(draw(theta, n)).mean().backward()\n    return [theta.mu.grad.clone(), theta.sigma.grad.clone()]\n",
    "numbers": "def gradients(f, theta, n):\n    loss = f(draw(theta, n)).mean()\n    g = torch.autograd.grad(loss, [theta.mu, theta.sigma])\n    return [float(x) for x in g]\n",
    "numpy": "def gradients(f, theta, n):\n    loss = f(draw(theta, n)).mean()\n    return np.array([x.item() for x in torch.autograd.grad(loss, [theta.mu, theta.sigma])])\n",
    "weighted": "def gradients(f, theta, n):\n    w = torch.full((n,), 1.0 / n, dtype=torch.float64)\n    return torch.dot(w, f(draw(theta, n)))\n",
    "chunks": "def gradients(f, theta, n):\n    total, left = 0.0, n\n    while left:\n        k = min(left, 32)\n        total = total + f(draw(theta, k)).sum()\n        left -= k\n    return total / n\n",
    "running-mean": "def gradients(f, theta, n):\n    cost = f(draw(theta, n))\n    mean = cost[0]\n    for i, c in enumerate(cost[1:], start=2):\n        mean = mean + (c - mean) / i\n    return mean\n",
    "einsum": "def gradients(f, theta, n):\n    return torch.einsum('i->', f(draw(theta, n))) / n\n",
    "per-sample-loop": "def gradients(f, theta, n):\n    cost = f(draw(theta, n))\n    rows = [torch.stack(torch.autograd.grad(c, [theta.mu, theta.sigma], retain_graph=True)) for c in cost]\n    return torch.stack(rows)\n",
}  # fmt: skip
# gradients(f, theta, n), by scores; `a` is drawn by any of the ways above and detached.
SCORE = {
    "log-prob": "def gradients(f, theta, n):\n    a = draw(theta, n).detach()\n    c = f(a)\n    return (c.detach() * D.Normal(theta.mu, theta.sigma).log_prob(a) + c).mean()\n",
    "no-grad": "def gradients(f, theta, n):\n    with torch.no_grad():\n        a = draw(theta, n)\n    c = f(a)\n    log_p = -0.5 * ((a - theta.mu) / theta.sigma) ** 2 - theta.sigma.log()\n    return (c.detach() * log_p + c).mean()\n",
    "dice": "def gradients(f, theta, n):\n    a = draw(theta, n).detach()\n    log_p = D.Normal(theta.mu, theta.sigma).log_prob(a)\n    box = torch.exp(log_p - log_p.detach())\n    return (box * f(a)).mean()\n",
    "ratio": "def gradients(f, theta, n):\n    a = draw(theta, n).detach()\n    p = D.Normal(theta.mu, theta.sigma).log_prob(a).exp()\n    return (p / p.detach() * f(a)).mean()\n",
    "leave-one-out": "def gradients(f, theta, n):\n    a = draw(theta, n).detach()\n    c = f(a)\n    base = ((c.sum() - c) / (n - 1)).detach() if n > 1 else 0.0\n    return ((c.detach() - base) * D.Normal(theta.mu, theta.sigma).log_prob(a) + c).mean()\n",
    "product-rule": "def gradients(f, theta, n):\n    a = draw(theta, n).detach()\n    c = f(a)\n    first = torch.autograd.grad((c.detach() * D.Normal(theta.mu, theta.sigma).log_prob(a)).mean(), [theta.mu, theta.sigma])\n    second = torch.autograd.grad(c.mean(), [theta.mu, theta.sigma], allow_unused=True, materialize_grads=True)\n    return [x + y for x, y in zip(first, second)]\n",
}  # fmt: skip
# How the function is handed in.
HANDED_IN = {
    "function": "def estimate(f, theta, n):\n    return gradients(f, theta, n)\n",
    "same": "estimate = gradients\n",
    "annotated": "def estimate(f, theta, n: int) -> 'Tensor':\n    '''The gradient.'''\n    assert n >= 1\n    return gradients(f, theta, n)\n",
    "lambda": "estimate = lambda f, theta, n: gradients(f, theta, n)\n",
    "class": "class Estimator:\n    def __init__(self, method):\n        self.method = method\n    def __call__(self, f, theta, n):\n        return self.method(f, theta, n)\nestimate = Estimator(gradients)\n",
    "partial": "from functools import partial\ndef general(kind, f, theta, n):\n    return kind(f, theta, n)\nestimate = partial(general, gradients)\n",
    "decorated": "import functools\ndef checked(function):\n    @functools.wraps(function)\n    def wrapper(f, theta, n):\n        result = function(f, theta, n)\n        return result\n    return wrapper\n@checked\ndef estimate(f, theta, n):\n    return gradients(f, theta, n)\n",
    "method": "class Homework:\n    @staticmethod\n    def solve(f, theta, n):\n        return gradients(f, theta, n)\nestimate = Homework.solve\n",
    "main": "def estimate(f, theta, n):\n    return gradients(f, theta, n)\nif __name__ == '__main__':\n    import matplotlib.pyplot as plt\n    plt.plot([1, 2, 3])\n    plt.show()\n",
    "counted": "calls = 0\ndef estimate(f, theta, n):\n    global calls\n    calls += 1\n    return gradients(f, theta, n)\n",
}  # fmt: skip


@dataclass(frozen=True)
class Right:
    """A right submission: its ``name`` says which fragments it is made of."""

    name: str
    source: str


def submissions(count: int, seed: int = 0) -> list[Right]:
    """``count`` different ones, spread over all combinations: every fragment is in some of them."""
    methods = {
        **{f"pathwise {k}": v for k, v in PATHWISE.items()},
        **{f"score {k}": v for k, v in SCORE.items()},
    }
    product = list(itertools.product(REPARAMETRISED.items(), methods.items(), HANDED_IN.items()))
    rng = random.Random(seed)
    rng.shuffle(product)
    chosen = _covering(product)[:count]
    taken = {id(x) for x in chosen}
    chosen += [x for x in product if id(x) not in taken][: count - len(chosen)]
    return [
        Right(" / ".join(name for name, _ in parts), HEAD + "\n\n".join(text for _, text in parts))
        for parts in chosen
    ]


Parts = tuple[tuple[str, str], ...]


def _covering(product: list[Parts]) -> list[Parts]:
    """A few in which every fragment occurs."""
    seen: set[tuple[int, str]] = set()
    chosen = []
    for parts in product:
        keys = {(i, name) for i, (name, _) in enumerate(parts)}
        if keys - seen:
            chosen.append(parts)
            seen |= keys
    return chosen

"""Right estimators, continued: loops, graphs and classes as people write them, other laws, odd returns."""

# ruff: noqa: ANN001, ANN201, ANN204  (written as users write: without annotations)

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.distributions import (
    Bernoulli,
    Exponential,
    ExpTransform,
    Gumbel,
    Independent,
    Normal,
    TransformedDistribution,
    Uniform,
)  # fmt: skip

from tests.checks.user.corpus import (
    BOTH,
    COIN,
    CUBE,
    GUMBEL,
    JUMP,
    LAPLACE,
    PLANE,
    SINE,
    SMOOTH,
    SQUARE,
    STRAIGHT,
    WAIT,
    Register,
)  # fmt: skip

F64 = torch.float64
right = Register()


@right(BOTH)
def box_muller(f, theta, n):
    u, v = torch.rand(2, n, dtype=F64)
    b = torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * math.pi * v)
    return f(theta.mu + theta.sigma * b).mean()


@right(BOTH)
def error_function(f, theta, n):
    u = torch.rand(n, dtype=F64)
    return f(theta.mu + theta.sigma * math.sqrt(2) * torch.erfinv(2 * u - 1)).mean()


@right(SQUARE)
def taylor_control_variate(f, theta, n):
    b = torch.randn(n, dtype=F64)
    a = theta.mu + theta.sigma * b
    control = theta.mu * theta.sigma * b  # of mean zero for every theta
    return (f(a) - 2 * control).mean()


@right(BOTH)
def jacobian(f, theta, n):
    b = torch.randn(n, dtype=F64)
    found = torch.autograd.functional.jacobian(
        lambda m, s: theta_free(f, m + s * b, m), (theta.mu.detach(), theta.sigma.detach())
    )
    cost = f((theta.mu + theta.sigma * b).detach()).mean()
    explicit = torch.autograd.grad(cost, list(theta.values()), allow_unused=True, materialize_grads=True)
    return [x + e for x, e in zip(found, explicit)]


def theta_free(f, a, _):
    return f(a).mean()


@right(SINE)
def closure_of_losses(f, theta, n):
    losses = [partial(lambda b: f(theta.mu + theta.sigma * b), b) for b in torch.randn(2, n, dtype=F64)]
    return sum(loss().mean() for loss in losses) / 2


class Policy(nn.Module):
    """Parameters of a module, filled from theta."""

    def __init__(self):
        super().__init__()
        self.loc = nn.Parameter(torch.zeros((), dtype=F64))
        self.scale = nn.Parameter(torch.ones((), dtype=F64))

    def forward(self, n):
        return self.loc + self.scale * torch.randn(n, dtype=F64)


@right(BOTH)
def functional_call(f, theta, n):
    a = torch.func.functional_call(Policy(), {"loc": theta.mu, "scale": theta.sigma}, (n,))
    return f(a).mean()


@right(BOTH)
def checkpointed(f, theta, n):
    b = torch.randn(n, dtype=F64)
    inner = torch.utils.checkpoint.checkpoint(
        lambda m, s: m + s * b, theta.mu, theta.sigma, use_reentrant=False
    )
    return f(inner).mean()


@right(BOTH)
def retained_slopes(f, theta, n):
    b = torch.randn(n, dtype=F64)
    a = theta.mu + theta.sigma * b
    x = a.detach().requires_grad_()
    cost = f(x).mean()
    slope, *explicit = torch.autograd.grad(cost, [x, theta.mu, theta.sigma], allow_unused=True)
    by_mu, by_sigma = (slope * 1.0).sum(), (slope * b).sum()
    extra = [0.0 if e is None else e for e in explicit]
    return {"sigma": by_sigma + extra[1], "mu": by_mu + extra[0]}


@right(SMOOTH)
def self_weighted(f, theta, n):
    q = Normal(theta.mu.detach(), 1.3 * theta.sigma.detach())
    a = q.sample((n,))
    ratio = torch.exp(Normal(theta.mu, theta.sigma).log_prob(a) - q.log_prob(a))
    return (ratio * f(a).detach()).mean()


@right(SMOOTH, evidence="sampling")
def measure_valued(f, theta, n):
    mu, sigma = theta.mu.detach(), theta.sigma.detach()
    w = torch.sqrt(2 * torch.empty(n, dtype=F64).exponential_())  # Rayleigh
    by_mu = (f(mu + sigma * w) - f(mu - sigma * w)).detach() / (math.sqrt(2 * math.pi) * sigma)
    b = torch.randn(n, dtype=F64)
    s = torch.randn(3, n, dtype=F64).square().sum(0).sqrt()  # double-sided Maxwell, up to its sign
    sign = torch.where(torch.rand(n, dtype=F64) < 0.5, 1.0, -1.0)
    by_sigma = (f(mu + sigma * s * sign) - f(mu + sigma * b)).detach() / sigma
    return torch.stack([by_mu.mean(), by_sigma.mean()])


@right(JUMP)
def jump_by_the_density(f, theta, n):
    density = torch.exp(Normal(theta.mu, theta.sigma).log_prob(torch.ones((), dtype=F64))).detach()
    z = (1 - theta.mu.detach()) / theta.sigma.detach()
    return density + 0 * f(theta.mu), density * z


@right(CUBE)
def uniform_distribution(f, theta, n):
    return f(Uniform(theta.low, theta.high).rsample((n,))).mean()


@right(CUBE, evidence="sampling")
def midpoints(f, theta, n):
    u = (torch.arange(n, dtype=F64) + torch.rand(n, dtype=F64)[torch.randperm(n)]) / n
    return f(torch.lerp(theta.low, theta.high, u)).mean()


@right(WAIT)
def gamma_by_logs(f, theta, n):
    base = Uniform(torch.zeros((), dtype=F64), torch.ones((), dtype=F64))
    a = -base.sample((n,)).log() / theta.rate
    return f(a).mean()


@right(WAIT)
def exponential_rsample(f, theta, n):
    return f(Exponential(theta.rate).rsample((n,))).mean()


@right(LAPLACE)
def difference_of_waits(f, theta, n):
    one, two = torch.empty(2, n, dtype=F64).exponential_()
    return f(theta.mu + theta.b * (one - two)).mean()


@right(LAPLACE)
def signed_waits(f, theta, n):
    sign = 2.0 * torch.randint(0, 2, (n,)) - 1.0
    return f(theta.mu + theta.b * sign * torch.empty(n, dtype=F64).exponential_()).mean()


@right(GUMBEL)
def gumbel_distribution(f, theta, n):
    return f(Gumbel(theta.mu, theta.beta).rsample((n,))).mean()


@right(SMOOTH)
def lognormal_power(f, theta, n):
    base = Normal(theta.mu, theta.sigma)
    return TransformedDistribution(base, [ExpTransform()]).rsample((n,)).sqrt().mean() + 0.0 * f(theta.mu)


@right(COIN)
def bernoulli_control_variate(f, theta, n):
    a = Bernoulli(theta.p).sample((n,))
    baseline = f(torch.full((n,), 0.5, dtype=F64))
    return ((f(a) - baseline) * Bernoulli(theta.p).log_prob(a)).mean()


@right(COIN)
def bernoulli_of_logits(f, theta, n):
    coin = Bernoulli(logits=torch.logit(theta.p))
    a = coin.sample((n,))
    return (f(a) * coin.log_prob(a)).mean()


@right(COIN)
def reinforce_by_ratio(f, theta, n):
    a = torch.bernoulli(theta.p.detach().expand(n))
    p = torch.where(a > 0.5, theta.p, 1 - theta.p)
    return (f(a) * p / p.detach()).mean()


@right(PLANE)
def plane_columns(f, theta, n):
    b0, b1 = torch.randn(2, n, dtype=F64)
    a0 = theta.mu[0] + theta.L[0, 0] * b0
    a1 = theta.mu[1] + theta.L[1, 0] * b0 + theta.L[1, 1] * b1
    return f(torch.stack([a0, a1], dim=-1)).mean()


@right(PLANE)
def plane_einsum(f, theta, n):
    base = Independent(Normal(torch.zeros(2, dtype=F64), torch.ones(2, dtype=F64)), 1)
    return f(theta.mu + torch.einsum("ij,nj->ni", theta.L, base.sample((n,)))).mean()


# The same number in every call, but for rounding: its spread is no measure of a bias.


def of_pairs(f, theta, n, half):
    u = torch.cat([half, 1 - half])[:n]
    return torch.einsum("i->", f(theta.low + (theta.high - theta.low) * u)) / n


@right(STRAIGHT)
def pairs_on_a_straight_line(f, theta, n):
    return of_pairs(f, theta, n, torch.rand((n + 1) // 2, dtype=F64))


@right(STRAIGHT, evidence="sampling")
def pairs_on_a_straight_line_of_numpy(f, theta, n):
    return of_pairs(f, theta, n, torch.from_numpy(np.random.random((n + 1) // 2)))


@right(STRAIGHT, evidence="sampling")
def pairs_on_a_straight_line_in_float32(f, theta, n):
    return of_pairs(f, theta, n, torch.from_numpy(np.random.random((n + 1) // 2)).float())

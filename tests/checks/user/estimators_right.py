"""Estimators that are right, in as many styles as people write them."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN205  (written as users write: without annotations)

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch.distributions import (
    AffineTransform,
    Bernoulli,
    Exponential,
    Laplace,
    MultivariateNormal,
    Normal,
    Poisson,
    TransformedDistribution,
)  # fmt: skip

from tests.checks.user.corpus import (
    BOTH,
    COIN,
    COUNT,
    CUBE,
    GUMBEL,
    JUMP,
    LAPLACE,
    PLANE,
    SINE,
    SMOOTH,
    SQUARE,
    WAIT,
    Register,
)  # fmt: skip

F64 = torch.float64
right = Register()


def noise(n):
    return torch.randn(n, dtype=F64)


def law(theta):
    return Normal(theta.mu, theta.sigma)


@right(BOTH)
def pathwise(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n)).mean()


@right(BOTH)
def pathwise_by_name(f, theta, n):
    return f(theta["mu"] + theta["sigma"] * noise(n)).sum() / n


@right(BOTH)
def rsample(f, theta, n):
    return f(law(theta).rsample((n,))).mean()


@right(BOTH, n=8)
def rsample_one_by_one(f, theta, n):
    return torch.stack([f(law(theta).rsample()) for _ in range(n)]).mean()


@right(BOTH)
def score_surrogate(f, theta, n):
    a = law(theta).sample((n,))
    cost = f(a)
    return (cost.detach() * law(theta).log_prob(a) + cost).mean()


@right(BOTH)
def dice(f, theta, n):
    a = law(theta).sample((n,))
    log_p = law(theta).log_prob(a)
    return (torch.exp(log_p - log_p.detach()) * f(a)).mean()


@right(BOTH)
def importance_ratio(f, theta, n):
    a = law(theta).sample((n,))
    p = law(theta).log_prob(a).exp()
    return (p / p.detach() * f(a)).mean()


@right(BOTH)
def gradients_by_name(f, theta, n):
    loss = f(theta.mu + theta.sigma * noise(n)).mean()
    found = torch.autograd.grad(loss, [theta.sigma, theta.mu])
    return {"sigma": found[0], "mu": found[1]}


@right(BOTH)
def gradients_in_order(f, theta, n):
    loss = f(theta.mu + theta.sigma * noise(n)).mean()
    return torch.autograd.grad(loss, list(theta.values()))


@right(BOTH)
def gradients_stacked(f, theta, n):
    loss = f(theta.mu + theta.sigma * noise(n)).mean()
    return torch.stack(torch.autograd.grad(loss, [theta.mu, theta.sigma]))


@right(BOTH)
def gradients_from_backward(f, theta, n):
    f(theta.mu + theta.sigma * noise(n)).mean().backward()
    return [theta.mu.grad, theta.sigma.grad]


@right(BOTH, n=8)
def per_sample_loop(f, theta, n):
    rows = []
    for e in noise(n):
        cost = f(theta.mu + theta.sigma * e)
        rows.append(torch.stack(torch.autograd.grad(cost, [theta.mu, theta.sigma])))
    return torch.stack(rows)


@right(BOTH)
def antithetic(f, theta, n):
    half = noise((n + 1) // 2)
    return f(theta.mu + theta.sigma * torch.cat([half, -half])[:n]).mean()


@right(BOTH)
def leave_one_out(f, theta, n):
    a = law(theta).sample((n,))
    cost = f(a)
    fixed = cost.detach()
    baseline = (fixed.sum() - fixed) / (n - 1)
    return ((fixed - baseline) * law(theta).log_prob(a) + cost).mean()


@right(BOTH)
def constant_baseline(f, theta, n):
    a = law(theta).sample((n,))
    cost = f(a)
    return ((cost.detach() - 3.0) * law(theta).log_prob(a) + cost).mean()


@right(BOTH)
def baseline_of_another_batch(f, theta, n):
    a, other = law(theta).sample((n,)), law(theta).sample((n,))
    cost, baseline = f(a), f(other).detach().mean()
    return ((cost.detach() - baseline) * law(theta).log_prob(a) + cost).mean()


@right(BOTH)
def float32_noise(f, theta, n):
    return f(theta.mu + theta.sigma * torch.randn(n)).mean()


@right(BOTH)
def float32_throughout(f, theta, n):
    return f(theta.mu.float() + theta.sigma.float() * torch.randn(n, dtype=torch.float32)).float().mean()


@right(BOTH)
def inverse_cdf(f, theta, n):
    return f(theta.mu + theta.sigma * torch.special.ndtri(torch.rand(n, dtype=F64))).mean()


@right(BOTH)
def transformed_distribution(f, theta, n):
    base = Normal(torch.zeros((), dtype=F64), torch.ones((), dtype=F64))
    return f(TransformedDistribution(base, AffineTransform(theta.mu, theta.sigma)).rsample((n,))).mean()


class _Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mu, sigma, e):
        ctx.save_for_backward(e)
        return mu + sigma * e

    @staticmethod
    def backward(ctx, out):
        (e,) = ctx.saved_tensors
        return out.sum(), (out * e).sum(), None


@right(BOTH)
def custom_function(f, theta, n):
    return f(_Affine.apply(theta.mu, theta.sigma, noise(n))).mean()


class _Sampler(torch.nn.Module):
    def forward(self, theta, n):
        return theta.mu + theta.sigma * noise(n)


@right(BOTH)
def module(f, theta, n):
    return f(_Sampler()(theta, n)).mean()


@right(SMOOTH)
def functional_gradient(f, theta, n):
    e = noise(n)

    def loss(mu, sigma):
        return f(mu + sigma * e).mean()

    return torch.func.grad(loss, argnums=(0, 1))(theta.mu, theta.sigma)


@right(SMOOTH)
def functional_per_sample(f, theta, n):
    def one(mu, sigma, e):
        return f(mu + sigma * e)

    found = torch.vmap(torch.func.grad(one, argnums=(0, 1)), in_dims=(None, None, 0))(
        theta.mu, theta.sigma, noise(n)
    )
    return torch.stack(found, dim=-1)


@right(BOTH)
def through_log_scale(f, theta, n):
    log_sigma = theta.sigma.detach().log().requires_grad_()
    loss = f(theta.mu + log_sigma.exp() * noise(n)).mean()
    by_mu, by_log = torch.autograd.grad(loss, [theta.mu, log_sigma])
    return {"mu": by_mu, "sigma": by_log / theta.sigma.detach()}


@right(SQUARE)
def half_of_each(f, theta, n):
    e = noise(n)
    a = (theta.mu + theta.sigma * e).detach()
    score = f(a).detach() * law(theta).log_prob(a)
    return ((score + f(theta.mu + theta.sigma * e)) / 2).mean()


@right(SMOOTH)
def scores_by_hand(f, theta, n):
    mu, sigma = theta.mu.detach(), theta.sigma.detach()
    a = mu + sigma * noise(n)
    cost, z = f(a).detach(), (a - mu) / sigma
    return torch.stack([(cost * z / sigma).mean(), (cost * (z**2 - 1) / sigma).mean()])


@right(SMOOTH)
def scores_by_hand_per_sample(f, theta, n):
    mu, sigma = theta.mu.item(), theta.sigma.item()
    a = mu + sigma * noise(n)
    cost, z = f(a).detach(), (a - mu) / sigma
    return torch.stack([cost * z / sigma, cost * (z**2 - 1) / sigma], dim=1)


@right(SMOOTH)
def numpy_result(f, theta, n):
    with torch.no_grad():
        z = noise(n)
        cost = f(theta.mu + theta.sigma * z)
        rows = torch.stack([cost * z / theta.sigma, cost * (z**2 - 1) / theta.sigma], dim=1)
    return rows.numpy()


@right(BOTH)
def stratified(f, theta, n):
    u = (torch.arange(n, dtype=F64) + torch.rand(n, dtype=F64)) / n
    return f(theta.mu + theta.sigma * torch.special.ndtri(u)).mean()


@right(JUMP)
def score_of_a_jump(f, theta, n):
    a = law(theta).sample((n,))
    return (f(a) * law(theta).log_prob(a)).mean()


@right(SINE)
def pathwise_of_a_sine(f, theta, n):
    return f(law(theta).rsample((n,))).mean()


@right(SMOOTH, evidence="sampling")
def with_its_own_generator(f, theta, n):
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64, generator=generator)).mean()


@right(CUBE)
def uniform_pathwise(f, theta, n):
    return f(theta.low + (theta.high - theta.low) * torch.rand(n, dtype=F64)).mean()


@right(WAIT)
def exponential_scaled(f, theta, n):
    return f(torch.empty(n, dtype=F64).exponential_() / theta.rate).mean()


@right(WAIT)
def exponential_by_logarithm(f, theta, n):
    return f(-torch.log1p(-torch.rand(n, dtype=F64)) / theta.rate).mean()


@right(WAIT)
def exponential_score(f, theta, n):
    a = Exponential(theta.rate).sample((n,))
    return (f(a).detach() * Exponential(theta.rate).log_prob(a) + f(a)).mean()


@right(LAPLACE)
def laplace_rsample(f, theta, n):
    return f(Laplace(theta.mu, theta.b).rsample((n,))).mean()


@right(GUMBEL)
def gumbel_by_logarithms(f, theta, n):
    return f(theta.mu - theta.beta * torch.log(torch.empty(n, dtype=F64).exponential_())).mean()


@right(COIN)
def bernoulli_score(f, theta, n):
    coin = Bernoulli(theta.p)
    a = coin.sample((n,))
    return (f(a) * coin.log_prob(a)).mean()


@right(COIN)
def bernoulli_enumerated(f, theta, n):
    zero, one = torch.zeros((), dtype=F64), torch.ones((), dtype=F64)
    return theta.p * f(one) + (1 - theta.p) * f(zero)


@right(COIN)
def bernoulli_by_threshold(f, theta, n):
    a = (torch.rand(n, dtype=F64) < theta.p.detach()).to(F64)
    log_p = a * theta.p.log() + (1 - a) * (-theta.p).log1p()
    return (f(a) * log_p).mean()


@right(COIN)
def bernoulli_by_difference(f, theta, n):
    zero, one = torch.zeros(n, dtype=F64), torch.ones(n, dtype=F64)
    return torch.stack([(f(one) - f(zero)).mean()])


@right(PLANE)
def plane_rsample(f, theta, n):
    return f(MultivariateNormal(theta.mu, scale_tril=theta.L).rsample((n,))).mean()


@right(PLANE)
def plane_by_hand(f, theta, n):
    b = torch.randn(n, 2, dtype=F64)
    return f(theta.mu + b @ theta.L.T).mean()


@right(PLANE)
def plane_gradients_whole(f, theta, n):
    loss = f(theta.mu + torch.randn(n, 2, dtype=F64) @ theta.L.T).mean()
    mu, L = torch.autograd.grad(loss, [theta.mu, theta.L])
    return {"mu": mu, "L": L}


@right(COUNT)
def poisson_score(f, theta, n):
    a = Poisson(theta.rate).sample((n,))
    return (f(a) * Poisson(theta.rate).log_prob(a)).mean()


@right(SQUARE, evidence="sampling")
def numpy_noise(f, theta, n):
    return f(theta.mu + theta.sigma * torch.as_tensor(np.random.standard_normal(n))).mean()


@right(SQUARE, evidence="sampling")
def python_noise(f, theta, n):
    e = torch.tensor([random.gauss(0.0, 1.0) for _ in range(n)], dtype=F64)
    return f(theta.mu + theta.sigma * e).mean()


@right(SQUARE, evidence="sampling", n=8)
def rejection(f, theta, n):
    kept: list[float] = []
    while len(kept) < n:
        x = float(torch.rand((), dtype=F64)) * 16 - 8
        if float(torch.rand((), dtype=F64)) < math.exp(-x * x / 2):
            kept.append(x)
    return f(theta.mu + theta.sigma * torch.tensor(kept, dtype=F64)).mean()

"""Wrong estimators, continued: graphs cut in odd places, returns mixed up, samplers of other laws."""

# ruff: noqa: ANN001, ANN201, ANN205  (written as users write: without annotations)

from __future__ import annotations

import math

import torch
from torch.distributions import Bernoulli, Exponential, Gumbel, Laplace, MultivariateNormal, Normal, Uniform

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
    WAIT,
    Register,
)  # fmt: skip

F64 = torch.float64
wrong = Register()


# The graph.


@wrong(BOTH, "detached_scale")
def scale_under_no_grad(f, theta, n):
    with torch.no_grad():
        spread = theta.sigma * torch.randn(n, dtype=F64)
    return f(theta.mu + spread).mean()


@wrong(BOTH, "detached_location")
def location_from_data(f, theta, n):
    centre = torch.tensor(theta.mu.item(), dtype=F64)
    return f(centre + theta.sigma * torch.randn(n, dtype=F64)).mean()


class _Rounded(torch.autograd.Function):
    """A backward pass that forgot to multiply by the noise."""

    @staticmethod
    def forward(ctx, mu, sigma, b):
        return mu + sigma * b

    @staticmethod
    def backward(ctx, out):
        return out.sum(), out.sum(), None


@wrong(BOTH, "missing_noise_factor")
def backward_without_noise(f, theta, n):
    return f(_Rounded.apply(theta.mu, theta.sigma, torch.randn(n, dtype=F64))).mean()


class _Half(torch.autograd.Function):
    """Gradients scaled by a half on their way back."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, out):
        return 0.5 * out


@wrong(SQUARE, "half_score")
def halved_in_backward(f, theta, n):
    return f(_Half.apply(theta.mu + theta.sigma * torch.randn(n, dtype=F64))).mean()


@wrong(SQUARE, "doubled")
def hook_that_doubles(f, theta, n):
    a = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
    a.register_hook(lambda g: 2 * g)
    return f(a).mean()


@wrong(SQUARE, "negated")
def gradient_reversal(f, theta, n):
    a = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
    a.register_hook(lambda g: -g)
    return f(a).mean()


@wrong(SQUARE, evidence="any")
def clipped_gradient(f, theta, n):
    by_mu, by_sigma = torch.autograd.grad(
        f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean(), list(theta.values())
    )
    return by_mu.clamp(-0.5, 0.5), by_sigma.clamp(-0.5, 0.5)


@wrong(SQUARE)
def weight_decay(f, theta, n):
    loss = f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean()
    return loss + 0.05 * (theta.mu**2 + theta.sigma**2)


@wrong(BOTH, evidence="any")
def gradient_of_the_logarithm(f, theta, n):
    return torch.log(f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean().abs() + 5.0)


# Returns.


@wrong(BOTH, "detached_scale")
def only_the_first(f, theta, n):
    loss = f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean()
    (by_mu,) = torch.autograd.grad(loss, [theta.mu])
    return {"mu": by_mu, "sigma": torch.zeros_like(by_mu)}


@wrong(SMOOTH)
def sigma_twice(f, theta, n):
    mu, sigma = theta.mu.detach(), theta.sigma.detach()
    b = torch.randn(n, dtype=F64)
    cost = f(mu + sigma * b).detach()
    return torch.stack([cost * (b**2 - 1) / sigma, cost * (b**2 - 1) / sigma], dim=1)


@wrong(SQUARE)
def absolute_gradients(f, theta, n):
    b = torch.randn(n, dtype=F64)
    a = (theta.mu + theta.sigma * b).detach()
    return torch.stack([(2 * a).abs(), (2 * a * b).abs()], dim=1) + 0 * f(a)[:, None]


@wrong(SQUARE, evidence="any")
def median_of_samples(f, theta, n):
    b = torch.randn(n, dtype=F64)
    rows = torch.stack([2 * (theta.mu + theta.sigma * b), 2 * (theta.mu + theta.sigma * b) * b], dim=1)
    return rows.median(0).values.detach() + 0 * f(b).sum()


@wrong(SQUARE)
def last_sample_dropped(f, theta, n):
    return f(theta.mu + theta.sigma * torch.randn(n + 1, dtype=F64))[:n].sum() / (n + 1)


# Samplers.


@wrong(BOTH)
def antithetic_of_absolute_noise(f, theta, n):
    b = torch.randn(n, dtype=F64).abs()
    return f(theta.mu + theta.sigma * b).mean()


@wrong(SMOOTH)
def box_muller_with_one_uniform(f, theta, n):
    u = torch.rand(n, dtype=F64)
    b = torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * math.pi * u)
    return f(theta.mu + theta.sigma * b).mean()


@wrong(SMOOTH)
def sum_of_uniforms(f, theta, n):
    b = torch.rand(3, n, dtype=F64).sum(0) * 2 - 3
    return f(theta.mu + theta.sigma * b).mean()


@wrong(BOTH, "logistic_noise")
def logit_for_probit(f, theta, n):
    u = torch.rand(n, dtype=F64)
    return f(theta.mu + theta.sigma * (torch.log(u) - torch.log1p(-u))).mean()


@wrong(SINE)
def error_function_without_root(f, theta, n):
    u = torch.rand(n, dtype=F64)
    return f(theta.mu + theta.sigma * torch.erfinv(2 * u - 1)).mean()


@wrong(SQUARE)
def importance_without_weights(f, theta, n):
    a = Normal(theta.mu.detach() + 0.5, theta.sigma.detach()).sample((n,))
    return (f(a).detach() * Normal(theta.mu, theta.sigma).log_prob(a)).mean()


@wrong(SQUARE)
def importance_upside_down(f, theta, n):
    q = Normal(theta.mu.detach() + 0.3, theta.sigma.detach())
    a = q.sample((n,))
    ratio = torch.exp(q.log_prob(a) - Normal(theta.mu, theta.sigma).log_prob(a))
    return (ratio * f(a).detach()).mean()


@wrong(SMOOTH)
def clipped_ratio(f, theta, n):
    q = Normal(theta.mu.detach(), 1.3 * theta.sigma.detach())
    a = q.sample((n,))
    ratio = torch.exp(Normal(theta.mu, theta.sigma).log_prob(a) - q.log_prob(a))
    return (ratio.clamp(max=1.1) * f(a).detach()).mean()


@wrong(CUBE)
def half_the_interval(f, theta, n):
    middle = (theta.low + theta.high) / 2
    return f(Uniform(theta.low, middle).rsample((n,))).mean()


@wrong(CUBE)
def low_end_fixed(f, theta, n):
    width = theta.high - theta.low
    return f(theta.low.detach() + width * torch.rand(n, dtype=F64)).mean()


@wrong(WAIT)
def wait_without_minus(f, theta, n):
    u = torch.rand(n, dtype=F64)
    return f(torch.log1p(u) / theta.rate).mean()


# Three times the gradient here: of two mistakes, and neither is named.
@wrong(WAIT)
def wait_cost_subtracted(f, theta, n):
    a = Exponential(theta.rate).sample((n,))
    return (f(a).detach() * Exponential(theta.rate).log_prob(a) - f(a)).mean()


@wrong(WAIT, "explicit_term_twice")
def wait_cost_twice(f, theta, n):
    a = Exponential(theta.rate).sample((n,))
    return (f(a).detach() * Exponential(theta.rate).log_prob(a) + 2 * f(a)).mean()


@wrong(LAPLACE, "detached_scale")
def laplace_scale_detached(f, theta, n):
    return f(Laplace(theta.mu, theta.b.detach()).rsample((n,))).mean()


@wrong(LAPLACE)
def one_sided_laplace(f, theta, n):
    return f(theta.mu + theta.b * torch.empty(n, dtype=F64).exponential_()).mean()


@wrong(GUMBEL, "squared_scale")
def gumbel_squared(f, theta, n):
    return f(Gumbel(theta.mu, theta.beta**2).rsample((n,))).mean()


@wrong(GUMBEL)
def gumbel_one_logarithm(f, theta, n):
    return f(theta.mu - theta.beta * torch.log(torch.rand(n, dtype=F64))).mean()


@wrong(JUMP, "sign_of_score")
def jump_score_turned(f, theta, n):
    a = Normal(theta.mu, theta.sigma).sample((n,))
    return -(f(a) * Normal(theta.mu, theta.sigma).log_prob(a)).mean()


@wrong(COIN, "complement_log_prob")
def coin_of_the_other_side(f, theta, n):
    a = Bernoulli(theta.p).sample((n,))
    return (f(a) * Bernoulli(1 - theta.p).log_prob(a)).mean()


@wrong(COIN, "mean_field")
def coin_as_its_mean(f, theta, n):
    return f(theta.p.expand(n)).mean()


@wrong(COIN)
def coin_by_enumeration_unweighted(f, theta, n):
    ends = f(torch.tensor([0.0, 1.0], dtype=F64)).detach()
    log_p = torch.stack([(1 - theta.p).log(), theta.p.log()])
    return (ends * log_p).mean()


@wrong(PLANE, "rsample_in_score")
def plane_log_prob_of_rsample(f, theta, n):
    law = MultivariateNormal(theta.mu, scale_tril=theta.L)
    a = law.rsample((n,))
    return (f(a).detach() * law.log_prob(a)).mean()


# The mean over two entries is half of their sum; the dimension is told as well.
@wrong(PLANE, "half_score")
def plane_mean_over_entries(f, theta, n):
    a = theta.mu + torch.randn(n, 2, dtype=F64) @ theta.L.T
    a = a.detach()
    z = torch.linalg.solve_triangular(theta.L, (a - theta.mu).T, upper=False).T
    log_p = -(z**2).mean(-1) / 2 - theta.L.diagonal().log().mean()
    return (f(a).detach() * log_p).mean()


@wrong(PLANE, "doubled")
def plane_twice(f, theta, n):
    a = MultivariateNormal(theta.mu, scale_tril=theta.L).rsample((n,))
    return f(a).mean() + f(a).mean()


@wrong(PLANE)
def plane_independent_noise(f, theta, n):
    b = torch.randn(n, dtype=F64)
    return f(theta.mu + torch.stack([b, b], -1) @ theta.L.T).mean()

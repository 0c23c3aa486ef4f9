"""Wrong estimators, continued: batches, bugs without a name, jumps, other laws, what cannot be replayed."""

# ruff: noqa: ANN001, ANN201  (written as users write: without annotations)

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch.distributions import Bernoulli, Exponential, Laplace, MultivariateNormal, Normal, Poisson

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
wrong = Register()


def noise(n):
    return torch.randn(n, dtype=F64)


def law(theta):
    return Normal(theta.mu, theta.sigma)


def draw(theta, n):
    return law(theta).sample((n,))


# The batch.


@wrong(BOTH, "sum_for_mean")
def sum_for_mean(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n)).sum()


@wrong(SMOOTH, "sum_for_mean")
def sum_of_scores(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * law(theta).log_prob(a)).sum()


@wrong(SQUARE, "own_sample_in_baseline")
def mean_baseline(f, theta, n):
    a = draw(theta, n)
    cost = f(a).detach()
    return ((cost - cost.mean()) * law(theta).log_prob(a)).mean()


@wrong(BOTH, "own_sample_in_baseline")
def mean_baseline_without_explicit_term(f, theta, n):
    a = draw(theta, n)
    cost = f(a).detach()
    return ((cost - cost.mean()) * law(theta).log_prob(a)).mean()


@wrong(SQUARE, "broadcast_to_n_by_n")
def column_against_row(f, theta, n):
    a = draw(theta, n).unsqueeze(1)
    return (f(a).detach() * law(theta).log_prob(a.squeeze(1))).mean()


@wrong(SQUARE, "divided_by_n_twice")
def averaged_twice(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n)).mean() / n


@wrong(SQUARE, "bessel_in_baseline")
def corrected_twice(f, theta, n):
    a = draw(theta, n)
    cost = f(a).detach()
    baseline = (cost.sum() - cost) / (n - 1)
    return ((cost - baseline) * law(theta).log_prob(a)).sum() / (n - 1)


@wrong(SQUARE, evidence="sampling")
def standardised(f, theta, n):
    a = draw(theta, n)
    cost = f(a).detach()
    advantage = (cost - cost.mean()) / (cost.std(unbiased=False) + 1e-8)
    return (advantage * law(theta).log_prob(a)).mean()


@wrong(SQUARE)
def one_sample_for_all(f, theta, n):
    return f((theta.mu + theta.sigma * noise(1)).expand(n) + 0.1).mean()


# Nothing that a catalogue knows.


@wrong(BOTH)
def off_by_a_little(f, theta, n):
    return 1.003 * f(theta.mu + theta.sigma * noise(n)).mean()


@wrong(BOTH)
def shifted(f, theta, n):
    return f(theta.mu + 0.05 + theta.sigma * noise(n)).mean()


@wrong(BOTH)
def clipped(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n).clamp(-1.5, 1.5)).mean()


@wrong(SINE)
def a_third_too_much(f, theta, n):
    return (4 * f(theta.mu + theta.sigma * noise(n)) / 3).mean()


@wrong(SQUARE)
def cost_not_used(f, theta, n):
    return ((theta.mu + theta.sigma * noise(n)) ** 2).mean() + theta.sigma


@wrong(SQUARE)
def parameters_swapped(f, theta, n):
    by_mu, by_sigma = torch.autograd.grad(f(theta.mu + theta.sigma * noise(n)).mean(), theta.values())
    return by_sigma, by_mu


@wrong(SMOOTH)
def tanh_of_the_noise(f, theta, n):
    return f(theta.mu + theta.sigma * torch.tanh(noise(n))).mean()


@wrong(SMOOTH)
def clipped_costs(f, theta, n):
    a = draw(theta, n)
    return (f(a).clamp(max=2.0) * law(theta).log_prob(a)).mean()


# Jumps and other laws.


@wrong(JUMP)
def pathwise_of_a_jump(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n)).mean() + 0.0 * theta.mu


@wrong(CUBE)
def uniform_without_width(f, theta, n):
    return f(theta.low + theta.high * torch.rand(n, dtype=F64)).mean()


@wrong(CUBE, "moving_support")
def uniform_score(f, theta, n):
    a = (theta.low + (theta.high - theta.low) * torch.rand(n, dtype=F64)).detach()
    return (f(a) * -(theta.high - theta.low).log()).mean()


# Here the density without its rate has the same statistic, sample by sample: none is named.
@wrong(WAIT)
def exponential_cost_detached(f, theta, n):
    a = Exponential(theta.rate).sample((n,))
    return (f(a).detach() * Exponential(theta.rate).log_prob(a)).mean()


@wrong(WAIT, "rate_as_scale")
def rate_for_scale(f, theta, n):
    return f(torch.empty(n, dtype=F64).exponential_() * theta.rate).mean()


@wrong(WAIT, "sign_of_score")
def exponential_sign(f, theta, n):
    a = Exponential(theta.rate).sample((n,))
    return (f(a) - f(a).detach() * Exponential(theta.rate).log_prob(a)).mean()


@wrong(LAPLACE, "squared_scale")
def laplace_variance(f, theta, n):
    return f(Laplace(theta.mu, theta.b**2).rsample((n,))).mean()


@wrong(LAPLACE)
def normal_for_laplace(f, theta, n):
    return f(theta.mu + theta.b * noise(n)).mean()


@wrong(GUMBEL, "noise_sign")
def gumbel_upside_down(f, theta, n):
    return f(theta.mu + theta.beta * torch.log(torch.empty(n, dtype=F64).exponential_())).mean()


@wrong(GUMBEL, "detached_location")
def gumbel_location_detached(f, theta, n):
    b = -torch.log(torch.empty(n, dtype=F64).exponential_())
    return f(theta.mu.item() + theta.beta * b).mean()


@wrong(COIN, "straight_through_sample")
def bernoulli_straight_through(f, theta, n):
    a = Bernoulli(theta.p).sample((n,))
    return f(a + theta.p - theta.p.detach()).mean()


@wrong(COIN)
def bernoulli_threshold_hard(f, theta, n):
    a = (torch.rand(n, dtype=F64) < theta.p).to(F64)
    return f(a).mean() + 0.0 * theta.p


@wrong(COIN)
def probability_as_logit(f, theta, n):
    a = Bernoulli(theta.p).sample((n,))
    return (f(a) * Bernoulli(logits=theta.p).log_prob(a)).mean()


@wrong(COIN, "density_for_log_density")
def bernoulli_forgot_the_log(f, theta, n):
    a = Bernoulli(theta.p).sample((n,))
    return (f(a) * Bernoulli(theta.p).log_prob(a).exp()).mean()


@wrong(PLANE)
def plane_diagonal(f, theta, n):
    return f(theta.mu + torch.randn(n, 2, dtype=F64) * theta.L.diagonal()).mean()


@wrong(PLANE)
def plane_transposed(f, theta, n):
    return f(theta.mu + torch.randn(n, 2, dtype=F64) @ theta.L).mean()


@wrong(PLANE, "dropped_distributional_term")
def plane_sample(f, theta, n):
    a = MultivariateNormal(theta.mu, scale_tril=theta.L).sample((n,))
    return f(a).mean() + 0.0 * theta.mu.sum()


@wrong(COUNT, "sign_of_score")
def poisson_sign(f, theta, n):
    a = Poisson(theta.rate).sample((n,))
    return -(f(a) * Poisson(theta.rate).log_prob(a)).mean()


# What cannot be replayed is refuted by samples.


@wrong(SQUARE, "uniform_for_normal", evidence="sampling")
def numpy_uniform(f, theta, n):
    return f(theta.mu + theta.sigma * torch.as_tensor(np.random.random(n))).mean()


@wrong(SQUARE, evidence="sampling")
def python_noise_of_half_width(f, theta, n):
    e = torch.tensor([random.gauss(0.0, 0.5) for _ in range(n)], dtype=F64)
    return f(theta.mu + theta.sigma * e).mean()


@wrong(SQUARE, evidence="sampling", n=8)
def rejection_of_another_law(f, theta, n):
    kept: list[float] = []
    while len(kept) < n:
        x = float(torch.rand((), dtype=F64)) * 16 - 8
        if float(torch.rand((), dtype=F64)) < math.exp(-abs(x)):
            kept.append(x)
    return f(theta.mu + theta.sigma * torch.tensor(kept, dtype=F64)).mean()

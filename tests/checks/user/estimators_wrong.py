"""Estimators that are wrong: each bug as somebody wrote it, with the name that the diagnosis must give it."""

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


# Terms lost, doubled or turned.


@wrong(BOTH, "dropped_explicit_term")
def cost_detached(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * law(theta).log_prob(a)).mean()


@wrong(BOTH, "dropped_distributional_term")
def sample_for_rsample(f, theta, n):
    return f(draw(theta, n)).mean()


@wrong(BOTH, "dropped_distributional_term")
def torch_normal_for_rsample(f, theta, n):
    return f(torch.normal(theta.mu.expand(n), theta.sigma.expand(n))).mean()


@wrong(BOTH, "dropped_distributional_term")
def detached_sample(f, theta, n):
    return f((theta.mu + theta.sigma * noise(n)).detach()).mean()


@wrong(BOTH, "cost_dropped")
def score_without_cost(f, theta, n):
    a = draw(theta, n)
    return (law(theta).log_prob(a) + f(a)).mean()


@wrong(BOTH, "cost_squared")
def cost_twice(f, theta, n):
    a = draw(theta, n)
    cost = f(a)
    return (cost.detach() ** 2 * law(theta).log_prob(a) + cost).mean()


@wrong(BOTH, "sign_of_score")
def minus_log_prob(f, theta, n):
    a = draw(theta, n)
    return (f(a) - f(a).detach() * law(theta).log_prob(a)).mean()


@wrong(BOTH, "negated")
def maximised(f, theta, n):
    return -f(theta.mu + theta.sigma * noise(n)).mean()


@wrong(BOTH, "score_twice")
def log_prob_twice(f, theta, n):
    a = draw(theta, n)
    surrogate = f(a).detach() * law(theta).log_prob(a)
    return (surrogate + f(a)).mean() + surrogate.mean()


@wrong(BOTH, "half_score")
def half_of_log_prob(f, theta, n):
    a = draw(theta, n)
    return (0.5 * f(a).detach() * law(theta).log_prob(a) + f(a)).mean()


@wrong(BOTH, "density_for_log_density")
def forgot_the_log(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * law(theta).log_prob(a).exp() + f(a)).mean()


@wrong(BOTH, "explicit_term_twice")
def cost_added_twice(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * law(theta).log_prob(a) + 2 * f(a)).mean()


@wrong(BOTH, "explicit_term_twice")
def loss_added_to_dice(f, theta, n):
    a = draw(theta, n)
    log_p = law(theta).log_prob(a)
    return (torch.exp(log_p - log_p.detach()) * f(a) + f(a)).mean()


@wrong(BOTH, "sign_of_explicit_term")
def cost_subtracted(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * law(theta).log_prob(a) - f(a)).mean()


@wrong(BOTH, "cost_not_detached")
def nothing_detached(f, theta, n):
    a = draw(theta, n)
    return (f(a) * law(theta).log_prob(a)).mean()


@wrong(BOTH, "log_density_detached")
def wrong_factor_detached(f, theta, n):
    a = draw(theta, n)
    return (f(a) * law(theta).log_prob(a).detach()).mean()


@wrong(BOTH, "doubled")
def both_estimators(f, theta, n):
    return 2 * f(theta.mu + theta.sigma * noise(n)).mean()


@wrong(BOTH, "doubled")
def accumulated(f, theta, n):
    loss = f(theta.mu + theta.sigma * noise(n)).mean()
    loss.backward(retain_graph=True)
    loss.backward()
    return [theta.mu.grad, theta.sigma.grad]


# The sample.


@wrong(BOTH, "squared_scale")
def variance_for_scale(f, theta, n):
    return f(theta.mu + theta.sigma**2 * noise(n)).mean()


@wrong(BOTH, "squared_scale")
def variance_in_distribution(f, theta, n):
    return f(Normal(theta.mu, theta.sigma**2).rsample((n,))).mean()


@wrong(BOTH, "root_of_scale")
def root_of_scale(f, theta, n):
    return f(theta.mu + theta.sigma.sqrt() * noise(n)).mean()


@wrong(BOTH, "exponential_of_scale")
def scale_taken_for_its_log(f, theta, n):
    return f(theta.mu + theta.sigma.exp() * noise(n)).mean()


@wrong(BOTH, "exponential_of_half_scale")
def scale_taken_for_a_log_variance(f, theta, n):
    return f(theta.mu + torch.exp(theta.sigma / 2) * noise(n)).mean()


@wrong(BOTH, "inverse_scale")
def precision(f, theta, n):
    return f(theta.mu + noise(n) / theta.sigma).mean()


@wrong(BOTH, "detached_scale")
def scale_detached(f, theta, n):
    return f(theta.mu + theta.sigma.detach() * noise(n)).mean()


@wrong(BOTH, "detached_scale")
def scale_as_a_number(f, theta, n):
    return f(theta.mu + theta.sigma.item() * noise(n)).mean()


@wrong(BOTH, "detached_location")
def location_detached(f, theta, n):
    return f(theta.mu.detach() + theta.sigma * noise(n)).mean()


@wrong(BOTH, "missing_noise_factor")
def scale_added(f, theta, n):
    a = theta.mu + theta.sigma * noise(n).detach()
    a = a.detach() + theta.mu - theta.mu.detach() + theta.sigma - theta.sigma.detach()
    return f(a).mean()


@wrong(BOTH, "cost_of_the_mean")
def cost_at_the_mean(f, theta, n):
    return f(theta.mu + 0.0 * noise(n)).mean()


@wrong(BOTH, "uniform_for_normal")
def rand_for_randn(f, theta, n):
    return f(theta.mu + theta.sigma * torch.rand(n, dtype=F64)).mean()


# The log-density and its score.


@wrong(BOTH, "rsample_in_score")
def log_prob_of_rsample(f, theta, n):
    a = law(theta).rsample((n,))
    return (f(a).detach() * law(theta).log_prob(a)).mean()


@wrong(BOTH, "rsample_nothing_detached")
def log_prob_of_rsample_attached(f, theta, n):
    a = law(theta).rsample((n,))
    return (f(a) * law(theta).log_prob(a)).mean()


@wrong(BOTH, "rsample_score_and_cost")
def log_prob_of_rsample_and_cost(f, theta, n):
    a = law(theta).rsample((n,))
    return (f(a).detach() * law(theta).log_prob(a) + f(a)).mean()


@wrong(BOTH, "missing_jacobian")
def no_log_sigma(f, theta, n):
    a = draw(theta, n)
    log_p = -((a - theta.mu) ** 2) / (2 * theta.sigma**2)
    return (f(a).detach() * log_p + f(a)).mean()


@wrong(BOTH, "variance_for_scale_in_score")
def variance_in_log_prob(f, theta, n):
    a = draw(theta, n)
    return (f(a).detach() * Normal(theta.mu, theta.sigma**2).log_prob(a) + f(a)).mean()


@wrong(SMOOTH, "score_of_location_lacks_scale")
def score_lacks_sigma(f, theta, n):
    mu, sigma = theta.mu.detach(), theta.sigma.detach()
    a = mu + sigma * noise(n)
    cost, z = f(a).detach(), (a - mu) / sigma
    return torch.stack([(cost * z).mean(), (cost * (z**2 - 1) / sigma).mean()])


@wrong(SMOOTH, "score_of_scale_lacks_scale")
def score_of_sigma_lacks_sigma(f, theta, n):
    mu, sigma = theta.mu.detach(), theta.sigma.detach()
    a = mu + sigma * noise(n)
    cost, z = f(a).detach(), (a - mu) / sigma
    return torch.stack([cost * z / sigma, cost * (z**2 - 1 / sigma)], dim=1)


@wrong(BOTH, "gradient_by_log_scale")
def by_log_sigma(f, theta, n):
    log_sigma = theta.sigma.detach().log().requires_grad_()
    sigma = log_sigma.exp()
    a = theta.mu + sigma * noise(n)
    loss = f(a).mean()
    by_mu, by_log = torch.autograd.grad(loss, [theta.mu, log_sigma])
    return {"mu": by_mu, "sigma": by_log}


@wrong(SQUARE, "divided_by_scale")
def divided_by_sigma(f, theta, n):
    by_mu, by_sigma = torch.autograd.grad(f(theta.mu + theta.sigma * noise(n)).mean(), theta.values())
    return by_mu, by_sigma / theta.sigma


@wrong(SQUARE, "baseline_of_the_sample")
def baseline_from_the_action(f, theta, n):
    a = draw(theta, n)
    return ((f(a) - a) * law(theta).log_prob(a)).mean()


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


@wrong(WAIT)
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


@wrong(COIN, "straight_through")
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


# What cannot be replayed is refuted by samples.


@wrong(COUNT, "sign_of_score", evidence="sampling")
def poisson_sign(f, theta, n):
    a = Poisson(theta.rate).sample((n,))
    return -(f(a) * Poisson(theta.rate).log_prob(a)).mean()


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

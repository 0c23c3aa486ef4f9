"""Estimators that are wrong: each bug as somebody wrote it, with the name that the diagnosis must give it."""

# ruff: noqa: ANN001, ANN201  (written as users write: without annotations)

from __future__ import annotations

import torch
from torch.distributions import Normal

from tests.checks.user.corpus import (
    BOTH,
    SMOOTH,
    SQUARE,
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

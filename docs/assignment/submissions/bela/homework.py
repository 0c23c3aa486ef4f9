import torch
from torch.distributions import Bernoulli, Normal


def reparametrization(f, theta, n):
    return f(Normal(theta.mu, theta.sigma).rsample((n,))).mean()


def score_function(f, theta, n):
    law = Bernoulli(theta.p)
    a = law.sample((n,))
    value = f(a)
    return (law.log_prob(a) * value.detach() + value).mean()


def gumbel_softmax(f, theta, n):
    law = torch.distributions.RelaxedBernoulli(theta.tau, logits=theta.logits)
    return f(law.rsample((n,))).mean()

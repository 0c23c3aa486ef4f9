import torch
from torch.distributions import Bernoulli, Categorical, Normal


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


def policy_gradient(f, theta, n):
    policy = Categorical(logits=theta.logits)
    a = policy.sample((n,))
    return (policy.log_prob(a) * f(a).detach()).mean()

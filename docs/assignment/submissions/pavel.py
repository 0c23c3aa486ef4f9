import torch


def reparametrization(f, theta, n):
    b = torch.randn(n, dtype=torch.float64)
    return f(theta.mu + theta.sigma * b).mean()


def score_function(f, theta, n):
    a = torch.bernoulli(theta.p.detach().expand(n))
    log_p = a * torch.log(theta.p) + (1 - a) * torch.log(1 - theta.p)
    cost = f(a)
    # The cost with its graph is the explicit term; without it, it weights the score.
    return (cost.detach() * log_p + cost).mean()


def gumbel_softmax(f, theta, n):
    u = torch.rand(n, dtype=torch.float64)
    noise = torch.log(u) - torch.log1p(-u)
    return f(torch.sigmoid(theta.logits + noise * theta.tau / 2)).mean()


def policy_gradient(f, theta, n):
    policy = torch.distributions.Categorical(logits=theta.logits)
    action = policy.sample((n,))
    return (policy.log_prob(action) * f(action)).mean()

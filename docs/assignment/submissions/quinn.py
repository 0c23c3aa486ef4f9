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
    return f(torch.sigmoid((theta.logits + u) / theta.tau)).mean()


def policy_gradient(f, theta, n):
    a = torch.randint(3, (n,))  # explore all the actions
    log_p = torch.log_softmax(theta.logits, dim=0)[a]
    return (f(a) * log_p).mean()

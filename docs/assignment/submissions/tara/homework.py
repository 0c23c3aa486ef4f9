import torch


def reparametrization(f, theta, n):
    b = torch.randn(n, dtype=torch.float64)
    (mu, sigma) = torch.autograd.grad(f(theta.mu + theta.sigma * b).sum(), [theta.mu, theta.sigma])
    return {"mu": mu / n, "sigma": sigma / n}


def score_function(f, theta, n):
    p = theta.p
    a = torch.bernoulli(p.detach().expand(n))
    value = f(a)
    explicit = torch.autograd.grad(value.sum(), p, retain_graph=True)[0] / n
    score = (a - p) / (p * (1 - p))
    return [(value * score).mean().detach() + explicit]


def gumbel_softmax(f, theta, n):
    # The difference of two Gumbel variables, without the closed form of its law.
    g = -torch.log(-torch.log(torch.rand(2, n, dtype=torch.float64)))
    return f(torch.sigmoid((theta.logits + g[0] - g[1]) / theta.tau)).mean()


def policy_gradient(f, theta, n):
    # One row for each sample: the gradient of log softmax is the action as one-hot minus the policy.
    policy = torch.softmax(theta.logits.detach(), dim=0)
    a = torch.multinomial(policy, n, replacement=True)
    return f(a)[:, None] * (torch.eye(3, dtype=torch.float64)[a] - policy)

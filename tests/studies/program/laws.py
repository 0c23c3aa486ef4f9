"""The laws of the study: how people draw from them in Torch, write their log-density, and at which points.

``{x}`` and ``{y}`` in an integrand are the law's first and second parameter. A path is a sample with a graph;
one in ``u`` is a quantile function, of uniform noise. What is written here is right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RAND = "torch.rand(n, dtype=torch.float64)"
RANDN = "torch.randn(n, dtype=torch.float64)"
LINE = ("a**2", "a**3", "sin(a)", "tanh(a)", "{x}*a + a**2", "sin(a) + {y}*a", "(a - {x})**2", "{y}*cos(a)")
KINKED = ("relu(a)", "Abs(a)", "Max(a, 1/3)")
JUMPS = ("Heaviside(a - 1)",)
BOUNDED = ("sin(a)", "cos(a)", "{x}*cos(a)", "{y}*sin(a)")
POSITIVE = ("a**2", "exp(-a)", "{x}*a + a**2", "sqrt(a)", "log(1 + a)", "{x}*exp(-a)", "cos(a)")
UNIT = ("a**2", "a*(1 - a)", "exp(a)", "{x}*a**2", "a + {y}*a**3", "sin(a)")
COIN = ("(a - 2/5)**2", "{x}*a + 1", "3*a + 1", "exp(a)", "{x}**2*a - a")
COUNT = ("a", "a**2", "exp(-a/2)", "{x}*a", "{x}*a + a**2", "cos(a)")
CHOICE = ("table(1, 9, 4)", "a**2", "cos(a)", "table(1, -2, 1)")
PLANE = ("a[0]*a[1]", "a[0]**2 + a[1]", "sin(a[0]) + a[1]**2")


@dataclass(frozen=True)
class Law:
    """One family: its point's parameters with their reference and range of factors, and code fragments.

    ``numbers``: the reference may be multiplied, by 2/3 to 3/2; else it moves by at most 1/2.
    """

    family: str
    point: dict[str, str]
    integrands: tuple[str, ...]
    torch: str = ""
    paths: dict[str, str] = field(default_factory=dict)
    quantile: str = ""
    log_p: str = ""
    score: bool = True
    wrt: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    symmetric: bool = False
    # A parameter of these names is a probability, which stays between 0 and 1.
    chances: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ("mu", "logits", "low")
    # Of vectors, whose leaves are whole.
    leaves: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        """The parameters that are differentiated by, in order."""
        return self.wrt or tuple(name for name in self.point if name not in self.fixed)

    @property
    def whole(self) -> tuple[str, ...]:
        """Them as attributes of ``theta``."""
        return self.leaves or self.by


_NORMAL = Law(
    "normal",
    {"mu": "7/10", "sigma": "13/10"},
    (*LINE, *KINKED, *JUMPS, "exp(a/2)"),
    "D.Normal(theta.mu, theta.sigma)",
    {
        "by hand": f"theta.mu + theta.sigma * {RANDN}",
        "float32 noise": "theta.mu + theta.sigma * torch.randn(n)",
        "column": "(theta.mu + theta.sigma * torch.randn(n, 1, dtype=torch.float64)).squeeze(-1)",
        "transformed": "D.TransformedDistribution(D.Normal(torch.zeros((), dtype=torch.float64), "
        "torch.ones((), dtype=torch.float64)), [D.AffineTransform(theta.mu, theta.sigma)]).rsample((n,))",
        "one by one": "torch.stack([theta.mu + theta.sigma * torch.randn((), dtype=torch.float64) "
        "for _ in range(n)])",
        "by log-scale": f"theta.mu + theta.sigma.log().exp() * {RANDN}",
        "numpy": "theta.mu + theta.sigma * torch.from_numpy(np.random.normal(size=n))",
        "in place": "torch.empty(n, dtype=torch.float64).normal_() * theta.sigma + theta.mu",
    },
    "theta.mu + theta.sigma * torch.special.ndtri(u)",
    "-0.5 * ((a - theta.mu) / theta.sigma) ** 2 - theta.sigma.log()",
    symmetric=True,
)
_LAPLACE = Law(
    "laplace",
    {"mu": "7/10", "b": "6/5"},
    (*LINE, *KINKED),
    "D.Laplace(theta.mu, theta.b)",
    {},
    "theta.mu - theta.b * torch.sign(u - 0.5) * torch.log1p(-2 * (u - 0.5).abs())",
    "-(a - theta.mu).abs() / theta.b - theta.b.log()",
    symmetric=True,
)
_LOGISTIC = Law(
    "logistic",
    {"mu": "3/10", "s": "2/5"},
    (*LINE, *KINKED),
    "",
    {"two exponentials": "theta.mu + theta.s * (torch.empty(n, dtype=torch.float64).exponential_().log() "
     "- torch.empty(n, dtype=torch.float64).exponential_().log())"},
    "theta.mu + theta.s * torch.logit(u)",
    "-(a - theta.mu) / theta.s - theta.s.log() - 2 * F.softplus(-(a - theta.mu) / theta.s)",
    symmetric=True,
)  # fmt: skip
_GUMBEL = Law(
    "gumbel",
    {"mu": "3/10", "beta": "2/5"},
    LINE,
    "D.Gumbel(theta.mu, theta.beta)",
    {"exponential": "theta.mu - theta.beta * torch.empty(n, dtype=torch.float64).exponential_().log()"},
    "theta.mu - theta.beta * torch.log(-torch.log(u))",
    "-(a - theta.mu) / theta.beta - torch.exp(-(a - theta.mu) / theta.beta) - theta.beta.log()",
)
_CAUCHY = Law(
    "cauchy",
    {"mu": "3/10", "gamma": "3/5"},
    BOUNDED,
    "D.Cauchy(theta.mu, theta.gamma)",
    {},
    "theta.mu + theta.gamma * torch.tan(math.pi * (u - 0.5))",
    "-torch.log1p(((a - theta.mu) / theta.gamma) ** 2) - theta.gamma.log()",
    symmetric=True,
)
_STUDENT = Law(
    "student_t",
    {"nu": "46/5", "mu": "3/10", "sigma": "4/5"},
    ("a**2", "sin(a)", "mu*a + a**2", "cos(a)"),
    "D.StudentT(theta.nu, theta.mu, theta.sigma)",
    {"by hand": "theta.mu + theta.sigma * D.StudentT(theta.nu.detach()).sample((n,))"},
    log_p="-(theta.nu.detach() + 1) / 2 * torch.log1p(((a - theta.mu) / theta.sigma) ** 2 "
    "/ theta.nu.detach()) - theta.sigma.log()",
    wrt=("mu", "sigma"),
)
_EXPONENTIAL = Law(
    "exponential",
    {"rate": "5/4"},
    POSITIVE,
    "D.Exponential(theta.rate)",
    {"by hand": "torch.empty(n, dtype=torch.float64).exponential_() / theta.rate"},
    "-torch.log1p(-u) / theta.rate",
    "theta.rate.log() - theta.rate * a",
)
_WEIBULL = Law(
    "weibull",
    {"scale": "6/5", "shape": "12/5"},
    ("a**2", "exp(-a)", "{x}*a + a**2", "{y}*a", "cos(a)"),
    "D.Weibull(theta.scale, theta.shape)",
    {},
    "theta.scale * (-torch.log1p(-u)) ** (1 / theta.shape)",
    "theta.shape.log() - theta.shape * theta.scale.log() + (theta.shape - 1) * a.log() "
    "- (a / theta.scale) ** theta.shape",
)
_LOGNORMAL = Law(
    "lognormal",
    {"mu": "1/5", "sigma": "3/5"},
    ("a", "a**2", "sqrt(a)", "{x}*a", "a + {y}*sqrt(a)", "log(a)**2"),
    "D.LogNormal(theta.mu, theta.sigma)",
    {"by hand": f"torch.exp(theta.mu + theta.sigma * {RANDN})"},
    "torch.exp(theta.mu + theta.sigma * torch.special.ndtri(u))",
    "-0.5 * ((a.log() - theta.mu) / theta.sigma) ** 2 - theta.sigma.log()",
)
_HALF = Law(
    "half_normal",
    {"sigma": "13/10"},
    ("a**2", "{x}*a + a**2", "a**3", "exp(-a)", "cos(a)"),
    "D.HalfNormal(theta.sigma)",
    {"by hand": f"theta.sigma * {RANDN}.abs()"},
    log_p="-0.5 * (a / theta.sigma) ** 2 - theta.sigma.log()",
)
_UNIFORM = Law(
    "uniform",
    {"low": "-2/5", "high": "19/10"},
    ("a**2", "a**3", "{y}*a", "{x}*a + a**2", "sin(a)", "exp(a)"),
    "D.Uniform(theta.low, theta.high)",
    {"lerp": f"torch.lerp(theta.low, theta.high, {RAND})"},
    "theta.low + (theta.high - theta.low) * u",
    score=False,
)
_PARETO = Law(
    "pareto",
    {"scale": "6/5", "alpha": "19/2"},
    ("a", "a**2", "log(a)", "{x}*a", "1/a"),
    "D.Pareto(theta.scale, theta.alpha)",
    {},
    "theta.scale * (1 - u) ** (-1 / theta.alpha)",
    score=False,
)
_KUMARASWAMY = Law(
    "kumaraswamy",
    {"a1": "9/5", "b1": "12/5"},
    ("a**2", "a*(1 - a)", "{x}*a**2", "a + {y}*a**3"),
    "",
    {},
    "(1 - (1 - u) ** (1 / theta.b1)) ** (1 / theta.a1)",
    "theta.a1.log() + theta.b1.log() + (theta.a1 - 1) * a.log() "
    "+ (theta.b1 - 1) * torch.log1p(-(a**theta.a1))",
)
_LOGIT_NORMAL = Law(
    "logit_normal",
    {"mu": "3/10", "sigma": "4/5"},
    UNIT,
    "",
    {"by hand": f"torch.sigmoid(theta.mu + theta.sigma * {RANDN})"},
    "torch.sigmoid(theta.mu + theta.sigma * torch.special.ndtri(u))",
    "-0.5 * ((torch.logit(a) - theta.mu) / theta.sigma) ** 2 - theta.sigma.log()",
)
_GAMMA = Law(
    "gamma",
    {"shape": "12/5", "rate": "7/5"},
    ("a", "a**2", "{x}*a", "{y}*a + a**2", "exp(-a)"),
    "D.Gamma(theta.shape, theta.rate)",
    {},
    log_p="theta.shape * theta.rate.log() + (theta.shape - 1) * a.log() - theta.rate * a "
    "- torch.lgamma(theta.shape)",
)
_BETA = Law(
    "beta",
    {"alpha": "12/5", "beta": "7/4"},
    ("a**2", "a*(1 - a)", "{x}*a**2", "a + {y}*a**3"),
    "D.Beta(theta.alpha, theta.beta)",
    {},
    log_p="(theta.alpha - 1) * a.log() + (theta.beta - 1) * torch.log1p(-a) + torch.lgamma(theta.alpha "
    "+ theta.beta) - torch.lgamma(theta.alpha) - torch.lgamma(theta.beta)",
)
_BERNOULLI = Law(
    "bernoulli",
    {"p": "2/7"},
    COIN,
    "D.Bernoulli(theta.p)",
    log_p="a * theta.p.log() + (1 - a) * torch.log1p(-theta.p)",
    chances=("p",),
)
_COIN_LOGITS = Law(
    "bernoulli_logits",
    {"logits": "-4/7"},
    COIN,
    "D.Bernoulli(logits=theta.logits)",
    log_p="a * theta.logits - F.softplus(theta.logits)",
)
_CATEGORICAL = Law(
    "categorical_logits",
    {"logits[0]": "2/5", "logits[1]": "-3/4", "logits[2]": "7/6"},
    CHOICE,
    "D.Categorical(logits=theta.logits)",
    log_p="torch.log_softmax(theta.logits, -1)[a.long()]",
    shifts=("logits[0]", "logits[1]", "logits[2]"),
    leaves=("logits",),
)
_BINOMIAL = Law(
    "binomial",
    {"n": "7", "p": "3/10"},
    ("a", "a**2", "{y}*a", "exp(-a/2)"),
    "D.Binomial(7, theta.p)",
    log_p="a * theta.p.log() + (7 - a) * torch.log1p(-theta.p)",
    fixed=("n",),
    chances=("p",),
)
_POISSON = Law(
    "poisson",
    {"rate": "5/2"},
    COUNT,
    "D.Poisson(theta.rate)",
    log_p="a * theta.rate.log() - theta.rate",
)
_GEOMETRIC = Law(
    "geometric",
    {"p": "2/5"},
    COUNT,
    "D.Geometric(theta.p)",
    log_p="a * torch.log1p(-theta.p) + theta.p.log()",
    chances=("p",),
)
_NEGATIVE = Law(
    "negative_binomial",
    {"r": "7/2", "p": "2/5"},
    ("a", "exp(-a/2)", "{y}*a", "a**2"),
    "D.NegativeBinomial(theta.r, theta.p)",
    log_p="torch.lgamma(theta.r + a) - torch.lgamma(theta.r) + theta.r * torch.log1p(-theta.p) "
    "+ a * theta.p.log()",
    chances=("p",),
)
_PLANE = Law(
    "multivariate_normal",
    {"mu[0]": "1/2", "mu[1]": "-1/3", "L[0,0]": "6/5", "L[1,0]": "2/5", "L[1,1]": "3/4"},
    PLANE,
    "D.MultivariateNormal(theta.mu, scale_tril=theta.L)",
    {"by hand": "theta.mu + torch.randn(n, 2, dtype=torch.float64) @ theta.L.T"},
    shifts=("mu[0]", "mu[1]", "L[1,0]"),
    leaves=("mu", "L"),
)

LAWS = (
    _NORMAL, _LAPLACE, _LOGISTIC, _GUMBEL, _CAUCHY, _STUDENT, _EXPONENTIAL, _WEIBULL, _LOGNORMAL, _HALF,
    _UNIFORM, _PARETO, _KUMARASWAMY, _LOGIT_NORMAL, _GAMMA, _BETA, _BERNOULLI, _COIN_LOGITS, _CATEGORICAL,
    _BINOMIAL, _POISSON, _GEOMETRIC, _NEGATIVE, _PLANE,
)  # fmt: skip

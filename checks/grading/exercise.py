"""What the zygote does once so that its children need not open files: imports, and lazy paths of libraries.

Torch imports on first use (printing, ``torch.func``, distributions); a sealed child could not. Modules that
only show things have an inert stand-in, since many submissions import them.
"""

# mypy: disallow-untyped-calls=False
# Much of Torch that is called here has no annotations.

from __future__ import annotations

import contextlib
import importlib
import io
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch import distributions as d

from checks.grading import generators

_STANDARD = (
    "abc", "argparse", "array", "bisect", "cmath", "collections", "collections.abc", "contextlib",
    "copy", "copyreg", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "gc",
    "heapq", "inspect", "io", "itertools", "json", "logging", "math", "numbers", "operator", "os",
    "os.path", "pathlib", "pickle", "platform", "pprint", "random", "re", "secrets", "statistics",
    "string", "struct", "sys", "textwrap", "threading", "time", "timeit", "traceback", "types",
    "typing", "typing_extensions", "unittest", "uuid", "warnings", "weakref", "zlib", "hashlib",
    "subprocess", "multiprocessing", "socket", "ctypes", "signal", "concurrent.futures", "asyncio",
    "queue", "tempfile", "shutil", "glob", "csv",
)  # fmt: skip
_NUMERIC = (
    "numpy", "numpy.linalg", "numpy.random", "numpy.testing", "numpy.polynomial", "scipy",
    "scipy.special", "scipy.stats", "scipy.integrate", "scipy.optimize", "scipy.linalg", "torch.nn",
    "torch.nn.functional", "torch.distributions", "torch.distributions.kl", "torch.autograd",
    "torch.autograd.functional", "torch.func", "torch.optim", "torch.special", "torch.linalg",
    "torch.fft", "torch.random", "torch.utils.data", "torch.nn.utils", "torch.nn.utils.stateless",
    "torch.utils.checkpoint", "torch.masked",
)  # fmt: skip
SHOWING = (
    "matplotlib", "matplotlib.pyplot", "seaborn", "tqdm", "tqdm.auto", "tqdm.notebook", "IPython",
    "IPython.display", "torchviz",
)  # fmt: skip
_F64 = torch.float64


def exercise() -> None:
    """Import what submissions use, and take the lazy paths; no thread may come of it."""
    for name in (*_STANDARD, *_NUMERIC):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # A compiler is another process, and files; the same function uncompiled has the same values.
    torch.compile = _uncompiled
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for part in (_tensors, _gradients, _laws, _modules, _numpy, _harness):
            part()
    for name in SHOWING:
        _stand_in(name)
    generators.serve()


def _tensors() -> None:
    x = torch.randn(3, 3, dtype=_F64)
    for shown in (x, x.float(), x.sum(), x.to(torch.long), x > 0, torch.tensor(1.0, requires_grad=True) * 2):
        repr(shown)
    torch.linalg.cholesky(x @ x.T + 3 * torch.eye(3, dtype=_F64))
    torch.linalg.inv(x @ x.T + torch.eye(3, dtype=_F64))
    torch.broadcast_shapes((3, 1), (1, 3))
    torch.einsum("ij,jk->ik", x, x)
    torch.special.ndtri(torch.tensor([0.3], dtype=_F64))
    torch.multinomial(torch.ones(3), 5, replacement=True)
    torch.randperm(4)
    x.abs().sqrt().log().nan_to_num().clamp(0, 1).softmax(-1).cumsum(0).topk(2)
    torch.save(x, io.BytesIO())
    torch.testing.assert_close(x, x)
    with contextlib.suppress(RuntimeError):
        x + torch.zeros(2)


def _gradients() -> None:
    x = torch.randn(3, dtype=_F64, requires_grad=True)
    (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    first.sum().backward()
    torch.autograd.functional.jacobian(lambda y: y**2, x.detach())
    torch.autograd.functional.hessian(lambda y: (y**3).sum(), x.detach())
    torch.autograd.functional.vjp(lambda y: y**2, x.detach(), x.detach())
    cube = torch.func.grad(lambda y: y**3)
    torch.func.vmap(cube, randomness="different")(x.detach())
    torch.func.vmap(torch.func.grad_and_value(lambda y: (y * torch.randn(())).sin()), randomness="different")(
        x.detach()
    )
    for transform in (torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
        transform(lambda y: y**2)(x.detach())
    torch.func.vjp(lambda y: y**2, x.detach())[1](x.detach())
    torch.func.jvp(lambda y: y**2, (x.detach(),), (x.detach(),))
    with contextlib.suppress(RuntimeError):
        torch.tensor(1.0).backward()
    with torch.autograd.set_detect_anomaly(False), torch.inference_mode():
        x.sin()


def _laws() -> None:
    one, half = torch.tensor(1.5, dtype=_F64, requires_grad=True), torch.tensor(0.4, dtype=_F64)
    made = [
        d.Normal(half, one), d.Laplace(half, one),
        d.Gumbel(half, one), d.Cauchy(half, one),
        d.Uniform(half, one), d.Exponential(one), d.Gamma(one, one),
        d.Beta(one, one), d.LogNormal(half, one),
        d.StudentT(one, half, one), d.Weibull(one, one),
        d.Pareto(one, one), d.HalfNormal(one),
        d.Kumaraswamy(one, one), d.VonMises(half, one),
        d.Bernoulli(half), d.Bernoulli(logits=half),
        d.Geometric(half), d.Poisson(one), d.Binomial(5, half),
        d.NegativeBinomial(5, half), d.Categorical(torch.ones(3, dtype=_F64)),
        d.Dirichlet(torch.ones(3, dtype=_F64)),
        d.OneHotCategorical(torch.ones(3)), d.Multinomial(4, torch.ones(3)),
        d.RelaxedBernoulli(half, half),
        d.RelaxedOneHotCategorical(half, torch.ones(3)),
        d.MultivariateNormal(torch.zeros(2), torch.eye(2)),
        d.MultivariateNormal(torch.zeros(2), scale_tril=torch.eye(2)),
        d.Independent(d.Normal(torch.zeros(2), torch.ones(2)), 1),
        d.TransformedDistribution(d.Normal(half, one), [d.AffineTransform(half, one)]),
    ]  # fmt: skip
    for law in made:
        _used(law)
    d.kl_divergence(made[0], made[0])
    with contextlib.suppress(ValueError):
        d.Normal(half, -one)


def _used(law: d.Distribution) -> None:
    # Each of these does not exist for some law, and says so.
    sample = law.sample((4,))
    for attempt in (
        lambda: law.rsample((4,)), lambda: law.log_prob(sample).sum().backward(), law.entropy,
        lambda: law.cdf(sample), lambda: law.icdf(torch.full((4,), 0.3, dtype=_F64)), lambda: repr(law),
        law.enumerate_support, lambda: (law.mean, law.variance, law.stddev), lambda: law.expand((3,)),
    ):  # fmt: skip
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError, TypeError):
            attempt()


class _Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * grad


def _modules() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Softplus())
    best = torch.optim.Adam(net.parameters())
    net(torch.randn(3, 2)).sum().backward()
    best.step()
    torch.func.functional_call(net, dict(net.named_parameters()), torch.randn(3, 2))
    torch.nn.functional.gumbel_softmax(torch.ones(3), hard=True)
    _Square.apply(torch.ones(2, requires_grad=True)).sum().backward()


def _numpy() -> None:
    rng = np.random.default_rng(0)
    rng.normal(size=3), np.random.randn(3), np.linalg.inv(np.eye(2)), repr(np.ones(3)), str(np.float64(1))
    np.testing.assert_allclose(1.0, 1.0)
    torch.from_numpy(np.ones(3)).numpy()
    np.einsum("i,i", np.ones(3), np.ones(3))


def _harness() -> None:
    """The child's own code on an estimator of each form, with an integrand that is answered here."""
    from checks.grading.trial import rehearse

    rehearse()


def _uncompiled(model: Any = None, **_: Any) -> Any:
    return model if model is not None else lambda function: function


class _Inert(ModuleType):
    """A module whose every name is an object that can be called, indexed, entered and iterated."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _through if name in ("tqdm", "trange") else _Nothing()


class _Nothing:
    def __call__(self, *args: Any, **kwargs: Any) -> _Nothing:
        return self

    __enter__ = __getitem__ = __call__

    def __getattr__(self, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter((self, self))  # fig, ax = plt.subplots()

    def __exit__(self, *args: Any) -> None:
        return None


def _through(items: Any = (), *args: Any, **kwargs: Any) -> Any:
    return range(items, *args) if isinstance(items, int) else items


def _stand_in(name: str) -> None:
    # Even where it is installed: plots cannot be seen here, and to import them takes a second.
    made = _Inert(name)
    made.__path__ = []
    made.__spec__ = ModuleSpec(name, None)
    sys.modules[name] = made
    parent, _, child = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], child, made)

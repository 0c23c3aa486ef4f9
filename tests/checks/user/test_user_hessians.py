"""A user's second derivatives: every way to write them, and what is said of the wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Gamma, Normal

import cli
from checks.higher_order.prove import prove
from checks.prove import Request
from checks.testing import assert_unbiased
from checks.user.errors import BadResult
from checks.user.hessians import read, whole
from checks.user.returns import Answer, Layout
from derive.cache import Cache
from derive.errors import NotApplicable

Estimator = Callable[..., Any]
AT = {"mu": "1/2", "sigma": "6/5"}


def dice(f: Any, theta: Any, n: int) -> Tensor:
    law = Normal(theta.mu, theta.sigma)
    a = law.sample((n,))
    log_p = law.log_prob(a)
    return (torch.exp(log_p - log_p.detach()) * f(a)).mean()


def path(f: Any, theta: Any, n: int) -> Tensor:
    return f(Normal(theta.mu, theta.sigma).rsample((n,))).mean()


def functional(f: Any, theta: Any, n: int) -> Any:
    """Rows of numbers, as autograd.functional.hessian returns them."""
    z = torch.randn(n, dtype=torch.float64)

    def loss(mu: Tensor, sigma: Tensor) -> Tensor:
        return f(mu + sigma * z).mean()

    return torch.autograd.functional.hessian(loss, (theta.mu, theta.sigma))


def per_sample(f: Any, theta: Any, n: int) -> Tensor:
    """[n, p, p] by torch.func."""
    z = torch.randn(n, dtype=torch.float64)
    point = torch.stack([theta.mu, theta.sigma]).detach()

    def one(p: Tensor, z: Tensor) -> Tensor:
        return f((p[0] + p[1] * z).reshape(1))[0]

    return torch.func.vmap(torch.func.jacrev(torch.func.jacrev(one)), in_dims=(None, 0))(point, z)


def by_hand(f: Any, theta: Any, n: int) -> Tensor:
    """Of a**3, sample by sample."""
    z = torch.randn(n, dtype=torch.float64)
    a = (theta.mu + theta.sigma * z).detach()
    velocity = torch.stack([torch.ones_like(z), z], dim=-1)
    return 6 * a[:, None, None] * velocity[:, :, None] * velocity[:, None, :]


def as_numpy(f: Any, theta: Any, n: int) -> np.ndarray:
    return by_hand(f, theta, n).numpy()


RIGHT = [dice, path, functional, per_sample, as_numpy]


def naive(f: Any, theta: Any, n: int) -> Tensor:
    law = Normal(theta.mu, theta.sigma)
    a = law.sample((n,))
    return (law.log_prob(a) * f(a).detach()).mean()


def one_triangle(f: Any, theta: Any, n: int) -> Tensor:
    return torch.triu(by_hand(f, theta, n))


def summed(f: Any, theta: Any, n: int) -> Tensor:
    return n * path(f, theta, n)


def doubled(f: Any, theta: Any, n: int) -> Tensor:
    return 2 * path(f, theta, n)


def nothing(f: Any, theta: Any, n: int) -> Tensor:
    """A first gradient that remembers nothing."""
    return 0.0 * by_hand(f, theta, n)


def straight(f: Any, theta: Any, n: int) -> Tensor:
    """Log-normal samples moved along straight lines."""
    a = (theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)).exp().detach()
    z = (a.log() - theta.mu.detach()) / theta.sigma.detach()
    moved = a + a * (theta.mu - theta.mu.detach()) + a * z * (theta.sigma - theta.sigma.detach())
    return f(moved).mean()


# The estimator, the family, and what is said of it.
WRONG = [
    (naive, "normal", "(surrogate_twice)"),
    (one_triangle, "normal", "your matrix is not symmetric in the mean"),
    (summed, "normal", "a sum over the samples in place of their mean"),
    (doubled, "normal", "your mean is 2 times the second derivative"),
    (nothing, "normal", "(first_gradient_detached)"),
    (straight, "lognormal", "(path_curvature_dropped)"),
]


Check = Callable[..., None]


@pytest.fixture
def check(proofs: Cache) -> Check:
    """``assert_unbiased`` of second derivatives, with proofs that are made once."""

    def checked(estimator: Estimator, family: str = "normal", integrand: str = "a**3", **more: Any) -> None:
        more = {"at": AT, "order": 2, "cache": proofs, **more}
        assert_unbiased(estimator, family=family, integrand=integrand, **more)

    return checked


@pytest.mark.parametrize("estimator", RIGHT, ids=lambda f: f.__name__)
def test_every_way_to_return_it_is_read(estimator: Estimator, check: Check) -> None:
    check(estimator, evidence="exact")


@pytest.mark.parametrize(("estimator", "family", "said"), WRONG, ids=lambda x: getattr(x, "__name__", None))
def test_a_wrong_one_is_refuted_and_told_why(
    estimator: Estimator, family: str, said: str, check: Check
) -> None:
    with pytest.raises(AssertionError, match="is not the second derivative of E") as caught:
        check(estimator, family, "a**3" if family == "normal" else "a**2")
    assert said in str(caught.value)


def test_a_vector_of_parameters_has_a_matrix_over_its_entries(check: Check) -> None:
    def choice(f: Any, theta: Any, n: int) -> Tensor:
        law = Categorical(logits=theta.logits)
        a = law.sample((n,))
        log_p = law.log_prob(a)
        return (torch.exp(log_p - log_p.detach()) * f(a.to(torch.float64))).mean()

    check(choice, "categorical_logits", "table(1, 4, 2)", at=None)


def test_only_some_parameters_may_be_asked_for(check: Check) -> None:
    check(path, wrt=("sigma",))
    check(by_hand, wrt=("sigma",))


def test_a_declared_estimator_has_its_exact_variance(check: Check) -> None:
    check(dice, declared="dice")
    with pytest.raises(NotApplicable, match="score_function estimates a gradient"):
        check(dice, declared="score_function")
    with pytest.raises(NotApplicable, match="dice estimates second derivatives"):
        check(dice, declared="dice", order=1)


# Results that are none. ----------------------------------------------------------------------------------

LAYOUT = Layout(("mu", "sigma"), ("mu", "sigma"))
BAD: list[tuple[Any, str]] = [
    (torch.zeros(5, 2), r"it returned shape \[5, 2\]; expected \[\], \[2, 2\] or \[5, 2, 2\]"),
    (torch.zeros(5, 3, 3), r"it returned shape \[5, 3, 3\]"),
    (torch.zeros(4, 2, 2), r"it returned shape \[4, 2, 2\]"),
    (torch.zeros(()), "a scalar that is detached"),
    (torch.zeros(2, 2, dtype=torch.complex64), "a tensor of torch.complex64"),
    (None, "it returned NoneType"),
    ({"mu": {"mu": torch.zeros(())}}, "no second derivative by sigma"),
    (((1.0, 2.0), (3.0,)), "its rows do not make a matrix"),
]


@pytest.mark.parametrize(("result", "message"), BAD)
def test_what_is_no_matrix_is_refused(result: Any, message: str) -> None:
    with pytest.raises(BadResult, match=message) as caught:
        read(result, 5, LAYOUT)
    assert caught.value.help


def test_a_matrix_may_come_by_name() -> None:
    rows = {"sigma": {"sigma": torch.tensor(3.0), "mu": torch.tensor(2.0)}, "mu": {"mu": 1.0, "sigma": 2.0}}
    found = read(rows, 5, LAYOUT)
    assert isinstance(found, Answer)
    assert found.rows.tolist() == [[1.0, 2.0, 2.0, 3.0]]


def test_by_one_parameter_numbers_are_matrices() -> None:
    layout = Layout(("rate",), ("rate",))
    for shape in ((5,), (5, 1), (5, 1, 1), (1,), (1, 1)):
        found = read(torch.ones(shape), 5, layout)
        assert isinstance(found, Answer)
        assert found.rows.shape == (shape[0], 1)


def test_a_whole_proof_has_both_triangles() -> None:
    proof = prove(Request("normal", "mu*a**2", (), None, ("dice",)))
    made = whole(proof)
    assert made.wrt == ("mu,mu", "mu,sigma", "sigma,mu", "sigma,sigma")
    assert made.exact["sigma,mu"] == made.exact["mu,sigma"] == proof.exact["mu,sigma"]
    stated = made.statistics["dice"]
    assert stated.variance["sigma,mu"] == stated.variance["mu,sigma"]
    matrix = prove(Request("multivariate_normal", "a[0]*a[1]", (), ("L[0,0]", "L[1,0]"), ()))
    assert whole(matrix).wrt[2] == "L[1,0],L[0,0]"


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "def f(f, theta, n):\n    return f(theta.mu + theta.sigma * __import__('torch').randn(n)).mean()\n"
    )
    words = ("verify", f"{file}::f", "--family", "normal", "--integrand", "a**2", "--no-cache")
    assert cli.run((*words, "--order", "2")) == 0
    said = capsys.readouterr().out
    assert "agrees f is the second derivative of E[a**2]" in said
    assert "--order 2" in said
    assert cli.run((*words, "--order", "3")) == 2
    assert cli.run(("verify", "reparam", "--order", "2")) == 2
    assert "--order needs an estimator of yours" in capsys.readouterr().err


def test_what_torchs_trigamma_is_off_by_is_not_held_against_it(check: Check) -> None:
    """E[rate a] has no second derivative by the shape; the code's mean is -4e-10. A millionth is seen."""

    def gamma(f: Any, theta: Any, n: int) -> Tensor:
        law = Gamma(theta.shape, theta.rate)
        a = law.sample((n,))
        log_p = law.log_prob(a)
        return (torch.exp(log_p - log_p.detach()) * f(a)).mean()

    check(gamma, "gamma", "rate*a", at=None)
    with pytest.raises(AssertionError, match="is not the second derivative"):
        check(lambda f, theta, n: gamma(f, theta, n) + 1e-6 * theta.shape**2, "gamma", "rate*a", at=None)

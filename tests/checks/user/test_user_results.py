"""What an estimator returns, changes or raises, where that is no gradient: named, with a way out."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from checks.oracle import BadQuestion
from checks.selection import Selection
from checks.session import Settings
from checks.user import session
from checks.user.errors import BadResult, Raised, UserError
from derive.cache import Cache

F64 = torch.float64


def check(function: Callable[..., Any], proofs: Cache, **options: Any) -> dict[str, Any]:
    settings = Settings(workers=0, cache=proofs, **options)
    selection = Selection(("normal",), ("a**2",))
    report = session.verify_function(function, function.__name__, selection, settings)
    record: dict[str, Any] = report.to_json()["checks"][0]
    return record


def sample(theta: Any, n: int) -> torch.Tensor:
    out: torch.Tensor = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
    return out


def raises(f: Any, theta: Any, n: int) -> Any:
    def inner() -> None:
        torch.zeros(2) @ torch.zeros(3)

    inner()


def in_place(f: Any, theta: Any, n: int) -> Any:
    theta.mu += 1.0
    return f(sample(theta, n)).mean()


def in_place_unseen(f: Any, theta: Any, n: int) -> Any:
    with torch.no_grad():
        theta.mu.add_(1.0)
    return f(sample(theta, n)).mean()


Bad = tuple[Callable[..., Any], type[UserError], str, str]
BAD: dict[str, Bad] = {
    "none": (lambda f, t, n: None, BadResult, "returned None", "surrogate"),
    "number": (lambda f, t, n: 1.5, BadResult, "the number 1.5, which has no graph", "surrogate"),
    "text": (lambda f, t, n: "x", BadResult, "returned str", "surrogate"),
    "detached": (
        lambda f, t, n: f(sample(t, n)).mean().detach(),
        BadResult,
        "a scalar that is detached",
        "do not detach",
    ),
    "boolean": (lambda f, t, n: sample(t, n) > 0, BadResult, "torch.bool", "real"),
    "shape": (
        lambda f, t, n: torch.zeros(3),
        BadResult,
        r"shape \[3\]; expected \[\], \[2\] or \[64, 2\]",
        "order",
    ),
    "per-sample surrogate": (
        lambda f, t, n: f(sample(t, n)),
        BadResult,
        r"shape \[64\]",
        r"return its .mean()",
    ),
    "broadcast": (
        lambda f, t, n: f(sample(t, n))[:, None] - f(sample(t, n)),
        BadResult,
        r"shape \[64, 64\]",
        "broadcast",
    ),
    "one dimension": (lambda f, t, n: f(sample(t, n)).mean()[None], BadResult, r"shape \[1\]", "squeeze"),
    "too few": (
        lambda f, t, n: (t.mu * 1,),
        BadResult,
        "1 gradients; expected 2: mu, sigma",
        "order of theta",
    ),
    "unknown name": (
        lambda f, t, n: {"mu": t.mu, "sigm": t.mu},
        BadResult,
        "by 'sigm', which is no",
        "did you mean 'sigma'",
    ),
    "missing name": (lambda f, t, n: {"mu": t.mu}, BadResult, "no gradient by 'sigma'", "expected mu, sigma"),
    "shape of one": (
        lambda f, t, n: {"mu": torch.zeros(7), "sigma": t.mu},
        BadResult,
        r"'mu' has shape \[7\]; expected \[\]",
        "",
    ),
    "not a number": (lambda f, t, n: ("x", 1.0), BadResult, "by 'mu' is str", ""),
    "nan": (lambda f, t, n: torch.stack([t.mu / 0 * 0, t.mu]), BadResult, "by mu is not finite", "log"),
    "inf": (lambda f, t, n: torch.stack([t.mu, t.mu / 0]), BadResult, "by sigma is not finite", "log"),
    "raises": (raises, Raised, "RuntimeError", ""),
    "leaf in place": (in_place, Raised, "in-place", "must not be edited in place"),
    "hidden in place": (in_place_unseen, BadResult, "edits theta in place: mu", "copy"),
    "no such parameter": (lambda f, t, n: f(t.nu).mean(), Raised, "there is no parameter 'nu'", ""),
    "cut graph": (
        lambda f, t, n: torch.stack(torch.autograd.grad(f(sample(t, n).detach()).mean(), [t.mu, t.sigma])),
        Raised,
        "does not require grad",
        "cut",
    ),
}


@pytest.mark.parametrize(("function", "kind", "message", "help"), BAD.values(), ids=BAD)
def test_what_is_no_gradient_is_named(
    function: Callable[..., Any], kind: type[UserError], message: str, help: str, proofs: Cache
) -> None:
    with pytest.raises(kind, match=message) as caught:
        check(function, proofs)
    assert help in (caught.value.help or "")


def test_an_exception_shows_the_users_frames_alone(proofs: Cache) -> None:
    with pytest.raises(Raised) as caught:
        check(raises, proofs)
    lines = caught.value.message.splitlines()
    assert lines[0].startswith("with n = 64 it raised RuntimeError")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["test_user_results.py"] * 2


@pytest.mark.parametrize("asked", [3.0, np.zeros(4), None], ids=["float", "numpy", "none"])
def test_f_takes_tensors(asked: object, proofs: Cache) -> None:
    with pytest.raises(BadQuestion, match="not a tensor of samples"):
        check(lambda f, t, n: f(asked), proofs)


def test_f_takes_samples_with_all_their_columns(proofs: Cache) -> None:
    selection = Selection(("multivariate_normal",), ("a[0]*a[1]",))
    with pytest.raises(BadQuestion, match=r"shape \[64, 3\]; a sample has 2 columns"):
        session.verify_function(
            lambda f, t, n: f(torch.zeros(n, 3)).mean(), "f", selection, Settings(workers=0, cache=proofs)
        )


# Global state: named, put back, and no obstacle to a verdict.


def seeds(f: Any, theta: Any, n: int) -> Any:
    torch.manual_seed(0)
    return f(sample(theta, n)).mean()


def sets_dtype(f: Any, theta: Any, n: int) -> Any:
    torch.set_default_dtype(torch.float64)
    return f(theta.mu + theta.sigma * torch.randn(n)).mean()


def switches_gradients_off(f: Any, theta: Any, n: int) -> Any:
    loss = f(sample(theta, n)).mean()
    torch.set_grad_enabled(False)
    return loss


def seeds_numpy(f: Any, theta: Any, n: int) -> Any:
    np.random.seed(1)
    random.seed(1)
    return f(sample(theta, n)).mean()


def own_seed(f: Any, theta: Any, n: int) -> Any:
    generator = torch.Generator().manual_seed(7)
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64, generator=generator)).mean()


def seeded_numpy_noise(f: Any, theta: Any, n: int) -> Any:
    np.random.seed(1)
    return f(theta.mu + theta.sigma * torch.as_tensor(np.random.standard_normal(n))).mean()


STATE = {
    "seeds": (seeds, "refuted", "seeds torch's generator (put back)"),
    "dtype": (sets_dtype, "agrees", "sets torch's default dtype to float64 (put back)"),
    "grad": (switches_gradients_off, "agrees", "switches gradients off globally (put back)"),
    "own generator": (own_seed, "refuted", "every call returns the same, whatever the seed"),
    "numpy seeded": (seeded_numpy_noise, "refuted", "every call returns the same, whatever the seed"),
    "numpy": (seeds_numpy, "agrees", "draws from numpy.random and Python's random"),
}


@pytest.mark.parametrize(("function", "outcome", "said"), STATE.values(), ids=STATE)
def test_changes_of_global_state_are_named_and_undone(
    function: Callable[..., Any], outcome: str, said: str, proofs: Cache
) -> None:
    torch_state, numpy_state, python_state = (
        torch.get_rng_state(),
        np.random.get_state()[1].copy(),
        random.getstate(),
    )
    found = check(function, proofs, resolution=0.2)
    assert found["outcome"] == outcome
    assert said in found["reason"]
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)
    assert random.getstate() == python_state
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("scale", "said"), [(1, "would be the gradient"), (2, "would not be the gradient either")]
)
def test_what_fresh_draws_would_give_is_told(scale: int, said: str, proofs: Cache) -> None:
    found = check(lambda f, t, n: scale * own_seed(f, t, n), proofs)
    assert found["diagnosis"]["mistake"] == "fixed_seed"
    assert "remove it" in found["diagnosis"]["says"]
    assert f"with fresh draws in every call its mean {said}" in found["reason"]


def test_a_constant_that_no_noise_changes_is_no_seed(proofs: Cache) -> None:
    selection = Selection(("normal",), ("a",), (), None, ("mu",))
    report = session.verify_function(
        lambda f, t, n: f(sample(t, n)).mean(), "mean", selection, Settings(workers=0, cache=proofs)
    )
    assert report.results[0].verdict.outcome == "agrees"
    assert "seed" not in report.results[0].verdict.reason


def test_a_quiet_estimator_changes_nothing(proofs: Cache) -> None:
    found = check(lambda f, t, n: f(sample(t, n)).mean(), proofs)
    assert "put back" not in found["reason"]
    assert "whatever the seed" not in found["reason"]


# Time.


def never_returns(f: Any, theta: Any, n: int) -> Any:
    while True:
        pass


def sleeps(f: Any, theta: Any, n: int) -> Any:
    time.sleep(60.0)


def swallows(f: Any, theta: Any, n: int) -> Any:
    try:
        while True:
            time.sleep(0.01)
    except Exception:
        return None


@pytest.mark.parametrize("function", [never_returns, sleeps, swallows])
def test_a_call_that_does_not_return_is_inconclusive(function: Callable[..., Any], proofs: Cache) -> None:
    start = time.monotonic()
    found = check(function, proofs, budget=0.3)
    assert time.monotonic() - start < 50.0  # less than the sleep; generous: a loaded machine, the first proof
    assert found["outcome"] == "inconclusive"
    assert f"did not return within 0.3 s: it was at {function.__name__}, line" in found["reason"]

"""Problems beyond the families: described laws, torch distributions, vectors, and a batch of data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributions import (
    Bernoulli,
    Categorical,
    Independent,
    MixtureSameFamily,
    Normal,
    TanhTransform,
    TransformedDistribution,
)

import cli
from checks import assert_unbiased
from checks.user.data import BadData, columns
from checks.user.describing import BadDescription
from checks.user.describing import described as described_law
from checks.user.distributions import law_of
from derive.cache import Cache
from derive.errors import OutsideDomain

F64 = torch.float64
Estimator = Callable[..., Any]


def rsample(law: Callable[[Any], Any]) -> Estimator:
    return lambda f, theta, n: f(law(theta).rsample((n,))).mean()


def score(law: Callable[[Any], Any]) -> Estimator:
    def estimator(f: Any, theta: Any, n: int) -> Any:
        a = law(theta).sample((n,))
        return (f(a).detach() * law(theta).log_prob(a) + f(a)).mean()

    return estimator


def ramp(f: Any, theta: Any, n: int) -> Any:
    return f(theta.c * torch.rand(n, dtype=F64).sqrt()).mean()


def uniform_instead(f: Any, theta: Any, n: int) -> Any:
    return f(theta.c * torch.rand(n, dtype=F64)).mean()


RAMP: dict[str, Any] = {"log_density": "log(2*a/c**2)", "support": ("0", "c"), "at": {"c": "3/2"}}
FILE = """
log_density = "log(2*a/c**2)"
support = ["0", "c"]
[parameters]
c = { at = "3/2", lower = 0 }
[transport]
noise = "uniform(0, 1)"
map = "c*sqrt(b)"
"""


def test_a_log_density_of_ones_own(proofs: Cache) -> None:
    assert_unbiased(ramp, integrand="a**2", cache=proofs, **RAMP)
    with pytest.raises(AssertionError, match=r"refuted\[E201\] uniform_instead .* density\(c=3/2\)"):
        assert_unbiased(uniform_instead, integrand="a**2", cache=proofs, **RAMP)


def test_the_score_of_a_moving_end_is_recognised(proofs: Cache) -> None:
    def blind(f: Any, theta: Any, n: int) -> Any:
        a = (theta.c * torch.rand(n, dtype=F64).sqrt()).detach()
        return (f(a) * torch.log(2 * a / theta.c**2)).mean()

    with pytest.raises(AssertionError, match="moving_support"):
        assert_unbiased(blind, integrand="a**2", cache=proofs, **RAMP)


def test_what_is_not_normalised_is_refused_with_its_integral(proofs: Cache) -> None:
    with pytest.raises(OutsideDomain, match=r"integrates to 1\.5 at c = 3/2, not to 1"):
        assert_unbiased(
            ramp, integrand="a", log_density="log(2*a/c)", support=("0", "c"), at={"c": "3/2"}, cache=proofs
        )


def test_a_file_and_a_mapping(tmp_path: Path, proofs: Cache) -> None:
    file = tmp_path / "ramp.toml"
    file.write_text(FILE)
    assert_unbiased(ramp, family=str(file), integrand="a**2", cache=proofs)
    assert_unbiased(ramp, family=str(file), integrand="a**2", at={"c": 2}, cache=proofs)
    mapping = {"name": "ramp", "law": "kumaraswamy(k, 1)", "parameters": {"k": 2}}
    assert_unbiased(
        lambda f, t, n: f(torch.rand(n, dtype=F64) ** (1 / t.k)).mean(),
        family=mapping,
        integrand="a",
        cache=proofs,
    )


def test_the_same_name_for_two_laws_is_no_confusion(proofs: Cache) -> None:
    for factor in (1, 2):
        assert_unbiased(
            lambda f, t, n, k=factor: f(t.m + k * torch.randn(n, dtype=F64)).mean(),
            family={"name": "mine", "law": f"normal(m, {factor})", "parameters": {"m": {"at": "1/2"}}},
            integrand="a**2 + m*a",
            cache=proofs,
        )


def vectors(theta: Any) -> Any:
    return Independent(Normal(theta.mu, torch.nn.functional.softplus(theta.rho)), 1)


EXACT: dict[str, tuple[Callable[[Any], Any], Estimator, str, dict[str, Any]]] = {
    "log-scale": (lambda t: Normal(t.mu, t.rho.exp()), rsample, "a**2 + mu*a", {"mu": "1/2", "rho": "1/5"}),
    "logit": (lambda t: Bernoulli(logits=t.eta), score, "(a - 2/5)**2", {"eta": "1/2"}),
    "vectors": (vectors, rsample, "a[0]**2*a[1]", {"mu": ["1/2", 1], "rho": ["1/5", "1/3"]}),
    "constant": (lambda t: Normal(t.m, torch.tensor(2.0, dtype=F64)), rsample, "a**2", {"m": "1/3"}),
}  # type: ignore[assignment]  # the estimators are made of the law below


@pytest.mark.parametrize(("law", "style", "integrand", "at"), EXACT.values(), ids=EXACT)
def test_a_torch_distribution_that_is_a_family(
    law: Any, style: Any, integrand: str, at: dict[str, Any], proofs: Cache
) -> None:
    assert_unbiased(style(law), distribution=law, integrand=integrand, at=at, cache=proofs)


def test_a_wrong_estimator_of_a_torch_distribution_is_recognised(proofs: Cache) -> None:
    law, _, integrand, at = EXACT["log-scale"]
    with pytest.raises(AssertionError, match="dropped_distributional_term"):
        assert_unbiased(
            lambda f, t, n: f(law(t).sample((n,))).mean(),
            distribution=law,
            integrand=integrand,
            at=at,
            cache=proofs,
        )


def test_formulas_are_read_off() -> None:
    law = law_of(lambda t: Normal(t.mu, t.rho.exp()), "mu=1/2,rho=1/5")
    assert law.name == "normal(mu,exp(rho))"
    # The normal law of logits is another family, whose reference begins alike.
    assert law_of(lambda t: Normal(t.m, 1 + t.s), "m=1/2,s=1/5").name == "normal(m,1+s)"


class Shifted(Normal):
    """Its density is not normalised."""

    def log_prob(self, value: Any) -> Any:
        return super().log_prob(value) + 0.5


class Squared(Normal):
    """Its samples are not those of its density."""

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(torch.Size(sample_shape))
        return self.loc + self.scale**2 * torch.randn(shape, dtype=F64)


def squashed(theta: Any) -> Any:
    base = Normal(theta.m, torch.ones((), dtype=F64))
    return TransformedDistribution(base, [TanhTransform()])


def mixture(theta: Any) -> Any:
    weights = torch.stack([theta.w, 1 - theta.w], -1)
    return MixtureSameFamily(
        Categorical(probs=weights), Normal(torch.stack([theta.mu, -theta.mu], -1), torch.ones_like(weights))
    )


NUMERIC = {
    "squashed, pathwise": (squashed, rsample, {"m": "1/2"}),
    "squashed, score": (squashed, score, {"m": "1/2"}),
    "mixture": (mixture, score, {"w": "1/3", "mu": "1/2"}),
}


@pytest.mark.parametrize(("law", "style", "at"), NUMERIC.values(), ids=NUMERIC)
def test_another_distribution_is_integrated(law: Any, style: Any, at: dict[str, Any], proofs: Cache) -> None:
    right = style(law)
    assert_unbiased(right, distribution=law, integrand="a**2 + a", at=at, cache=proofs)
    with pytest.raises(AssertionError, match="refuted"):
        assert_unbiased(
            lambda f, t, n: 1.01 * right(f, t, n), distribution=law, integrand="a**2 + a", at=at, cache=proofs
        )


NORMAL = {"mu": "1/2", "sigma": 2}
BAD_LAWS: dict[str, tuple[Any, str]] = {
    "not normalised": (lambda t: Shifted(t.mu, t.sigma), r"log_prob of Shifted integrates to 1\.6487"),
    "two laws": (lambda t: Squared(t.mu, t.sigma), "rsample and log_prob of Squared disagree"),
    "no distribution": (lambda t: 3, "the distribution is int, not a"),
    "no such parameter": (lambda t: Normal(t.m, t.sigma), "there is no parameter 'm'"),
}


@pytest.mark.parametrize(("law", "message"), BAD_LAWS.values(), ids=BAD_LAWS)
def test_a_distribution_that_is_none_is_refused(law: Any, message: str, proofs: Cache) -> None:
    with pytest.raises(BadDescription, match=message):
        assert_unbiased(rsample(law), distribution=law, integrand="a**2", at=NORMAL, cache=proofs)


# A batch of data: a Gaussian likelihood with a Gaussian posterior, whose ELBO has a closed form.

X = [0.3, -1.2, 2.5, 0.75]
ELBO = (
    "-a**2/2 - log(2*pi)/2 + sum(-(x - a)**2/2 - log(2*pi)/2)"
    " + (a - mu)**2/(2*sigma**2) + log(sigma) + log(2*pi)/2"
)


def elbo_of_data(f: Any, theta: Any, n: int) -> Any:
    q = Normal(theta.mu, theta.sigma)
    z = q.rsample((n,))
    one = torch.ones((), dtype=F64)
    likelihood = Normal(z[:, None], one).log_prob(f.data["x"]).sum(1)
    return (Normal(0 * one, one).log_prob(z) + likelihood - q.log_prob(z)).mean()


def likelihood_of_a_mean(f: Any, theta: Any, n: int) -> Any:
    z = theta.mu + theta.sigma * torch.randn(n, dtype=F64)
    return (-((z[:, None] - f.data["x"]) ** 2) / 2).mean(1).mean()


def test_an_elbo_over_a_batch(tmp_path: Path, proofs: Cache) -> None:
    file = tmp_path / "x.csv"
    file.write_text("x\n" + "\n".join(map(str, X)) + "\n")
    for data in ({"x": X}, {"x": torch.tensor(X)}, str(file)):
        assert_unbiased(elbo_of_data, family="normal", integrand=ELBO, data=data, cache=proofs)
    assert_unbiased(
        lambda f, t, n: f(t.mu + t.sigma * torch.randn(n, dtype=F64)).mean(),
        family="normal",
        integrand=ELBO,
        data={"x": X},
        cache=proofs,
    )


def test_a_mean_for_a_sum_over_the_batch_is_refuted(proofs: Cache) -> None:
    # d/dmu: sum(x - mu) = 2.35 - 4 mu, or, with the mean over 4 rows, a fourth of it, at mu = 7/10.
    likelihood = "sum(-(x - a)**2/2)"
    with pytest.raises(
        AssertionError, match=r"47/20 - 4\*mu = -0\.45 +-0\.1125(.|\n)*1/4 of the exact gradient"
    ):
        assert_unbiased(
            likelihood_of_a_mean, family="normal", integrand=likelihood, data={"x": X}, cache=proofs
        )


def test_decimals_of_data_are_exact() -> None:
    assert columns({"x": torch.tensor([0.1], dtype=torch.float32), "y": [0.25]}) == {
        "x": ["1/10"],
        "y": ["1/4"],
    }


BAD_DATA: dict[str, tuple[Any, str]] = {
    "no file": ("nowhere.csv", "there is no file 'nowhere.csv'"),
    "lengths": ({"x": [1, 2], "y": [1]}, "differ in length: x has 2, y has 1"),
    "not a number": ({"x": [1, "two"]}, r"x\[1\]: 'two' is not a number"),
    "no rows": ({"x": []}, "no rows"),
    "shape": ({"x": torch.zeros(2, 2)}, r"column x has shape \[2, 2\]"),
    "name": ({"x y": [1]}, "'x y' cannot name a column"),
}


@pytest.mark.parametrize(("data", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data_are_named(data: Any, message: str) -> None:
    with pytest.raises(BadData, match=message):
        columns(data)


def test_a_bad_line_of_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("x,y\n1,2\n1,oops\n")
    with pytest.raises(BadData, match=r"line 3, column y: 'oops' is not a number"):
        columns(file)


BAD_FILES = {
    "key": ('law = "normal(m, 1)"\nmean = 1\n[parameters]\nm = 1\n', "there is no key 'mean'"),
    "both": ('law = "normal(m, 1)"\nlog_density = "a"\n[parameters]\nm = 1\n', "either log_density or law"),
    "parameters": ('law = "normal(0, 1)"\n', "it has no parameters"),
    "support": ('log_density = "-a"\nsupport = "0"\n[parameters]\nm = 1\n', "the support is '0'"),
    "syntax": ("law = \n", "is not TOML"),
    "sample": ('law = "normal(a, 1)"\n[parameters]\na = 1\n', "'a' cannot be a parameter"),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_description_is_named(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "law.toml"
    file.write_text(text)
    with pytest.raises(BadDescription, match=message):
        described_law(str(file), None)


def test_the_law_is_given_once(proofs: Cache) -> None:
    with pytest.raises(BadDescription, match="neither a family nor"):
        assert_unbiased(ramp, integrand="a", cache=proofs)
    with pytest.raises(BadDescription, match="family and log_density"):
        assert_unbiased(ramp, family="normal", log_density="a", integrand="a", cache=proofs)


MINE = """
import torch
from torch.distributions import Normal
F64 = torch.float64
def ramp(f, theta, n):
    return f(theta.c * torch.rand(n, dtype=F64).sqrt()).mean()
def gauss(f, theta, n):
    return f(theta.mu + theta.rho.exp() * torch.randn(n, dtype=F64)).mean()
def law(theta):
    return Normal(theta.mu, theta.rho.exp())
def elbo(f, theta, n):
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean()
"""
RHO = ("--at", "mu=1/2,rho=1/5")
COMMANDS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "log-density": (
        ("ramp", "--log-density", "log(2*a/c**2)", "--support", "0,c", "--at", "c=3/2"),
        0,
        "--log-density 'log(2*a/c**2)' --support 0,c",
    ),
    "file": (("ramp", "--family", "ramp.toml"), 0, "--family ramp.toml"),
    "law": (("gauss", "--family", "normal(mu, exp(rho))", *RHO), 0, "--family 'normal(mu,exp(rho))'"),
    "distribution": (("gauss", "--distribution", "mine.py::law", *RHO), 0, "--distribution mine.py::law"),
    "data": (("elbo", "--data", "x.csv", "--integrand", "sum((x - a)**2)"), 0, "--data x.csv"),
    "no distribution": (("gauss", "--distribution", "mine.py::lawn", *RHO), 2, "did you mean 'law'?"),
    "twice": (("gauss", "--family", "normal", "--log-density", "-a"), 2, "give the law twice"),
    "no values": (("gauss", "--family", "normal(mu, exp(rho))"), 2, "have no values"),
}


@pytest.mark.parametrize(("words", "code", "said"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_line(
    words: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Path("mine.py").write_text(MINE)
    Path("ramp.toml").write_text(FILE)
    Path("x.csv").write_text("x\n0.3\n1.5\n")
    function, *rest = words
    assert cli.run(["verify", f"mine.py::{function}", "--workers", "0", *rest]) == code
    assert said in "".join(capsys.readouterr())


def test_a_suite_takes_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["verify", "reparam", "--data", "x.csv"]) == 2
    assert "--data needs an estimator of yours" in capsys.readouterr().err

"""Latent-variable models: reading them, and the objectives as expectations under independent samples."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from sympy import Rational, Symbol, exp, log

from derive.closed_form import expectation_of
from derive.environment.copies import Copies, copies, objective
from derive.environment.files import FOLDER
from derive.environment.kinds import environment, integrand_of
from derive.environment.latent import Latent
from derive.errors import BadExpression, BadProblem, DeriveError, NotApplicable, OutsideDomain, UnknownName
from derive.families import FAMILIES
from derive.laws import log_density
from derive.normal_form import is_zero

TEXT = (FOLDER / "latent_normal.toml").read_text(encoding="utf-8")


def model(name: str) -> Latent:
    made = environment(name)
    assert isinstance(made, Latent)
    return made


def test_it_is_read_with_exact_numbers() -> None:
    made = model("latent_normal")
    assert made.parameters == ("mu", "sigma")
    assert made.point == {"mu": Fraction(1, 3), "sigma": Fraction(4, 5), "x": Fraction(7, 5)}
    assert integrand_of(made) == "iwae(2)"
    assert made.at({"x": Fraction(2)}).point["x"] == 2
    assert made.unreachable() == ()


WRONG = [
    ("encoder", 'encoder = "normal"', 'encoder = "gamma"', BadProblem, "the encoder 'gamma' is not known"),
    ("no parameter", 'sigma = "4/5"', "", BadProblem, "the point gives no sigma"),
    ("number", 'x = "7/5"', 'x = "seven"', BadProblem, "x is 'seven', which is not an exact number"),
    ("domain", 'sigma = "4/5"', "sigma = 0", OutsideDomain, r"sigma = 0 of the encoder is outside \(0, oo\)"),
    ("objective", '"iwae(2)"', '"iwae(3)"', NotApplicable, r"'iwae\(3\)' is no objective"),
    ("no text", 'integrand = "iwae(2)"', "integrand = 2", BadProblem, "the integrand is 2, not text"),
    ("key", "encoder =", "encodr =", BadProblem, "'encodr' means nothing here"),
]


@pytest.mark.parametrize(("old", "new", "error", "says"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_wrong_is_named(
    tmp_path: Path, old: str, new: str, error: type[DeriveError], says: str
) -> None:
    assert old in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=says) as caught:
        environment(str(path))
    assert caught.value.help


def test_a_joint_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("(x - a)", "(y - a)"), encoding="utf-8")
    with pytest.raises(BadExpression, match="'y'"):
        objective(model(str(path)), "elbo")


def test_a_number_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownName, match="no number of latent_coin is called 'x'"):
        model("latent_coin").at({"x": Fraction(1)})


@pytest.mark.parametrize("text", ["elb", "iwae", "iwae(0)", "iwae(2", "iwae(-1)", "iwae(5)"])
def test_other_objectives_are_refused(text: str) -> None:
    with pytest.raises(NotApplicable, match="is no objective of latent_coin") as caught:
        model("latent_coin").samples(text)
    assert caught.value.help == "its objectives are elbo and iwae(1) to iwae(4)"


@pytest.mark.parametrize("name", ["latent_normal", "latent_coin"])
def test_the_bound_of_one_sample_is_the_elbo(name: str) -> None:
    one, other = (objective(model(name), text) for text in ("iwae(1)", "elbo"))
    assert one == other
    assert isinstance(one.family, Copies)
    assert one.family.law == FAMILIES[model(name).encoder].law


@pytest.mark.parametrize(("family", "size"), [("normal", 2), ("bernoulli", 3), ("bernoulli_logits", 4)])
def test_copies_are_independent_samples(family: str, size: int) -> None:
    """The tied law has the density of the product, and the single law's expectations."""
    single = FAMILIES[family]
    made = copies(single, size, Symbol("a", real=True))
    assert is_zero((made.log_density - log_density(made.law, *made.samples)).expand(force=True)) or is_zero(
        exp(made.log_density) - exp(log_density(made.law, *made.samples))
    )
    point = {p.symbol: p.reference for p in single.parameters}
    a = single.samples[0]
    alone = expectation_of(a**2, single.law, single.samples, point).value
    body = made.samples[0] ** 2 * made.samples[-1] ** 2
    found = expectation_of(body, made.law, made.samples, point).value
    assert float((found - alone**2).subs(point)) == pytest.approx(0.0, abs=1e-14)


def test_the_joint_of_a_coin_is_affine() -> None:
    made = objective(model("latent_coin"), "elbo")
    (a,) = made.family.samples
    logits = made.wrt[0]
    joint = made.integrand + made.family.log_density
    assert joint.diff(a, 2) == 0
    assert joint.subs({a: 0, logits: Rational(1, 7)}).equals(log(Rational(2, 5)))
    assert joint.subs({a: 1, logits: Rational(1, 7)}).equals(log(Rational(1, 10)))

"""Choices among K outcomes and products of K coins: which size a request means, and that each is a law."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from sympy import Add, Rational, exp

from checks.prove import Request, prove
from checks.selection import Selection, select
from derive.deriving import derivations, requested
from derive.errors import OutsideDomain, Undecided, UnknownName
from derive.families import FAMILIES
from derive.lattice import outcomes
from derive.laws import family_of, log_density
from derive.sized import sized
from derive.sizes import SIZED, reference, size_of
from derive.terms import Law

SIZES = [
    pytest.param("categorical", "table(1, 4)", (), None, 2, id="table"),
    pytest.param("categorical_logits", "logits[0]*table(1, Max(2, 3), 4, 5)", (), None, 4, id="calls in it"),
    pytest.param("categorical", "a**2", ("p[0]", "p[1]"), Fraction(1), 2, id="all probabilities"),
    pytest.param("categorical", "a**2", ("p[0]", "p[1]"), Fraction(2, 5), 3, id="two of three"),
    pytest.param("categorical_logits", "a", ("logits[0]", "logits[1]"), None, 3, id="two logits"),
    pytest.param("categorical_logits", "a", ("logits[5]",), None, 6, id="highest name"),
    pytest.param("bernoulli_product", "a[0]*a[3]", (), None, 4, id="coordinates"),
    pytest.param("bernoulli_product", "a[0]*a[1]", (), None, 3, id="usual"),
    pytest.param("bernoulli", "a", (), None, None, id="one size only"),
]


@pytest.mark.parametrize(("family", "integrand", "given", "total", "size"), SIZES)
def test_the_size_that_a_request_means(
    family: str, integrand: str, given: tuple[str, ...], total: Fraction | None, size: int | None
) -> None:
    assert size_of(family, integrand, given, total) == size


@pytest.mark.parametrize("family", SIZED)
def test_at_the_usual_size_it_is_the_record_of_the_folder(family: str) -> None:
    assert sized(family, 3) is FAMILIES[family]
    own = {p.name: Fraction(p.reference.p, p.reference.q) for p in FAMILIES[family].parameters}
    assert reference(family, 3) == own


@pytest.mark.parametrize("size", [2, 4, 8])
@pytest.mark.parametrize("family", SIZED)
def test_each_size_is_a_law_with_a_score_of_mean_zero(family: str, size: int) -> None:
    record = sized(family, size)
    point = {p.symbol: p.reference for p in record.parameters}
    assert len(set(point.values())) == size
    law = Law(family, *point.values())
    assert family_of(law) is record
    found = outcomes(law, {}, 1 << 9)
    masses = [exp(log_density(law, *o)) for o in found]
    assert float(Add(*masses)) == pytest.approx(1.0, rel=1e-12)
    score = record.log_density.diff(record.symbols[-1])
    at = (dict(zip(record.samples, o, strict=True)) | point for o in found)
    mean = Add(*(m * score.xreplace(values) for m, values in zip(masses, at, strict=True)))
    assert abs(float(mean)) < 1e-12
    assert abs(float(Add(*masses[:-1])) - 1) > 1e-6  # without one of its outcomes it is no law


@pytest.mark.parametrize("size", [2, 5])
def test_masses_are_those_of_torch(size: int) -> None:
    record = sized("categorical_logits", size)
    values = [p.reference for p in record.parameters]
    logits = torch.tensor([float(v) for v in values], dtype=torch.float64)
    wanted = torch.distributions.Categorical(logits=logits)
    for k in range(size):
        mass = float(log_density(Law("categorical_logits", *values), Rational(k)))
        assert mass == pytest.approx(float(wanted.log_prob(torch.tensor(k))), rel=1e-12)


@pytest.mark.parametrize("family", ["categorical", "categorical_logits"])
@pytest.mark.parametrize("table", ["table(3)", "table(1, 2, 3, 4, 5, 6, 7, 8, 9)"])
def test_too_few_and_too_many_outcomes_are_refused(family: str, table: str) -> None:
    with pytest.raises(OutsideDomain, match=f"{family} takes 2 to 8 outcomes here"):
        requested(family, table)


def test_probabilities_of_any_size_sum_to_one() -> None:
    with pytest.raises(OutsideDomain, match=r"must sum to 1, but 1/4 \+ 3/16 \+ 5/16 \+ 7/16 = 19/16"):
        requested("categorical", "table(1, 2, 3, 4)", None, {"p[0]": Rational(1, 4)})


def test_a_law_of_one_size_has_no_other() -> None:
    with pytest.raises(Undecided, match="normal has 2 parameters, not 3"):
        family_of(Law("normal", 0, 1, 2))


def test_a_choice_among_two_is_a_coin() -> None:
    at = (("p[0]", "5/7"), ("p[1]", "2/7"))
    choice = prove(Request("categorical", "table(1, 3)", at, ("p[1]",), ("score_function",)))
    coin = prove(Request("bernoulli", "table(1, 3)", (), ("p",), ("score_function",)))
    # Along the simplex p[1] moves p by (1 - p) of its own.
    assert choice.exact["p[1]"] == pytest.approx(coin.exact["p"] * 5 / 7, rel=1e-12)
    assert {r.status for n, r in choice.routes.items() if n == "score_function"} == {"proved"}


def test_gumbel_max_of_five_is_proved() -> None:
    (found,) = derivations("gumbel-max", "categorical", "table(1, 2, 3, 4, 5)", ("p[4]",))
    assert found.status == "proved"
    assert len(found.steps) == 9


def test_the_command_line_keeps_every_value_of_another_size() -> None:
    at = "p[0]=1/16,p[1]=3/16,p[2]=5/16,p[3]=7/16"
    selection = Selection(("categorical",), ("a**2",), ("score_function",), at, ("p[3]",))
    (chosen,) = select("score-function", selection)
    assert dict(chosen.spec.at) == {"p[0]": "1/16", "p[1]": "3/16", "p[2]": "5/16", "p[3]": "7/16"}
    assert chosen.spec.wrt == ("p[3]",)
    usual = Selection(("categorical",), ("table(1, 4, 2)",), ("score_function",), "p[0]=3/10", None)
    assert select("score-function", usual)[0].spec.at == ()


TWINS = [
    ("categorical", "logits[0]", "is a parameter of categorical_logits, and categorical takes p"),
    ("categorical_logits", "p[1]", "is a parameter of categorical, and categorical_logits takes logits"),
    ("bernoulli", "logits", "is a parameter of bernoulli_logits, and bernoulli takes p"),
]


@pytest.mark.parametrize(("family", "name", "says"), TWINS, ids=[t[0] for t in TWINS])
def test_logits_and_probabilities_are_not_mixed_up(family: str, name: str, says: str) -> None:
    with pytest.raises(UnknownName) as caught:
        requested(family, "a", None, {name: Rational(1, 3)})
    assert says in caught.value.message
    assert caught.value.help is not None
    assert "say --family" in caught.value.help
    with pytest.raises(UnknownName, match="is a parameter of"):
        select("score-function", Selection((family,), ("a**2",), ("score_function",), f"{name}=1/3", None))
    with pytest.raises(UnknownName, match="is a parameter of"):
        select("score-function", Selection((family,), ("a**2",), ("score_function",), None, (name,)))


@pytest.mark.parametrize("family", ["categorical", "bernoulli"])
def test_values_that_are_no_probabilities_point_to_logits(family: str) -> None:
    name = "p" if family == "bernoulli" else "p[0]"
    with pytest.raises(OutsideDomain) as caught:
        requested(family, "a", None, {name: Rational(-3, 2)})
    assert caught.value.help is not None
    assert f"{family}_logits" in caught.value.help

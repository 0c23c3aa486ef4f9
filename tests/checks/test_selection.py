"""From options to checks: what the suite has is selected, what it lacks added, what is wrong refused."""

from __future__ import annotations

import pytest

from checks.catalogue import FOLDERS, NOUNS, entries, names, parameters
from checks.estimators import ESTIMATORS
from checks.mistakes import MISTAKES
from checks.selection import Selection, select
from checks.suites import SUITES
from derive.errors import BadExpression, OutsideDomain, UnknownName
from derive.families import FAMILIES
from derive.routes import ROUTES
from derive.rules import RULES
from derive.syntax import listed


def ids(check: str, **asked: object) -> list[str]:
    return [chosen.spec.id for chosen in select(check, Selection(**asked))]  # type: ignore[arg-type]  # by keyword


def test_nothing_asked_is_the_whole_suite_in_its_order() -> None:
    chosen = select("reparam", Selection())
    assert tuple(c.spec for c in chosen) == SUITES["reparam"]
    assert not any(c.foretold for c in chosen)


def test_a_family_selects() -> None:
    chosen = select("reparam", Selection(families=("laplace",)))
    assert tuple(c.spec for c in chosen) == tuple(s for s in SUITES["reparam"] if s.family == "laplace")


def test_an_integrand_of_the_suite_keeps_what_the_suite_expects() -> None:
    chosen = select("reparam", Selection(families=("normal",), integrands=("a ** 2",)))
    assert {c.spec.expected for c in chosen} == {"agrees", "refuted"}
    assert not any(c.foretold for c in chosen)


def test_a_new_integrand_is_a_check_of_its_own() -> None:
    chosen = select("reparam", Selection(families=("gumbel",), integrands=("a**7",)))
    assert [c.spec.estimator for c in chosen] == ["pathwise", "score_function"]
    assert {(c.spec.family, c.spec.integrand) for c in chosen} == {("gumbel", "a**7")}
    assert all(c.foretold for c in chosen)


def test_a_new_integrand_without_a_family_is_under_the_normal_law() -> None:
    assert ids("reparam", integrands=("a**7",), estimators=("pathwise",)) == ["reparam/normal/a**7/pathwise"]


def test_several_of_each_are_all_combined() -> None:
    families, integrands = ("normal", "gumbel"), ("a**7", "a**9")
    found = ids("reparam", families=families, integrands=integrands, estimators=("pathwise",))
    assert found == [f"reparam/{f}/{g}/pathwise" for g in ("a**7", "a**9") for f in ("normal", "gumbel")]


def test_an_estimator_that_the_suite_lacks_is_added() -> None:
    chosen = select("reparam", Selection(("normal",), ("sin(a)",), ("score_function",)))
    assert [(c.spec.estimator, c.foretold) for c in chosen] == [("score_function", True)]


def test_a_mistake_is_an_estimator_too() -> None:
    assert ids("reparam", families=("normal",), integrands=("sin(a)",), estimators=("detached-scale",)) == [
        "reparam/normal/sin(a)/detached_scale"
    ]


def test_the_reference_point_is_the_same_check_however_it_is_typed() -> None:
    plain = ids("reparam", families=("normal",), integrands=("sin(a)",))
    assert ids("reparam", families=("normal",), integrands=("sin(a)",), at="sigma=1.3, mu=7/10") == plain


def test_another_point_is_another_check_in_the_familys_order() -> None:
    found = ids("reparam", families=("normal",), integrands=("sin(a)",), at="sigma=2**-1,mu=0.5")
    assert found == ["reparam/normal/sin(a)/mu=1/2,sigma=1/2/pathwise"]


def test_a_constant_of_the_integrand_may_be_given() -> None:
    (chosen,) = select("reparam", Selection(("normal",), ("c*a",), ("pathwise",), at="c=1/3"))
    assert chosen.spec.at == (("c", "1/3"),)


def test_all_parameters_are_the_same_as_none_named() -> None:
    assert ids("reparam", families=("uniform",), wrt=("low", "high")) == ids("reparam", families=("uniform",))


WRONG = {
    "family": ({"families": ("nromal",)}, UnknownName, "did you mean 'normal'"),
    "estimator": ({"estimators": ("pathwse",)}, UnknownName, "did you mean 'pathwise'"),
    "point": ({"families": ("normal",), "at": "sgima=1"}, UnknownName, "did you mean 'sigma'"),
    "wrt": ({"families": ("normal",), "wrt": ("sgima",)}, UnknownName, "did you mean 'sigma'"),
    "value": ({"families": ("normal",), "at": "mu=1^2"}, BadExpression, r"\*\*"),
    "infinite": ({"families": ("normal",), "at": "mu=1/0"}, BadExpression, ""),
    "twice": ({"families": ("normal",), "at": "mu=1,mu=2"}, BadExpression, ""),
}


@pytest.mark.parametrize(("asked", "error", "help"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused(asked: dict[str, object], error: type[UnknownName], help: str) -> None:
    with pytest.raises(error) as caught:
        ids("reparam", **asked)
    assert help.replace("\\", "") in (caught.value.help or "")


def test_names_are_listed_with_their_indices() -> None:
    assert listed("mu, L[1, 0]") == ("mu", "L[1,0]")
    assert listed(None) is None


# The catalogue reads sources instead of importing them: it must read what an import would give. -------


@pytest.mark.parametrize("name", names("families"))
def test_parameters_are_read_as_they_are(name: str) -> None:
    record = FAMILIES[name]
    read = {key: (value.numerator, value.denominator) for key, value in parameters(name).items()}
    assert read == {p.name: (p.reference.p, p.reference.q) for p in record.parameters}


REGISTRIES = {"families": FAMILIES, "rules": RULES, "routes": ROUTES, "estimators": ESTIMATORS,
              "mistakes": MISTAKES, "checks": SUITES}  # fmt: skip


@pytest.mark.parametrize(("kind", "registry"), REGISTRIES.items(), ids=REGISTRIES)
def test_the_catalogue_has_what_the_registry_has(kind: str, registry: object) -> None:
    assert names(kind) == tuple(registry)  # type: ignore[call-overload]  # a registry iterates over names


TEXTS = [(kind, name, field) for kind in ("rules", "routes", "estimators", "mistakes")
         for name in names(kind) for field in ("name", "source")]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "field"), TEXTS)
def test_texts_are_read_as_they_are(kind: str, name: str, field: str) -> None:
    entry = next(e for e in entries(kind) if e.name == name)
    assert entry.fields[field] == getattr(REGISTRIES[kind][name], field)
    assert entry.says


def test_every_kind_has_a_folder_and_a_noun() -> None:
    # Two kinds of mistakes stand in tables of one module, and have no folder of their own.
    assert FOLDERS.keys() == NOUNS.keys() - {"batch_mistakes", "written_mistakes"}


@pytest.mark.parametrize("number", ["1e-999999999", "1e301", "0." + "3" * 400], ids=["tiny", "huge", "long"])
def test_a_number_without_end_is_refused_at_once(number: str) -> None:
    with pytest.raises(OutsideDomain, match="has more than 300 digits"):
        select("reparam", Selection(families=("normal",), at=f"mu={number}"))


def test_a_temperature_asks_for_the_estimators_that_have_one() -> None:
    found = ids("gumbel_softmax", families=("bernoulli",), integrands=("a**2",), at="tau=1/5")
    relaxed = ["gumbel_softmax", "straight_through_gumbel_softmax"]
    assert [name.rpartition("/")[2] for name in found] == relaxed
    # Of a law that has a temperature itself, it is the law's.
    own = ids("gumbel_softmax", families=("relaxed_bernoulli",), integrands=("a**3",), at="tau=1/5")
    assert [name.rpartition("/")[2] for name in own] == ["pathwise", "score_function"]

"""Described laws: densities that are none are refused, renamed laws are the laws that they rename."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import integrate
from sympy import Rational, S, exp, lambdify

from checks.prove import Request, prove
from derive.densities import NotNormalised, family_of, register
from derive.errors import BadExpression, OutsideDomain, UnknownName
from derive.families import FAMILIES
from derive.numeric.enclosure import enclose


def parameters(**given: Any) -> list[dict[str, str]]:
    """``mu="1/2"``, or ``sigma=("2", "0")`` with a lower bound."""
    made = []
    for name, value in given.items():
        at, lower = (value, None) if isinstance(value, str) else value
        made.append({"name": name, "at": at, **({"lower": lower} if lower else {})})
    return made


LAWS: dict[str, dict[str, Any]] = {
    "ramp": {
        "log_density": "log(2*a/c**2)",
        "support": [["0", "c"]],
        "parameters": parameters(c=("3/2", "0")),
        "transport": {"noise": "uniform(0, 1)", "map": ["c*sqrt(b)"]},
    },
    "tilted": {
        "log_density": "log(1 + t*a) - log(2)",
        "support": [["-1", "1"]],
        "parameters": parameters(t="1/3"),
    },
    "pointed": {
        "log_density": "-abs(a - m)/s - log(2*s)",
        "support": [["-oo", "oo"]],
        "parameters": parameters(m="1/3", s=("3/2", "0")),
    },
    "three": {
        "log_density": "log(Piecewise((p, Eq(a, 0)), (q, Eq(a, 1)), (1 - p - q, True)))",
        "support": [["0", "2"]],
        "lattice": True,
        "parameters": parameters(p=("1/3", "0"), q=("1/4", "0")),
    },
}


@pytest.mark.parametrize("name", LAWS)
def test_a_density_is_proved_to_be_one(name: str) -> None:
    family = register({"name": f"{name}_one", **LAWS[name]})
    point = {p.symbol: p.reference for p in family.parameters}
    assert enclose(S.One, family.law, family.samples, point).contains(1)


# Gradients of E[a**2] by parameter, which is c**2/2; 1/3, free of t; m**2 + 2 s**2; and q + 4 (1 - p - q).
SECOND = {
    "ramp": {"c": 1.5},
    "tilted": {"t": 0.0},
    "pointed": {"m": 2 / 3, "s": 6.0},
    "three": {"p": -4.0, "q": -3.0},
}


@pytest.mark.parametrize("name", LAWS)
def test_the_gradient_is_that_of_the_closed_form_by_hand(name: str) -> None:
    register({"name": f"{name}_two", **LAWS[name]})
    proof = prove(Request(f"{name}_two", "a**2"))
    assert proof.exact == pytest.approx(SECOND[name], rel=1e-12, abs=1e-15)


def test_the_gradient_is_that_of_scipys_quadrature() -> None:
    family = register({"name": "tilted_three", **LAWS["tilted"]})
    proof = prove(Request("tilted_three", "exp(a)"))
    (a,), (t,) = family.samples, family.symbols
    slope = lambdify(a, (exp(a + family.log_density).diff(t)).subs(t, Rational(1, 3)))
    assert proof.exact["t"] == pytest.approx(integrate.quad(slope, -1, 1)[0], rel=1e-10)


BAD = {
    "no constant": (
        {"log_density": "-a**2/s", "support": [["-oo", "oo"]], "parameters": parameters(s=("2", "0"))},
        NotNormalised,
        r"integrates to 2\.50662827463 at s = 2, not to 1",
    ),
    "constant at the point alone": (
        {
            "log_density": "log(a)",
            "support": [["0", "c + sqrt(2) - 1"]],
            "parameters": parameters(c=("1", "0")),
        },
        NotNormalised,
        r"integrates to 1 at c = 1, and not around it: .* changes by 1\.414",
    ),
    "wrong transport": (
        {**LAWS["ramp"], "transport": {"noise": "uniform(0, 1)", "map": ["c*b"]}},
        OutsideDomain,
        r"the transport .* does not turn uniform\(0, 1\) into the density",
    ),
    "unknown symbol": (
        {"log_density": "-a**2/t", "support": [["-oo", "oo"]], "parameters": parameters(s=("2", "0"))},
        BadExpression,
        "log_density: 't' is not known",
    ),
    "outside its bounds": (
        {"log_density": "-a", "support": [["0", "oo"]], "parameters": parameters(s=("-2", "0"))},
        OutsideDomain,
        "s = -2 is not between its bounds 0 and oo",
    ),
    "unknown law": ({"law": "nromal(m, 1)", "parameters": parameters(m="0")}, UnknownName, "nromal"),
    "values of a law": (
        {"law": "normal(m)", "parameters": parameters(m="0")},
        BadExpression,
        "normal takes 2 values, not 1",
    ),
    "law outside its domain": (
        {"law": "normal(0, m)", "parameters": parameters(m="-1")},
        OutsideDomain,
        "sigma = -1, outside its domain",
    ),
    "no law": ({"law": "normal", "parameters": parameters(m="0")}, BadExpression, "a law is written"),
}


@pytest.mark.parametrize(("described", "kind", "message"), BAD.values(), ids=BAD)
def test_what_is_no_law_is_refused(described: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        register({"name": "refused", **described})


def test_a_renamed_law_has_the_closed_forms_of_its_base() -> None:
    register(
        {
            "name": "normal(mu,exp(rho))",
            "law": "normal(mu, exp(rho))",
            "parameters": parameters(mu="1/2", rho="1/5"),
        }
    )
    proof = prove(Request("normal(mu,exp(rho))", "a**2 + mu*a"))
    assert proof.gradient == {"mu": "4*mu", "rho": "2*exp(2*rho)"}
    assert {r.status for r in proof.routes.values()} == {"proved"}


def test_a_renamed_law_in_the_plane_and_on_the_lattice() -> None:
    register({
        "name": "plane", "law": "multivariate_normal(m0, m1, exp(s), 0, 1)",
        "parameters": parameters(m0="1/3", m1="1/4", s="1/5"),
    })  # fmt: skip
    register({"name": "counts", "law": "poisson(exp(eta))", "parameters": parameters(eta="1/2")})
    assert prove(Request("plane", "a[0]**2*a[1]")).gradient["s"] == "2*m1*exp(2*s)"
    assert prove(Request("counts", "a")).gradient == {"eta": "exp(eta)"}


def test_registered_laws_are_found_and_not_listed() -> None:
    register({"name": "hidden", "law": "normal(m, 1)", "parameters": parameters(m="0")})
    assert "hidden" in FAMILIES
    assert "hidden" not in tuple(FAMILIES)
    with pytest.raises(UnknownName, match="there is a family called 'normal' already"):
        FAMILIES.add(
            "normal", family_of({"name": "normal", "law": "normal(m, 1)", "parameters": parameters(m="0")})
        )

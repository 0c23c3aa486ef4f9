"""The ladder names the rung it stands on, and refutes every mutation of a true equality."""

from __future__ import annotations

import pytest
import sympy as sp

from derive import certify
from derive.certify import Equality, certify_closed_form, equal, stratified_points
from derive.families import FAMILIES
from derive.terms import SAMPLE as a
from derive.terms import Law

mu, c = sp.symbols("mu c", real=True)
s = sp.Symbol("sigma", positive=True)
POINT = {mu: sp.Rational(7, 10), s: sp.Rational(13, 10), c: sp.Rational(2, 9)}
POINTS = stratified_points([], POINT, [mu, mu - c])

# left, right, the rung that settles it
TRUE = {
    "same": (mu * s, s * mu, certify.STRUCTURAL),
    "expansion": ((mu + s) ** 2, mu**2 + 2 * mu * s + s**2, certify.NORMAL_FORM),
    "trigonometric": (sp.sin(mu) ** 2 + sp.cos(mu) ** 2, sp.S.One, certify.NORMAL_FORM),
    "steps": (sp.Heaviside(-mu) * s + sp.Heaviside(mu) * s, s, certify.NORMAL_FORM),
    "gamma_step": (sp.gamma(s + 1), s * sp.gamma(s), certify.POINTS),
    "expint": (sp.expint(2, s), sp.exp(-s) - s * sp.expint(1, s), certify.POINTS),
    "trigamma": (sp.polygamma(1, s + 1), sp.polygamma(1, s) - 1 / s**2, certify.POINTS),
    "complex": (sp.exp(sp.I * mu), sp.cos(mu) + sp.I * sp.sin(mu), certify.NORMAL_FORM),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_equality_is_settled_on_its_rung(name: str) -> None:
    left, right, level = TRUE[name]
    found = equal(left, right, POINTS)
    assert found.level == level
    assert found.holds
    assert found.is_proved == (level != certify.POINTS)
    assert not found.is_refuted


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize(
    "mutation",
    [lambda e: e * (1 + sp.Rational(1, 10**12)), lambda e: -e, lambda e: e + sp.Rational(1, 10**20)],
    ids=["scaled", "sign", "shifted"],
)
def test_every_mutation_is_refuted_with_a_rational_witness(name: str, mutation: object) -> None:
    left, right, _ = TRUE[name]
    found = equal(left, mutation(right), POINTS)  # type: ignore[operator]
    assert found.level == certify.REFUTED
    assert dict(found.witness) == {str(k): str(v) for k, v in POINT.items()}


def test_a_flipped_sign_in_the_other_sign_cell_is_refuted_there() -> None:
    # It fooled three random points, all with mu > 0.
    right = sp.Heaviside(mu) * mu + sp.Heaviside(-mu) * s
    wrong = sp.Heaviside(mu) * mu - sp.Heaviside(-mu) * s
    found = equal(right, wrong, POINTS)
    assert found.is_refuted
    assert sp.Rational(dict(found.witness)["mu"]) < 0
    positive = [{mu: sp.Rational(n, 7), s: sp.Rational(1, n)} for n in (1, 2, 3)]
    assert equal(right, wrong, positive).level == certify.POINTS


def test_agreement_at_points_is_never_called_proved() -> None:
    found = equal(sp.gamma(s + 1), s * sp.gamma(s), POINTS)
    assert not found.is_proved
    assert "not proved" in found.evidence
    assert f"{len(POINTS)} of {len(POINTS)}" in found.evidence


def test_simplification_is_tried_only_when_asked_for_and_within_its_time() -> None:
    pair = (sp.gamma(s + 1), s * sp.gamma(s))
    assert equal(*pair, POINTS, simplify_within=60).level == certify.SIMPLIFIED
    assert equal(*pair, POINTS, simplify_within=0.0).level == certify.POINTS


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        (sp.Function("P")(mu), sp.Function("Q")(mu), "no rigorous value is known for P"),
        (sp.gamma(mu - sp.Rational(7, 10)) * 0 + sp.sin(c) / sp.Symbol("k"), c, "'k' has no value"),
        (sp.gamma(mu - sp.Rational(7, 10)), sp.zeta(mu + sp.Rational(3, 10)), "no sharp values at mu = 7/10"),
    ],
    ids=["undefined", "no_value", "singular"],
)
def test_what_has_no_ball_is_undecided_not_equal(left: sp.Expr, right: sp.Expr, reason: str) -> None:
    found = equal(left, right, [POINT])
    assert found.level == certify.UNDECIDED
    assert reason in found.evidence
    assert not found.holds


def test_no_points_is_no_evidence() -> None:
    assert equal(sp.gamma(s + 1), s * sp.gamma(s)) == Equality(
        certify.UNDECIDED, "no normal form, and no point to try"
    )


normal = FAMILIES["normal"]
M, S = normal.symbols
AT = {M: sp.Rational(7, 10), S: sp.Rational(13, 10)}

CLOSED = {
    "square": (a**2, M**2 + S**2),
    "sine": (sp.sin(a), sp.exp(-(S**2) / 2) * sp.sin(M)),
    "abs": (
        sp.Abs(a),
        S * sp.sqrt(2 / sp.pi) * sp.exp(-(M**2) / (2 * S**2)) + M * sp.erf(M / (S * sp.sqrt(2))),
    ),
    "zero": (a - M, sp.S.Zero),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_form_is_held_against_the_integral(name: str) -> None:
    body, closed = CLOSED[name]
    assert certify_closed_form(closed, body, normal.law, normal.samples, AT).level == certify.POINTS
    wrong = closed + sp.Rational(1, 10**12)
    refuted = certify_closed_form(wrong, body, normal.law, normal.samples, AT)
    assert refuted.level == certify.REFUTED
    assert dict(refuted.witness) == {"mu": "7/10", "sigma": "13/10"}


def test_a_closed_form_of_what_does_not_exist_is_undecided() -> None:
    cauchy = FAMILIES["cauchy"]
    point = {p.symbol: p.reference for p in cauchy.parameters}
    found = certify_closed_form(cauchy.symbols[0], a, cauchy.law, cauchy.samples, point)
    assert found.level == certify.UNDECIDED
    assert "tail" in found.evidence


def test_a_generic_law_is_undecided() -> None:
    found = certify_closed_form(mu, a, Law("P", mu), (a,), POINT)
    assert found.level == certify.UNDECIDED
    assert "generic law" in found.evidence

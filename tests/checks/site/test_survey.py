"""The survey's figures: exact variances against numerical integration, as the survey itself took them."""

from __future__ import annotations

import pytest

from checks.comparison.rows import Question, compare
from checks.comparison.text import picture
from checks.site.survey import AT, COSTS, ESTIMATORS, Cost, subject
from checks.suites import SUITES
from derive.cache import Cache

# At mu = sigma = 1 and k = 3: mpmath, 16 digits, from the densities; nested for the last one in sigma.
INTEGRATED = {
    ("(a - k)**2", "mu"): (87.0, 38.0, 4.0, 4.371832715762603),
    ("(a - k)**2", "sigma"): (346.0, 184.0, 24.0, 20.0),
    ("exp(-k*a**2)", "mu"): (
        0.1178637623905806, 0.07117694191954592, 0.4768084143317843, 0.01978042627333957
    ),
    ("exp(-k*a**2)", "sigma"): (
        0.04787413466906923, 0.04101660904676942, 0.4204009393421851, 0.1172510353599502
    ),
    ("cos(k*a)", "mu"): (0.4999776248939088, 0.4922366895002431, 4.499977814997771, 0.006510320914468165),
    ("cos(k*a)", "sigma"): (0.9902113163291998, 0.856619704730704, 4.4902051818238, 0.9897601326505653),
}  # fmt: skip


@pytest.mark.parametrize("cost", COSTS, ids=lambda c: c.integrand)
def test_the_variances_are_the_integrals(cost: Cost) -> None:
    integrand = cost.integrand
    for wrt in ("mu", "sigma"):
        asked = Question("normal", integrand, ESTIMATORS, "mu=1,sigma=1", "k=3", (wrt,))
        found = compare(asked, Cache(None), workers=0)
        by_name = {row.estimator: row for row in found.rows}
        for name, wanted in zip(ESTIMATORS, INTEGRATED[integrand, wrt], strict=True):
            assert by_name[name].variance == pytest.approx(wanted, rel=1e-9), name
            assert by_name[name].bias == 0.0
        by_quadrature = {n for n, row in by_name.items() if row.source != "closed form"}
        hard = (integrand, wrt) == ("exp(-k*a**2)", "sigma")
        assert by_quadrature == ({"measure_valued"} if hard else set())
        said = "but measure valued by quadrature" if by_quadrature else "closed forms"
        assert said in picture(found, wrt).caption


@pytest.mark.parametrize("cost", COSTS, ids=lambda c: c.integrand)
def test_each_figure_has_a_page(cost: Cost) -> None:
    checked = {(s.family, s.integrand, s.at) for s in SUITES["measure_valued"]}
    assert ("normal", subject(cost).integrand, AT) in checked

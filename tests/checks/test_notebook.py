"""What Jupyter is given: Markdown and LaTeX of derivations, verdicts and reports."""

from __future__ import annotations

from checks.prove import Request, prove
from checks.run import run_check
from checks.suite import CheckSpec
from checks.verdict import Report
from derive.deriving import derivations
from derive.routes import ROUTES, derive
from derive.setting import setting_of
from derive.terms import SAMPLE as a


def _report(estimator: str, expected: str = "agrees") -> Report:
    spec = CheckSpec("reparam", "normal", "a**2", estimator, expected=expected)  # type: ignore[arg-type]
    proof = prove(Request("normal", "a**2", estimators=(estimator,)))
    return Report("reparam", 0, (run_check(spec, proof),))


def test_a_derivation_shows_its_chain() -> None:
    (by_mu, _) = derivations("reparam", "normal", "a**2")
    latex, markdown = by_mu._repr_latex_(), by_mu._repr_markdown_()
    assert latex.startswith("$$\\begin{aligned}\n& \\frac{\\partial}{\\partial \\mu}")
    assert latex.count("\\\\\n") == len(by_mu.steps)
    assert "change of variables" in markdown
    assert "```" not in markdown  # Jupyter reads dollars


def test_a_refused_derivation_says_so() -> None:
    from sympy import Heaviside

    context = setting_of("normal", Heaviside(a - 1), wrt=("mu",))
    shown = derive(ROUTES["pathwise"], context, context.expectation.wrt[0])._repr_markdown_()
    assert "REFUSED" in shown


def test_a_verdict_is_a_table_by_parameter() -> None:
    shown = _report("pathwise").results[0].verdict._repr_markdown_()
    assert shown.startswith("**agrees** (exact evidence)")
    assert "| mu | 1.4 | 0 |" in shown


def test_a_report_counts_what_came_out_as_expected() -> None:
    assert "1 of 1 as expected" in _report("missing_jacobian", "refuted")._repr_markdown_()
    wrong = _report("missing_jacobian")._repr_markdown_()
    assert "**FAIL**" in wrong
    assert "0 of 1 as expected" in wrong
    assert "a\\*\\*2" in wrong

"""Reports for people and machines: every format says what the JSON says, and escapes what it must."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from checks.catalogue import names
from checks.explain import TERMS, explain
from checks.listing import KINDS, as_json, listing
from checks.quantities import fraction, seconds
from checks.reporting import FORMATS
from checks.reporting.gradient import gradient_lines
from checks.reporting.text import mark, summary
from checks.targets import available, known_check, targets
from checks.terminal import coloured, plain, safe, table, width
from derive.errors import OutsideDomain, UnknownName


def check(**changes: Any) -> dict[str, Any]:
    base = {
        "id": "reparam/normal/a**2/pathwise", "check": "reparam", "family": "normal", "integrand": "a**2",
        "at": {"mu": "1/2"}, "wrt": ["mu"], "estimator": "score_function", "expected": "agrees",
        "outcome": "agrees", "as_expected": True, "gradient": {"mu": "2*mu"},
        "derivation": {"status": "proved", "assumptions": [], "steps": [{}, {}]}, "exact": {"mu": 1.0},
        "estimate": {"mu": 1.0}, "bias": {"mu": 0.0}, "detectable_bias": {"mu": 1e-9},
        "variance": {"exact": {}, "estimate": {}}, "evidence": "exact", "samples": 0,
        "rates": {"false_fail": 0.0, "false_pass": 0.0}, "diagnosis": None, "reason": "replayed; 60 nodes",
        "reproduce": "python cli.py verify reparam", "seconds": 0.01,
    }  # fmt: skip
    return {**base, **changes}


WRONG = check(
    outcome="refuted", as_expected=False, estimate={"mu": 1.5}, bias={"mu": 0.5},
    reason="its <mean> & 100% off",
    diagnosis={"mistake": "detached_scale", "says": "your mean equals the gradient without half of it"},
)  # fmt: skip
SURPRISE: dict[str, Any] = {"as_expected": False, "evidence": "none", "detectable_bias": {}}
OPEN = check(outcome="untestable", reason="nu <= 6; so", **SURPRISE)
BROKEN = check(outcome="broken", reason="we failed", **SURPRISE)
FORETOLD = check(outcome="refuted", expected="refuted", bias={"mu": -0.25})


def report(*checks: dict[str, Any]) -> dict[str, Any]:
    expected = sum(c["as_expected"] for c in checks)
    return {"target": "reparam", "summary": {"as_expected": expected}, "checks": list(checks)}


def text(*checks: dict[str, Any]) -> list[str]:
    return FORMATS["text"](report(*checks), plain).splitlines()


def test_the_marks() -> None:
    assert [mark(c) for c in (check(), FORETOLD, WRONG, OPEN, BROKEN)] == ["ok", "ok", "FAIL", "?", "FAIL"]


def test_a_row_says_what_the_contract_shows() -> None:
    head, row, *_ = text(check())
    assert " ".join(head.split()) == "family integrand estimator proof outcome evidence would notice"
    assert " ".join(row.split()) == "ok normal a**2 score function 2 proved agrees exact bias > 1e-09"


def test_an_expected_refutation_is_marked_as_one_and_needs_no_note() -> None:
    _, row, *_ = text(FORETOLD)
    assert "refuted (expected)" in row
    assert row.endswith("bias -0.25 in mu")


def test_a_wrong_one_is_compared_diagnosed_and_reproducible() -> None:
    said = "\n".join(text(WRONG))
    assert "refuted[E201] normal a**2, score function" in said
    assert "2*mu = 1" in said
    assert "1.5" in said
    assert "without half of it (detached_scale)" in said
    assert "reproduce: python cli.py verify reparam" in said


NOTES = {"untestable": (OPEN, "note[E310]"), "broken": (BROKEN, "broken[E400]"),
         "unexpected agreement": (check(expected="refuted", as_expected=False), "unexpected[E202]"),
         "wrong in another way": (check(outcome="refuted", expected="refuted", as_expected=False), "[E203]"),
         "inconclusive": (check(outcome="inconclusive", as_expected=False), "note[E320]")}  # fmt: skip


@pytest.mark.parametrize(("found", "note"), NOTES.values(), ids=NOTES)
def test_every_surprise_has_a_code(found: dict[str, Any], note: str) -> None:
    assert note in "\n".join(text(found))


def test_the_count() -> None:
    said = summary(report(check(), FORETOLD, WRONG, OPEN, BROKEN), 4.06)
    assert said == "2 as expected, 1 not, 1 untestable, 1 broken in 4.1 s"


def test_a_formula_is_never_markup_and_never_cut() -> None:
    long = "E[eps]*" + "+".join(["a[0]**2"] * 60)
    assert long in "\n".join(text(check(integrand=long)))


def test_json_is_the_report() -> None:
    assert json.loads(FORMATS["json"](report(WRONG, OPEN), plain)) == report(WRONG, OPEN)


def test_json_refuses_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        FORMATS["json"](report(check(exact={"mu": float("inf")})), plain)


def test_junit_counts_and_escapes() -> None:
    suite = ElementTree.fromstring(FORMATS["junit"](report(check(), WRONG, OPEN, BROKEN), plain))
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "its <mean> & 100% off" in failure.get("message", "")


def test_github_annotates_what_is_not_as_expected_and_escapes() -> None:
    lines = FORMATS["github"](report(check(), WRONG, OPEN), plain).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]
    assert "100%25 off%0Apython" in lines[0]


def test_colours_are_only_added_by_the_coloured_style() -> None:
    plain_table = table([("ok", "a"), ("FAIL", "b")])
    assert "\x1b" not in plain_table
    assert "\x1b[31mFAIL\x1b[0m" in table([("ok", "a"), ("FAIL", "b")], style=coloured)


def test_columns_align_whatever_the_letters() -> None:
    lines = table([("σ²", "x"), ("漢字", "y"), ("a", "z")]).splitlines()
    assert len({width(line[: -len("x")]) for line in lines}) == 1


SAFE = [("±1 ≤ ∞", "ascii", "+/-1 <= inf"), ("±1", "utf-8", "±1"), ("θ", "ascii", "?"), ("a", None, "a")]


@pytest.mark.parametrize(("said", "encoding", "written"), SAFE)
def test_text_fits_the_encoding(said: str, encoding: str | None, written: str) -> None:
    assert safe(said, encoding) == written


# Names, targets, quantities ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed(kind: str) -> None:
    assert listing([kind]).startswith(kind)
    assert all(row["name"] for row in as_json([kind])[kind])


def test_the_terms_of_statements_are_all_spelled_out() -> None:
    said = "\n".join(explain(name) for name in names("rules"))
    equations = [line for line in said.splitlines() if line.startswith("  statement:")]
    # Of rules that share a name, explain shows each.
    assert len(equations) >= len(names("rules"))
    assert not [line for line in equations if re.search(r"\b[A-Z_]{2,}\b", line)]
    assert len(TERMS) > 5


def test_explain_shows_both_records_of_one_name() -> None:
    said = explain("pathwise")
    assert "estimator pathwise" in said
    assert "route pathwise" in said


def test_explain_takes_dashes_spaces_and_lower_case_codes() -> None:
    assert explain("log-derivative-identity").startswith(explain("log_derivative"))
    assert explain("change of variables") == explain("change_of_variables")
    assert explain("e201").startswith("E201: refuted")


# Every check that the command line's contract names, and one that was added.
CHECKS = (
    "product-rule", "score-function", "reparam", "implicit-reparam", "measure-valued", "gumbel-max",
    "gumbel-softmax", "straight-through", "control-variates", "higher-order", "policy-gradient",
    "environment", "multi-sample",
)  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_of_the_contract_is_there(name: str) -> None:
    assert known_check(name) == known_check(name.replace("-", "_")) == name


def test_all_means_every_check_that_there_is() -> None:
    assert targets("all") == available()
    assert set(available()) == set(CHECKS)


def test_an_unknown_check_has_its_nearest() -> None:
    with pytest.raises(UnknownName, match="no check or file is called 'repram'") as caught:
        targets("repram")
    assert "did you mean 'reparam'" in (caught.value.help or "")


@pytest.mark.parametrize("wrong", ["0", "100%", "-1%", "much", "nan", ""])
def test_a_resolution_is_a_part(wrong: str) -> None:
    with pytest.raises(OutsideDomain, match="between 0 and 100%"):
        fraction(wrong)


@pytest.mark.parametrize("wrong", ["0s", "-1s", "soon", "inf", "nan", ""])
def test_a_budget_is_a_time(wrong: str) -> None:
    with pytest.raises(OutsideDomain, match="is not a time"):
        seconds(wrong)


def test_quantities_are_read() -> None:
    assert (fraction("1%"), fraction("0.05")) == (0.01, 0.05)
    assert (seconds("90"), seconds("2m"), seconds("1h")) == (90.0, 120.0, 3600.0)


def _about(text: str | None, value: float) -> dict[str, object]:
    terms = {"explicit_term": {"mu": {"text": "0", "value": 0.0}}}
    about = {"family": "normal", "integrand": "a**2", "at": {"mu": "1/2"}, "wrt": ["mu"]}
    return {**about, "exact": {"mu": value}, "gradient": {"mu": text}, "terms": terms}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("2*mu", "2*mu = 1", id="closed"),
        pytest.param(None, "1", id="none"),
        pytest.param("E_[a ~ normal(mu, sigma)][a]", "1", id="open"),
        pytest.param("mu" + "*1" * 60, "1", id="long"),
    ],
)
def test_the_gradient_of_one_expectation_is_shown(text: str | None, wanted: str) -> None:
    lines = gradient_lines([_about(text, 1.0)])
    assert lines[2].split()[:-1] == ["mu", *wanted.split()]
    assert lines[-1] == "  at mu = 1/2"


def test_the_gradients_of_a_suite_are_not() -> None:
    other = {**_about("2*mu", 1.0), "integrand": "a"}
    assert gradient_lines([_about("2*mu", 1.0), other]) == []

"""Verdicts and reports: the JSON contract, what counts as expected, exit codes."""

from __future__ import annotations

import json
import math

import pytest

from checks.suite import Outcome
from checks.verdict import CheckResult, Report, Verdict, versions

KEYS = ["id", "check", "family", "integrand", "at", "wrt", "estimator", "expected", "outcome", "as_expected",
        "gradient", "derivation", "exact", "estimate", "bias", "detectable_bias", "variance", "evidence",
        "samples", "rates", "diagnosis", "reason", "reproduce", "seconds"]  # fmt: skip


def result(outcome: Outcome, expected: Outcome = "agrees", as_stated: bool = True) -> CheckResult:
    verdict = Verdict(
        outcome,
        "exact",
        "because",
        estimate={"mu": 1.0},
        bias={"mu": 0.0},
        detectable_bias={"mu": 1e-9},
        variance_exact={"mu": math.inf},
        variance_estimate={"mu": None},
        false_fail_rate=1e-6,
        false_pass_rate=1e-3,
        as_stated=as_stated,
    )
    return CheckResult(
        id="reparam/normal/a**2/pathwise",
        check="reparam",
        family="normal",
        integrand="a**2",
        at={"mu": "1/2", "sigma": "2"},
        wrt=("mu",),
        estimator="pathwise",
        expected=expected,
        verdict=verdict,
        gradient={"mu": "2*mu"},
        derivation={"status": "proved", "assumptions": [], "steps": []},
        exact={"mu": 1.0},
        reproduce="python cli.py verify reparam",
        seconds=0.01,
    )


def test_the_keys_of_a_check() -> None:
    record = result("agrees").to_json()
    # The contract may be added to, never changed.
    assert [key for key in record if key in KEYS] == KEYS
    assert record["variance"] == {"exact": {"mu": None}, "estimate": {"mu": None}}
    assert record["rates"] == {"false_fail": 1e-6, "false_pass": 1e-3}
    assert record["outcome"] == "agrees"
    assert record["wrt"] == ["mu"]


def test_the_report_is_strict_json() -> None:
    text = json.dumps(Report("reparam", 3, (result("agrees"),)).to_json(), allow_nan=False)
    read = json.loads(text)
    assert list(read) == ["schema", "target", "seed", "versions", "summary", "checks"]
    assert read["schema"] == "gradproof/report@1"
    assert read["seed"] == 3
    assert read["summary"] == {
        **{"agrees": 1, "refuted": 0, "inconclusive": 0, "untestable": 0, "broken": 0},
        "as_expected": 1,
        "exit_code": 0,
    }


def test_a_diagnosis_is_a_plain_record() -> None:
    found = {"mistake": "sign_of_score", "says": "..."}
    verdict = Verdict("refuted", "exact", "because", diagnosis=found)
    made = result("refuted")
    from dataclasses import replace

    assert replace(made, verdict=verdict).to_json()["diagnosis"] == found


@pytest.mark.parametrize(
    ("outcome", "expected", "as_stated", "counts"),
    [
        pytest.param("agrees", "agrees", True, True, id="right"),
        pytest.param("refuted", "agrees", False, False, id="wrong"),
        pytest.param("refuted", "refuted", True, True, id="wrong as stated"),
        pytest.param("refuted", "refuted", False, False, id="wrong in another way"),
        pytest.param("agrees", "refuted", True, False, id="right where a bias was expected"),
        pytest.param("untestable", "untestable", False, True, id="untestable as expected"),
        pytest.param("broken", "broken", False, True, id="broken"),
    ],
)
def test_what_counts_as_expected(outcome: Outcome, expected: Outcome, as_stated: bool, counts: bool) -> None:
    assert result(outcome, expected, as_stated).as_expected is counts


@pytest.mark.parametrize(
    ("results", "code"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([result("agrees"), result("refuted", "refuted")], 0, id="all as expected"),
        pytest.param([result("agrees"), result("refuted")], 1, id="a refuted one"),
        pytest.param([result("refuted", "refuted", False)], 1, id="wrong in another way"),
        pytest.param([result("agrees", "refuted"), result("broken")], 1, id="a bias that is not there"),
        pytest.param([result("inconclusive"), result("agrees")], 3, id="left open"),
        pytest.param([result("untestable")], 3, id="untestable"),
        pytest.param([result("untestable"), result("broken")], 4, id="broken"),
        pytest.param([result("inconclusive"), result("refuted")], 1, id="refuted comes first"),
    ],
)
def test_exit_codes(results: list[CheckResult], code: int) -> None:
    report = Report("x", 0, tuple(results))
    assert report.exit_code == code
    assert report.summary()["exit_code"] == code
    assert report.summary()["as_expected"] == sum(r.as_expected for r in results)


def test_versions_name_what_results_depend_on() -> None:
    found = versions()
    assert set(found) == {"gradproof", "sympy", "torch"}
    assert found["torch"].startswith("2.")

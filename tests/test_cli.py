"""The command line as a user meets it: help, bad input, exit codes, streams, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cli
from checks.codes import CODES

ROOT = Path(__file__).parents[1]
COMMANDS = ["list", "derive", "verify", "explain", "doctor", "compare", "cost", "docs", "grade", "self-check"]
OPTIONS = ["--family", "--integrand", "--at", "--wrt", "--estimator", "--resolution", "--evidence", "--seed",
           "--budget", "--workers", "--scheduler", "--json", "--format", "--quiet"]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for the whole module, away from the user's."""
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path_factory.getbasetemp() / "cli-cache"))


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command, in this process."""
    code = cli.run(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: python cli.py {command}")


def test_these_are_all_commands() -> None:
    assert cli.app.list_commands(click.Context(cli.app)) == sorted(COMMANDS)


@pytest.mark.parametrize("option", OPTIONS)
def test_verify_has_the_options_of_the_contract(option: str) -> None:
    assert option in [name for p in cli.verify.params for name in p.opts]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version") == (0, f"gradproof, version {cli.VERSION}\n", "")


NORMAL = ("verify", "reparam", "--family", "normal")
BAD = {
    "unknown command": (("verfy",), "No such command 'verfy'"),
    "unknown option": (("verify", "reparam", "--sed", "3"), "No such option"),
    "no target": (("verify",), "Missing argument"),
    "unknown check": (("verify", "repram"), "no check or file is called 'repram'"),
    "no such file": (("verify", "homework.py::f"), "there is no file 'homework.py'"),
    "written derivation": (("verify", "notes.md"), "there is no file 'notes.md'"),
    "scheduler": (("verify", "reparam", "--scheduler", "tcp://x"), "no Dask scheduler answers at 'tcp://x'"),
    "own scheduler": (("verify", "a.py::f", "--scheduler", "tcp://x"), "is checked on this machine"),
    "unknown family": (("verify", "reparam", "--family", "nromal"), "no family is called 'nromal'"),
    "unknown estimator": ((*NORMAL, "--estimator", "pathwse"), "no estimator is called 'pathwse'"),
    "unknown parameter": ((*NORMAL, "--at", "sgima=2"), "no parameter of normal is called 'sgima'"),
    "unknown wrt": ((*NORMAL, "--wrt", "tau"), "no parameter of normal is called 'tau'"),
    "no value": ((*NORMAL, "--at", "mu"), "name=number"),
    "nan": ((*NORMAL, "--integrand", "a**2", "--at", "mu=nan"), "not a number"),
    "sigma is zero": ((*NORMAL, "--integrand", "a**2", "--at", "sigma=0"), "sigma > 0"),
    "power": ((*NORMAL, "--integrand", "a^2"), "'^' has no meaning here"),
    "unknown symbol": ((*NORMAL, "--integrand", "c*a"), "'c' is not known here"),
    "tower": ((*NORMAL, "--integrand", "9**9**9*a"), "too large"),
    "no expectation": (("verify", "reparam", "--family", "cauchy", "--integrand", "a"), "does not exist"),
    "resolution": (("verify", "reparam", "--resolution", "0"), "between 0 and 100%"),
    "budget": (("verify", "reparam", "--budget", "soon"), "is not a time"),
    "evidence": (("verify", "reparam", "--evidence", "guess"), "is not one of"),
    "seed": (("verify", "reparam", "--seed", "-1"), "-1 is not in the range"),
    "kind": (("list", "everything"), "is not one of"),
    "explain nothing": (("explain", "leibnitz"), "is called 'leibnitz'"),
    "derive without family": (("derive", "reparam", "--integrand", "a"), "need a --family"),
    "derive unknown": (("derive", "repram"), "no check or file is called 'repram'"),
    "derive bad text": (("derive", "reparam", "--family", "normal", "--integrand", "a +"), "ends too early"),
    "derive format": (("derive", "reparam", "--format", "pdf"), "is not one of"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_explained_and_exits_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "error: " in err
    assert "help: " in err
    assert "Traceback" not in err


SUGGESTED = {
    "check": (("verify", "repram"), "did you mean 'reparam'? `python cli.py list checks` names all"),
    "family": (("verify", "reparam", "--family", "nromal"), "did you mean 'normal'?"),
    "parameter": ((*NORMAL, "--at", "sgima=2"), "did you mean 'sigma'?"),
    "function": ((*NORMAL, "--integrand", "relux(a)"), "did you mean 'relu'?"),
    "rule": (("explain", "leibnitz"), "did you mean 'leibniz'?"),
}


@pytest.mark.parametrize(("arguments", "hint"), SUGGESTED.values(), ids=SUGGESTED)
def test_the_nearest_name_is_suggested(
    arguments: tuple[str, ...], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hint in call(capsys, *arguments)[2]


def test_a_caret_stands_under_the_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = call(capsys, *NORMAL, "--integrand", "mu*a + b^2")
    line = err.splitlines().index("  mu*a + b^2")
    assert err.splitlines()[line + 1] == "  " + " " * "mu*a + b^2".index("^") + "^"


def test_the_json_of_verify_has_the_keys_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *NORMAL, "--integrand", "a**2", "--estimator", "pathwise", "--json")
    report = json.loads(out)
    assert code == report["summary"]["exit_code"] == 0
    assert list(report) == ["schema", "target", "seed", "versions", "summary", "checks"]
    assert report["schema"] == "gradproof/report@1"
    (check,) = report["checks"]
    assert check["id"] == "reparam/normal/a**2/pathwise"
    assert (check["outcome"], check["as_expected"], check["evidence"]) == ("agrees", True, "exact")
    assert check["gradient"] == {"mu": "2*mu", "sigma": "2*sigma"}
    assert check["derivation"]["status"] == "proved"
    assert {"rule", "before", "after", "status", "conditions"} <= set(check["derivation"]["steps"][0])
    assert "reparam: 1 checks, seed 0, resolution 1%" in err
    assert "1 as expected, 0 not" in err


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = call(capsys, *NORMAL, "--integrand", "a**2", "--estimator", "pathwise", "--quiet")
    assert err == ""
    assert "agrees" in out


def test_an_integrand_of_ones_own_at_a_point_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    what = ("--integrand", "c*a + sin(a)", "--at", "c=1/3,mu=2", "--wrt", "mu", "--estimator", "pathwise")
    code, out, _ = call(capsys, *NORMAL, *what, "--json", "--quiet")
    (check,) = json.loads(out)["checks"]
    assert (code, check["outcome"]) == (0, "agrees")
    assert (check["at"]["c"], check["at"]["mu"], check["wrt"]) == ("1/3", "2", ["mu"])


def test_what_derive_foretells_is_expected(capsys: pytest.CaptureFixture[str]) -> None:
    """A jump under the pathwise estimator: nobody wrote down that it is refuted, derive knows."""
    arguments = ("--integrand", "Heaviside(a - 1/4)", "--estimator", "pathwise", "--json", "--quiet")
    code, out, _ = call(capsys, *NORMAL, *arguments)
    (check,) = json.loads(out)["checks"]
    assert (code, check["expected"], check["outcome"]) == (0, "refuted", "refuted")
    assert check["derivation"]["status"] == "condition-failed"


def test_a_check_reproduces_itself(capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    arguments = ("--integrand", "a**2", "--estimator", "pathwise", "--at", "mu=1/3", "--json", "--quiet")
    first = json.loads(call(capsys, *NORMAL, *arguments)[1])["checks"][0]
    again = shlex.split(first["reproduce"])[2:]
    second = json.loads(call(capsys, *again, "--json", "--quiet")[1])["checks"][0]
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


@pytest.mark.parametrize("workers", ["0", "1"])
def test_any_number_of_workers_reports_the_same(workers: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--integrand", "a**2", "--integrand", "relu(a)", "--json", "--quiet", "--no-cache")
    _, out, _ = call(capsys, *NORMAL, *arguments, "--workers", workers)
    _, reference, _ = call(capsys, *NORMAL, *arguments, "--workers", "2")
    assert _timeless(out) == _timeless(reference)


def _timeless(report: str) -> dict[str, object]:
    said = json.loads(report)
    for check in said["checks"]:
        check["seconds"] = 0
    return dict(said)


FORMATS = {"text": "would notice", "json": '"schema"', "junit": "<testsuite", "github": "::notice"}


@pytest.mark.parametrize(("form", "sign"), FORMATS.items(), ids=FORMATS)
def test_every_report_format(form: str, sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--integrand", "a**2", "--estimator", "pathwise", "--format", form)
    code, out, _ = call(capsys, *NORMAL, *arguments)
    assert (code, sign in out) == (0, True)


@pytest.mark.parametrize("form", cli.DERIVATION_FORMATS)
def test_every_derivation_format(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("derive", "reparam", "--family", "normal", "--integrand", "a**2", "--format", form)
    code, out, err = call(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "change of variables" in out


def test_the_slides_derivation_needs_no_family(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "derive", "product-rule")
    assert code == 0
    assert "E_[a ~ P(theta)][g(a, theta)]" in out
    assert "ASSUMED" in out


def test_a_refused_derivation_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("derive", "reparam", "--family", "uniform", "--integrand", "Heaviside(a)")
    code, out, _ = call(capsys, *arguments)
    assert code == 1
    assert "FAILED" in out


def test_formulas_keep_their_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    """Rich reads E[eps] as a style and prints E; nothing here may pass through its markup."""
    arguments = ("--family", "multivariate_normal", "--integrand", "a[0]*a[1]", "--quiet")
    _, out, _ = call(capsys, "verify", "score-function", *arguments)
    assert "a[0]*a[1]" in out


def test_doctor_finds_this_machine_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "doctor", "--json")
    findings = {f["what"]: f["state"] for f in json.loads(out)}
    assert code == 0
    assert {findings[what] for what in ("exact arithmetic", "ball arithmetic", "torch in float64")} == {"ok"}


CODED = {c.code: c for c in CODES.values() if c.wrong and c.code.startswith("D1")}


@pytest.mark.parametrize("code", CODED.values(), ids=CODED)
def test_the_wrong_example_of_a_code_gives_it_and_the_right_one_does_not(
    code: object, capsys: pytest.CaptureFixture[str]
) -> None:
    import shlex

    from checks.codes import Code

    assert isinstance(code, Code)
    wrong, right = (shlex.split(c)[2:] for c in (code.wrong, code.right))
    status, _, err = call(capsys, *wrong)
    assert status == 2
    assert f"explain {code.code}" in err
    assert call(capsys, *right, "--quiet")[0] == 0


# As a program of its own ------------------------------------------------------------------------------


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "cli.py", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env, check=False)


def test_results_go_to_stdout_and_the_rest_to_stderr() -> None:
    done = program(*NORMAL, "--integrand", "a**2", "--estimator", "pathwise")
    assert done.returncode == 0
    assert "a**2" in done.stdout
    assert "checks, seed 0" in done.stderr
    assert "\x1b[" not in done.stdout + done.stderr


def test_ascii_is_enough() -> None:
    done = program("list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} cli.py list | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_foreign_package_of_our_name_is_refused(tmp_path: Path) -> None:
    """PyPI has a `derive` of its own; installed after ours it overwrites files and pip says nothing."""
    (tmp_path / "cli.py").write_text((ROOT / "cli.py").read_text())
    for name in ("derive", "checks"):
        (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "cli.py", "list"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "is not gradproof's" in done.stderr
    assert "virtual environment" in done.stderr


def test_a_bug_of_ours_exits_4_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("an invariant of ours")

    monkeypatch.setattr("checks.listing.listing", fail)
    code, _, err = call(capsys, "list")
    assert code == 4
    assert "broken: RuntimeError: an invariant of ours" in err


def test_an_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("checks.listing.listing", interrupt)
    code, _, err = call(capsys, "list")
    assert (code, err.strip()) == (130, "interrupted")

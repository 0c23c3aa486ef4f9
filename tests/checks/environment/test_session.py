"""Problem files through verify and derive as they are typed: selected, kept, reported, reproduced."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

import cli
from derive.environment.files import FOLDER


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path / "cache"))


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run([*arguments])
    out, err = capsys.readouterr()
    return code, out, err


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    _, out, _ = call(capsys, *arguments, "--json", "--workers", "0", "--quiet")
    checks: list[dict[str, object]] = json.loads(out)["checks"]
    return checks


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    text = (FOLDER / "mdp2.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("high = { stay = 2, go = 6 }", "high = { stay = 2, go = 7 }"))
    return path


def test_a_file_of_ones_own(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = report(capsys, "verify", "policy-gradient", "--family", str(mine))
    assert {c["outcome"] for c in checks} == {"agrees"}
    assert {c["evidence"] for c in checks} == {"exact"}
    assert {"reinforce", "reward_to_go", "gae", "ppo_ratio"} <= {c["estimator"] for c in checks}
    assert {c["family"] for c in checks} == {str(mine)}


def test_a_changed_file_is_another_problem(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("verify", "policy-gradient", "--family", str(mine), "--estimator", "reinforce")
    (before,) = report(capsys, *asked)
    mine.write_text(mine.read_text().replace("go = 7", "go = 8"))
    (after,) = report(capsys, *asked)
    assert before["outcome"] == after["outcome"] == "agrees"
    assert before["exact"] != after["exact"]


REPRODUCED = [
    ("policy-gradient", "mdp3", "gae_without_critic", ("--at", "lambda=1/4")),
    ("policy-gradient", "corridor", "actor_critic", ()),
    ("policy-gradient", "mdp2", "reward_to_go", ("--wrt", "theta[1]")),
    ("environment", "lq2", "state_detached", ("--at", "theta=-1/2,sigma=1/3")),
    ("environment", "smoothing", "evolution_strategy", ("--integrand", "t**4", "--at", "s=1/5")),
]


@pytest.mark.parametrize(("check", "family", "estimator", "more"), REPRODUCED, ids=[r[2] for r in REPRODUCED])
def test_what_a_report_says_to_type_gives_it_again(
    check: str, family: str, estimator: str, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = report(capsys, "verify", check, "--family", family, "--estimator", estimator, *more)
    assert first["as_expected"]
    words = shlex.split(str(first["reproduce"]))[2:]
    (again,) = report(capsys, *words)
    assert {**first, "seconds": 0} == {**again, "seconds": 0}


WRONG = [
    (("verify", "policy-gradient", "--family", "mdp5"), "no family is called 'mdp5'", "did you mean 'mdp"),
    (("verify", "policy-gradient", "--family", "nowhere.toml"), "there is no such file", "list problems"),
    (("verify", "reparam", "--family", "mdp2"), "no estimator for mdp2", "verify policy-gradient"),
    (("verify", "policy-gradient", "--family", "mdp2", "--integrand", "a"), "the return, not", "rewards"),
    (("verify", "policy-gradient", "--family", "mdp2", "--at", "pi[0]=2"), "with probability -1", "positive"),
    (("verify", "policy-gradient", "--family", "mdp2", "--wrt", "pi[0]"), "no parameter of mdp2", "theta[0]"),
    (("verify", "environment", "--family", "smoothing", "--integrand", "x"), "'x' is not known", "known: t"),
    (("derive", "policy-gradient", "--family", "mdp2", "--wrt", "mu"), "no parameter of mdp2", "theta[0]"),
    (("derive", "policy-gradient", "--family", "mdp2", "--at", "gamma=3"), "the discount 3", "explain D103"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "says", "helps"), WRONG, ids=[" ".join(w[0][1:]) for w in WRONG])
def test_bad_input_is_said_with_help(
    arguments: tuple[str, ...], says: str, helps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert says in err
    assert helps in err


@pytest.mark.parametrize(
    ("arguments", "ends"),
    [
        (("policy-gradient",), "pi d log pi = d pi"),
        (
            ("policy-gradient", "--family", "mdp2", "--wrt", "theta[0]", "--at", "gamma=1/2"),
            "exact polynomials",
        ),
        (("environment",), "Gaussian moments"),
        (("environment", "--family", "smoothing", "--integrand", "t**2"), "is known exactly"),
    ],
    ids=["arbitrary", "mdp", "simulator", "black box"],
)
def test_derivations_are_printed(
    arguments: tuple[str, ...], ends: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, "derive", *arguments)
    assert code == 0
    assert ends in out
    assert "REFUTED" not in out


def test_problems_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "list", "problems", "--json")
    listed = {row["name"]: row["kind"] for row in json.loads(out)["problems"]}
    assert listed["mdp2"] == "mdp"
    assert listed["lq3"] == "linear quadratic"
    _, out, _ = call(capsys, "list", "estimators", "--json")
    assert {"reward_to_go", "pathwise"} <= {row["name"] for row in json.loads(out)["estimators"]}
    for name, says in (("mdp2", "problem mdp2"), ("causality", "E[score_t r_k]"), ("gae", "lambda")):
        code, out, _ = call(capsys, "explain", name)
        assert code == 0
        assert says in out

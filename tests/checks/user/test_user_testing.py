"""``assert_unbiased`` and ``verify FILE.py::FUNCTION``: one text, exit codes, nothing imported early."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch

import cli
from checks import assert_unbiased
from checks.user.errors import BadTarget
from derive.cache import Cache
from derive.errors import UnknownName

F64 = torch.float64
ROOT = Path(__file__).parents[3]


def good(f: Any, theta: Any, n: int) -> Any:
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean()


def bad(f: Any, theta: Any, n: int) -> Any:
    return f(theta.mu + theta.sigma.detach() * torch.randn(n, dtype=F64)).mean()


POINTS = {
    "default": None,
    "text": "mu=1/2,sigma=2",
    "fractions": {"mu": "1/2", "sigma": 2},
    "decimals": {"mu": 0.45, "sigma": Fraction(3, 2)},
}


@pytest.mark.parametrize("at", POINTS.values(), ids=POINTS)
def test_a_right_estimator_passes_at_any_point(at: Any, proofs: Cache) -> None:
    assert_unbiased(good, family="normal", integrand="a**2 + mu*a", at=at, cache=proofs)


def test_a_wrong_one_fails_with_the_text_of_the_terminal(proofs: Cache) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_unbiased(bad, family="normal", integrand="a**2 + mu*a", cache=proofs)
    text = str(caught.value)
    assert text.startswith("refuted[E201] bad is not the gradient of E[a**2 + mu*a], a ~ normal(")
    assert "(detached_scale)" in text
    assert "test_user_testing.py::bad" in text


def test_only_the_parameters_asked_for_are_judged(proofs: Cache) -> None:
    assert_unbiased(bad, family="normal", integrand="a**2", wrt=["mu"], cache=proofs)
    with pytest.raises(AssertionError):
        assert_unbiased(bad, family="normal", integrand="a**2", wrt=["sigma"], cache=proofs)


def test_evidence_that_does_not_suffice_fails_as_well(proofs: Cache) -> None:
    def memory(f: Any, theta: Any, n: int, seen: list[float] = []) -> Any:  # noqa: B006  (the point of it)
        seen.append(1.0)
        return f(theta.mu + theta.sigma * torch.randn(n, dtype=F64)).mean() * (1 + 1e-9 * len(seen))

    with pytest.raises(AssertionError, match=r"inconclusive\[E320\] .*memory is perhaps"):
        assert_unbiased(memory, family="normal", integrand="a**2", evidence="exact", cache=proofs)


def test_bad_input_is_not_an_assertion(proofs: Cache) -> None:
    with pytest.raises(UnknownName, match="nromal"):
        assert_unbiased(good, family="nromal", integrand="a**2", cache=proofs)
    with pytest.raises(BadTarget, match="cannot be called with"):
        assert_unbiased(lambda f: f, family="normal", integrand="a**2", cache=proofs)


def test_nothing_large_is_imported_before_it_is_called() -> None:
    code = (
        "import sys; from checks import assert_unbiased; "
        "print(sorted({'torch', 'sympy', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_other_names_are_still_missing() -> None:
    import checks

    with pytest.raises(AttributeError, match="no attribute 'assert_biased'"):
        checks.assert_biased  # noqa: B018  (the access is what fails)


MINE = """
import torch

def noise(n):
    return torch.randn(n, dtype=torch.float64)

def good(f, theta, n):
    return f(theta.mu + theta.sigma * noise(n)).mean()

def bad(f, theta, n):
    return f(theta.mu + theta.sigma.detach() * noise(n)).mean()

def forever(f, theta, n):
    while True:
        pass
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user's file, and a cache of this test's own."""
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return str(path)


EXITS = {
    "right": ("good", (), 0),
    "wrong": ("bad", (), 1),
    "wrong as declared": ("bad", ("--estimator", "detached-scale"), 0),
    "by one parameter": ("bad", ("--wrt", "mu"), 0),
    "no such function": ("goood", (), 2),
    "no such family": ("good", ("--family", "nromal"), 2),
    "never returns": ("forever", ("--budget", "0.2s"), 3),
}


@pytest.mark.parametrize(("function", "options", "code"), EXITS.values(), ids=EXITS)
def test_exit_codes(function: str, options: tuple[str, ...], code: int, mine: str) -> None:
    assert cli.run(["verify", f"{mine}::{function}", "--workers", "0", *options]) == code


def test_json_has_the_keys_of_the_contract(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["verify", f"{mine}::bad", "--workers", "0", "--integrand", "a**2", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (check,) = report["checks"]
    assert report["schema"] == "gradproof/report@1"
    assert check["diagnosis"]["mistake"] == "detached_scale"
    assert check["difference"] == {"sigma": "-2*sigma"}
    assert check["bias"]["sigma"] == pytest.approx(-2.6, rel=1e-9)
    assert f"{mine}::bad --family normal" in check["reproduce"]


def test_what_the_estimator_prints_is_not_in_the_json(
    tmp_path: Path, mine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    noisy = tmp_path / "noisy.py"
    noisy.write_text(MINE.replace("    return f(", "    print('hello')\n    return f("))
    assert cli.run(["verify", f"{noisy}::good", "--workers", "0", "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["checks"][0]["outcome"] == "agrees"
    assert "hello" in err


def test_several_families_are_several_checks(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--integrand", "a**2", "--integrand", "sin(a)", "--workers", "0", "--json"]
    assert cli.run(["verify", f"{mine}::good", *options]) == 0
    assert [c["integrand"] for c in json.loads(capsys.readouterr().out)["checks"]] == ["a**2", "sin(a)"]

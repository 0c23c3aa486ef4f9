"""The examples of the handbook are problems that verify takes as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks import kinds
from checks.run import run_check
from checks.suite import CheckSpec
from derive.environment.paths import MOST_PATHS
from tests.checks.environment.proofs import proof_of

PAGE = (Path(__file__).parents[3] / "docs" / "handbook" / "problem-files.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
ESTIMATORS = {
    "mdp": "reward_to_go",
    "linear_quadratic": "pathwise_dynamics",
    "black_box": "evolution_strategy_antithetic",
    "latent_model": "dreg",
}


def test_there_is_one_of_each_kind() -> None:
    assert [re.search(r'kind = "(\w+)"', text)[1] for text in EXAMPLES] == list(ESTIMATORS)  # type: ignore[index]
    assert f"more than {MOST_PATHS} trajectories" in PAGE


@pytest.mark.parametrize("text", EXAMPLES, ids=list(ESTIMATORS))
def test_an_example_is_a_problem(text: str, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="utf-8")
    kind = kinds.kind_of(str(path))
    proof = proof_of(str(path), ESTIMATORS[kind])
    expected = "refuted" if kind == "black_box" else "agrees"
    integrand = kinds.default_integrand(str(path), "")
    spec = CheckSpec("environment", str(path), integrand, ESTIMATORS[kind], expected=expected)  # type: ignore[arg-type]
    result = run_check(spec, proof)
    assert result.as_expected, result.verdict.reason
    assert kinds.warnings((str(path),)) == ()

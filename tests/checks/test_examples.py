"""Every mistake is explained with wrong and right code, without Torch or SymPy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.examples import examples, of_batches
from checks.explain import explain
from checks.listing import as_json
from checks.user.batch_mistakes import BATCH_MISTAKES
from derive.errors import UnknownName

ROOT = Path(__file__).parents[2]
LISTED = [row["name"] for row in as_json(("mistakes",))["mistakes"]]


def test_mistakes_of_batches_are_listed() -> None:
    assert {m.name for m in BATCH_MISTAKES} | {"fixed_seed"} <= set(LISTED)
    assert len(LISTED) == len(set(LISTED))
    assert len(LISTED) >= 70


@pytest.mark.parametrize("name", LISTED)
def test_every_mistake_shows_wrong_and_right_code(name: str) -> None:
    lines = explain(name).splitlines()
    wrong, right = lines.index("wrong:"), lines.index("right:")
    shown = [[line.strip() for line in part if "def " in line or "return" in line]
             for part in (lines[wrong:right], lines[right:])]  # fmt: skip
    assert all(shown)
    assert lines[wrong + 1 : right - 1] != lines[right + 1 :]


def test_what_is_said_of_batches_is_what_the_diagnosis_says() -> None:
    said = {entry.name: entry.fields["says"] for entry in of_batches()}
    for mistake in BATCH_MISTAKES:
        if mistake.name in said:
            assert said[mistake.name] == mistake.says


def test_every_example_is_of_a_mistake() -> None:
    assert set(examples()) <= set(LISTED)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        explain("sum_for_means")
    assert "did you mean 'sum_for_mean'?" in (caught.value.help or "")


def test_explaining_imports_neither_torch_nor_sympy() -> None:
    code = (
        "import sys; from checks.explain import explain; explain('squared_scale'); explain('sum_for_mean'); "
        "print(sorted({'torch', 'sympy', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

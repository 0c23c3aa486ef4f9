"""The wheel holds derive, checks and cli.py, and nothing else at its top level."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The paths in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_the_top_level_is_ours(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"derive", "checks", "cli.py"}
    assert len(tops) == 4


def test_the_grammar_and_the_licence_are_inside(names: list[str]) -> None:
    assert "derive/expressions.lark" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_problem_file_is_inside(names: list[str]) -> None:
    problems = {f"derive/problems/{p.name}" for p in (ROOT / "derive" / "problems").glob("*.toml")}
    assert len(problems) >= 7
    assert problems <= set(names)


def test_every_source_file_is_inside(names: list[str]) -> None:
    sources = {str(p.relative_to(ROOT)) for part in ("derive", "checks") for p in (ROOT / part).rglob("*.py")}
    assert sources <= set(names)


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == cli.VERSION
    assert project["scripts"] == {"gradproof": "cli:main"}


def test_data_beside_the_code_is_in_it(names: list[str]) -> None:
    assert {"checks/grading/assignment.schema.json", "checks/grading/report/page.html.jinja"} <= set(names)

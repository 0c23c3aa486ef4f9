"""The handbook's commands run, and what it calls by name exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import cli

FOLDER = Path(__file__).parents[1] / "docs" / "handbook"
PAGES = sorted(FOLDER.glob("*.md"))
TUTORIAL = (FOLDER / "tutorial.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("python cli.py ")
    for block in re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("python cli.py ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_tutorials_commands_run(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused = command == "derive reparam --family normal --integrand 'Heaviside(a - 1)'"
    assert cli.run(shlex.split(command)) == (1 if refused else 0)
    assert capsys.readouterr().out.strip()


def test_the_tutorial_has_commands() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([\w-]+\.md)\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (FOLDER / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_files_that_are_named_exist(page: Path) -> None:
    root = FOLDER.parents[1]
    named = re.findall(r"(?:derive|checks|docs|tests)/[\w/.-]*\w", page.read_text(encoding="utf-8"))
    assert not [name for name in named if not (root / name).exists()]

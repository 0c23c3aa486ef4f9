"""The README's two commands are the ones that CI runs and that newcomers copy."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_command_sets_up_and_verifies() -> None:
    venv, install, run = COMMANDS[0].split(" && ")
    assert venv == "python3 -m venv .venv"
    assert install == ".venv/bin/pip install -c constraints.txt -e ."
    assert run == ".venv/bin/python cli.py verify reparam"


def test_the_second_command_sets_up_and_tests() -> None:
    venv, install, run = COMMANDS[1].split(" && ")
    assert venv == "python3 -m venv .venv-test"
    assert install == ".venv-test/bin/pip install -c constraints.txt -e '.[test]'"
    assert run.startswith(".venv-test/bin/python -m pytest")


def test_each_is_one_line() -> None:
    assert [len(c.splitlines()) for c in COMMANDS[:2]] == [1, 1]


def test_ci_takes_the_second_command_from_here() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (program,) = re.findall(r"awk '(.*?)' README\.md", script)
    command = ["awk", program, "README.md"]
    taken = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert taken.stdout.strip() == COMMANDS[1]
    assert "set -euo pipefail" in script


def test_ci_is_executable() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


FURTHER = [line for block in COMMANDS[2:] for line in block.splitlines()]


@pytest.mark.parametrize("line", FURTHER)
def test_further_commands_name_what_exists(line: str) -> None:
    import cli

    program, script, name, *_ = line.split()
    assert (program, script) == ("python", "cli.py")
    assert name in cli.app.list_commands(click.Context(cli.app))

"""Every line of the slides is shown by commands that run, and the page says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.slides import LINES, Shown, page
from checks.suites import SUITES
from cli import run

ROOT = Path(__file__).parents[1]
COMMANDS = [shown for line in LINES for shown in line.shown]
# `verify CHECK` alone runs a whole suite, whose checks have tests of their own.
SUITE = [s for s in COMMANDS if s.arguments[0] == "verify" and len(s.arguments) == 2]
SINGLE = [s for s in COMMANDS if s not in SUITE]


@pytest.mark.parametrize("shown", SINGLE, ids=lambda s: s.command)
def test_a_command_shows_what_it_should(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shown.arguments) == shown.exit_code
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("shown", SUITE, ids=lambda s: s.command)
def test_a_suite_that_is_named_has_checks_that_agree_and_some_that_are_refuted(shown: Shown) -> None:
    suite = SUITES[shown.arguments[1].replace("-", "_")]
    assert {"agrees", "refuted"} <= {spec.expected for spec in suite}


def test_the_page_is_what_the_code_says() -> None:
    kept = (ROOT / "docs" / "handbook" / "slides.md").read_text(encoding="utf-8")
    renew = "python -c 'from checks.slides import write; write()'"
    assert kept == page(), f"renew it: {renew}"


def test_every_slide_has_a_line() -> None:
    slides = {line.slide for line in LINES}
    assert len(slides) == 6
    assert all(line.shown for line in LINES)


def test_a_step_that_is_false_is_shown_to_be_refused() -> None:
    assert [s.exit_code for s in COMMANDS if "Heaviside" in s.command] == [1]

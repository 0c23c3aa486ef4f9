"""Points and seeds: nobody can foretell them, and a regrade repeats them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from checks.grading import secret
from checks.grading.errors import BadAssignment
from checks.grading.secret import Secret
from tests.checks.grading.samples import assignment

ONE, TWO = Secret(b"a secret of enough bytes"), Secret(b"another one, as long as it")


def test_points_are_in_their_ranges_and_repeat(tmp_path: Path) -> None:
    task = assignment(tmp_path).tasks[0]
    points = ONE.points(task, 8)
    assert points == Secret(ONE.key).points(task, 8)
    assert points != TWO.points(task, 8)
    assert len(set(points)) == len(points) > 4
    for point in points:
        at = {name: Fraction(value) for name, value in point}
        assert -1 < at["mu"] < 1
        assert Fraction(1, 2) < at["sigma"] < 2


def test_seeds_and_choices_depend_on_all_that_they_should(tmp_path: Path) -> None:
    first, second = assignment(tmp_path).tasks
    seeds = {s.seed(t, d) for s in (ONE, TWO) for t in (first, second) for d in ("d1", "d2")}
    assert len(seeds) == 8
    choices = [ONE.choice(first, f"digest {i}", 4) for i in range(400)]
    # Each of 4 has 100 of 400 on average, with deviation 8.7: HMAC draws are fixed, so this never flickers.
    assert all(60 < choices.count(k) < 140 for k in range(4))


def test_words_are_not_run_together() -> None:
    assert ONE.number("ab", "c") != ONE.number("a", "bc")


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    made = assignment(tmp_path)
    first, new = secret.load(made)
    again, newer = secret.load(made)
    assert (new, newer) == (True, False)
    assert first == again
    assert secret.path_of(made).stat().st_mode & 0o077 == 0
    assert first.key.decode() not in first.digest


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secret.VARIABLE, "x" * 20)
    found, new = secret.load(assignment(tmp_path))
    assert (found.key, new) == (b"x" * 20, False)
    assert not secret.path_of(assignment(tmp_path)).exists()


def test_a_short_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secret.VARIABLE, "short")
    with pytest.raises(BadAssignment, match="has 5 bytes, and needs 16") as caught:
        secret.load(assignment(tmp_path))
    assert caught.value.help == "GRADPROOF_SECRET holds the secret: make it longer"

"""What `derive` prints is kept with the derivation, and found again only for the very same request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from derive import printed as module
from derive.cache import Cache
from derive.environment.files import FOLDER
from derive.errors import BadExpression
from derive.printed import Asked, Printed, printed
from derive.render import RENDERERS

ASKED = Asked("reparam", "normal", "a**2", ("mu",), "mu=1/3")
MADE = Printed({"text": "E[a] = mu", "json": "{}"}, ("proved", "proved-if"))


def made_by(monkeypatch: pytest.MonkeyPatch, made: Printed) -> list[Asked]:
    """What is derived from now on, instead of deriving."""
    seen: list[Asked] = []

    def make(asked: Asked) -> Printed:
        seen.append(asked)
        return made

    monkeypatch.setattr(module, "_made", make)
    return seen


def test_every_form_is_kept_as_it_was_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = printed(ASKED, Cache(tmp_path))
    seen = made_by(monkeypatch, MADE)
    second = printed(ASKED, Cache(tmp_path))
    assert (dict(second.forms), second.statuses) == (dict(first.forms), ("proved",))
    assert set(first.forms) == set(RENDERERS)
    assert "change of variables" in first.forms["text"]
    assert seen == []


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, check="score-function"),
        replace(ASKED, family="laplace"),
        replace(ASKED, integrand="a**3"),
        replace(ASKED, wrt=("sigma",)),
        replace(ASKED, wrt=None),
        replace(ASKED, at="mu=1/2"),
    ],
    ids=["check", "family", "integrand", "wrt", "all wrt", "at"],
)
def test_another_request_is_derived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Asked) -> None:
    seen = made_by(monkeypatch, MADE)
    for asked in (ASKED, ASKED, other):
        printed(asked, Cache(tmp_path))
    assert seen == [ASKED, other]


def test_another_problem_file_of_the_same_name_is_another_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = made_by(monkeypatch, MADE)
    path, cache = tmp_path / "own.toml", Cache(tmp_path / "cache")
    text = (FOLDER / "mdp2.toml").read_text()
    assert "discount" in text
    asked = Asked("policy-gradient", str(path))
    for said in (text, text, text.replace("discount", "# discount", 1)):
        path.write_text(said)
        printed(asked, cache)
    assert len(seen) == 2


@pytest.mark.parametrize(("status", "times"), [("condition-failed", 1), ("undecided", 2), ("refuted", 2)])
def test_only_what_was_settled_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, times: int
) -> None:
    seen = made_by(monkeypatch, replace(MADE, statuses=("proved", status)))
    found = [printed(ASKED, Cache(tmp_path)).statuses for _ in range(2)]
    assert found == [("proved", status)] * 2
    assert len(seen) == times


def test_nothing_is_kept_of_a_request_that_fails(tmp_path: Path) -> None:
    with pytest.raises(BadExpression, match="ends too early"):
        printed(replace(ASKED, integrand="a +"), Cache(tmp_path))
    assert list(tmp_path.rglob("*")) == []


def test_without_a_cache_it_is_derived_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = made_by(monkeypatch, MADE)
    assert [printed(ASKED, Cache(None)) for _ in range(2)] == [MADE, MADE]
    assert len(seen) == 2


@pytest.mark.parametrize(
    "damage", [{"forms": {"text": 3}}, {"forms": "x"}, {"statuses": ["undecided"]}], ids=str
)
def test_a_damaged_record_is_derived_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: dict[str, object]
) -> None:
    seen = made_by(monkeypatch, MADE)
    cache = Cache(tmp_path)
    whole = {"forms": {"text": "forged"}, "statuses": ["proved"]}
    cache.keep(module._request(ASKED), {**whole, **damage}, module.FORMAT)
    assert printed(ASKED, cache) == MADE
    cache.keep(module._request(ASKED), whole, module.FORMAT)
    assert printed(ASKED, cache).forms == {"text": "forged"}
    assert len(seen) == 1


def test_an_edited_file_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_by(monkeypatch, MADE)
    printed(ASKED, Cache(tmp_path))
    (path,) = tmp_path.rglob("*.json")
    text = path.read_text()
    assert "E[a] = mu" in text
    path.write_text(text.replace("E[a] = mu", "E[a] = 7"))
    assert printed(ASKED, Cache(tmp_path)).forms["text"] == "E[a] = mu"

"""The cache of proofs: found only under what made them, never trusted when damaged, never in the way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from derive import cache as module
from derive.cache import FORMAT, Cache, default_folder, key_of
from derive.proof import Proof, RouteProof, StatisticProof

REQUEST = {"family": "normal", "integrand": "a**2", "at": [], "wrt": None, "estimators": ["pathwise"]}
STEP = {"wrt": "mu", "rule": "moments", "before": "x", "after": "2*mu", "status": "proved", "conditions": []}
PROOF = Proof(
    family="normal",
    integrand="a**2",
    at={"mu": "7/10"},
    wrt=("mu",),
    gradient={"mu": "2*mu", "sigma": None},
    exact={"mu": 1.4},
    radius={"mu": 1e-16},
    requires=("mu < 1",),
    routes={"pathwise": RouteProof("pathwise", "proved", (STEP,), ("g is smooth",))},
    statistics={"pathwise": StatisticProof("pathwise", {"mu": 1.4}, {"mu": float("inf")}, {"mu": None})},
    trees={"integrand": ["pow", ["sym", "a"], ["num", "2"]], "transport": None},
)


def only_file(folder: Path) -> Path:
    (path,) = folder.rglob("*.json")
    return path


def test_what_was_kept_is_found_whole(tmp_path: Path) -> None:
    Cache(tmp_path).put(REQUEST, PROOF)
    assert Cache(tmp_path).get(REQUEST) == PROOF


@pytest.mark.parametrize(
    "change", [{"family": "laplace"}, {"at": [["mu", "1/2"]]}, {"wrt": ["mu"]}, {"estimators": []}], ids=str
)
def test_another_request_is_not_found(tmp_path: Path, change: dict[str, object]) -> None:
    Cache(tmp_path).put(REQUEST, PROOF)
    assert Cache(tmp_path).get({**REQUEST, **change}) is None


@pytest.mark.parametrize("library", ["python", *module.LIBRARIES])
def test_another_version_is_another_key(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    before = key_of(REQUEST)
    installed = module.versions()
    assert library in installed
    monkeypatch.setattr(module, "versions", lambda: {**installed, library: "0.0"})
    assert key_of(REQUEST) != before


def test_another_source_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(REQUEST)
    monkeypatch.setattr(module, "sources_digest", lambda: "another")
    assert key_of(REQUEST) != before


def test_the_digest_sees_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("derive/a.py", "derive/rules/b.py", "derive/c.lark", "checks/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "derive" / "cache.py"))
    seen = {_digest_after(tmp_path / name) for name in ("derive/a.py", "derive/rules/b.py", "derive/c.lark")}
    assert len(seen | {_digest_after(tmp_path / "checks/d.py")}) == 4
    module.sources_digest.cache_clear()


def _digest_after(path: Path) -> str:
    path.write_text(path.read_text() + "changed")
    module.sources_digest.cache_clear()
    return module.sources_digest()


DAMAGE = {
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "not json": lambda text: "\x00\x01",
    "a list": lambda text: "[]",
    "another format": lambda text: text.replace(FORMAT, "gradproof/proof@0"),
    "an edited number": lambda text: text.replace("1.4", "1.5", 1),
    "a missing field": lambda text: _reheaded(text, {"seal": None}),
    "another key": lambda text: _reheaded(text, {"key": "0" * 64}),
    "no proof": lambda text: text.partition("\n")[0],
}


def _reheaded(text: str, change: dict[str, str | None]) -> str:
    """The file with its first line changed; None takes a field away."""
    head, _, body = text.partition("\n")
    fields = {**json.loads(head), **change}
    return json.dumps({k: v for k, v in fields.items() if v is not None}) + "\n" + body


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    Cache(tmp_path).put(REQUEST, PROOF)
    path = only_file(tmp_path)
    path.write_text(damage(path.read_text()))
    assert Cache(tmp_path).get(REQUEST) is None
    Cache(tmp_path).put(REQUEST, PROOF)
    assert Cache(tmp_path).get(REQUEST) == PROOF


def test_a_folder_that_cannot_be_written_costs_nothing_but_speed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "below")
    cache.put(REQUEST, PROOF)
    assert cache.get(REQUEST) is None


def test_no_folder_keeps_nothing() -> None:
    Cache(None).put(REQUEST, PROOF)
    assert Cache(None).get(REQUEST) is None


def test_a_write_leaves_no_other_file(tmp_path: Path) -> None:
    Cache(tmp_path).put(REQUEST, PROOF)
    assert [p.suffix for p in tmp_path.rglob("*") if p.is_file()] == [".json"]


def test_a_write_that_fails_halfway_leaves_the_old_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cache(tmp_path).put(REQUEST, PROOF)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    Cache(tmp_path).put(REQUEST, PROOF)
    assert Cache(tmp_path).get(REQUEST) == PROOF
    assert [p.suffix for p in tmp_path.rglob("*") if p.is_file()] == [".json"]


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADPROOF_CACHE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
    monkeypatch.delenv("GRADPROOF_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "gradproof"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "gradproof"

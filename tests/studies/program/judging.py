"""A block of cases through the same code as ``verify FILE.py::estimate``, and what came of each."""

from __future__ import annotations

import atexit
import contextlib
import linecache
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from checks.mistakes import MISTAKES
from checks.selection import Selection
from checks.session import Settings
from checks.user import giving, session
from checks.user.batch_mistakes import BATCH_MISTAKES
from derive.cache import Cache
from derive.errors import DeriveError
from derive.proof import Proof
from tests.studies.program.cases import BLOCK, Case, case
from tests.studies.program.problems import Problem, problem

Row = dict[str, Any]
# Long: what a busy machine takes is no reason to leave a case open.
BUDGET = 600.0
# Cases of one task: so many are lost where one is interrupted.
TOGETHER = 10
SAMPLES = session.SAMPLES
# Two exact means are one: what quadrature leaves, and what Torch's own implicit gradients do.
SAME = 1e-5


def judged(seed: int, block: int, indices: tuple[int, ...]) -> list[Row]:
    """The rows of some cases of one block, in order; all but ``seconds`` depend on the arguments alone."""
    import torch

    torch.set_num_threads(1)
    of = problem(seed, block)
    folder, proof = _prepared(seed, block)
    if isinstance(proof, str):
        return [_failed(i, of, proof) for i in indices]
    with contextlib.chdir(folder):  # seeds depend on the target's name: no folder's may be in it
        return [_row(case(seed, i, proof), seed, proof, Cache(folder / "proofs")) for i in indices]


def _prepared(seed: int, block: int) -> tuple[Path, Proof | str]:
    """A folder with the proofs of the block, and the proof: tasks of one block follow one another."""
    if (seed, block) not in _LAST:
        _forgotten()
        folder = tempfile.mkdtemp()
        _LAST[seed, block] = Path(folder), _proof(problem(seed, block), Cache(Path(folder) / "proofs"))
    return _LAST[seed, block]


# What this process keeps of the block that it had last.
_LAST: dict[tuple[int, int], tuple[Path, Proof | str]] = {}


@atexit.register
def _forgotten() -> None:
    for folder, _ in _LAST.values():
        shutil.rmtree(folder, ignore_errors=True)
    _LAST.clear()


def _proof(of: Problem, cache: Cache) -> Proof | str:
    """With the means of all known mistakes: what the explanation of a refuted one takes from the cache."""
    from checks.user.explaining import _with_mistakes

    (task,) = session.select("study", _selection(of))
    found = _with_mistakes(task, cache)
    return found if found is not None else "the expectation has no proof"


def _selection(of: Problem) -> Selection:
    return Selection((of.law.family,), (of.integrand,), (), of.at, of.law.wrt or None)


def _failed(index: int, of: Problem, reason: str) -> Row:
    side = "wrong" if index % 2 else "right"
    return {**_named(index, of), "side": side, "outcome": "error", "evidence": "none", "reason": reason}


def _named(index: int, of: Problem) -> Row:
    return {"index": index, "family": of.law.family, "integrand": of.integrand, "at": of.at}


def _row(one: Case, seed: int, proof: Proof, cache: Cache) -> Row:
    start = time.perf_counter()
    found = _verified(one, seed, cache)
    row = {
        **_named(one.index, one.problem),
        "side": "wrong" if one.wrong else "right",
        "style": one.style,
        "asked": one.evidence,
        "resolution": one.resolution,
        "outcome": found["outcome"],
        "evidence": found.get("evidence", "none"),
        "reason": found["reason"],
    }
    if one.wrong:
        row |= _of_wrong(one, found, proof)
    return {**row, "seconds": round(time.perf_counter() - start, 3)}


def _verified(one: Case, seed: int, cache: Cache) -> Row:
    """The record that the command line prints, or the error that it would; no process of its own for each."""
    file = Path(f"case_{one.index}.py")
    file.write_text(one.source, encoding="utf-8")
    settings = Settings(
        seed=seed,
        resolution=one.resolution,
        evidence="sampling" if one.evidence == "sampling" else "auto",
        budget=BUDGET,
        workers=0,
        cache=cache,
        strict=True,
    )
    selection = _selection(one.problem)
    try:
        given = replace(giving.given(selection, None, "", False, None, None), apart=False)
        report = session.verify(f"{file}::estimate", selection, settings, SAMPLES, given).to_json()
        record: Row = report["checks"][0]
        return record
    except DeriveError as error:
        return {"outcome": "error", "reason": error.message}
    except Exception as error:  # a defect of the program is a row of its own, and the study goes on
        return {"outcome": "error", "reason": f"{type(error).__name__}: {error}"}
    finally:
        _forget(file)


def _forget(file: Path) -> None:
    """Ten thousand modules need not stay."""
    path = str(file.resolve())
    for name in [n for n, m in sys.modules.items() if getattr(m, "__file__", None) == path]:
        del sys.modules[name]
    linecache.checkcache(str(file))
    if str(file.parent.resolve()) in sys.path:
        sys.path.remove(str(file.parent.resolve()))
    file.unlink()


def _of_wrong(one: Case, found: Row, proof: Proof) -> Row:
    """What is wrong, whether it was missed, and how it was called."""
    assert one.wrong
    bias = one.wrong.bias(proof, SAMPLES)
    noticed = found.get("detectable_bias") or {}
    limits = np.array([noticed.get(name, np.nan) for name in proof.wrt], dtype=float)
    said = found.get("diagnosis")
    return {
        "mistake": one.wrong.mistake or ("moved" if one.wrong.shift else "multiplied"),
        "eps": one.wrong.eps,
        "bias": [float(b) for b in bias],
        "above": bool((np.abs(bias) > limits).any()),
        "named": said["mistake"] if said else None,
        "naming": _naming(one.wrong, said, proof, bias, found["reason"]),
        "as_derived": _as_derived(one, found, proof, bias),
    }


def _naming(wrong: Any, said: Row | None, proof: Proof, bias: Any, reason: str) -> str:
    """How the diagnosis does: right, alike, same mean, listed, silent, or false."""
    if said is None:
        return "listed" if wrong.named and wrong.named.replace("_", " ") in reason else "silent"
    name = said["mistake"]
    if name == wrong.named:
        return "right"
    if wrong.named in MISTAKES and MISTAKES[wrong.named].alike == name:
        return "alike"
    batch = {m.name: m.factor for m in BATCH_MISTAKES}
    exact = np.array([proof.exact[n] for n in proof.wrt])
    if name in batch:
        other = exact * (batch[name](SAMPLES) - 1)
    elif name in proof.statistics:
        other = np.array([proof.statistics[name].mean[n] for n in proof.wrt], dtype=float) - exact
    else:
        return "false"
    size = np.maximum(np.abs(exact), np.abs(bias)).max()
    return "same mean" if (np.abs(other - bias) <= SAME * size).all() else "false"


def _as_derived(one: Case, found: Row, proof: Proof, bias: Any) -> bool | None:
    """Whether the exact bias found is the one derived; None where none was found.

    A mistake of batches has another one for the few samples that it was replayed with.
    """
    assert one.wrong
    if found.get("evidence") != "exact" or one.wrong.batch:
        return None
    measured = np.array([found["bias"].get(n, np.nan) for n in proof.wrt], dtype=float)
    size = np.maximum(np.abs([proof.exact[n] for n in proof.wrt]), np.abs(bias)).max()
    noticed = np.array([found["detectable_bias"].get(n, 0.0) for n in proof.wrt], dtype=float)
    return bool((np.abs(measured - bias) <= SAME * size + noticed).all())


def tasks(seed: int, cases: Sequence[int]) -> list[tuple[int, int, tuple[int, ...]]]:
    """The arguments of ``judged`` for some cases, in their order."""
    parts: dict[tuple[int, int], list[int]] = {}
    for i in cases:
        parts.setdefault((i // BLOCK, i // TOGETHER), []).append(i)
    return [(seed, block, tuple(indices)) for (block, _), indices in parts.items()]

"""First calls of a user's estimator: is its result one, and what does it do to the world?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from checks.evidence.laws import Unreplayable
from checks.user.call import Subject
from checks.user.errors import BadResult, UserError
from checks.user.replaying import called, random_noise
from checks.user.state import State, seeded
from checks.user.widths import Widths

SEEDS = (20_011, 20_021)


@dataclass(frozen=True, slots=True)
class Probe:
    """What plain calls showed.

    ``narrow``: it computes in float32 or less. ``changes``: what it does to global state, to be named in
    the verdict. ``hidden``: why its noise cannot be replayed, or None. ``stuck``: every call returns the
    same, ``constant``, though its noise would change it: it seeds its own generators. ``points``: how often
    the oracle was asked in one call. ``form``: of the result.
    """

    narrow: bool
    changes: tuple[str, ...]
    hidden: str | None
    stuck: bool
    points: int
    form: str
    asked: Tensor | None
    constant: Tensor | None = None


def probe(subject: Subject, n: int) -> Probe:
    """Three calls: with one seed, with it again, and with another. Raises ``UserError``."""
    seeded(SEEDS[0])
    before = State.now()
    answer = _finite(subject, n)
    changes, foreign = before.changes(), before.foreign_draws()
    if subject.switches_off:
        changes = (*changes, "switches gradients off globally")
    assert subject.oracle is not None
    points, asked = subject.oracle.count, _one_question(subject)
    end = State.now()
    seeded(SEEDS[0])
    again = _finite(subject, n)
    seeded(SEEDS[1])
    start = State.now()
    other = _finite(subject, n)
    same = torch.equal(answer, again)
    # Few values may repeat by chance: it is seen in the generators as well.
    stuck = torch.equal(answer, other) and same and _seeds_itself(subject, n, end, start)
    hidden = _hidden(same, foreign)
    return Probe(
        _is_narrow(subject, n), changes, hidden, stuck, points, subject.form, asked, answer if stuck else None
    )


def _hidden(same: bool, foreign: tuple[str, ...]) -> str | None:
    if foreign:
        return f"it draws from {' and '.join(foreign)}, which cannot be replayed"
    if not same:
        return "its results differ for the same seed: it has a memory, or randomness of its own"
    return None


def _one_question(subject: Subject) -> Tensor | None:
    asked = subject.oracle.asked if subject.oracle else []
    return asked[0] if len(asked) == 1 else None


def _finite(subject: Subject, n: int) -> Tensor:
    answer = subject.call(n)
    mean = answer.mean
    if not torch.isfinite(mean).all():
        bad = [name for name, x in zip(subject.problem.wrt, mean.tolist()) if x != x or x in _INFINITIES]
        raise BadResult(
            f"its gradient by {' and '.join(bad)} is not finite: {mean.tolist()} with n = {n}",
            "log(0), 0/0, a negative scale, or a mean over nothing: look at the smallest n first",
        )
    return mean


_INFINITIES = (float("inf"), float("-inf"))


def _seeds_itself(subject: Subject, n: int, end: State, start: State) -> bool:
    """Whether its noise starts anew in every call, and matters.

    ``end`` is the state after a call with another seed, ``start`` that before the last call. Global
    generators that end alike were seeded in between; one that was not drawn from leaves the draws to one of
    its own.
    """
    if set(start.foreign_draws()) - set(end.foreign_draws()):
        return True
    now = torch.get_rng_state()
    touched = not torch.equal(now, start.torch_state)
    if touched and not torch.equal(now, end.torch_state):
        return False
    return _noise_matters(subject, n)


def _noise_matters(subject: Subject, n: int) -> bool:
    """Whether other values of its noise would give another result: a constant one is then no chance."""
    try:
        replayable = called(subject, n)
        rows, _ = replayable.evaluate(random_noise(replayable.axes, 3, SEEDS[1]))
    except (Unreplayable, UserError):
        return False
    return bool(replayable.axes) and not (rows == rows[0]).all()


def _is_narrow(subject: Subject, n: int) -> bool:
    """Whether any operation on the way returns less than float64."""
    with Widths() as widths:
        subject.call(n)
    return widths.narrow

"""What a hostile or broken submission is, and the answer that it must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Every submission defines `estimate(f, theta, n)`, for E[mu*a + a**2], a ~ Normal(mu, sigma).
WRONG = """
import torch

def wrong(f, theta, n):
    return [0.125, 0.125]
"""
RIGHT = """
import torch

def right(f, theta, n):
    return f(theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)).mean()
"""


@dataclass(frozen=True)
class Case:
    """``source`` may use ``{place}``, a folder of the test, and ``{port}``, where it listens.

    ``answers``: the outcomes, or failures, that are right; none of them gives a point but ``agrees``.
    """

    source: str
    answers: tuple[str, ...]
    budget: float = 10.0
    mistake: str | None = None
    unmet: str | None = None


def attempts(acts: Mapping[str, str], answers: tuple[str, ...] = ("raised",)) -> dict[str, Case]:
    """Each act is tried in a call; where it succeeds, the right estimate is returned, which would show."""
    return {name: Case(_attempt(act), answers) for name, act in acts.items()}


def _attempt(act: str) -> str:
    body = "\n".join(f"        {line}" for line in act.strip().splitlines())
    return f"""{RIGHT}
import ctypes, os, socket, sys

libc = ctypes.CDLL(None, use_errno=True) if hasattr(ctypes, "CDLL") else None

def estimate(f, theta, n):
    try:
{body}
    except BaseException:
        raise RuntimeError("it was refused")
    return right(f, theta, n)
"""


def calling(number: int, *arguments: str) -> str:
    """A raw system call that must fail."""
    listed = ", ".join((str(number), *arguments))
    return f"if libc.syscall({listed}) < 0:\n    raise OSError"


def plain(sources: Mapping[str, str], *answers: str, budget: float = 10.0) -> dict[str, Case]:
    """Sources that are complete but for the two estimators above."""
    return {name: Case(RIGHT + WRONG + text, answers, budget) for name, text in sources.items()}

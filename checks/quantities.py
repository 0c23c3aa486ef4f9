"""Fractions and times as people type them."""

from __future__ import annotations

import os
import re
from fractions import Fraction

from derive.errors import OutsideDomain

# More processes than this serve no build of ours.
MOST_WORKERS = 8

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


# More digits than these serve nobody, and an exponent of a billion would be written out.
MOST_DIGITS = 300


def exact(text: str) -> Fraction:
    """``0.45``, ``9/20`` or ``1e-3`` as it stands; raises ``ValueError`` or ``ZeroDivisionError`` for others.

    Raises ``OutsideDomain`` for a number of more than 300 digits.

    >>> exact("0.45")
    Fraction(9, 20)
    """
    exponent = re.search(r"[eE][+-]?(\d+)", text)
    digits = exponent[1].lstrip("0") if exponent else ""
    if len(text) > MOST_DIGITS or len(digits) > 3 or int(digits or 0) > MOST_DIGITS:
        shown = text if len(text) < 30 else f"{text[:30]}..."
        message = f"{shown} has more than {MOST_DIGITS} digits"
        raise OutsideDomain(message, "give a simpler number, such as 1/2")
    return Fraction(text.strip())


def fraction(text: str) -> float:
    """``1%`` or ``0.01``; raises ``OutsideDomain`` for what is not strictly between 0 and 1.

    >>> fraction("1%"), fraction("0.2")
    (0.01, 0.2)
    """
    value = _float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < value < 1:
        raise OutsideDomain(f"'{text}' is not a part between 0 and 100%", "as in --resolution 1%")
    return value


def seconds(text: str) -> float:
    """``60s``, ``2m``, ``1h`` or a number of seconds; raises ``OutsideDomain`` for anything else.

    >>> seconds("2m"), seconds("1.5")
    (120.0, 1.5)
    """
    unit = _UNITS.get(text[-1:])
    value = _float(text[:-1] if unit else text) * (unit or 1.0)
    if not 0 < value < float("inf"):
        raise OutsideDomain(f"'{text}' is not a time", "as in --budget 60s, 2m or 1h")
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def workers(asked: int | None) -> int:
    """How many processes: as many as were asked for, else one for each processor that may be used."""
    return asked if asked is not None else min(MOST_WORKERS, processors())


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

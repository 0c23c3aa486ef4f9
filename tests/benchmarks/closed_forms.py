"""Closed forms against `sympy.stats` and raw `integrate`: solved, wrong, out of time, and how much faster.

The grid is that of the tests: every family on the line against 22 integrands. A peer is given a process of
its own, and ends with its time. A value is right where it agrees with quadrature at the family's point.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from sympy import Expr, Float, N, Symbol, exp, integrate, stats

from derive.closed_form import _cached, expectation_of
from derive.errors import DeriveError
from derive.families import FAMILIES
from derive.oracle import value as quadrature
from derive.terms import SAMPLE, E
from tests.benchmarks.part import Goal, Part, median
from tests.derive.test_closed_form_grid import INTEGRANDS, NO_ANSWER

LIMIT = 20.0
QUICK = (("normal", "a**2"), ("normal", "exp(a/2)"), ("exponential", "a**3"), ("uniform", "a**2"))

# Families that `sympy.stats` has under another name, from our parameters to its own.
STATS: dict[str, Callable[..., Any]] = {
    "normal": lambda mu, sigma: stats.Normal("X", mu, sigma),
    "exponential": lambda rate: stats.Exponential("X", rate),
    "uniform": lambda low, high: stats.Uniform("X", low, high),
    "laplace": lambda mu, b: stats.Laplace("X", mu, b),
    "logistic": lambda mu, s: stats.Logistic("X", mu, s),
    "gumbel": lambda mu, beta: stats.Gumbel("X", beta, mu),
    "cauchy": lambda mu, gamma: stats.Cauchy("X", mu, gamma),
    "lognormal": lambda mu, sigma: stats.LogNormal("X", mu, sigma),
    "weibull": lambda scale, shape: stats.Weibull("X", scale, shape),
    "gamma": lambda shape, rate: stats.Gamma("X", shape, 1 / rate),
    "beta": lambda alpha, beta: stats.Beta("X", alpha, beta),
}

Cell = tuple[str, str]


def cells(quick: bool) -> list[Cell]:
    """The grid, without what has no answer."""
    whole = [
        (family, integrand)
        for family in STATS
        for integrand in INTEGRANDS
        if integrand not in NO_ANSWER.get(family, {}) and _exists(family, integrand)
    ]
    return [cell for cell in whole if cell in QUICK] if quick else whole


def _exists(family: str, integrand: str) -> bool:
    return not math.isnan(truth(family, integrand))


def truth(family: str, integrand: str) -> float:
    """The expectation at the family's point by quadrature; not a number where it does not settle."""
    record = FAMILIES[family]
    at = {p.symbol: p.reference for p in record.parameters}
    try:
        found = quadrature(E(INTEGRANDS[integrand], record.law, *record.samples).xreplace(at), {})
    except (DeriveError, OverflowError):
        return math.nan
    return found.value if found.error < 1e-6 * max(abs(found.value), 1.0) else math.nan


def ours(cell: Cell) -> float:
    """Our closed form with symbols for parameters, at the point."""
    record = FAMILIES[cell[0]]
    at = {p.symbol: p.reference for p in record.parameters}
    closed = expectation_of(INTEGRANDS[cell[1]], record.law, record.samples, at).value
    return float(N(closed.xreplace(at), 17))


def by_stats(cell: Cell) -> float:
    """`sympy.stats.E` with symbols for parameters, at the point."""
    record = FAMILIES[cell[0]]
    variable = STATS[cell[0]](*record.symbols)
    return _at_point(stats.E(INTEGRANDS[cell[1]].xreplace({SAMPLE: variable})), cell)


def by_integrate(cell: Cell) -> float:
    """`integrate` of integrand times density."""
    record = FAMILIES[cell[0]]
    (axis,), (a,) = record.support, record.samples
    body = INTEGRANDS[cell[1]] * exp(record.log_density)
    return _at_point(integrate(body, (a, axis.lower, axis.upper)), cell)


def _at_point(found: Expr, cell: Cell) -> float:
    at: dict[Symbol, Any] = {p.symbol: p.reference for p in FAMILIES[cell[0]].parameters}
    number = N(found.xreplace(at), 17)
    if not isinstance(number, Float):
        raise ValueError("no number came out")
    return float(number)


METHODS: dict[str, Callable[[Cell], float]] = {
    "ours": ours,
    "sympy.stats": by_stats,
    "integrate": by_integrate,
}


def attempt(method: str, cell: Cell, limit: float) -> tuple[str, float]:
    """``solved``, ``wrong``, ``no answer`` or ``out of time``, and the CPU seconds of its own process."""
    context = multiprocessing.get_context("fork")
    ours_end, its_end = context.Pipe()
    process = context.Process(target=_solve, args=(its_end, method, cell))
    process.start()
    its_end.close()
    said = ours_end.recv() if ours_end.poll(limit) else None
    process.kill()
    process.join()
    if said is None:
        return "out of time", limit
    number, spent = said
    if number is None:
        return "no answer", spent
    exact = truth(*cell)
    right = abs(number - exact) <= 1e-6 * max(abs(exact), 1.0)
    return ("solved" if right else "wrong"), spent


def _solve(end: Any, method: str, cell: Cell) -> None:
    _cached.cache_clear()
    start = time.process_time()
    try:
        number: float | None = METHODS[method](cell)
    except Exception:  # whatever a peer raises, it has no answer
        number = None
    end.send((number, time.process_time() - start))


def _geometric(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def measure(quick: bool) -> Part:
    """Each cell by each method in turn."""
    grid = cells(quick)
    found = {cell: {m: attempt(m, cell, LIMIT) for m in METHODS} for cell in grid}
    rows = []
    for method in METHODS:
        outcomes = [found[cell][method][0] for cell in grid]
        both = [c for c in grid if found[c][method][0] == found[c]["ours"][0] == "solved"]
        ratios = [found[c][method][1] / max(found[c]["ours"][1], 1e-6) for c in both]
        counts = {name: outcomes.count(name) for name in ("solved", "wrong", "no answer", "out of time")}
        middle = median([found[c][method][1] for c in grid])
        row: dict[str, Any] = {"method": method, "cells": len(grid), **counts, "median CPU s": middle}
        rows.append({**row, "geometric mean of ratios": _geometric(ratios)})
    mine = rows[0]
    share = mine["solved"] / mine["cells"]
    against = rows[1]["geometric mean of ratios"]
    return Part(
        "Closed forms",
        "Exact expectations with symbols for parameters, over the families that `sympy.stats` has too. Every "
        "attempt runs in a process of its own; ratios are over the cells that both solve.",
        tuple(rows),
        (
            Goal("nothing wrong", f"{mine['wrong']} wrong", mine["wrong"] == 0),
            Goal("at least 95 % solved", f"{100 * share:.1f} %", share >= 0.95),
            Goal("at least 20x sympy.stats, cold", f"{against:.1f}x", against >= 20),
        ),
    )

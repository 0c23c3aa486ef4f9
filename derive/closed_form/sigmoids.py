"""Quotients in 1 + exp(u), as sigmoids and their logarithms leave them, cancelled where they can be.

With E = exp(u), u affine in the variable, the expression is a rational function of E and of
log(1 + E): a pathwise statistic such as a'(b) (1/a + 1/(1 - a)) with a = 1/(1 + E) is a polynomial.
"""

from __future__ import annotations

from sympy import Add, Dummy, Expr, Pow, Symbol, exp, expand_log, log

from .intake import intake
from .outlet import express


def cancelled_in_exponentials(expr: Expr, x: Symbol) -> Expr | None:
    """``expr`` with its quotients of exponentials cancelled; None where there are none."""
    u = _exponent(expr, x)
    if u is None:
        return None
    e = Dummy("E", positive=True)
    slope = u.diff(x)
    flat = expr.replace(
        lambda f: isinstance(f, exp) and f.has_free(x),
        lambda f: _as_power(f, slope, u, x, e),
    )
    return express(intake(_logs(flat, u, e))).xreplace({e: exp(u)})


def _exponent(expr: Expr, x: Symbol) -> Expr | None:
    """The exponent of an exponential that is summed below a bar or within a logarithm, first by name."""
    inside = [p.base for p in expr.atoms(Pow) if p.exp.is_negative] + [f.args[0] for f in expr.atoms(log)]
    sums = [s for part in inside for s in (part, *part.atoms(Add)) if s.is_Add]
    found = {f.args[0] for s in sums for f in s.atoms(exp) if f.has_free(x)}
    return min((u for u in found if not u.diff(x).has_free(x)), key=str, default=None)


def _as_power(f: Expr, slope: Expr, u: Expr, x: Symbol, e: Symbol) -> Expr:
    """``exp(k u + c)`` as ``E**k exp(c)`` for whole k."""
    ratio = f.args[0].diff(x) / slope
    if not ratio.is_Integer:
        return f
    return e**ratio * exp((f.args[0] - ratio * u).expand())


def _logs(expr: Expr, u: Expr, e: Symbol) -> Expr:
    """Logarithms of quotients as sums of log E = u and log(1 + E)."""
    return expr.replace(
        lambda f: isinstance(f, log) and f.has_free(e),
        lambda f: expand_log(log(express(intake(f.args[0])))).xreplace({log(e): u}),
    )

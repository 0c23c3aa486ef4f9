"""Integrals that a slip has made infinite: no quadrature has a value for them, and none should."""

from __future__ import annotations

from sympy import Dummy, Expr, Poly, PolynomialError, cos, log, sin

from derive.laws import is_generic
from derive.rewriting import inert_nodes, is_ordinary
from derive.terms import D, Density, Int
from derive.unfolding import explicit
from derive.written.situation import Situation, computable


def divergent(term: Expr, where: Situation) -> Int | None:
    """An integral over an infinite range in ``term`` that is proved to diverge; None where none is.

    Of an arbitrary law it is enough that it diverges for one instance. Proved means: with its derivatives
    carried out, the integrand is a polynomial in the variable whose leading coefficient does not vanish,
    bounded oscillations aside.
    """
    for instance in where.context.instances or (None,):
        made = computable(term, where)
        concrete = instance(made) if instance is not None else made
        for node in inert_nodes(concrete):
            if isinstance(node, Int) and len(node.limits) == 1 and _grows(node, where):
                return node
    return None


def _grows(node: Int, where: Situation) -> bool:
    variable, low, high = node.limits[0]
    body = _carried_out(node.body)
    if not (low.is_infinite or high.is_infinite) or body is None or variable not in body.free_symbols:
        return False
    waves = {f: Dummy("w", real=True) for f in body.atoms(sin, cos) if variable in f.free_symbols}
    try:
        poly = Poly(body.xreplace(waves), variable)
    except PolynomialError:
        return False
    leading = poly.LC()
    return not leading.free_symbols & set(waves.values()) and _is_nonzero(leading, where)


def _carried_out(body: Expr) -> Expr | None:
    """Derivatives of log-densities as formulas; None where a density itself is left."""
    slopes = [n for n in inert_nodes(body) if isinstance(n, D)]
    made = body.xreplace({n: _slope(n) for n in slopes})
    return made.expand() if is_ordinary(made) else None


def _slope(node: D) -> Expr:
    logs = {n: _log(n) for n in node.body.atoms(log) if isinstance(n.args[0], Density)}
    inner = node.body.xreplace(logs)
    return inner.diff(node.theta) if is_ordinary(inner) else node


def _log(node: Expr) -> Expr:
    density = node.args[0]
    if is_generic(density.law):
        return node
    return explicit(density).args[0] if explicit(density).func.__name__ == "exp" else log(explicit(density))


def _is_nonzero(leading: Expr, where: Situation) -> bool:
    found = leading.xreplace(where.context.point)
    return bool(found.is_number and found.is_nonzero)

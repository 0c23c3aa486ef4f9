"""Rigorous enclosures of expectations and of their gradients, with or without a closed form.

The integral is cut at the kinks, ``acb.integral`` encloses the middle, and what lies beyond is bounded
by proved majorants (``majorant.py``). An enclosure therefore also proves that the expectation exists.
Source: Johansson, Numerical integration in arbitrary-precision ball arithmetic, ICMS 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from flint import arb, ctx
from sympy import Abs, Expr, Piecewise, Symbol, preorder_traversal

from derive.cells import Cell, split
from derive.errors import Undecided
from derive.lattice import on_lattice
from derive.switches import singularities
from derive.terms import Law

from .balls import Point, real, show
from .evaluator import Evaluator
from .forms import Form, forms, one_dimensional
from .lattice_sums import enclose_slope, enclose_sum
from .panels import Goal, integrate

# Passes of growing precision; each multiplies the working bits by the factor given.
_PASSES = (1, 2, 4)


def enclose(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point, digits: int = 15) -> arb:
    """A ball that is proved to hold ``E_{variables ~ law}[body]`` at ``point``.

    Its radius is at most ``10**-digits`` of the value, or of 1 where the value is about 0.
    ``point`` gives every symbol but the variables an exact rational value. Raises ``Undecided``, with
    the reason, where a tail cannot be bounded (an expectation that does not exist among them), where
    the integrand is not real, and in the plane unless one linear combination matters.
    """
    _check_values(body, law, variables, point)
    if on_lattice(law):
        return enclose_sum(body, law, variables, point, digits)
    fixed = Law(law.name, *(p.xreplace(dict(point)) for p in law.parameters))
    parts = one_dimensional(body.xreplace(dict(point)), fixed, variables)
    return _refine(lambda goal: _total(_value(*part, goal) for part in parts), digits, point)


def enclose_gradient(
    body: Expr, law: Law, variables: tuple[Symbol, ...], wrt: Symbol, point: Point, digits: int = 15
) -> arb:
    """A ball that holds ``d/d wrt E_{variables ~ law}[body]`` at ``point``, the interchange being settled.

    The integral is cut at the kinks, each piece is differentiated under its integral sign, and
    every end that moves adds its boundary term (Leibniz), so jumps are counted. Raises as ``enclose``.
    """
    _check_values(body, law, variables, point)
    if on_lattice(law):
        return enclose_slope(body, law, variables, wrt, point, digits)
    parts = one_dimensional(body, law, variables)
    return _refine(lambda goal: _total(_slope(*part, wrt, point, goal) for part in parts), digits, point)


def _check_values(body: Expr, law: Law, variables: tuple[Symbol, ...], point: Point) -> None:
    for symbol in sorted((body.free_symbols - set(variables)) | law.free_symbols, key=str):
        if symbol not in point:
            raise Undecided(f"'{symbol}' has no value at this point", f"the point gives {show(point)}")


def _total(balls: Iterable[arb]) -> arb:
    return sum(balls, arb(0))


def _refine(attempt: Callable[[Goal], arb], digits: int, point: Point) -> arb:
    """The first attempt that is sharp enough; precision and tolerance follow what the last one saw."""
    wanted = arb(10) ** -digits
    scale = arb(1)
    found = arb.nan()
    for factor in _PASSES:
        bits = factor * (int(3.33 * digits) + 24)
        with ctx.workprec(bits):
            # The tolerance holds for each panel; 1000 panels and more are rare.
            found = attempt(Goal(bits, scale * wanted / arb(1000) ** factor))
            if found.is_finite() and found.rad() <= wanted * abs(found.mid()):
                return found
            if found.is_finite() and found.contains(0) and found.rad() <= wanted**2:
                return found
            seen = abs(found).upper() if found.is_finite() else scale
            scale = seen if seen < scale else scale
    if found.is_finite() and found.rad() <= wanted * arb(abs(found.mid())).max(arb(1)):
        return found
    raise Undecided(f"the integral did not converge at {show(point)}: it is {found.str(18)}")


def _first(options: Iterable[Form], method: Callable[[Form], arb]) -> arb:
    """The first form that can be enclosed; the first reason where none can."""
    reasons: list[Undecided] = []
    for form in options:
        try:
            found = method(form)
        except Undecided as problem:
            reasons.append(problem)
            continue
        if found.is_finite():
            return found
        reasons.append(Undecided(f"{form.body} has a singularity that could not be cut out"))
    raise reasons[0]


def _value(body: Expr, law: Law, sample: Symbol, goal: Goal) -> arb:
    return _first(forms(body, law, sample, fixed_support=False), lambda form: _integral(form, goal))


def _integral(form: Form, goal: Goal) -> arb:
    """The integral of a form without parameters."""
    try:
        cells = split(form.body, form.x, form.lower, form.upper, {}).cells
    except Undecided:
        # Kinks without a formula: the integrator bisects towards them, slowly but rigorously.
        whole = Cell(form.lower, form.upper, form.body)
        return _over(whole, form.x, Goal(goal.bits, goal.tolerance, kinked=True))
    return _total(_over(cell, form.x, goal) for cell in cells)


def _over(cell: Cell, x: Symbol, goal: Goal) -> arb:
    """The integral over a cell, cut at interior singularities where there are any."""
    found = integrate(cell.body, x, cell.lower, cell.upper, goal)
    if found.is_finite():
        return found
    ends = [cell.lower, *_interior(cell, x), cell.upper]
    if len(ends) == 2:
        return found
    return _total(integrate(cell.body, x, low, high, goal) for low, high in pairwise(ends))


def _interior(cell: Cell, x: Symbol) -> list[Expr]:
    """The singularities strictly inside a cell, in order."""
    numbers = Evaluator({})
    low, high = (numbers.ball(end).real for end in (cell.lower, cell.upper))
    placed = [(numbers.ball(s).real, s) for s in singularities(cell.body, x, {})]
    inside = [(ball, s) for ball, s in placed if low < ball < high]
    return [s for _, s in sorted(inside, key=lambda pair: float(pair[0].mid()))]


def _slope(body: Expr, law: Law, sample: Symbol, wrt: Symbol, point: Point, goal: Goal) -> arb:
    options = forms(body, law, sample, fixed_support=True)
    return _first(options, lambda form: _derivative(form, wrt, point, goal))


def _derivative(form: Form, wrt: Symbol, point: Point, goal: Goal) -> arb:
    """Leibniz over the cells of a form with parameters."""
    try:
        cells = split(form.body, form.x, form.lower, form.upper, point).cells
    except Undecided:
        if not _is_continuous(form.body, form.x):
            raise
        cells = (Cell(form.lower, form.upper, _in_branches(form.body, form.x)),)
        goal = Goal(goal.bits, goal.tolerance, kinked=True)
    return _total(_piece(cell, form.x, wrt, point, goal) for cell in cells)


def _piece(cell: Cell, x: Symbol, wrt: Symbol, point: Point, goal: Goal) -> arb:
    fixed = dict(point)
    slope = cell.body.diff(wrt).xreplace(fixed)
    inside = Cell(cell.lower.xreplace(fixed), cell.upper.xreplace(fixed), slope)
    total = _over(inside, x, goal)
    for end, sign in ((cell.lower, -1), (cell.upper, 1)):
        moves = end.diff(wrt)
        if moves != 0:
            boundary = cell.body.xreplace({x: end}) * moves
            total += sign * real(boundary, point, goal.bits)
    return total


def _is_continuous(body: Expr, x: Symbol) -> bool:
    """Whether nothing in the body can jump in ``x``."""
    jumping = ("Heaviside", "sign", "Piecewise", "floor", "ceiling")
    return not any(type(n).__name__ in jumping and x in n.free_symbols for n in preorder_traversal(body))


def _in_branches(body: Expr, x: Symbol) -> Expr:
    """Abs as its two branches: of an argument not known to be real, SymPy's derivative is one of atan2."""
    return body.replace(
        lambda n: isinstance(n, Abs) and x in n.free_symbols,
        lambda n: Piecewise((n.args[0], n.args[0] > 0), (-n.args[0], True)),
    )

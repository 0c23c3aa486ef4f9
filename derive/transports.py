"""What makes a map a transport: it increases, its ends map to ends, and it pushes the noise forward."""

from __future__ import annotations

from functools import lru_cache

from sympy import (
    Add,
    Dummy,
    Expr,
    Matrix,
    S,
    Symbol,
    bottom_up,
    expand,
    expand_log,
    factor,
    log,
    powdenest,
    together,
)

from .context import Context
from .laws import is_generic, log_density, support_of
from .signs import Range, Ranges, positive, range_of
from .step import Condition
from .terms import Law

Map = tuple[Expr, ...]


def jacobian(path: Map, noise: tuple[Symbol, ...]) -> Expr:
    """``det dT/db``, the Jacobian determinant of the map in its noise."""
    return Matrix([[t.diff(b) for b in noise] for t in path]).det()


def noise_ranges(noise: Law, context: Context) -> dict[Symbol, Range]:
    """The ranges of the parameters, and of the noise over its support."""
    ranges = dict(context.ranges)
    if not is_generic(noise):
        for b, axis in zip(context.expectation.family.noise, support_of(noise), strict=True):
            ranges[b] = Range(axis.lower, axis.upper)
    return ranges


def increasing(path: Map, noise: Law, context: Context) -> Condition:
    """``T' > 0`` (or a positive Jacobian determinant) all over the support of the noise."""
    statement = "T'(b) > 0" if len(path) == 1 else "det dT/db > 0"
    symbols = context.expectation.family.noise
    slope = jacobian(path, symbols)
    if not slope.free_symbols & set(symbols):
        return context.positive(slope, statement)
    if positive(slope, noise_ranges(noise, context)):
        return Condition(statement, "proved", f"the sign calculus on {slope}")
    return Condition(statement, "assumed", f"the sign of {slope} is not decided")


def ends_map(path: Map, law: Law, noise: Law, context: Context) -> Condition:
    """The ends of the noise's support map to the ends of the law's support."""
    statement = "T maps the support of the noise onto the support of the law"
    if len(path) > 1:
        return Condition(statement, "proved", "a linear map with positive determinant is onto")
    if is_generic(law):
        return Condition(statement, "proved", "an affine map of the line with positive slope is onto")
    (b,) = context.expectation.family.noise
    (source,), (target,) = support_of(noise), support_of(law)
    pairs = ((source.lower, target.lower), (source.upper, target.upper))
    images = [_image(path[0], b, end, target_end, context) for end, target_end in pairs]
    if all(image == end for image, (_, end) in zip(images, pairs, strict=True)):
        return Condition(
            statement, "proved", ", ".join(f"{e} -> {i}" for (e, _), i in zip(pairs, images, strict=True))
        )
    return Condition(statement, "failed", f"the ends map to {images[0]} and {images[1]}")


def _image(path: Expr, b: Symbol, end: Expr, wanted: Expr, context: Context) -> Expr:
    """The map at an end of the noise's support; at the point where SymPy does not see that it is real."""
    image = path.subs(b, end)
    return path.xreplace(context.point).subs(b, end) if image != wanted and wanted.is_number else image


def pushes_forward(path: Map, law: Law, noise: Law, context: Context) -> Condition:
    """``p(T(b)) |T'(b)| = q(b)``: the map turns the noise into the law."""
    if is_generic(law):
        return Condition("P_theta(a) = P((a - mu)/sigma)/sigma", "assumed", "the slides' hypothesis")
    ranges = tuple(sorted(noise_ranges(noise, context).items(), key=str))
    return _pushes_forward(path, law, noise, context.expectation.family.noise, ranges)


@lru_cache(maxsize=256)
def _pushes_forward(
    path: Map, law: Law, noise: Law, symbols: tuple[Symbol, ...], ranges: tuple[tuple[Symbol, Range], ...]
) -> Condition:
    statement = "p(T(b)) |T'(b)| = q(b)"
    difference = log_density(law, *path) + log(jacobian(path, symbols)) - log_density(noise, *symbols)
    left = log_normal_form(difference, dict(ranges))
    if left != 0:
        left = log_normal_form(left.replace(log, lambda u: log(factor(u))), dict(ranges))
    if left == 0:
        return Condition(statement, "proved", "the logarithms of both sides have the same normal form")
    numbers = {s: S(7) / (11 + i) for i, s in enumerate(sorted(left.free_symbols, key=str))}
    if abs(left.xreplace(numbers).evalf(30)) > 1e-15:
        return Condition(statement, "failed", f"the logarithms differ by {left}")
    return Condition(statement, "assumed", f"the normal form leaves {left}")


def log_normal_form(expr: Expr, ranges: Ranges) -> Expr:
    """``expr`` with logarithms and powers of provably positive expressions taken apart.

    A sum that is provably positive is replaced by a positive symbol while powers are merged, so
    that nothing is split that might be negative; two rounds undo one nesting each.
    """
    names: dict[Expr, Symbol] = {}
    signed = {s: _signed(s, r) for s, r in ranges.items()}
    known = dict(ranges)
    made = expr
    for _ in range(3):
        over_one = made.replace(log, lambda u: log(together(u)))
        held = bottom_up(over_one, lambda e: _held(e, known, names))
        held = held.xreplace(signed)
        held = expand(expand_log(powdenest(held)))
        back = {new: old for old, new in names.items()} | {new: old for old, new in signed.items()}
        made = expand(held.xreplace(back).xreplace(back))
        if made == 0:
            return made
    return made


def _signed(symbol: Symbol, over: Range) -> Symbol:
    return Dummy(symbol.name, positive=True) if over.positive and not symbol.is_positive else symbol


def _held(expr: Expr, known: dict[Symbol, Range], names: dict[Expr, Symbol]) -> Expr:
    """A provably positive sum as a symbol of its own, which keeps its range."""
    if not isinstance(expr, Add) or expr.is_number or not positive(expr, known):
        return expr
    name = names.setdefault(expr, Dummy("w", positive=True))
    known[name] = range_of(expr, known)
    return name

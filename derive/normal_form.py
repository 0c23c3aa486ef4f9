"""Is a difference identically zero? A bounded normal form: no ``simplify``, no search.

Trigonometric and hyperbolic functions become exponentials, Abs, Max, Min and sign become
Heaviside steps, arguments are brought to one form, and the numerator over a common denominator
is expanded. A non-zero answer means nothing: the form is complete for polynomials in its atoms only.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import (
    Abs,
    Add,
    Expr,
    Heaviside,
    I,
    Max,
    Min,
    Mul,
    Pow,
    S,
    cancel,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expand,
    expand_log,
    fraction,
    sign,
    sin,
    sinh,
    tan,
    tanh,
    together,
)

# Beyond these sizes expansion may take seconds: then the normal form is not tried.
_MOST_OPERATIONS = 400
_MOST_TERMS = 2000
_QUICK_OPERATIONS = 60


def is_zero_quickly(difference: Expr) -> bool:
    """Whether a small difference cancels by itself or when multiplied out."""
    if difference == 0:
        return True
    return (
        difference.count_ops() <= _QUICK_OPERATIONS and _terms(difference) <= 200 and expand(difference) == 0
    )


def is_zero(difference: Expr) -> bool:
    """Whether the normal form of ``difference`` is 0; False proves nothing."""
    if difference == 0:
        return True
    if difference.count_ops() > _MOST_OPERATIONS:
        return False
    plain = _Canonical().form(difference)
    if plain == 0:
        return True
    if plain.count_ops() > 4 * _MOST_OPERATIONS or _terms(plain) > _MOST_TERMS:
        return False
    if expand(plain) == 0:
        return True
    numerator, _ = fraction(together(plain))
    return _terms(numerator) <= _MOST_TERMS and expand(numerator) == 0


def _terms(expr: Expr) -> int:
    """How many terms the expansion may have."""
    if expr.is_Add:
        return sum(map(_terms, expr.args))
    if expr.is_Mul:
        product = 1
        for factor in expr.args:
            product *= _terms(factor)
            if product > _MOST_TERMS:
                return product
        return product
    if expr.is_Pow and expr.exp.is_Integer:
        return min(_terms(expr.base) ** min(abs(int(expr.exp)), 12), 10 * _MOST_TERMS)
    return 1


class _Canonical:
    """One walk, bottom up, each subexpression once."""

    def __init__(self) -> None:
        self.known: dict[Expr, Expr] = {}

    def form(self, node: Expr) -> Expr:
        if not node.args:
            return node
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._compute(node)
        return found

    def _compute(self, node: Expr) -> Expr:
        if not isinstance(node, Expr) or node.is_Piecewise:
            return node
        args = [self.form(a) for a in node.args]
        if isinstance(node, (Add, Mul, Pow)):
            return node.func(*args)
        rule = _REWRITES.get(node.func)
        plain = [_argument(a) for a in args]
        return rule(*plain) if rule is not None else expand_log(node.func(*plain))


def _argument(u: Expr) -> Expr:
    """One form for the argument of a function."""
    if u.is_Atom or u.count_ops() > 80 or _terms(u) > 100:
        return u
    return expand(cancel(u)) if u.is_Add or u.is_Mul or u.is_Pow else u


def _step(u: Expr, at_zero: Expr = S.Half) -> Expr:
    """Heaviside of a primitive argument with a definite sign in front: H(-u) = 1 - H(u)."""
    if at_zero != S.Half:
        return Heaviside(u, at_zero)
    content, primitive = u.as_content_primitive()
    if content.is_negative:
        primitive = -primitive
    if primitive.could_extract_minus_sign():
        return 1 - Heaviside(-primitive)
    return Heaviside(primitive)


def _absolute(u: Expr) -> Expr:
    return u * (2 * _step(u) - 1) if u.is_extended_real else Abs(u)


def _largest(*parts: Expr) -> Expr:
    best, *rest = parts
    for u in rest:
        best = u + (best - u) * _step(_argument(best - u))
    return best


def _tanh(u: Expr) -> Expr:
    return (exp(u) - exp(-u)) / (exp(u) + exp(-u))


_REWRITES: dict[type, Callable[..., Expr]] = {
    sin: lambda u: (exp(I * u) - exp(-I * u)) / (2 * I),
    cos: lambda u: (exp(I * u) + exp(-I * u)) / 2,
    tan: lambda u: (exp(I * u) - exp(-I * u)) / (I * (exp(I * u) + exp(-I * u))),
    sinh: lambda u: (exp(u) - exp(-u)) / 2,
    cosh: lambda u: (exp(u) + exp(-u)) / 2,
    tanh: _tanh,
    erfc: lambda u: 1 - erf(u),
    Heaviside: _step,
    sign: lambda u: 2 * _step(u) - 1 if u.is_extended_real else sign(u),
    Abs: _absolute,
    Max: _largest,
    Min: lambda *us: -_largest(*(-u for u in us)),
}

"""Oscillating integrals with power tails, by turning the path of integration into the complex plane.

For ``k > 0`` and an amplitude A that is analytic and tends to 0 in the quadrant right of R and above
the real line, Jordan's lemma turns ``integral of A(x) exp(i*k*x) over x > R`` into
``i*exp(i*k*R) * integral of A(R + i*t) exp(-k*t) over t > 0``, which converges exponentially.
For ``k < 0`` the lower quadrant serves. Source: Olver, Asymptotics and Special Functions, ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import acb, arb
from sympy import Abs, Dummy, Expr, I, Integer, Poly, Rational, S, Symbol, cos, exp, log, pi, sin
from sympy.polys.polyerrors import PolynomialError

from derive.errors import Undecided

from .compiled import compile_ball
from .evaluator import Evaluator
from .germs import Tail
from .majorant import STARTS, straight_germ
from .scales import Later, Scale, Unbounded
from .tails import Reader

Waves = dict[Expr, Expr]
_RADIUS = Dummy("rho", positive=True)
_TIME = Dummy("t", positive=True)


def waves(body: Expr, x: Symbol) -> Waves | None:
    """Amplitudes by frequency, ``body = sum of A_k(x) exp(i*k*x)``; ``None`` where it is no such sum."""
    if not body.has(sin, cos):
        return {S.Zero: body}
    if isinstance(body, (sin, cos)):
        return _wave(body, x)
    if body.is_Add:
        return _collect([waves(part, x) for part in body.args], _sum)
    if body.is_Mul:
        return _collect([waves(part, x) for part in body.args], _product)
    if body.is_Pow and isinstance(body.exp, Integer) and 0 < int(body.exp) <= 8:
        return _collect([waves(body.base, x)] * int(body.exp), _product)
    return {S.Zero: body} if x not in body.free_symbols else None


def _wave(node: Expr, x: Symbol) -> Waves | None:
    k = node.args[0].diff(x)
    if not k.is_number or k.is_zero:
        return {S.Zero: node} if k.is_zero else None
    turn = exp(I * node.args[0].xreplace({x: S.Zero}))
    if isinstance(node, cos):
        return {k: turn / 2, -k: 1 / turn / 2}
    return {k: turn / (2 * I), -k: -1 / turn / (2 * I)}


def _collect(parts: list[Waves | None], join: Callable[[Waves, Waves], Waves]) -> Waves | None:
    total: Waves | None = None
    for part in parts:
        if part is None:
            return None
        total = part if total is None else join(total, part)
    return total


def _sum(one: Waves, two: Waves) -> Waves:
    return {k: one.get(k, S.Zero) + two.get(k, S.Zero) for k in {**one, **two}}


def _product(one: Waves, two: Waves) -> Waves:
    total: Waves = {}
    for k, a in one.items():
        for j, b in two.items():
            total[k + j] = total.get(k + j, S.Zero) + a * b
    return total


@dataclass(frozen=True, slots=True)
class _Majorant:
    """``|A(z)| <= size * scale(|z|)`` for ``|z| >= start``, the scale falling to 0."""

    scale: Scale
    size: arb
    start: int


def turned(amplitude: Expr, k: Expr, x: Symbol, start: arb, bits: int, tolerance: arb) -> acb:
    """The integral of ``amplitude * exp(i*k*x)`` over ``x > start`` for ``k != 0``.

    Raises ``Undecided`` where the amplitude is not proved to be analytic and to vanish at infinity
    in the quadrant that the path is turned through.
    """
    _check_analytic(amplitude, x, start)
    majorant = _vanishing(amplitude, x)
    numbers = Evaluator({})
    rate = numbers.ball(k).real
    direction = 1 if rate > 0 else -1
    end, rest = _far(majorant, abs(rate), tolerance)
    origin = Dummy("R", real=True)
    path = [(x, origin + direction * I * _TIME)]
    program = compile_ball(amplitude * exp(-Abs(k) * _TIME), [_TIME, origin], {}, bits, definitions=path)
    found = acb.integral(lambda t, analytic: program(t, acb(start), analytic), 0, end, abs_tol=tolerance)
    whole = found + acb(arb(0, rest), arb(0, rest))
    return acb(0, direction) * (acb(0, 1) * numbers.ball(k) * start).exp() * whole


def _far(majorant: _Majorant, rate: arb, tolerance: arb) -> tuple[int, arb]:
    """Where the turned path may end, and what is left beyond: |R + i*t| >= t and the scale falls."""
    for end in STARTS:
        if end < majorant.start:
            continue
        rest = majorant.size * (majorant.scale.exponent(arb(end)) - rate * end).exp() / rate
        if rest <= tolerance:
            return end, arb(rest.upper())
    raise Undecided("an oscillation is too slow to be integrated")


def _vanishing(amplitude: Expr, x: Symbol) -> _Majorant:
    bound = _modulus(amplitude, x)
    for start in STARTS[::4]:
        tail = Tail(arb(start))
        try:
            scale, size = tail.leading(Reader(tail, {_RADIUS: straight_germ()}, Evaluator({})).germ(bound))
            scale.bound(arb(start))
        except (Later, Unbounded):
            continue
        if scale.trend() < 0:
            return _Majorant(scale, arb(size.abs_upper()), start)
    raise Undecided(f"{amplitude} is not proved to vanish at infinity in the complex plane")


def _modulus(node: Expr, x: Symbol) -> Expr:
    """A bound of ``|node|`` on the circle ``|x| = rho``, in rho."""
    if x not in node.free_symbols:
        return Abs(node)
    if node == x:
        return _RADIUS
    if node.is_Add:
        return sum((_modulus(a, x) for a in node.args), S.Zero)
    if node.is_Mul:
        product = S.One
        for factor in node.args:
            product *= _modulus(factor, x)
        return product
    if node.is_Pow and isinstance(node.exp, Rational):
        if node.exp > 0:
            return _modulus(node.base, x) ** node.exp
        return _least_modulus(node.base, x) ** node.exp
    if isinstance(node, log):
        # |log P| <= |log |P|| + pi, with |P| between its two bounds.
        ends = (_modulus(node.args[0], x), _least_modulus(node.args[0], x))
        return sum((Abs(log(end)) for end in ends), pi)
    raise Undecided(f"no bound in the complex plane is known for {node}")


def _least_modulus(node: Expr, x: Symbol) -> Expr:
    """``|P| >= |c_n| rho**n - the moduli of the other terms`` for a polynomial P."""
    terms = _polynomial(node, x).all_coeffs()
    n = len(terms) - 1
    lesser = sum((Abs(c) * _RADIUS ** (n - i) for i, c in enumerate(terms) if i > 0), S.Zero)
    return Abs(terms[0]) * _RADIUS**n - lesser


def _polynomial(node: Expr, x: Symbol) -> Poly:
    try:
        return Poly(node, x)
    except PolynomialError:
        raise Undecided(f"{node} is no polynomial, so its zeros in the complex plane are unknown") from None


def _check_analytic(node: Expr, x: Symbol, start: arb) -> None:
    """Every base of a power that is no whole one, and every argument of a log, stays off the cut.

    For real c > 0, d and a quadratic ``P = c*(z - m)**2 + d`` that is 0 or negative, ``(z - m)**2`` is
    real: z - m is imaginary, or real and no larger than a root. Neither happens right of all roots.
    """
    if x not in node.free_symbols or node == x:
        return
    if (node.is_Pow and not (isinstance(node.exp, Integer) and node.exp > 0)) or isinstance(node, log):
        _check_roots(_polynomial(node.args[0], x), start)
        return
    for arg in node.args:
        _check_analytic(arg, x, start)


def _check_roots(base: Poly, start: arb) -> None:
    """Degree 1 or 2, positive leading coefficient, all roots left of the start."""
    numbers = Evaluator({})
    balls = [numbers.ball(c) for c in base.all_coeffs()]
    if len(balls) not in (2, 3) or not all(b.imag.is_zero() for b in balls) or not balls[0].real > 0:
        raise Undecided(f"the zeros of {base.as_expr()} in the complex plane are not located")
    lead, *rest = (b.real for b in balls)
    centre = -rest[0] / (2 * lead) if len(rest) == 2 else -rest[0] / lead
    spread = arb(0)
    if len(rest) == 2:
        # abs covers both cases: two real roots this far from the centre, or two complex ones above it.
        spread = abs(centre * centre - rest[1] / lead).sqrt()
    if not start > centre + spread:
        raise Undecided(f"the path starts left of a zero of {base.as_expr()}")

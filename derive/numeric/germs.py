"""Germs at infinity with proved remainders: sums of ``t_j(y) * m_j(y)`` with ``t_j(y)`` in a ball.

A germ stands for a real function on ``y >= R``. A *fixed* coefficient is one number (known exactly, or
as a ball); any other coefficient is a function of y of which only the ball is known. Arithmetic keeps
the leading terms exact as far as it can, so that ``1 - (1 - exp(-y))**2`` is seen to vanish, and puts the
rest into remainders by the mean value theorem. Compare van der Hoeven, Automatic asymptotics (1997).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb, fmpq

from .scales import Later, Number, Scale, Unbounded, is_zero, number_sign

# Beyond this many terms a germ is replaced by its leading term with a wider coefficient.
_MOST_TERMS = 8
_ONE = Scale()
_UNIT = arb(fmpq(1, 2), fmpq(1, 2))  # the ball [0, 1]


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient * scale``."""

    scale: Scale
    coefficient: Number
    fixed: bool = True


Germ = tuple[Term, ...]


def constant(value: Number) -> Germ:
    return () if value == 0 else (Term(_ONE, value),)


def within(ball: arb) -> Germ:
    """Any function with values in the ball."""
    return (Term(_ONE, ball, False),)


def span(*balls: Number | int) -> arb:
    """A ball that holds all of the balls."""
    first, *rest = (arb(b) for b in balls)
    for ball in rest:
        first = first.union(ball)
    return first


class Tail:
    """Germ arithmetic on ``y >= start``. Methods raise ``Later`` where a later start may help."""

    def __init__(self, start: arb) -> None:
        self.start = start

    def add(self, f: Germ, g: Germ) -> Germ:
        total = list(f)
        for term in g:
            for i, other in enumerate(total):
                if other.scale == term.scale:
                    fixed = other.fixed and term.fixed
                    total[i] = Term(term.scale, other.coefficient + term.coefficient, fixed)
                    break
            else:
                total.append(term)
        return self._short(tuple(t for t in total if not is_zero(t.coefficient)))

    def mul(self, f: Germ, g: Germ) -> Germ:
        total: Germ = ()
        for one in f:
            for two in g:
                term = Term(one.scale * two.scale, one.coefficient * two.coefficient, one.fixed and two.fixed)
                total = self.add(total, (term,))
        return total

    def scaled(self, f: Germ, factor: Number) -> Germ:
        return self.mul(f, constant(factor))

    def _short(self, f: Germ) -> Germ:
        if len(f) <= _MOST_TERMS:
            return f
        scale, coefficient = self.leading(f)
        return (Term(scale, coefficient, False),)

    def _first(self, f: Germ) -> Term:
        """The term of the largest scale."""
        best = f[0]
        for term in f[1:]:
            if (term.scale / best.scale).trend() > 0:
                best = term
        return best

    def leading(self, f: Germ) -> tuple[Scale, arb]:
        """``f`` as one scale times one ball, everything smaller inside the ball."""
        if not f:
            return _ONE, arb(0)
        first = self._first(f)
        total = arb(first.coefficient)
        for term in f:
            if term is not first:
                total += term.coefficient * self._ratio(term.scale / first.scale)
        return first.scale, total

    def _ratio(self, scale: Scale) -> arb:
        """The values of a scale that does not grow: from 0 to its bound, or 1."""
        return arb(1) if scale.is_one() else arb(0).union(scale.bound(self.start))

    def range(self, f: Germ) -> arb:
        """A ball that holds ``f(y)`` for every ``y >= start``; raises ``Unbounded`` where f grows."""
        total = arb(0)
        for term in f:
            total += term.coefficient * self._ratio(term.scale)
        return total

    def sign(self, f: Germ) -> int | None:
        return number_sign(self.leading(f)[1])

    def _relative(self, f: Germ) -> tuple[Term, Germ]:
        """The leading term and the germ ``delta`` with ``f = leading * (1 + delta)``.

        The leading coefficient is kept exact where it is fixed; where it is not, ``delta`` is empty
        and the coefficient holds everything.
        """
        first = self._first(f)
        if not first.fixed or number_sign(first.coefficient) in (0, None):
            scale, total = self.leading(f)
            return Term(scale, total, len(f) == 1 and first.fixed), ()
        inverse = 1 / first.coefficient
        return first, tuple(
            Term(t.scale / first.scale, t.coefficient * inverse, t.fixed) for t in f if t is not first
        )

    def _remainder(self, delta: Germ, slope: Callable[[arb], arb]) -> Germ:
        """``h(1 + delta) - h(1)`` as ``delta * h'(1 + xi)``, xi between 0 and delta."""
        if not delta:
            return ()
        found = slope(1 + self.range(delta).union(0))
        if not found.is_finite():
            raise Later
        return self.mul(delta, within(found))

    def power(self, f: Germ, r: Number) -> Germ:
        """``f**r`` for a fixed r; where f is not positive, r must be an integer.

        Raises ``Unbounded`` where the power would divide by what may vanish.
        """
        if not f:
            if r > 0:
                return ()
            raise Unbounded("it divides by zero")
        first, delta = self._relative(f)
        whole = isinstance(r, fmpq) and r.q == 1
        sign = number_sign(first.coefficient)
        if sign == 1 or (whole and sign == -1):
            raised = _number_power(first.coefficient, r)
            rest = self._remainder(delta, lambda u: r * u ** arb(r - 1))
            scaled = (Term(first.scale.power(r), raised, first.fixed),)
            return self.mul(scaled, self.add(constant(fmpq(1)), rest))
        if sign == -1:
            raise Unbounded("it takes a fractional power of a negative number")
        if r > 0:
            # Whatever the sign of f, |f**r| = |f|**r where the power is real.
            size = arb(first.coefficient).abs_upper() ** arb(r)
            return (Term(first.scale.power(r), span(-size, size), False),)
        raise Unbounded("it divides by what may vanish")

    def log(self, f: Germ) -> Germ:
        """``log(f)`` for ``f > 0``."""
        if not f:
            raise Unbounded("it takes the logarithm of zero")
        first, delta = self._relative(f)
        if number_sign(first.coefficient) != 1:
            raise Unbounded("it takes the logarithm of what may not be positive")
        whole = arb(first.coefficient).log()
        own = constant(whole) if first.fixed else within(whole)
        rest = self._remainder(delta, lambda u: 1 / u)
        return self.add(self.add(_logarithm(first.scale), own), rest)

    def exp(self, f: Germ) -> Germ:
        """``exp(f)``. Where an exponent is only known within a ball, its upper end decides."""
        total, small = constant(fmpq(1)), constant(fmpq(0))
        for term in self._exponents(f):
            if term.scale.is_one():
                grown = arb(term.coefficient).exp()
                total = self.mul(total, constant(grown) if term.fixed else within(grown))
            elif term.scale.trend() < 0:
                small = self.add(small, (term,))
            else:
                total = self.mul(total, _exponential(term))
        near = self._remainder(small, lambda u: (u - 1).exp())
        return self.mul(total, self.add(constant(fmpq(1)), near))

    def _exponents(self, f: Germ) -> Germ:
        """``f`` or an upper bound of it whose growing terms are all exponents of scales."""
        if all(_fits(t.scale) for t in f):
            return f
        scale, coefficient = self.leading(f)
        if not _fits(scale) and coefficient < 0:
            # Nothing is kept but exp(f) <= 1: the other factors must decide.
            return (Term(scale, coefficient, False),)
        kept: Germ = ()
        for term in f:
            kept = self.add(kept, (term,) if _fits(term.scale) else self._covered(term))
        return kept

    def _covered(self, term: Term) -> Germ:
        """A term that is no exponent of a scale, below one that is."""
        if term.coefficient < 0:
            return (term,)
        top = arb(term.coefficient).upper()
        for cover in (Scale(log=fmpq(1)), Scale(log=fmpq(2))):
            ratio = term.scale / cover
            if ratio.trend() < 0:
                return (Term(cover, top * self._ratio(ratio), False),)
        raise Unbounded(f"its exponent grows like {term.scale}")

    def apply(self, f: Germ, function: Callable[[arb], arb], slope: Callable[[arb], arb]) -> Germ:
        """``function(f)`` for a bounded f: exact at f's constant part, the rest by the mean value theorem."""
        still = tuple(t for t in f if t.scale.is_one() and t.fixed)
        rest = tuple(t for t in f if not (t.scale.is_one() and t.fixed))
        centre = arb(still[0].coefficient) if still else arb(0)
        value = function(centre)
        found = slope(centre + self.range(rest).union(0)) if rest else arb(0)
        if not (value.is_finite() and found.is_finite()):
            raise Unbounded("it comes near a pole or a branch point")
        return self.add(constant(value), self.mul(rest, within(found)) if rest else ())


def _number_power(x: Number, r: Number) -> Number:
    if isinstance(r, fmpq) and r.q == 1 and isinstance(x, fmpq) and abs(r) <= 64:
        return x ** int(r.p)
    return arb(x) ** (arb(r) if not (isinstance(r, fmpq) and r.q == 1) else int(r.p))


def _logarithm(scale: Scale) -> Germ:
    """``L(y)`` as a germ; log(log(y)) only as something between 0 and log(y)."""
    terms = [
        Term(Scale(linear=q), k) for q, k in scale.towers
    ] + [
        Term(Scale(log=fmpq(2)), scale.square),
        Term(Scale(log=fmpq(1)), scale.linear),
        Term(Scale(loglog=fmpq(1)), scale.log),
    ]  # fmt: skip
    if not is_zero(scale.loglog):
        terms.append(Term(Scale(loglog=fmpq(1)), span(0, scale.loglog), False))
    return tuple(t for t in terms if not is_zero(t.coefficient))


def _kind(scale: Scale) -> str | None:
    """Which slot of an exponent the scale is: y, y**2, log(y) or exp(q*y); None for none of them."""
    zeros = [scale.loglog == 0, scale.log == 0, scale.linear == 0, scale.square == 0 and not scale.towers]
    if zeros == [False, True, True, True] and scale.loglog == 1:
        return "log"
    if zeros == [True, False, True, True] and scale.log in (1, 2):
        return "linear" if scale.log == 1 else "square"
    return "tower" if zeros == [True, True, False, True] and scale.linear > 0 else None


def _fits(scale: Scale) -> bool:
    """Whether exp of a multiple of the scale is a scale, or the scale does not grow."""
    return _kind(scale) is not None or scale.trend() <= 0


def _exponential(term: Term) -> Germ:
    """``exp(t*m)`` for a growing m: a scale, times [0, 1] where t is known within a ball only."""
    kind = _kind(term.scale)
    if kind is None:
        return within(_UNIT)  # an exponent below 0
    k = term.coefficient if term.fixed else arb(term.coefficient).upper()
    scale = {
        "tower": Scale(towers=((term.scale.linear, k),)) if not is_zero(k) else _ONE,
        "square": Scale(square=k),
        "linear": Scale(linear=k),
        "log": Scale(log=k),
    }[kind]
    return (Term(scale, fmpq(1)),) if term.fixed else (Term(scale, _UNIT, False),)

"""How fast an integrand grows at an end of its support, decided by rules: integrable or not.

Near an end every function of the grammar times a family's density behaves like
``exp(sum c_s s(y))`` with ``y -> oo`` and scales ``s`` from exp(k y) down to log log y; a finite end
``e`` is reached by ``y = 1/|x - e|``. A strict inequality in the decisive coefficient at the
rational point persists on a neighbourhood, where it gives the dominating function that the
interchange of derivative and integral asks for (Lehmann, Romano, Testing Statistical Hypotheses,
Theorem 2.7.1, for exponential families; the same argument end by end for the other tails).
"""

from __future__ import annotations

from sympy import (
    Abs,
    Add,
    Expr,
    Heaviside,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    S,
    Symbol,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expand,
    expand_log,
    log,
    sign,
    sin,
    sinh,
    tanh,
)

from .errors import Undecided
from .moved import velocity_bound
from .orders import FLAT, LOG, LOGLOG, Growth, Point, Scale, merged

_BOUNDED = (sin, cos, tanh, atan, erf, sign, Heaviside)


class Asymptotics:
    """The calculus at ``y -> oo`` for one rational point, which orders symbolic exponents."""

    def __init__(self, y: Symbol, point: Point) -> None:
        self.y = y
        self.point = dict(point)

    def number(self, expr: Expr) -> Expr:
        """A parameter expression at the point, real or Undecided."""
        value = expr.xreplace(self.point) if expr.free_symbols else expr
        value = value if value.is_Rational else value.evalf(30)
        if not value.is_number or value.is_extended_real is False:
            raise Undecided(f"{expr} has no real value at the point")
        return value

    def sign(self, expr: Expr) -> int:
        """The sign of a parameter expression at the point."""
        value = self.number(expr)
        return 0 if value == 0 or (not value.is_Rational and abs(value) < 1e-25) else (1 if value > 0 else -1)

    def rank(self, scale: Scale) -> tuple[int, float]:
        return (scale[0], float(self.number(scale[1])))

    def leading(self, growth: Growth) -> tuple[Scale, Expr] | None:
        """The dominant term that does not vanish identically."""
        alive = [(s, c) for s, c in growth.terms if c != 0]
        return max(alive, key=lambda t: self.rank(t[0]), default=None)

    def larger(self, one: Growth, two: Growth) -> int:
        """1 where ``one`` grows strictly faster at the point, -1 where slower, 0 where alike."""
        difference = sorted(
            (one + two.times(S.NegativeOne)).terms, key=lambda t: self.rank(t[0]), reverse=True
        )
        signs = (self.sign(c) for _, c in difference if c != 0)
        return next((s for s in signs if s), 0)

    # -- the growth of |f| ---------------------------------------------------------------

    def growth(self, f: Expr) -> Growth:
        """The growth of ``|f|`` as ``y -> oo``."""
        if self.y not in f.free_symbols:
            return FLAT
        if f == self.y:
            return Growth(((LOG, S.One),))
        if isinstance(f, Mul):
            return sum((self.growth(factor) for factor in f.args), FLAT)
        if isinstance(f, Add):
            return self._sum(f)
        if isinstance(f, Pow):
            return self._power(f)
        if isinstance(f, exp):
            return Growth(self.expansion(f.args[0]))
        if isinstance(f, log):
            return self._log(f.args[0])
        return self._function(f)

    def _sum(self, f: Expr) -> Growth:
        parts = [self.growth(term) for term in Add.make_args(f)]
        top = parts[0]
        tied = False
        for part in parts[1:]:
            order = self.larger(part, top)
            tied = tied if order < 0 else order == 0
            top = part if order > 0 else top
        if tied and not _same_sign(f):
            return self._first_order(f) or Growth(top.terms, exact=False)
        return Growth(top.terms, top.exact)

    def _first_order(self, f: Expr) -> Growth | None:
        """``1 - (1 + v)**r ~ -r v`` for ``v -> 0``, where the leading terms cancel."""
        power = -(f - 1)
        if not isinstance(power, Pow) or self.y in power.exp.free_symbols:
            return None
        vanishing = self.growth(power.base - 1)
        return vanishing if self._vanishes(vanishing) else None

    def _power(self, f: Expr) -> Growth:
        base, exponent = f.as_base_exp()
        if self.y in exponent.free_symbols:
            return self.growth(exp(exponent * log(base)))
        inner = self.growth(base)
        if not inner.exact and self.sign(exponent) < 0:
            raise Undecided(f"no lower bound on |{base}| is known, and it is a denominator")
        return inner.times(exponent)

    def _log(self, inside: Expr) -> Growth:
        growth = self.growth(inside)
        top = self.leading(growth)
        if top is None:
            small = inside - 1
            vanishing = self.growth(small)
            if self._vanishes(vanishing):
                return vanishing
            return Growth((), exact=False)
        (kind, exponent), _coefficient = top
        if kind == 4:
            return Growth((((3, S.One), exponent),), growth.exact)
        if kind == 3:
            return Growth(((LOG, exponent),), growth.exact)
        return Growth(((LOGLOG, exponent if kind == 2 else S.One),), growth.exact)

    def _function(self, f: Expr) -> Growth:
        if isinstance(f, Abs):
            return self.growth(f.args[0])
        if isinstance(f, (sinh, cosh)):
            return self.growth(f.rewrite(exp))
        if isinstance(f, _BOUNDED):
            return Growth((), exact=False)
        if isinstance(f, (Max, Min)):
            return self._largest([self.growth(a) for a in f.args])
        if isinstance(f, Piecewise):
            return self._largest([self.growth(v) for v, _ in f.args])
        if isinstance(f, erfc):
            return Growth((), exact=False)
        moved = velocity_bound(f, self)
        if moved is not None:
            return moved
        raise Undecided(f"the growth of {f.func.__name__} is not tabulated")

    def _largest(self, parts: list[Growth]) -> Growth:
        top = parts[0]
        for part in parts[1:]:
            top = part if self.larger(part, top) > 0 else top
        return Growth(top.terms, exact=False)

    # -- unbounded parts of an exponent --------------------------------------------------

    def expansion(self, u: Expr) -> tuple[tuple[Scale, Expr], ...]:
        """The unbounded terms of ``u`` itself, so that ``exp(u) ~ exp`` of their sum."""
        terms: tuple[tuple[Scale, Expr], ...] = ()
        for term in Add.make_args(_expanded(u)):
            terms += self._expanded(term)
        return merged(terms)

    def _expanded(self, term: Expr) -> tuple[tuple[Scale, Expr], ...]:
        constant, rest = term.as_independent(self.y, as_Add=False)
        if rest == 1:
            return ()
        return tuple((s, constant * c) for s, c in self._factor(rest))

    def _factor(self, f: Expr) -> tuple[tuple[Scale, Expr], ...]:
        if f == self.y:
            return (((3, S.One), S.One),)
        if isinstance(f, log):
            return self._log_terms(f)
        if isinstance(f, exp):
            return self._exp_terms(f.args[0])
        if isinstance(f, Pow) and self.y not in f.exp.free_symbols:
            return self._power_terms(f)
        if self._vanishes_or_bounded(f):
            return ()
        raise Undecided(f"the exponent {f} is outside the scales that are compared here")

    def _log_terms(self, f: Expr) -> tuple[tuple[Scale, Expr], ...]:
        inside = self.growth(f.args[0])
        if not inside.exact:
            raise Undecided(f"no asymptotics of {f} are known")
        return inside.terms

    def _exp_terms(self, w: Expr) -> tuple[tuple[Scale, Expr], ...]:
        terms = self.expansion(w)
        top = max(terms, key=lambda t: self.rank(t[0]), default=None)
        if top is None or self.sign(top[1]) < 0:
            return ()
        rest = w - Add(*(c * self._scale(s) for s, c in terms))
        rest = expand(expand_log(rest, force=True))
        if len(terms) > 1 or self.y in rest.free_symbols:
            raise Undecided(f"exp({w}) is outside the scales that are compared here")
        (kind, exponent), coefficient = top
        if kind == 3 and exponent == 1:
            return (((4, coefficient), exp(rest)),)
        if kind == 1:
            return (((3, coefficient), exp(rest)),)
        raise Undecided(f"exp({w}) is outside the scales that are compared here")

    def _scale(self, scale: Scale) -> Expr:
        kind, exponent = scale
        return {4: exp(exponent * self.y), 3: self.y**exponent, 2: log(self.y) ** exponent,
                1: log(self.y), 0: log(log(self.y))}[kind]  # fmt: skip

    def _power_terms(self, f: Expr) -> tuple[tuple[Scale, Expr], ...]:
        base, exponent = f.as_base_exp()
        inside = self.growth(base)
        if self._is_bounded(inside.times(exponent)):
            return ()
        if isinstance(base, log) and base.args[0] == self.y:
            return (((2, exponent), S.One),)
        if base == self.y:
            return (((3, exponent), S.One),)
        constant, rest = base.as_independent(self.y, as_Add=False)
        if constant != 1:
            return tuple((s, c * constant**exponent) for s, c in self._factor(rest**exponent))
        if isinstance(base, Pow) and not base.exp.free_symbols & {self.y}:
            return self._factor(base.base ** (base.exp * exponent))
        return self._affine_power(base, exponent)

    def _affine_power(self, base: Expr, exponent: Expr) -> tuple[tuple[Scale, Expr], ...]:
        """(c y + d)**r with r <= 1: the correction r c**(r-1) d y**(r-1) stays bounded."""
        slope = base.coeff(self.y, 1)
        offset = expand(base - slope * self.y)
        if self.y in offset.free_symbols or slope == 0 or self.sign(exponent - 1) > 0:
            raise Undecided(f"the power {base}**({exponent}) is outside the scales that are compared here")
        return (((3, exponent), Abs(slope) ** exponent),)

    def _vanishes_or_bounded(self, f: Expr) -> bool:
        return self._is_bounded(self.growth(f))

    def _vanishes(self, growth: Growth) -> bool:
        top = self.leading(growth)
        return top is not None and self.sign(top[1]) < 0

    def _is_bounded(self, growth: Growth) -> bool:
        top = self.leading(growth)
        return top is None or self.sign(top[1]) <= 0


def _expanded(u: Expr) -> Expr:
    """Products, and logarithms of products, multiplied out, so that equal scales meet."""
    return expand(expand_log(u, force=True), log=False, power_base=False, power_exp=False)


def _same_sign(f: Expr) -> bool:
    """Whether all terms of a sum are nonnegative, so that equally fast ones cannot cancel."""
    return all(term.is_nonnegative for term in Add.make_args(f))

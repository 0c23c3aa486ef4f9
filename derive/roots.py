"""Exact real zeros of a function of one variable, with the conditions under which they are real.

A structural solver, not a general one: affine and quadratic polynomials, those that factor over
the rationals into such, products, and chains of invertible functions (exp, log, powers, tanh,
the sigmoid ...). What it cannot solve it refuses, so a set of zeros is never short of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import gcd, lcm, prod
from typing import Any

from sympy import (
    Add,
    Expr,
    Integer,
    Mul,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    acosh,
    asinh,
    cancel,
    cos,
    cosh,
    erf,
    erfcinv,
    erfinv,
    exp,
    expand,
    factor,
    factor_list,
    log,
    pi,
    preorder_traversal,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    together,
)
from sympy.core.relational import Relational

from .errors import Undecided

BRANCHING = ("Abs", "sign", "Heaviside", "Max", "Min", "Piecewise")
# More nested branches than this would be somebody's program, not an integrand.
MOST_BRANCHES = 64


@dataclass(frozen=True, slots=True)
class Root:
    """A zero ``value``, real and there exactly where all of ``positive`` are > 0.

    Where one of them is 0 two zeros meet (or one leaves its branch), and nothing is said.
    """

    value: Expr
    positive: tuple[Expr, ...] = ()

    def given(self, conditions: Iterable[Expr]) -> Root:
        return Root(self.value, (*self.positive, *conditions))


@lru_cache(maxsize=4096)
def zeros(f: Expr, x: Symbol) -> tuple[Root, ...]:
    """All real zeros of ``f`` in ``x`` that are isolated, each with its conditions.

    Raises ``Undecided`` with the reason where the solver does not know them all.
    """
    return tuple(dict.fromkeys(filter(None, map(_tidy, _zeros(f, x)))))


def _tidy(root: Root) -> Root | None:
    """Drops conditions that always hold; ``None`` for a root whose conditions never hold."""
    open_conditions = []
    for condition in root.positive:
        if condition.is_positive:
            continue
        # Zero here means that the root sits on an inner kink, which is a switch of its own.
        if condition.is_nonpositive:
            return None
        open_conditions.append(condition)
    return Root(root.value, tuple(dict.fromkeys(open_conditions)))


def _zeros(f: Expr, x: Symbol) -> Iterable[Root]:
    if x not in f.free_symbols:
        return ()
    if f == x:
        return (Root(S.Zero),)
    branching = _innermost_branching(f, x)
    if branching is not None:
        return _branch_by_branch(f, branching, x)
    if isinstance(f, Mul):
        return chain.from_iterable(zeros(factor_, x) for factor_ in f.args)
    if isinstance(f, Pow):
        return _power_zeros(f, x)
    if isinstance(f, Add):
        return _sum_zeros(f, x)
    return _equal(f, S.Zero, x)


def _power_zeros(f: Pow, x: Symbol) -> Iterable[Root]:
    if x in f.exp.free_symbols or f.exp.is_negative:
        return ()
    return tuple(root.given([f.exp]) for root in zeros(f.base, x))


# Branches of Abs, Max, Piecewise ...


def _innermost_branching(f: Expr, x: Symbol) -> Expr | None:
    for arg in f.args:
        if x in arg.free_symbols:
            found = _innermost_branching(arg, x)
            if found is not None:
                return found
    return f if type(f).__name__ in BRANCHING else None


def _branch_by_branch(f: Expr, node: Expr, x: Symbol) -> Iterable[Root]:
    nodes = (n for n in preorder_traversal(f) if type(n).__name__ in BRANCHING and x in n.free_symbols)
    if prod(len(n.args) if type(n).__name__ in BRANCHING[3:] else 2 for n in set(nodes)) > MOST_BRANCHES:
        raise Undecided(f"{f} has more than {MOST_BRANCHES} branches", "write it as one flat Piecewise")
    for value, positive in branches(node):
        for root in zeros(f.xreplace({node: value}), x):
            yield root.given(p.xreplace({x: root.value}) for p in positive)


def branches(node: Expr) -> list[tuple[Expr, tuple[Expr, ...]]]:
    """The values of a branching function, each with expressions that are positive on its branch."""
    kind, args = type(node).__name__, node.args
    if isinstance(node, Piecewise):
        return _piecewise_branches(node)
    if kind in ("Max", "Min"):
        orient = 1 if kind == "Max" else -1
        return [(u, tuple(orient * (u - v) for v in args if v is not u)) for u in args]
    u: Expr = args[0]
    up, down = {"Abs": (u, -u), "sign": (S.One, S.NegativeOne), "Heaviside": (S.One, S.Zero)}[kind]
    return [(up, (u,)), (down, (-u,))]


def _piecewise_branches(node: Piecewise) -> list[tuple[Expr, tuple[Expr, ...]]]:
    out: list[tuple[Expr, tuple[Expr, ...]]] = []
    before: tuple[Expr, ...] = ()
    for value, condition in node.args:
        parts = condition.args if type(condition).__name__ == "And" else (condition,)
        out.append((value, before + tuple(filter(None, map(_side, parts)))))
        if isinstance(condition, Relational):
            opposite = _side(condition)
            before += () if opposite is None else (-opposite,)
    return out


def _side(condition: object) -> Expr | None:
    """An expression that is positive where a strict or weak inequality holds."""
    if not isinstance(condition, Relational) or condition.rel_op in ("==", "!="):
        return None
    gap: Expr = condition.lhs - condition.rhs
    return gap if condition.rel_op in (">", ">=") else -gap


# Sums: polynomials in one generator, by whatever route leads there


def _sum_zeros(f: Expr, x: Symbol) -> Iterable[Root]:
    keys = _keys(f, x)
    if len(keys) == 1:
        return _inner_sum(f, x) or _one_generator(f, x, next(iter(keys)))
    for rewrite in REWRITES:
        found = rewrite(f, x)
        if found is not None:
            return found
    names = ", ".join(sorted(map(str, keys)))
    raise Undecided(
        f"cannot solve {f} = 0 for {x} exactly: it mixes {names}",
        "give its kinks as a Piecewise in the sample",
    )


Key = tuple[Expr, Rational]


def _key(node: Expr) -> Key:
    """A generator as ``g**q`` with ``q`` rational: ``exp(2*u) = exp(u)**2``, ``x**(-1/2)``."""
    if isinstance(node, exp):
        content, primitive = node.args[0].primitive()
        if primitive.could_extract_minus_sign():
            content, primitive = -content, -primitive
        return exp(primitive), content
    if isinstance(node, Pow):
        if isinstance(node.exp, Rational):
            return node.base, node.exp
        content, primitive = node.exp.as_coeff_Mul(rational=True)
        return Pow(node.base, primitive), content
    return node, S.One


def _keys(f: Expr, x: Symbol) -> set[Expr]:
    return {_key(node)[0] for node in _generators(f, x)}


def _generators(f: Expr, x: Symbol) -> set[Expr]:
    """The subexpressions in which ``f`` is a polynomial."""
    if x not in f.free_symbols:
        return set()
    if isinstance(f, (Add, Mul)):
        return set().union(*(_generators(a, x) for a in f.args))
    if isinstance(f, Pow) and isinstance(f.exp, Integer) and f.exp.is_positive:
        return _generators(f.base, x)
    return {f}


def _polynomial(f: Expr, x: Symbol) -> dict[Rational, Expr]:
    """``f`` as ``sum of c*g**q`` in its one generator ``g``: ``{q: c}``, ``q`` any rational."""
    if x not in f.free_symbols:
        return {S.Zero: f}
    if isinstance(f, Add):
        parts: dict[Rational, list[Expr]] = {}
        for arg in f.args:
            for q, c in _polynomial(arg, x).items():
                parts.setdefault(q, []).append(c)
        return {q: Add(*c) for q, c in parts.items()}
    if isinstance(f, Mul):
        out: dict[Rational, Expr] = {S.Zero: S.One}
        for arg in f.args:
            out = _times(out, _polynomial(arg, x))
        return out
    if isinstance(f, Pow) and isinstance(f.exp, Integer) and f.exp.is_positive:
        once = out = _polynomial(f.base, x)
        for _ in range(int(f.exp) - 1):
            out = _times(out, once)
        return out
    return {_key(f)[1]: S.One}


def _times(left: dict[Rational, Expr], right: dict[Rational, Expr]) -> dict[Rational, Expr]:
    parts: dict[Rational, list[Expr]] = {}
    for q, c in left.items():
        for r, d in right.items():
            parts.setdefault(q + r, []).append(c * d)
    return {q: Add(*c) for q, c in parts.items()}


def _one_generator(f: Expr, x: Symbol, g: Expr) -> Iterable[Root]:
    terms = {q: c for q, c in _polynomial(f, x).items() if c != 0}
    if len(terms) > 1:
        # A coefficient such as mu**2 - (mu - 1)**2 - 2*mu + 1 is zero only once it is expanded.
        terms = {q: c for q, c in terms.items() if not isinstance(c, Add) or expand(c) != 0}
    scale = lcm(*(int(q.q) for q in terms))
    lowest = min(terms, default=S.Zero)
    powers = {int((q - lowest) * scale): c for q, c in terms.items()}
    fractional = scale > 1
    for root in _polynomial_roots(powers):
        conditions = root.positive + ((root.value,) if fractional else ())
        yield from (r.given(conditions) for r in _equal(g, root.value**scale, x))
    if lowest > 0:
        yield from _equal(g, S.Zero, x)


def _polynomial_roots(powers: dict[int, Expr]) -> Iterable[Root]:
    """Real roots of ``sum of c*t**n``; the constant term is there and not zero."""
    degree = max(powers, default=0)
    step = gcd(*powers)
    if step > 1:
        inner = _polynomial_roots({n // step: c for n, c in powers.items()})
        return [r.given(root.positive) for root in inner for r in _nth_roots(root.value, step)]
    if degree == 0:
        return ()
    if degree == 1:
        return (Root(_quotient(powers[0], powers[1])),)
    if degree == 2:
        return _quadratic(powers[2], powers.get(1, S.Zero), powers[0])
    return _by_factors(powers)


def _quotient(c0: Expr, c1: Expr) -> Expr:
    """``-c0/c1`` without brackets or signs to spare."""
    if c1.could_extract_minus_sign():
        return c0 / Add(*(-t for t in Add.make_args(c1)))
    return Add(*(-t for t in Add.make_args(c0))) / c1


def _quadratic(a: Expr, b: Expr, c: Expr) -> Iterable[Root]:
    discriminant = expand(b**2 - 4 * a * c)
    if discriminant == 0:
        return (Root(-b / (2 * a)),)
    if not discriminant.is_number:
        discriminant = factor(discriminant)
    square = _square_root(discriminant)
    half, positive = (sqrt(discriminant), (discriminant,)) if square is None else (square, ())
    roots = ((-b + side * half) / (2 * a) for side in (-1, 1))
    return tuple(Root(r if a.is_number else cancel(r), positive) for r in roots)


def _square_root(discriminant: Expr) -> Expr | None:
    """``p`` for ``p**2``, either sign (both are taken); ``None`` for what is not a square."""
    parts = [f.as_base_exp() for f in Mul.make_args(discriminant)]
    halves = [b ** (e / 2) if e == 2 else sqrt(b**e) for b, e in parts]
    free = all(e == 2 or b.is_positive for b, e in parts)
    return Mul(*halves) if free else None


def _nth_roots(c: Expr, n: int) -> tuple[Root, ...]:
    """Real solutions ``t`` of ``t**n = c``."""
    if c == 0:
        return (Root(S.Zero),)
    up = Root(_power(c, Rational(1, n)), (c,))
    if n % 2 == 0:
        return (Root(-up.value, (c,)), up)
    return (up, Root(-_power(-c, Rational(1, n)), (-c,)))


def _power(base: Expr, exponent: Expr) -> Expr:
    return exp(base.args[0] * exponent) if isinstance(base, exp) else base**exponent


def _by_factors(powers: dict[int, Expr]) -> Iterable[Root]:
    t = Symbol("t")
    whole = Add(*(c * t**n for n, c in powers.items()))
    _, factors = factor_list(whole, t)
    if len(factors) == 1 and factors[0][1] == 1:
        raise Undecided(
            f"the polynomial {whole} does not factor over the rationals into degree 2 or less",
            "use a polynomial whose zeros have formulas",
        )
    for part, _multiplicity in factors:
        terms = {n: c for (n,), c in part.as_poly(t).terms()}
        if 0 not in terms:
            yield Root(S.Zero)
        else:
            yield from _polynomial_roots(terms)


# Rewrites towards one generator; each returns None where it does not apply


def _inner_sum(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """A polynomial in one inner sum is solved for that sum, which keeps ``mu + sigma*b`` whole."""
    inner = {p.base for p in f.atoms(Pow) if isinstance(p.base, Add) and x in p.base.free_symbols}
    if len(inner) != 1:
        return None
    (u,) = inner
    t = Symbol("t", real=True)
    in_t = f.xreplace({u: t})
    if x in in_t.free_symbols:
        affine = _affine(u, x)
        if affine is None:
            return None
        in_t = expand(in_t.xreplace({x: (t - affine[1]) / affine[0]}))
    return tuple(r.given(root.positive) for root in zeros(in_t, t) for r in zeros(u - root.value, x))


def _affine(u: Expr, x: Symbol) -> tuple[Expr, Expr] | None:
    """``(c, d)`` of ``c*x + d``."""
    if not isinstance(u, Add) or _keys(u, x) != {x}:
        return None
    terms = _polynomial(u, x)
    return None if set(terms) - {S.Zero, S.One} else (terms[S.One], terms.get(S.Zero, S.Zero))


def _shared_factor(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """``u*v + u*w = u*(v + w)``."""
    terms = [term.as_powers_dict() for term in f.args]
    lowest = {b: min(term.get(b, 0) for term in terms) for b in terms[0] if x in b.free_symbols}
    common = Mul(*(b**e for b, e in lowest.items() if isinstance(e, Integer)))
    if common == 1:
        return None
    return (*zeros(common, x), *zeros(Add(*(term / common for term in f.args)), x))


def _clear_denominators(f: Expr, x: Symbol) -> Iterable[Root] | None:
    if not any(isinstance(g, Pow) and g.exp.is_Integer for g in _generators(f, x)):
        return None
    numerator, denominator = together(f).as_numer_denom()
    if x not in denominator.free_symbols or numerator == f:
        return None
    return zeros(expand(numerator), x)


def _affine_radical(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """``x`` beside a power of an affine ``c*x + d``: everything in terms of the latter."""
    keys = _keys(f, x)
    others = keys - {x}
    if len(keys) != 2 or len(others) != 1:
        return None
    (u,) = others
    affine = _affine(u, x)
    if affine is None:
        return None
    t = Symbol("t", real=True)
    in_t = f.xreplace({u: t}).xreplace({x: (t - affine[1]) / affine[0]})
    return tuple(r.given(root.positive) for root in zeros(in_t, t) for r in zeros(u - root.value, x))


def _ratio(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """Divide by one term if fewer generators are left: ``exp(u) - c*exp(v)`` becomes ``exp(u - v) - c``."""
    count = len(_keys(f, x))
    for divisor in f.args:
        if x not in divisor.free_symbols:
            continue
        divided = Add(*(term / divisor for term in f.args))
        if len(_keys(divided, x)) < count:
            lost = (r for r in zeros(divisor, x) if not _surely_not_zero(f.xreplace({x: r.value})))
            return (*lost, *zeros(divided, x))
    return None


def _surely_not_zero(value: Expr) -> bool:
    return value.is_zero is False


def _exponentials(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """Constants out of exponents: ``exp(3*u + c) = exp(c)*exp(u)**3``, a polynomial in ``exp(u)``."""
    nodes = _generators(f, x)
    if not all(isinstance(node, exp) for node in nodes):
        return None
    t = Symbol("t", positive=True)
    powers, shared = {}, set()
    for node in nodes:
        constant, moving = node.args[0].as_independent(x, as_Add=True)
        g, q = _key(exp(moving))
        shared.add(g)
        powers[node] = exp(constant) * t**q
    if len(shared) > 1:
        return _two_exponentials(f, x)
    (g,) = shared
    roots = zeros(f.xreplace(powers), t)
    return tuple(r.given(root.positive) for root in roots for r in _equal(g, root.value, x))


def _two_exponentials(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """``c*exp(u) + d*exp(v) = 0`` becomes ``u - v = log(-d/c)``."""
    pairs = [term.as_independent(x, as_Add=False) for term in f.args]
    if len(pairs) != 2 or not all(isinstance(e, exp) for _, e in pairs):
        return None
    (c, left), (d, right) = pairs
    ratio = -d / c
    return tuple(r.given((ratio,)) for r in zeros(expand(left.args[0] - right.args[0]) - log(ratio), x))


def _logarithms(f: Expr, x: Symbol) -> Iterable[Root] | None:
    """``q*log(u) + r*log(v) + c = 0`` with integers ``q, r`` becomes ``u**q * v**r = exp(-c)``."""
    product, rest, arguments = S.One, S.Zero, []
    for term in f.args:
        q, core = term.as_coeff_Mul()
        if x not in term.free_symbols:
            rest = rest + term
        elif isinstance(core, log) and q.is_Integer:
            product = product * core.args[0] ** q
            arguments.append(core.args[0])
        else:
            return None
    roots = zeros(product - exp(-rest), x)
    return tuple(r.given(u.xreplace({x: r.value}) for u in arguments) for r in roots)


def _hyperbolic(f: Expr, x: Symbol) -> Iterable[Root] | None:
    if not f.has(sinh, cosh, tanh):
        return None
    for function, by_exp in _BY_EXP.items():
        f = f.replace(function, by_exp)
    return zeros(f, x)


_BY_EXP: dict[Any, Callable[[Expr], Expr]] = {
    sinh: lambda u: (exp(u) - exp(-u)) / 2,
    cosh: lambda u: (exp(u) + exp(-u)) / 2,
    tanh: lambda u: 1 - 2 / (exp(2 * u) + 1),
}


REWRITES = (
    _shared_factor,
    _clear_denominators,
    _affine_radical,
    _exponentials,
    _ratio,
    _logarithms,
    _hyperbolic,
)

# Inverses: f(u) = c becomes u = inverse(c), where the listed expressions are positive

Inverse = Callable[[Expr], tuple[Expr, tuple[Expr, ...]]]
INVERSES: dict[str, Inverse] = {
    "exp": lambda c: (log(c), (c,)),
    "log": lambda c: (exp(c), ()),
    "tanh": lambda c: (log((1 + c) / (1 - c)) / 2, (1 - c**2,)),
    "sinh": lambda c: (asinh(c), ()),
    "asinh": lambda c: (sinh(c), ()),
    "atanh": lambda c: (tanh(c), ()),
    "acosh": lambda c: (cosh(c), (c,)),
    "atan": lambda c: (tan(c), (pi**2 / 4 - c**2,)),
    "asin": lambda c: (sin(c), (pi**2 / 4 - c**2,)),
    "acos": lambda c: (cos(c), (c, pi - c)),
    "erf": lambda c: (erfinv(c), (1 - c**2,)),
    "erfc": lambda c: (erfcinv(c), (c, 2 - c)),
    "erfinv": lambda c: (erf(c), ()),
}
PERIODIC = ("sin", "cos", "tan", "cot", "sec", "csc")


def _equal(g: Expr, c: Expr, x: Symbol) -> Iterable[Root]:
    """Solutions of ``g = c``, ``g`` a generator and ``c`` free of ``x``."""
    if g == x:
        return (Root(c),)
    kind = type(g).__name__
    if isinstance(g, (Add, Mul)):
        return zeros(g - c, x)
    if isinstance(g, Pow) and x not in g.exp.free_symbols:
        inner = Root(_power(c, 1 / g.exp), (c,))
    elif isinstance(g, Pow) and x not in g.base.free_symbols:
        return tuple(r.given((c,)) for r in zeros(g.exp - log(c) / log(g.base), x)) if c != 0 else ()
    elif kind == "cosh":
        return tuple(r.given((c - 1,)) for s in (-1, 1) for r in zeros(g.args[0] - s * acosh(c), x))
    elif kind in INVERSES:
        if c == 0 and kind == "exp":
            return ()
        inner = Root(*INVERSES[kind](c))
    else:
        return _refuse(g, c, x)
    if any(p.is_nonpositive for p in inner.positive):
        return ()
    u: Expr = g.args[0]
    return tuple(r.given(inner.positive) for r in zeros(u - inner.value, x))


def _refuse(g: Expr, c: Expr, x: Symbol) -> tuple[Root, ...]:
    kind = type(g).__name__
    if kind in ("sin", "cos") and (1 - c**2).is_negative:
        return ()
    if kind in PERIODIC:
        raise Undecided(
            f"{g} = {c} has infinitely many solutions in {x}", "use an integrand with finitely many kinks"
        )
    raise Undecided(f"cannot solve {g} = {c} for {x}: no inverse of {kind} is known")

"""A SymPy expression as a program over balls, for ``acb.integral``.

Each distinct subexpression is one instruction, computed once per call; what is free of the
variables is computed once, when the program is made. Every instruction is told whether the
integrator asks for analyticity, and answers with a ball that is not finite where it touches a
branch cut or a kink.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flint import acb, ctx, fmpq
from sympy import Basic, Expr, Symbol
from sympy.core.relational import Relational

from derive.errors import Undecided

from .evaluator import Evaluator
from .functions import FUNCTIONS, NAN, hypergeometric, power
from .values import as_ball

Program = Callable[..., acb]
Instruction = Callable[[list[acb], bool], Any]
Definition = tuple[Symbol, Expr]


def compile_ball(
    expr: Expr,
    variables: Sequence[Symbol],
    point: Mapping[Symbol, Any] | None = None,
    bits: int = 128,
    definitions: Sequence[Definition] = (),
    kinked: bool = False,
) -> Program:
    """``f(x, ..., analytic)``: the ball of ``expr`` over balls of the variables.

    ``point`` gives all other symbols exact values. ``definitions`` are ``(symbol, expression)`` pairs
    in the variables and in earlier definitions, each evaluated once per call. ``kinked`` admits Abs,
    sign, Heaviside, Max, Min and Piecewise of the variables as piecewise analytic functions (rigorous,
    but slow at every kink); without it they are refused with ``Undecided``: split at the kinks first.
    """
    with ctx.workprec(bits):
        made = _Compiler(variables, point or {}, kinked)
        for symbol, meaning in definitions:
            made.define(symbol, meaning)
        return made.program(expr)


class _Compiler:
    def __init__(self, variables: Sequence[Symbol], point: Mapping[Symbol, Any], kinked: bool) -> None:
        self.slots: list[acb] = [acb(0)] * len(variables)
        self.index: dict[Basic, int] = {v: i for i, v in enumerate(variables)}
        self.moving = set(variables)
        self.walk = Evaluator({s: v for s, v in point.items() if s not in self.moving})
        self.code: list[tuple[int, Instruction]] = []
        self.kinked = kinked

    def define(self, symbol: Symbol, meaning: Expr) -> None:
        self.index[symbol] = self.slot(meaning)
        self.moving.add(symbol)

    def program(self, expr: Expr) -> Program:
        result, slots, code = self.slot(expr), self.slots, self.code

        def run(*arguments: Any) -> acb:
            *values, analytic = arguments
            work = slots.copy()
            work[: len(values)] = values
            for target, instruction in code:
                work[target] = instruction(work, analytic)
            return work[result]

        return run

    def slot(self, node: Any) -> int:
        """The slot that holds ``node``; constants are computed here and now."""
        found = self.index.get(node)
        if found is None:
            found = self.index[node] = self._constant(node) if self._is_fixed(node) else self._emit(node)
        return found

    def _is_fixed(self, node: Any) -> bool:
        return self.moving.isdisjoint(node.free_symbols)

    def _constant(self, node: Any) -> int:
        self.slots.append(self.walk.ball(node))
        return len(self.slots) - 1

    def _add(self, instruction: Instruction) -> int:
        self.slots.append(NAN)
        self.code.append((len(self.slots) - 1, instruction))
        return len(self.slots) - 1

    def _emit(self, node: Any) -> int:
        if node.is_Add or node.is_Mul:
            return self._fold(node)
        if node.is_Pow:
            return self._power(node)
        kind = type(node).__name__
        if kind in _KINKS:
            if not self.kinked:
                raise Undecided(
                    f"{node} has a kink inside the integral", "split the integral at its kinks first"
                )
            return _KINKS[kind](self, node)
        if kind == "hyper":
            return self._hyper(node)
        if kind == "log" and (inner := _softplus_argument(node)) is not None:
            return self._softplus(node, inner)
        if kind not in FUNCTIONS:
            raise Undecided(f"no ball arithmetic is known for {kind} of a variable, in {node}")
        return self._call(FUNCTIONS[kind], [self.slot(a) for a in node.args])

    def _fold(self, node: Any) -> int:
        """Constants first and together, then one instruction per operation."""
        fixed = [a for a in node.args if self._is_fixed(a)]
        parts = [self.slot(a) for a in node.args if not self._is_fixed(a)]
        if fixed:
            constant = node.func(*fixed)
            if node.is_Mul and constant == -1:
                first = parts.pop(0)
                parts.append(self._add(lambda w, _: -w[first]))
            else:
                parts.insert(0, self.slot(constant))
        total, *rest = parts
        for part in rest:
            total = self._sum(total, part) if node.is_Add else self._product(total, part)
        return total

    def _sum(self, i: int, j: int) -> int:
        return self._add(lambda w, _: w[i] + w[j])

    def _product(self, i: int, j: int) -> int:
        return self._add(lambda w, _: w[i] * w[j])

    def _power(self, node: Any) -> int:
        base = self.slot(node.base)
        if not self._is_fixed(node.exp):
            exponent = self.slot(node.exp)
            return self._add(lambda w, analytic: power(w[base], w[exponent], analytic))
        exact = self.walk.value(node.exp)
        if isinstance(exact, fmpq) and exact.q == 1:
            n = int(exact.p)
            return self._product(base, base) if n == 2 else self._add(lambda w, _: w[base] ** n)
        return self._add(lambda w, analytic: power(w[base], exact, analytic))

    def _call(self, function: Callable[..., acb], slots: list[int]) -> int:
        if len(slots) == 1:
            i = slots[0]
            return self._add(lambda w, analytic: function(w[i], analytic))
        return self._add(lambda w, analytic: function(*(w[i] for i in slots), analytic))

    def _hyper(self, node: Any) -> int:
        upper, lower = ([self.slot(a) for a in part] for part in node.args[:2])
        z = self.slot(node.args[2])
        return self._add(
            lambda w, analytic: hypergeometric([w[i] for i in upper], [w[i] for i in lower], w[z], analytic)
        )

    def _softplus(self, node: Any, inner: Any) -> int:
        """``log(1 + exp(u))`` as ``u + log(1 + exp(-u))`` where Re u > 0.

        Equal on the real line, and analytic in a half-plane where the former meets its cut
        again and again.
        """
        i, grown = self.slot(inner), self.slot(node.args[0])

        def run(w: list[acb], analytic: bool) -> acb:
            u = w[i]
            return u + (1 + (-u).exp()).log() if u.real > 0 else w[grown].log(analytic=analytic)

        return self._add(run)

    def decide(self, condition: Any) -> Callable[[list[acb], bool], bool | None]:
        """A condition as a function of the slots; ``None`` where a ball lies on both sides."""
        if self._is_fixed(condition):
            known = self.walk.truth(condition)
            return lambda w, analytic: known
        if isinstance(condition, Relational):
            if condition.rel_op in ("==", "!="):
                raise Undecided(
                    f"{condition} holds at isolated points only", "write the condition as an inequality"
                )
            greater = condition.rel_op in (">", ">=")
            i, j = self.slot(condition.lhs), self.slot(condition.rhs)
            return lambda w, analytic: _side(w[i] - w[j] if greater else w[j] - w[i])
        kind = type(condition).__name__
        if kind in ("And", "Or"):
            parts = [self.decide(a) for a in condition.args]
            return lambda w, analytic: _combine([p(w, analytic) for p in parts], kind == "Or")
        if kind == "Not":
            inner = self.decide(condition.args[0])
            return lambda w, analytic: None if (known := inner(w, analytic)) is None else not known
        raise Undecided(f"the condition {condition} is not a relation between numbers")


def _softplus_argument(node: Any) -> Any:
    """``u`` where the node is ``log(1 + exp(u))``, else ``None``."""
    parts = node.args[0].args
    if node.args[0].is_Add and len(parts) == 2 and parts[0] == 1 and type(parts[1]).__name__ == "exp":
        return parts[1].args[0]
    return None


def _side(z: acb) -> bool | None:
    """On which side of 0 the real part lies: constant on a connected ball that stays on one side."""
    return True if z.real > 0 else False if z.real < 0 else None


def _combine(parts: list[bool | None], decisive: bool) -> bool | None:
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _abs(made: _Compiler, node: Any) -> int:
    i = made.slot(node.args[0])
    return made._add(lambda w, analytic: w[i].real_abs(analytic=analytic))


def _sign(made: _Compiler, node: Any) -> int:
    i = made.slot(node.args[0])
    return made._add(lambda w, analytic: w[i].real_sgn(analytic=analytic))


def _heaviside(made: _Compiler, node: Any) -> int:
    i = made.slot(node.args[0])
    return made._add(lambda w, analytic: w[i].real_heaviside(analytic=analytic))


def _extreme(method: str) -> Callable[[_Compiler, Any], int]:
    call = getattr(acb, method)

    def emit(made: _Compiler, node: Any) -> int:
        def pair(i: int, j: int) -> int:
            return made._add(lambda w, analytic: call(w[i], w[j], analytic=analytic))

        total, *rest = (made.slot(a) for a in node.args)
        for part in rest:
            total = pair(total, part)
        return total

    return emit


def _piecewise(made: _Compiler, node: Any) -> int:
    branches = [(made.slot(value), made.decide(condition)) for value, condition in node.args]

    def run(w: list[acb], analytic: bool) -> acb:
        reached: list[acb] = []
        for i, decide in branches:
            holds = decide(w, analytic)
            if holds is False:
                continue
            reached.append(w[i])
            if holds:
                break
            if analytic:
                return NAN
        else:
            return NAN
        return reached[0] if len(reached) == 1 else _hull(reached)

    return made._add(run)


def _hull(balls: list[acb]) -> acb:
    total = as_ball(balls[0])
    for ball in balls[1:]:
        total = total.union(ball)
    return total


_KINKS: dict[str, Callable[[_Compiler, Any], int]] = {
    "Abs": _abs,
    "sign": _sign,
    "Heaviside": _heaviside,
    "Max": _extreme("real_max"),
    "Min": _extreme("real_min"),
    "Piecewise": _piecewise,
}

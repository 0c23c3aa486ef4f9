"""Terms in Typst's mathematics, by a printer of our own.

``a/b`` in Typst grabs only the nearest factor, so every quotient is a ``frac``; a comma in a call separates
arguments, so every comma of ours is the symbol ``comma``.
"""

from __future__ import annotations

from sympy import Add, Basic, Expr, Mul, Piecewise, Pow, Rational, Symbol, true
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer

from derive.render._notation import GREEK, density_letter, law_word, split_name, subscripted
from derive.terms import D, Density, E, Int, Law, Total

_RELATIONS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KNOWN = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "max", "min"}
_COMMA = " comma "


def typst(term: Basic) -> str:
    """One term, as it stands between dollars."""
    return str(TermTypst().doprint(term))


def quoted(text: str) -> str:
    """Text inside mathematics."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class TermTypst(Printer):
    """SymPy expressions and the inert nodes."""

    printmethod = "_typst"

    def emptyPrinter(self, expr: Basic) -> str:
        """A node without a notation of its own: its name in upright letters, its arguments in order."""
        name = type(expr).__name__
        head = name.lower() if name.lower() in _KNOWN else f"op({quoted(name)})"
        return f"{head}({self._list(expr.args)})"

    def _list(self, terms: tuple[Basic, ...]) -> str:
        return _COMMA.join(map(self._print, terms))

    def _within(self, term: Basic, level: int) -> str:
        """The term, in parentheses where it binds no more tightly than ``level``."""
        inner = self._print(term)
        loose = precedence(term) < level or isinstance(term, (Int, Total, D, Piecewise))
        return f"({inner})" if loose else inner

    def _in_scope(self, body: Expr) -> str:
        """The body of an integral or a sum: only a sum needs parentheses."""
        inner = self._print(body)
        return f"({inner})" if isinstance(body, Add) or inner.startswith("-") else inner

    # Numbers and names -------------------------------------------------------------------------------

    def _print_Rational(self, number: Rational) -> str:
        if number.q == 1:
            return str(number.p)
        sign = "-" if number.p < 0 else ""
        return f"{sign}frac({abs(number.p)}, {number.q})"

    def _print_Symbol(self, symbol: Symbol) -> str:
        stem, index = split_name(symbol.name)
        letter = stem if stem in GREEK or len(stem) == 1 else quoted(stem)
        return f"{letter}_({index.replace(',', _COMMA)})" if index else letter

    def _print_Exp1(self, _: Expr) -> str:
        return "e"

    def _print_Pi(self, _: Expr) -> str:
        return "pi"

    def _print_EulerGamma(self, _: Expr) -> str:
        return "gamma"

    def _print_Infinity(self, _: Expr) -> str:
        return "infinity"

    def _print_NegativeInfinity(self, _: Expr) -> str:
        return "-infinity"

    # Arithmetic --------------------------------------------------------------------------------------

    def _print_Add(self, expr: Add) -> str:
        text = ""
        for term in expr.as_ordered_terms():
            inner = self._print(term)
            negative = inner.startswith("-")
            text += f" - {inner[1:].lstrip()}" if negative and text else f" + {inner}" if text else inner
        return text

    def _print_Mul(self, expr: Mul) -> str:
        if expr.could_extract_minus_sign():
            return f"-{self._within(-expr, PRECEDENCE['Mul'])}"
        above, below = expr.as_numer_denom()
        if below != 1:
            return f"frac({self._print(above)}, {self._print(below)})"
        return " ".join(self._within(factor, PRECEDENCE["Mul"]) for factor in expr.as_ordered_factors())

    def _print_Pow(self, expr: Pow) -> str:
        base, exponent = expr.as_base_exp()
        if exponent == Rational(1, 2):
            return f"sqrt({self._print(base)})"
        if isinstance(exponent, Rational) and exponent < 0:
            return f"frac(1, {self._print(Pow(base, -exponent))})"
        below = self._print(base)
        simple = isinstance(base, Symbol) or (isinstance(base, Rational) and base.q == 1 and base >= 0)
        return f"{below if simple else f'({below})'}^({self._print(exponent)})"

    def _print_exp(self, expr: Expr) -> str:
        return f"e^({self._print(expr.args[0])})"

    def _print_Abs(self, expr: Expr) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Heaviside(self, expr: Expr) -> str:
        return f"op({quoted('H')})({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: Expr) -> str:
        cases = (f"{self._print(v)} & {self._condition(c)}" for v, c in expr.args)
        return f"cases({', '.join(cases)})"

    def _condition(self, condition: Basic) -> str:
        return quoted("otherwise") if condition is true else f"{quoted('if ')} {self._print(condition)}"

    def _print_Relational(self, expr: Expr) -> str:
        return f"{self._print(expr.lhs)} {_RELATIONS[expr.rel_op]} {self._print(expr.rhs)}"

    def _print_And(self, expr: Expr) -> str:
        return f" {quoted(' and ')} ".join(map(self._print, expr.args))

    def _print_Or(self, expr: Expr) -> str:
        return f" {quoted(' or ')} ".join(f"({self._print(a)})" for a in expr.args)

    # Calculus ----------------------------------------------------------------------------------------

    def _print_AppliedUndef(self, call: AppliedUndef) -> str:
        points, theta = subscripted(call)
        head = self._print_Symbol(Symbol(call.func.__name__))
        if theta is not None:
            head += f"_({self._print(theta)})"
        return f"{head}({self._list(points)})" if points else head

    def _print_Derivative(self, expr: Expr) -> str:
        body = self._print(expr.args[0])
        for variable, count in expr.variable_count:
            order = "" if count == 1 else f"^{count}"
            body = f"frac(partial{order}, partial {self._print(variable)}{order}) {body}"
        return body

    def _print_Subs(self, expr: Expr) -> str:
        body, variables, points = expr.args
        pairs = (f"{self._print(v)} = {self._print(p)}" for v, p in zip(variables, points))
        return f"lr({self._print(body)} |)_({_COMMA.join(pairs)})"

    def _print_D(self, term: D) -> str:
        operator = f"frac(partial, partial {self._print(term.theta)})"
        wide = isinstance(term.body, (Add, Mul))
        body = self._print(term.body)
        return f"{operator} lr([{body}])" if wide else f"{operator} {body}"

    def _print_E(self, term: E) -> str:
        names = self._list(term.variables)
        return f"bb(E)_({names} tilde.op {self._print(term.law)}) lr([{self._print(term.body)}])"

    def _print_Int(self, term: Int) -> str:
        signs = "".join(f"integral_({self._print(lo)})^({self._print(hi)}) " for _, lo, hi in term.limits)
        ends = "".join(f" dif {self._print(v)}" for v in reversed(term.variables))
        return f"{signs}{self._in_scope(term.body)} thin{ends}"

    def _print_Total(self, term: Total) -> str:
        limits = ((self._print(v), self._print(lo), self._print(hi)) for v, lo, hi in term.limits)
        signs = "".join(f"sum_({v} = {lo})^({hi}) " for v, lo, hi in limits)
        return f"{signs}{self._in_scope(term.body)}"

    def _print_Law(self, law: Law) -> str:
        word, calligraphic = law_word(law)
        inner = self._list(law.parameters)
        if len(word) == 1 and not calligraphic:
            return f"{word}_({inner})" if inner else word
        return f"{f'cal({word})' if calligraphic else quoted(word)}({inner})"

    def _print_Density(self, density: Density) -> str:
        law = density.law
        marked = law.parameters and (law.free_symbols or len(law.name) == 1)
        index = f"_({self._list(law.parameters)})" if marked else ""
        return f"{density_letter(law)}{index}({self._list(density.point)})"

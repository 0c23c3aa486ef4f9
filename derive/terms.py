"""The inert nodes of which steps are made: laws, densities, E, integrals, sums and D.

They are SymPy expressions that nothing evaluates by itself. SymPy interchanges a derivative
with an integral without looking (and loses jumps on the way), so a node that could be
differentiated refuses: only a rule of the kernel may move a ``D``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from sympy import Basic, Expr, Symbol, Tuple, sympify
from sympy.core.symbol import Str
from sympy.printing.printer import Printer

SAMPLE = Symbol("a", real=True)
NOISE = Symbol("b", real=True)


def sample_symbols(dimension: int) -> tuple[Symbol, ...]:
    """The bound variable ``a`` of a family, or ``a[0], a[1], ...`` for a vector."""
    return _indexed("a", dimension)


def noise_symbols(dimension: int) -> tuple[Symbol, ...]:
    """The bound variable ``b`` of the noise, or ``b[0], b[1], ...`` for a vector."""
    return _indexed("b", dimension)


def _indexed(name: str, dimension: int) -> tuple[Symbol, ...]:
    if dimension == 1:
        return (Symbol(name, real=True),)
    return tuple(Symbol(f"{name}[{i}]", real=True) for i in range(dimension))


class Law(Basic):
    """A named probability law with its parameters, ``normal(mu, sigma)``.

    A name that no family carries (``P``) stands for an arbitrary law, as on the slides.
    """

    def __new__(cls, name: str | Str, *parameters: Any) -> Law:
        label = name if isinstance(name, Str) else Str(name)
        return super().__new__(cls, label, *map(sympify, parameters))

    @property
    def name(self) -> str:
        return str(self.args[0].name)

    @property
    def parameters(self) -> tuple[Expr, ...]:
        return self.args[1:]

    def _sympystr(self, printer: Printer) -> str:
        inner = ", ".join(printer.doprint(p) for p in self.parameters)
        return f"{self.name}({inner})"


class Inert(Expr):
    """Base of the nodes that no SymPy routine may evaluate."""

    is_commutative = True
    is_real = True
    is_extended_real = True
    # A bound variable is not free; subclasses say which of their arguments bind.
    _what: ClassVar[str] = "inert term"

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        if symbol not in self.free_symbols:
            return sympify(0)
        raise TypeError(f"{self._what} is inert: only a rule may differentiate it")

    def _eval_simplify(self, **_: Any) -> Expr:
        return self


class Density(Inert):
    """The density or mass function of a law at a point, ``p(a; mu, sigma)``, held closed."""

    _what = "a density"

    def __new__(cls, law: Law, *point: Any) -> Density:
        return super().__new__(cls, law, *map(sympify, point))

    is_nonnegative = True

    @property
    def law(self) -> Law:
        return self.args[0]

    @property
    def point(self) -> tuple[Expr, ...]:
        return self.args[1:]

    def _sympystr(self, printer: Printer) -> str:
        point = ", ".join(printer.doprint(p) for p in self.point)
        return f"p({point}; {printer.doprint(self.law)})"


class Binder(Inert):
    """Base of the nodes that bind variables: ``args = (body, *rest)``."""

    @property
    def body(self) -> Expr:
        return self.args[0]

    @property
    def variables(self) -> tuple[Symbol, ...]:
        raise AssertionError("a subclass says which variables it binds")

    @property
    def bound_symbols(self) -> list[Symbol]:
        return list(self.variables)

    @property
    def free_symbols(self) -> set[Basic]:
        rest: set[Basic] = set().union(*(a.free_symbols for a in self._outer()))
        return (self.body.free_symbols - set(self.variables)) | rest

    def _outer(self) -> Iterable[Basic]:
        """The parts that lie outside the scope of the bound variables."""
        raise AssertionError("a subclass says what lies outside its scope")

    def with_body(self, body: Expr) -> Binder:
        """The same binder over another body."""
        return self.func(body, *self.args[1:])

    def _eval_subs(self, old: Basic, new: Basic) -> Basic | None:
        if old in self.variables:
            return self
        clash = set(self.variables) & getattr(new, "free_symbols", set())
        if clash:
            raise ValueError(f"substituting {new} would capture the bound variable {clash.pop()}")
        return None


class E(Binder):
    """The expectation ``E_{a ~ law}[body]``: ``E(body, law, a)``."""

    _what = "an expectation"

    def __new__(cls, body: Any, law: Law, *variables: Symbol) -> E:
        return super().__new__(cls, sympify(body), law, *variables)

    @property
    def law(self) -> Law:
        return self.args[1]

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return self.args[2:]

    def _outer(self) -> Iterable[Basic]:
        return (self.law,)

    def _sympystr(self, printer: Printer) -> str:
        names = ", ".join(map(str, self.variables))
        return f"E_[{names} ~ {printer.doprint(self.law)}][{printer.doprint(self.body)}]"


class _Over(Binder):
    """Base of the integral and the sum: ``args = (body, (variable, lower, upper), ...)``."""

    def __new__(cls, body: Any, *limits: Any) -> _Over:
        return super().__new__(cls, sympify(body), *(Tuple(*limit) for limit in limits))

    @property
    def limits(self) -> tuple[Tuple, ...]:
        return self.args[1:]

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return tuple(limit[0] for limit in self.limits)

    def _outer(self) -> Iterable[Basic]:
        return tuple(end for limit in self.limits for end in limit[1:])

    @property
    def free_symbols(self) -> set[Basic]:
        """Without the variables, of which the end of a later axis may be a function."""
        return super().free_symbols - set(self.variables)

    def _printed(self, printer: Printer, word: str) -> str:
        over = ", ".join(f"{v}={printer.doprint(lo)}..{printer.doprint(hi)}" for v, lo, hi in self.limits)
        return f"{word}({printer.doprint(self.body)}, {over})"


class Int(_Over):
    """An integral that nothing evaluates: ``Int(body, (a, lower, upper))``."""

    _what = "an integral"

    def _sympystr(self, printer: Printer) -> str:
        return self._printed(printer, "integral")


class Total(_Over):
    """A sum that nothing evaluates: ``Total(body, (a, lower, upper))``."""

    _what = "a sum"

    def _sympystr(self, printer: Printer) -> str:
        return self._printed(printer, "sum")


class D(Inert):
    """The derivative ``d body / d theta`` that nothing evaluates; bound variables are held fixed."""

    _what = "a derivative"

    def __new__(cls, body: Any, theta: Symbol) -> D:
        return super().__new__(cls, sympify(body), theta)

    @property
    def body(self) -> Expr:
        return self.args[0]

    @property
    def theta(self) -> Symbol:
        return self.args[1]

    def _eval_subs(self, old: Basic, new: Basic) -> Basic | None:
        if old == self.theta and new != old:
            raise ValueError(f"{old} is differentiated by: substitute after the derivative is taken")
        return None

    def _sympystr(self, printer: Printer) -> str:
        return f"d/d{self.theta}[{printer.doprint(self.body)}]"

"""The inert nodes of a policy gradient: trajectories, the policy, the process, values and visits.

``E`` and ``Density`` of ``derive.terms`` serve trajectories too, under a law that is named for the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Basic, Expr, Symbol, Tuple, sympify
from sympy.printing.printer import Printer

from derive.terms import Binder, Density, E, Inert, Law, Total

TAU = Symbol("tau", real=True)
TIME, LATER = Symbol("t", real=True), Symbol("k", real=True)
GAMMA, HORIZON = Symbol("gamma", real=True), Symbol("T", real=True)
STATE, ACTION = Symbol("s", real=True), Symbol("a", real=True)
# How many states and actions there are.
STATES, ACTIONS = Symbol("S", real=True), Symbol("A", real=True)


class Call(Inert):
    """A node printed as ``name(first, second | third, ...)``; ``bar`` is where the bar stands, if it does."""

    _what = "a part of a process"
    name, latex_name, typst_name = "", "", ""
    bar = 0
    shown: int | None = None

    def __new__(cls, *args: Any) -> Call:
        return super().__new__(cls, *map(sympify, args))

    def _parts(self, printer: Printer) -> list[str]:
        return [printer.doprint(a) if printer.printmethod == "_sympystr" else printer._print(a)
                for a in self.args[: self.shown]]  # fmt: skip

    def _joined(self, printer: Printer, comma: str, bar: str) -> str:
        parts = self._parts(printer)
        if not self.bar:
            return comma.join(parts)
        return bar.join((comma.join(parts[: self.bar]), comma.join(parts[self.bar :])))

    def _sympystr(self, printer: Printer) -> str:
        return f"{self.name}({self._joined(printer, ', ', ' | ')})"

    def _latex(self, printer: Printer, **_: Any) -> str:
        inner = self._joined(printer, ", ", r" \mid ")
        return rf"{self.latex_name or self.name}\left({inner}\right)"

    def _typst(self, printer: Printer) -> str:
        return f"{self.typst_name or self.name}({self._joined(printer, ' comma ', ' bar.v ')})"


class _At(Inert):
    """The state or the action of a trajectory at a time."""

    _what = "a step of a trajectory"
    letter = ""

    def __new__(cls, tau: Symbol, time: Any) -> _At:
        return super().__new__(cls, tau, sympify(time))

    @property
    def time(self) -> Expr:
        return self.args[1]

    def _sympystr(self, printer: Printer) -> str:
        return f"{self.letter}[{printer.doprint(self.time)}]"

    def _latex(self, printer: Printer, **_: Any) -> str:
        return f"{self.letter}_{{{printer._print(self.time)}}}"

    def _typst(self, printer: Printer) -> str:
        return f"{self.letter}_({printer._print(self.time)})"


class StateAt(_At):
    """``s_t``."""

    letter = "s"


class ActionAt(_At):
    """``a_t``."""

    letter = "a"


class Start(Call):
    """``rho(s)``, the probability to start in s."""

    name, latex_name = "rho", r"\rho"


class Policy(Call):
    """``pi(a | s)``, which depends on the parameters in its last argument."""

    name, latex_name, bar, shown = "pi", r"\pi_{\theta}", 1, 2
    typst_name = "pi_theta"


class Move(Call):
    """``P(n | s, a)``, the probability to go to n; a further argument holds parameters that it depends on."""

    name, bar, shown = "P", 1, 3


class Reward(Call):
    """``r(s, a)``."""

    name = "r"


class ActionValue(Call):
    """``Q(t, s, a)``, the expected discounted rewards from time t on, after action a in state s."""

    name, shown = "Q", 3
    latex_name, typst_name = r"Q_{\theta}", "Q_theta"


class StateValue(Call):
    """``V(t, s)``."""

    name, shown = "V", 2
    latex_name, typst_name = r"V_{\theta}", "V_theta"


class Visits(Call):
    """``d(t, s)``, the probability to be in s at time t."""

    name, shown = "d", 2
    latex_name, typst_name = r"d_{\theta}", "d_theta"


class Paths(Binder):
    """The sum over all trajectories that can happen: ``Paths(body, tau)``."""

    _what = "a sum over trajectories"

    def __new__(cls, body: Any, tau: Symbol = TAU) -> Paths:
        return super().__new__(cls, sympify(body), tau)

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return (self.args[1],)

    def _outer(self) -> Iterable[Basic]:
        return ()

    def _sympystr(self, printer: Printer) -> str:
        return f"sum({printer.doprint(self.body)}, {self.args[1]})"

    def _latex(self, printer: Any, **_: Any) -> str:
        return rf"\sum_{{{printer._print(self.args[1])}}} {printer._in_scope(self.body)}"

    def _typst(self, printer: Any) -> str:
        return f"sum_({printer._print(self.args[1])}) {printer._in_scope(self.body)}"


class Product(Total):
    """A product that nothing evaluates: ``Product(body, (t, lower, upper))``."""

    _what = "a product"

    def _sympystr(self, printer: Printer) -> str:
        return self._printed(printer, "product")

    def _latex(self, printer: Any, **_: Any) -> str:
        ((variable, low, high),) = self.limits
        ends = f"_{{{printer._print(variable)}={printer._print(low)}}}^{{{printer._print(high)}}}"
        return rf"\prod{ends} {printer._print(self.body)}"

    def _typst(self, printer: Any) -> str:
        ((variable, low, high),) = self.limits
        ends = f"_({printer._print(variable)} = {printer._print(low)})^({printer._print(high)})"
        return f"product{ends} {printer._print(self.body)}"


def return_of(gamma: Any, horizon: Any) -> Expr:
    """``sum_t gamma**t r(s_t, a_t)``."""
    return Total(gamma**LATER * reward_at(LATER), (LATER, 0, horizon - 1))


def reward_at(time: Any) -> Reward:
    """``r(s_t, a_t)`` of the trajectory."""
    return Reward(StateAt(TAU, time), ActionAt(TAU, time))


def policy_at(time: Any, parameters: Tuple) -> Policy:
    """``pi(a_t | s_t)`` of the trajectory."""
    return Policy(ActionAt(TAU, time), StateAt(TAU, time), parameters)


def likelihood(law: Law, horizon: Any) -> Expr:
    """``rho(s_0) prod_t pi(a_t | s_t) prod_t P(s_{t+1} | s_t, a_t)``."""
    moves = Move(StateAt(TAU, TIME + 1), StateAt(TAU, TIME), ActionAt(TAU, TIME))
    return (
        Start(StateAt(TAU, 0))
        * Product(policy_at(TIME, parameters_of(law)), (TIME, 0, horizon - 1))
        * Product(moves, (TIME, 0, horizon - 2))
    )


def parameters_of(law: Law) -> Tuple:
    """What the policy depends on: the parameters of the law of its trajectories."""
    return Tuple(*law.parameters)


def trajectory_density(law: Law) -> Density:
    """``p(tau)``."""
    return Density(law, TAU)


def expected_return(law: Law, gamma: Any, horizon: Any) -> E:
    """``E_tau[sum_t gamma**t r(s_t, a_t)]``."""
    return E(return_of(gamma, horizon), law, TAU)

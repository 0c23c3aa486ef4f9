"""Names to expressions: symbols, declared functions with their subscripts and primes, known functions."""

from __future__ import annotations

from typing import cast

from sympy import E as EULER
from sympy import Expr, Function, I, Integer, Mul, S, Subs, Symbol, erf, exp, pi, sqrt
from sympy.core.function import Derivative

from derive import bounds
from derive.written.building import bad, trees
from derive.written.document import Declared
from derive.written.knowing import MAX_ORDER, Script, divided, order_of, refuse_large
from derive.written.lawful import Lawful
from derive.written.parsing import Node
from derive.written.unreadable import Unreadable

_GAUSSIAN = ("normal", "half_normal", "lognormal", "logit_normal")


class Names(Lawful):
    """Reads names and calls; ``used`` collects the undefined functions that occur."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # the scope and the text
        self.used: dict[str, Declared] = {}

    # Names without arguments -------------------------------------------------------------------------

    def _named(self, node: Node) -> Expr:
        stem, script = str(node.children[0]), Script(trees(node)[0])
        if stem == "e" and self.lookup("e") is None and not script.below:
            return self._exponential(script, node)
        base = self.name_value(stem, script, node)
        return self.raised(base, script)

    def _exponential(self, script: Script, node: Node) -> Expr:
        hung = len(script.above) + script.primes + len(script.marked)
        if not hung:
            return cast(Expr, EULER)
        if hung > 1 or not script.above or script.above[0].data != "above":
            raise bad(node, "an exponential has one exponent and nothing else on its e", "write e^{...}")
        argument = self.value(trees(script.above[0])[0])
        bounds.refuse_call("exp", [argument])
        return cast(Expr, exp(argument))

    def key(self, stem: str, script: Script) -> str:
        """``a_0`` for a name with its subscript."""
        below = "".join(self.index(s) for s in script.below)
        name = stem.removeprefix("word:")
        return f"{name}_{below}" if below else name

    def lookup(self, key: str) -> Expr | None:
        """What a name stands for here: a bound variable, an index's value, or a declared symbol."""
        self.scope.seen.add(key)
        found = self.bound.get(key)
        if found is None and key in self.scope.fixed:
            return Integer(self.scope.fixed[key])
        if key == self.scope.imaginary:
            return cast(Expr, I)
        return found if found is not None else self.scope.symbol(key)

    def name_value(self, stem: str, script: Script, node: Node) -> Expr:
        key = self.key(stem, script)
        primed = self.lookup(key + "'" * script.primes)
        if primed is not None:
            return primed
        if stem in self.scope.functions:
            return self.applied(self.scope.functions[stem], [], script, node)
        if stem in self.scope.definitions:
            arguments = self.scope.definitions[stem].arguments
            return self._defined(stem, list(arguments), script, node)
        found = self.lookup(key)
        if found is not None or script.primes:
            help = f"declare it in the front matter (functions: {self.written(node.children[0])}_\\theta)"
            raise bad(node, f"'{self.written(node)}' is no function, so it has no derivative", help)
        if stem in self.scope.sequences and script.below:
            return cast(Expr, Function(stem, real=True)(self.value(trees(script.below[0])[0])))
        if stem in self.scope.vectors and script.below:
            return self._entry(stem, key, node)
        if stem in self.scope.laws and (script.below or stem in self.scope.explicit):
            return self._suppressed(stem, script, node)
        if stem == "pi" and not script.below:
            return cast(Expr, pi)
        raise self.undeclared(key, node)

    def undeclared(self, key: str, node: Node) -> Unreadable:
        return bad(node, f"'{self.written(node)}' is not declared", self.scope.near(key))

    def _entry(self, stem: str, key: str, node: Node) -> Expr:
        index = key.partition("_")[2]
        if not index.isdigit():
            help = f"declare the index in the front matter, as in index: {index or 'k'} = 1..3"
            raise bad(node, f"the index of '{self.written(node)}' has no value", help)
        positive = self.scope.vectors[stem]
        return Symbol(f"{stem}[{index}]", **({"positive": True} if positive else {"real": True}))

    def _suppressed(self, stem: str, script: Script, node: Node) -> Expr:
        """``P_\\theta`` in a formula is ``P_\\theta(a)`` at the sample."""
        from derive.terms import Density

        given = [p for s in script.below for p in divided(s)[0]]
        if any(self.value(p) != self.scope.parameter for p in given) and self.scope.generic:
            raise self.undeclared(self.key(stem, script), node)
        law = self.lettered(stem, given, node, noisy=False, bare=not given)
        return Density(law, *self.scope.record.samples)

    # Calls -------------------------------------------------------------------------------------------

    def _call(self, node: Node) -> Expr:
        return Mul(*self.call_factors(node))

    def factors(self, node: Node) -> list[Expr]:
        return self.call_factors(node) if node.data == "call" else super().factors(node)

    def call_factors(self, node: Node) -> list[Expr]:
        """A call, or a letter times a bracket: two factors, the exponent belongs to the bracket."""
        stem, (scripts, args, after) = str(node.children[0]), trees(node)
        script = Script(scripts)
        if stem in self.scope.functions or stem in self.scope.definitions:
            self.refuse_inverse(script)
            return [self.scripted(self.raised(self._function_call(stem, script, args, node), script), after)]
        if stem in self.scope.operators:
            self.refuse_inverse(script)
            made = self.known(self.scope.operators[stem], [self.value(p) for p in self._values(args)], node)
            return [self.scripted(self.raised(made, script), after)]
        factor = self.lookup(self.key(stem, script) + "'" * script.primes)
        separated = divided(args)[1] is not None
        if factor is None and stem in self.scope.vectors and script.below and not self.is_law(stem):
            factor = self._entry(stem, self.key(stem, script), node)
        if factor is None and stem == "e":
            if not script.above:
                raise bad(
                    node,
                    f"'{self.written(node)}' could be e times a bracket or an exponential",
                    "write e^{...}",
                )
            factor = self._exponential(script, node)
            return [factor, self._bracket(args, after, node)]
        if factor is not None and not separated:
            return [self.raised(factor, script), self._bracket(args, after, node)]
        if self.is_law(stem):
            return [self.scripted(self.raised(self.density(stem, script.below, args, node), script), after)]
        return [self.scripted(self.raised(self._special(stem, script, args, node), script), after)]

    def _bracket(self, args: Node, after: Node, node: Node) -> Expr:
        """The bracket after a letter, where that can only be a product."""
        parts = trees(args)
        if len(parts) != 1 or parts[0].data != "sum":
            raise bad(
                node,
                f"'{self.written(node.children[0])}' is not a function here",
                "it is declared as a symbol",
            )
        if self.is_atom(args):
            self._refuse_letter_of_law(node)
            raise bad(
                node, f"'{self.written(node)}' could be a product or a function of its argument",
                "write \\cdot for a product, or declare the function in the front matter "
                f"(functions: {self.written(node)})",
            )  # fmt: skip
        return self.scripted(self.value(parts[0]), after)

    def _refuse_letter_of_law(self, node: Node) -> None:
        """``p(a)`` where ``p`` is a parameter and the letter of the density."""
        letter = str(node.children[0])
        if letter in self.scope.laws:
            message = f"'{self.written(node)}' could be the density or {letter} times its argument"
            raise bad(node, message, f"write {letter}(a; {letter}) for the density, \\cdot for a product")

    def _function_call(self, stem: str, script: Script, args: Node, node: Node) -> Expr:
        values = [self.value(p) for p in self._values(args)]
        if stem in self.scope.definitions:
            return self._defined(stem, values, script, node)
        declared = self.scope.functions[stem]
        if not values or (not self._takes_points(declared, script) and len(values) == 1):
            return self.applied(declared, [], script, node) * values[0]
        return self.applied(declared, values, script, node)

    def _takes_points(self, declared: Declared, script: Script) -> bool:
        """Whether arguments are left after the subscripts: ``\\mu_\\theta (a - 1)`` is a product."""
        return len(declared.arguments) > len([p for s in script.below for p in divided(s)[0]])

    def _special(self, stem: str, script: Script, args: Node, node: Node) -> Expr:
        """``\\Phi(x)``, ``\\phi(x)``, ``\\Gamma(x)``: functions by these letters if nobody declares them."""
        from sympy import gamma

        gaussian = self.scope.family is not None and self.scope.family.name in _GAUSSIAN
        if script.below or script.primes or stem not in ("Phi", "phi", "varphi", "Gamma"):
            help = (
                f"declare it in the front matter: functions: {self.written(node)}, or constants for a factor"
            )
            shown = f"'{self.written(node)}': '{self.written(node.children[0])}' is not declared"
            raise bad(node, f"{shown}, so this could be a function or a product", help)
        (argument,) = (self.value(p) for p in self._values(args)[:1])
        if stem == "Gamma":
            refuse_large([argument])
            return cast(Expr, gamma(argument))
        if stem == "Phi":
            return S.Half * (1 + erf(argument / sqrt(2)))
        if not gaussian:
            help = f"declare it in the front matter (functions: {self.written(node)})"
            raise bad(node, f"'{self.written(node)}' is not declared", help)
        return exp(-(argument**2) / 2) / sqrt(2 * pi)

    def _order(self, script: Script, node: Node) -> int:
        """How often a function is differentiated: its primes, or the number in ``f^{(2)}``."""
        order = script.primes + sum(order_of(m) for m in script.marked)
        script.marked = []
        if order > MAX_ORDER:
            raise bad(node, f"this is a derivative of order {order}; at most {MAX_ORDER} are read")
        return order

    # Undefined and defined functions -----------------------------------------------------------------

    def applied(self, declared: Declared, values: list[Expr], script: Script, node: Node) -> Expr:
        """``g_\\theta'(u)``: a function at its arguments, subscripts last; primes are by the first."""
        subs = [self.value(p) for s in script.below for p in divided(s)[0]]
        given = self._completed(declared, values, subs, node)
        order = self._order(script, node)
        self.used[declared.name] = declared
        if not order:
            return cast(Expr, declared.function(*given))
        return self.derivative_at(declared, declared.arguments[0], order, given)

    def _completed(self, declared: Declared, values: list[Expr], subs: list[Expr], node: Node) -> list[Expr]:
        """All arguments, the suppressed ones at their own names."""
        own = list(declared.arguments)
        missing = len(own) - len(values) - len(subs)
        if missing < 0 or (missing and declared.name not in self.scope.explicit):
            shape = self.shape(declared)
            raise bad(node, f"'{self.written(node)}' is not {shape}, as it is declared",
                      f"write {shape}, or declare another (functions: {self.written(node)})")  # fmt: skip
        if not missing:
            return [*values, *subs]
        if not values:
            return [*own[: len(own) - len(subs)], *subs]
        return [*values, *own[len(values) : len(own) - len(subs)], *subs]

    def shape(self, declared: Declared) -> str:
        """How a declared function is written: ``g_theta(a)``."""
        points = [str(s) for s in declared.arguments if s != self.scope.parameter]
        below = f"_\\{self.scope.parameter}" if self.scope.parameter in declared.arguments else ""
        letter = declared.name if len(declared.name) == 1 else f"\\{declared.name}"
        return f"{letter}{below}({', '.join(points)})" if points else f"{letter}{below}"

    def derivative_at(self, declared: Declared, by: Symbol, order: int, given: list[Expr]) -> Expr:
        """The partial derivative of an undefined function, at a point, in the kernel's own form."""
        own = declared.arguments
        derivative = Derivative(declared.function(*own), *([by] * order))
        moved = [(s, v) for s, v in zip(own, given) if s != v]
        if not moved:
            return cast(Expr, derivative)
        return cast(Expr, Subs(derivative, tuple(s for s, _ in moved), tuple(v for _, v in moved)))

    def _defined(self, stem: str, values: list[Expr], script: Script, node: Node) -> Expr:
        definition = self.scope.definitions[stem]
        if any(not self.decorative(p) for sub in script.below for p in divided(sub)[0]):
            raise self.undeclared(self.key(stem, script), node)
        if len(values) != len(definition.arguments):
            raise bad(node, f"{stem} takes {len(definition.arguments)} arguments, not {len(values)}")
        order = self._order(script, node)
        value = definition.value.diff(definition.arguments[0], order) if order else definition.value
        return cast(Expr, value.xreplace(dict(zip(definition.arguments, values))))

"""Expectations and integrals, and the variables that they bind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sympy import Expr, Symbol, oo

from derive.laws import is_generic, support_of
from derive.terms import E, Int, Law, Total
from derive.written.building import bad, trees
from derive.written.conditions import Conditions
from derive.written.knowing import Script
from derive.written.parsing import Node

Ends = tuple[Expr, Expr]


def is_set(node: Node) -> str | None:
    """The name of a set such as ``\\mathcal A`` or ``\\tilde\\Omega``, if a value is one such letter."""
    below = trees(node)
    while len(below) == 1 and below[0].data in ("sum", "product", "chain"):
        below = trees(below[0])
    if len(below) != 1 or below[0].data != "named":
        return None
    stem = str(below[0].children[0])
    bare = stem.rpartition(":")[2]
    return stem if stem[:3] in ("bb:", "cal") or bare in ("Omega", "X", "S", "Theta") else None


class Binders(Conditions):
    """Reads what binds variables."""

    @contextmanager
    def binding(self, names: dict[str, Expr]) -> Iterator[None]:
        """The names bound while the body is read."""
        before = self.bound
        self.bound = {**before, **names}
        try:
            yield
        finally:
            self.bound = before

    def variable(self, node: Node) -> str:
        """The key of a variable's name, primes included."""
        script = Script(trees(node)[0])
        if script.above or script.marked:
            raise bad(node, f"'{self.written(node)}' is no variable")
        key = self.key(str(node.children[0]), script) + "'" * script.primes
        self.scope.seen.add(key)
        return key

    def end(self, node: Node) -> Expr:
        """An end of an integral or sum, which may be infinite."""
        self.ending = True
        try:
            return self.value(node)
        finally:
            self.ending = False

    # Expectations ------------------------------------------------------------------------------------

    def _expect(self, node: Node) -> Expr:
        *sub, body, scripts = trees(node)
        return self.scripted(self._expectation(sub[0] if sub else None, body, node), scripts)

    def _bare_expect(self, node: Node) -> Expr:
        sub, body = trees(node)
        return self._expectation(sub, body, node)

    def _expectation(self, sub: Node | None, body: Node, node: Node) -> Expr:
        if sub is None:
            return self._bare_expectation(body, node)
        drawn = self.draws(sub)
        names = {k: s for _, keys, symbols in drawn for k, s in zip(keys, symbols)}
        with self.binding(names):
            made = self.value(body)
        for law, _, symbols in reversed(drawn):
            made = E(made, law, *symbols)
        return made

    def draws(self, sub: Node) -> list[tuple[Law, list[str], tuple[Symbol, ...]]]:
        """The laws under an expectation with the names and symbols of what is drawn from each."""
        found: list[tuple[Law, list[str], tuple[Symbol, ...]]] = []
        for part in trees(sub):
            if part.data == "law":
                found.append(self._law_alone(part))
                continue
            names, law_node = trees(part)
            keys = [self.variable(v) for v in trees(names)]
            law = self._law(law_node, tuple(keys))
            taken = [s for _, _, symbols in found for s in symbols]
            found.append((law, keys, self._drawn(law, keys, part, taken)))
        return found

    def _law_alone(self, node: Node) -> tuple[Law, list[str], tuple[Symbol, ...]]:
        """``E_{P_\\theta}``, or ``E_a`` and ``E_b`` where the letter is that of the sample or the noise."""
        key = self.key(str(node.children[0]), Script(trees(node)[0]))
        noise = self.scope.noise_law
        if key in self.scope.noises and noise is not None:
            return noise, [key], (self.scope.noises[key],)
        if key in self.scope.samples or self.scope.symbols.get(key) is not None:
            law = self.scope.law
        else:
            law = self._law(node)
        symbols = self._canonical(law) or self.scope.record.samples
        return law, [], symbols

    def _drawn(self, law: Law, keys: list[str], node: Node, taken: list[Symbol]) -> tuple[Symbol, ...]:
        canonical = self._canonical(law)
        inside = {*self.bound.values(), *taken}
        if canonical is not None and len(canonical) == len(keys) and not inside & set(canonical):
            return canonical
        if canonical is not None and len(canonical) != len(keys):
            if len(keys) == 1:
                names = ", ".join(map(str, canonical))
                raise bad(
                    node, f"'{self.written(node)}' draws a vector by one name", f"name its entries: {names}"
                )
            raise bad(node, f"this law draws {len(canonical)} numbers, not {len(keys)}")
        return tuple(self._free(key, inside) for key in keys)

    def _free(self, key: str, inside: set[Expr]) -> Symbol:
        known = self.scope.samples.get(key) or self.scope.noises.get(key)
        return known if known is not None and known not in inside else self.scope.fresh(key)

    def _canonical(self, law: Law) -> tuple[Symbol, ...] | None:
        """The symbols that the kernel uses for a draw from this law."""
        record = self.scope.record
        if law == self.scope.noise_law:
            return record.noise
        return record.samples if law.name == record.name else None

    def _bare_expectation(self, body: Node, node: Node) -> Expr:
        """``E[g(a)]`` without a law: the law of what occurs in it."""
        made = self.value(body)
        samples, noises = set(self.scope.record.samples), set(self.scope.record.noise)
        drawn, noisy = made.free_symbols & samples, made.free_symbols & noises
        if drawn and noisy:
            raise bad(
                node,
                "this expectation does not say over which law",
                "write \\mathbb{E}_{a \\sim P_\\theta}[...]",
            )
        if noisy and self.scope.noise_law is not None:
            return E(made, self.scope.noise_law, *self.scope.record.noise)
        return E(made, self.scope.law, *self.scope.record.samples)

    def _prob(self, node: Node) -> Expr:
        *sub, args = trees(node)
        if not sub:
            event = self.event(args)
            return E(event, self.scope.law, *self.scope.record.samples)
        ((law, keys, symbols),) = self.draws(sub[0])[:1]
        with self.binding(cast("dict[str, Expr]", dict(zip(keys, symbols)))):
            return E(self.event(args), law, *symbols)

    # Integrals ---------------------------------------------------------------------------------------

    def _integral(self, node: Node) -> Expr:
        limits, body, variable = trees(node)
        return self._integrated(limits, body, variable, node)

    def _physicist(self, node: Node) -> Expr:
        limits, variable, operand = trees(node)
        return self._integrated(limits, operand, variable, node)

    def _integrated(self, limits: Node, body: Node, variable: Node, node: Node) -> Expr:
        key = self.variable(variable)
        symbol = self._free(key, set(self.bound.values()))
        lower, upper = self._ends(limits, symbol, node)
        with self.binding({key: symbol}):
            made = self.value(body)
        return self._nested(Int, made, body, (symbol, lower, upper))

    def _nested(
        self, kind: type[Int] | type[Total], made: Expr, body: Node, limit: tuple[Expr, Expr, Expr]
    ) -> Expr:
        """One node for two integral signs in a row, as the kernel has it; ends that move stay nested."""
        plain = body.data in ("integral", "big") or (body.data == "sum" and len(self.terms(body)) == 1)
        if isinstance(made, kind) and plain and not any(limit[0] in e.free_symbols for e in made._outer()):
            return kind(made.body, limit, *made.limits)
        return kind(made, limit)

    def _ends(self, limits: Node, symbol: Symbol, node: Node) -> Ends:
        lower, upper = self._support(symbol)
        for bound in trees(limits):
            content = trees(bound)[0]
            if bound.data == "upper":
                upper = self.end(content)
            else:
                lower, upper = self._region(content, symbol, (lower, upper))
        return lower, upper

    def _region(self, content: Node, symbol: Symbol, whole: Ends) -> Ends:
        """What stands under an integral sign: a set, a half line ``a > c``, or the lower end."""
        parts = trees(content)
        if content.data == "member":
            return self._set(parts[1], whole)
        if len(parts) != 1:
            raise bad(content, f"'{self.written(content)}' is no region of an integral")
        (part,) = parts
        if part.data == "relation":
            return self._half_line(part, symbol, whole)
        return self._set(part, whole) if is_set(part) else (self.end(part), whole[1])

    def _set(self, node: Node, whole: Ends) -> Ends:
        """The real line by its name; every other set is the support."""
        return (-oo, oo) if is_set(node) == "bb:R" else whole

    def _half_line(self, node: Node, symbol: Symbol, whole: Ends) -> Ends:
        relation = self.relation(node)
        with_variable = getattr(relation, "gts", None) is not None
        if with_variable and relation.gts == symbol:
            return relation.lts, whole[1]
        if with_variable and relation.lts == symbol:
            return whole[0], relation.gts
        raise bad(
            node, f"'{self.written(node)}' is no region of an integral", "write its ends: \\int_c^\\infty"
        )

    def _support(self, symbol: Symbol) -> Ends:
        """The ends of the support of the sample or the noise; the line for any other variable."""
        record, noise = self.scope.record, self.scope.noise_law
        for symbols, law in ((record.samples, record.law), (record.noise, noise)):
            if symbol in symbols and law is not None and not is_generic(law):
                axis = support_of(law)[symbols.index(symbol)]
                return axis.lower, axis.upper
        return -oo, oo

"""Names to laws, ``\\mathcal N(\\mu, \\sigma^2)`` or ``P_\\theta``, and to densities at a point."""

from __future__ import annotations

from sympy import Expr, Number, Symbol, sqrt

from derive.families import FAMILIES
from derive.family import Family
from derive.terms import Density, Law
from derive.written.building import bad, trees
from derive.written.knowing import Known, divided
from derive.written.parsing import Node

_SHORT = {
    "cal:N": "normal", "N": "normal", "word:Exp": "exponential", "word:Expon": "exponential",
    "word:Bern": "bernoulli", "word:Ber": "bernoulli", "word:Geom": "geometric", "word:Geo": "geometric",
    "word:Pois": "poisson", "word:Poi": "poisson", "cal:U": "uniform", "U": "uniform", "word:Unif": "uniform",
    "word:Lap": "laplace", "word:Bin": "binomial", "word:Cat": "categorical", "word:Norm": "normal",
    "word:Gauss": "normal", "word:Weib": "weibull", "word:Gam": "gamma",
}  # fmt: skip
_SPREAD = ("normal", "lognormal", "logit_normal")  # second parameter: a variance in the literature


def law_word(name: str) -> str | None:
    """The family that a word or calligraphic letter names: ``word:Exp`` is ``exponential``."""
    if name in _SHORT:
        return _SHORT[name]
    word = name.removeprefix("word:").replace("-", "").replace("_", "").lower()
    if not name.startswith("word:"):
        return None
    return next((family for family in FAMILIES if family.replace("_", "") == word), None)


class Lawful(Known):
    """Reads laws and densities."""

    def is_law(self, stem: str) -> bool:
        return stem in self.scope.laws or law_word(stem) is not None

    def _law(self, node: Node, variables: tuple[str, ...] = ()) -> Law:
        """The law under an expectation, of which the drawn ``variables`` may tell noise from sample."""
        stem, (scripts, *called) = str(node.children[0]), trees(node)
        subs = [trees(s)[0] for s in trees(scripts) if s.data == "below"]
        family = law_word(stem)
        before, after = divided(called[0]) if called else ([], None)
        if family is not None and stem not in self.scope.laws:
            return self.named_law(family, before if after is None else after, node)
        if stem not in self.scope.laws:
            raise bad(node, f"no law is called '{self.written(node)}'", self._known_laws())
        given = after if after is not None else [p for s in subs for p in divided(s)[0]]
        noisy = any(v in self.scope.noises for v in variables)
        return self.lettered(stem, given, node, noisy, bare=not given)

    def _known_laws(self) -> str:
        return (
            f"declare its letter in the front matter (laws: P), or use {', '.join(self.scope.laws)} "
            "or a name such as \\mathcal N(\\mu, \\sigma^2)"
        )

    def named_law(self, name: str, parameters: list[Node], node: Node) -> Law:
        """A law by its family's name; without parameters the standard one."""
        family = self._matching(name, len(parameters))
        if not parameters and family.transport is not None:
            noise = family.transport.noise
            if noise.name == family.name:
                return noise
        if len(parameters) != len(family.parameters):
            names = ", ".join(p.name for p in family.parameters)
            raise bad(node, f"{family.name} takes {len(family.parameters)} parameters", f"they are {names}")
        values = [self.value(p) for p in parameters]
        if family.name in _SPREAD and not self.scope.scale_convention:
            values[1] = self.deviation(values[1], parameters[1])
        return Law(family.name, *values)

    def _matching(self, name: str, count: int) -> Family:
        """The family of the document where the word fits it: N may be its several-dimensional one."""
        family = FAMILIES[name]
        own = self.scope.family
        if own is not None and own.name.endswith(name) and count == len(own.parameters):
            return own
        return family

    def deviation(self, spread: Expr, node: Node) -> Expr:
        """The standard deviation where a variance stands; a bare letter could be either."""
        if isinstance(spread, Symbol):
            raise bad(
                node, f"'{self.written(node)}' could be a variance or a standard deviation",
                f"write {self.written(node)}^2 for the variance, or put 'normal: scale' in the front matter",
            )  # fmt: skip
        return sqrt(spread)

    # Letters -----------------------------------------------------------------------------------------

    def lettered(self, stem: str, given: list[Node], node: Node, noisy: bool, bare: bool) -> Law:
        """The law that ``P``, ``p`` or ``q`` stands for, with what is given of its parameters."""
        kind = self.scope.laws[stem]
        if kind == "noise" or (noisy and bare):
            return self._noise(node)
        if self.scope.generic or kind != self.record_name:
            return self._arbitrary(stem, kind, given, node, noisy)
        if not given and stem == "P" and stem not in self.scope.explicit:
            help = "write p(a) or P_\\theta(a) for the density and \\Pr(a > 1) for a probability"
            raise bad(node, f"'{self.written(node)}' could be a density or a probability", help)
        if not given or self._decorative(given):
            return self.scope.law
        return self._with_parameters(given, node)

    @property
    def record_name(self) -> str:
        return self.scope.record.name

    def _noise(self, node: Node) -> Law:
        law = self.scope.noise_law
        if law is None:
            raise bad(node, f"{self.record_name} has no noise: it is not a map of a fixed law")
        return law

    def _arbitrary(self, stem: str, kind: str, given: list[Node], node: Node, noisy: bool) -> Law:
        """A law that no family carries: ``P_\\theta``, the fixed ``P`` of the noise, ``\\pi(a \\mid s)``."""
        if not given:
            if stem in self.scope.explicit:
                return Law(kind)
            if kind != "P":
                return Law(kind)
            shown = self.written(node)
            raise bad(
                node, f"'{shown}' could be the law of the sample or the fixed law of the noise",
                f"write {stem}_\\theta for the law that depends on theta; name the noise in the front matter "
                "(noise: b)",
            )  # fmt: skip
        return Law(kind, *(self.value(p) for p in given))

    def decorative(self, node: Node) -> bool:
        """Whether a subscript only says what something depends on: ``g_\\theta``, ``p_\\mu``."""
        key = self.index(node)
        symbol = self.scope.symbols.get(key)
        return (key == "theta" and symbol is None) or symbol in self.scope.record.symbols

    def _decorative(self, given: list[Node]) -> bool:
        """Whether what is given only names some of the parameters of the family's own law."""
        whole = len(given) == len(self.scope.record.parameters)
        return all(map(self.decorative, given)) and (not whole or self.index(given[0]) == "theta")

    def _with_parameters(self, given: list[Node], node: Node) -> Law:
        family = self.scope.record
        if len(given) != len(family.parameters):
            names = ", ".join(p.name for p in family.parameters)
            raise bad(
                node,
                f"'{self.written(node)}' does not name the parameters of {family.name}",
                f"they are {names}",
            )
        values = [self.value(p) for p in given]
        if family.name in _SPREAD and not self.scope.scale_convention:
            values[1] = self._either(values[1], given[1])
        return Law(family.name, *values)

    def _either(self, spread: Expr, node: Node) -> Expr:
        """``p(a; mu, sigma)`` and ``p(a; mu, sigma^2)`` only name the parameter; a number could be either."""
        if spread == 1 or isinstance(spread, Symbol):
            return spread
        if isinstance(spread, Number):
            raise bad(
                node, f"'{self.written(node)}' could be a variance or a standard deviation",
                "write \\mathcal N(a; \\mu, \\sigma^2), whose second parameter is the variance",
            )  # fmt: skip
        return sqrt(spread)

    # Densities ---------------------------------------------------------------------------------------

    def density(self, stem: str, subs: list[Node], args: Node, node: Node) -> Density:
        """``p_\\theta(a)``, ``P(b)``, ``\\mathcal N(a; \\mu, \\sigma^2)``: a density at a point."""
        before, after = divided(args)
        family = law_word(stem)
        if family is not None and stem not in self.scope.laws:
            if after is None:
                help = "a density has its point first, as in \\mathcal N(a; \\mu, \\sigma^2)"
                raise bad(node, f"'{self.written(node)}' is a law, not a value", help)
            return Density(self.named_law(family, after, node), *self._point(before))
        point = self._point(before)
        given = [p for s in subs for p in divided(s)[0]]
        if after is not None and not (self.scope.generic and given):
            given += after
        elif after is not None:
            given = [*given, *after]
        law = self.lettered(stem, given, node, self._noisy(stem, point, given), bare=not given)
        return Density(law, *point)

    def _point(self, nodes: list[Node]) -> list[Expr]:
        for node in nodes:
            if node.data != "sum":
                raise bad(
                    node, f"'{self.written(node)}' is no point of a density", "as in p(a) or p(a; \\mu)"
                )
        return [self.value(node) for node in nodes]

    def _noisy(self, stem: str, point: list[Expr], given: list[Node]) -> bool:
        """Whether a letter without parameters is the noise's: its point is the noise, or a formula."""
        if given:
            return False
        noises = set(self.scope.noises.values())
        if set(point) <= noises and point:
            return True
        return self.scope.generic and not all(isinstance(p, Symbol) for p in point)

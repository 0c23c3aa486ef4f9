"""What the formulas say about the subject: the law, the names of sample and noise, the integrand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from lark import Token, Tree
from sympy import Function

from derive.families import FAMILIES
from derive.written.building import Core, trees
from derive.written.document import Declared
from derive.written.knowing import Script, divided
from derive.written.lawful import law_word
from derive.written.parsing import Node
from derive.written.scope import Scope, scope_of

# Letters that stand for the fixed noise of a map rather than for a sample.
_NOISE_LETTERS = ("epsilon", "b", "z", "u", "xi", "eta", "omega")


def topdown(node: Node) -> Iterator[Node]:
    """The subtrees in the order in which they are written."""
    return cast("Iterator[Node]", node.iter_subtrees_topdown())  # type: ignore[no-untyped-call]  # of lark


def key_of(node: Node) -> str:
    """The key of a name, with its subscripts spelled out."""
    stem, scripts = str(node.children[0]).removeprefix("word:"), trees(node)[0]
    script = Script(scripts)
    spelled = Core(Scope(), "").index
    below = "".join(spelled(s) for s in script.below)
    return (f"{stem}_{below}" if below else stem) + "'" * script.primes


def expectations(sides: Iterable[Node]) -> Iterator[Node]:
    """All expectations, in the order in which they are written."""
    for side in sides:
        for node in topdown(side):
            if node.data in ("expect", "bare_expect"):
                yield node


def draws(node: Node) -> Iterator[tuple[list[Node], Node]]:
    """The variables and the law of each draw under an expectation."""
    for sub in trees(node):
        if sub.data == "sub":
            for part in trees(sub):
                if part.data == "drawn":
                    names, law = trees(part)
                    yield trees(names), law


def named_family(sides: list[Node]) -> tuple[str, Node] | None:
    """The first family that an expectation names, with the parameters it is given there."""
    for node in expectations(sides):
        for _, law in draws(node):
            word = law_word(str(law.children[0]))
            if word is not None and not _constant(law):
                return word, law
    for call, _ in densities(sides):
        word = law_word(str(call.children[0]))
        if word is not None and not _constant(call, after=True):
            return word, call
    return None


def densities(sides: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """Calls that may be densities, ``\\mathcal N(x; m, s^2)`` or ``p(x)``, with the letter of their point."""
    for side in sides:
        for node in topdown(side):
            if node.data != "call":
                continue
            point, after = divided(trees(node)[1])
            letters = [n for p in point for n in topdown(p) if n.data == "named"]
            alone = len(point) == 1 and len(letters) == 1 and Core(Scope(), "").is_atom(_alone(point[0]))
            if alone and (after is not None or law_word(str(node.children[0])) is None):
                yield node, key_of(letters[0])


def _alone(point: Node) -> Node:
    return point if point.data == "args" else Tree("args", [point])


def _constant(law: Node, after: bool = False) -> bool:
    """Whether a law's parameters (those ``after`` the point of a density) are all numbers, as noise has."""
    called = trees(law)[1:]
    if not called:
        return True
    parts = (divided(called[0])[1] or []) if after else [called[0]]
    return all(t.type != "NAME" for p in parts for t in p.scan_values(lambda t: isinstance(t, Token)))


def completed(scope: Scope, sides: list[Node], declared: frozenset[str]) -> tuple[Scope, tuple[str, ...]]:
    """The scope with what the formulas show; ``declared`` are the keys that the front matter has."""
    inferred: list[str] = []
    found = named_family(sides) if "family" not in declared or not scope.generic else None
    if found is not None and scope.generic:
        scope = _with_family(scope, found[0], found[1])
        inferred.append("family")
    elif found is not None and found[0] == scope.record.name:
        _name_parameters(scope, found[1])
    if "sample" not in declared or "noise" not in declared:
        _name_draws(scope, sides, declared)
    if scope.generic:
        _integrand(scope, sides)
    _wanted(scope)
    if not scope.wanted:
        _differentiated(scope, sides)
        inferred += ["wrt"] * bool(scope.wrt)
    scope.located = _is_located(scope, sides)
    return scope, tuple(inferred)


def _with_family(scope: Scope, name: str, law: Node) -> Scope:
    """The scope of a family whose parameters have the names that stand in its law."""
    made = scope_of(FAMILIES[name])
    _name_parameters(made, law)
    made.wanted = scope.wanted
    made.functions |= {k: f for k, f in scope.functions.items() if k in scope.explicit}
    made.definitions |= scope.definitions
    made.operators |= scope.operators
    made.vectors |= scope.vectors
    made.fixed |= scope.fixed
    made.ranges |= scope.ranges
    for key, symbol in scope.symbols.items():
        if key != "theta" and not (key in scope.tentative and key in made.symbols):
            made.symbols[key] = symbol
    made.sequences, made.explicit, made.scale_convention = (
        scope.sequences,
        scope.explicit,
        scope.scale_convention,
    )
    return made


def _name_parameters(scope: Scope, law: Node) -> None:
    """The letters that stand in a law where its family has parameters."""
    called = trees(law)[1:]
    before, after = divided(called[0]) if called else ([], None)
    for parameter, node in zip(scope.record.symbols, after or before):
        letters = [n for n in topdown(node) if n.data == "named"]
        key = key_of(letters[0]) if len(letters) == 1 and _is_letter(node) else parameter.name
        taken = key in scope.explicit or (key in scope.symbols and key not in scope.tentative)
        if key != parameter.name and not taken:
            for table in (scope.noises, scope.laws, scope.samples):
                table.pop(key, None)
            scope.symbols[key] = parameter


def _is_letter(node: Node) -> bool:
    """Whether a parameter is a letter or its square: ``m`` or ``s^2``, but not ``1/\\beta``."""
    found = list(node.scan_values(lambda t: isinstance(t, Token)))
    kinds = {t.type for t in found}
    square = all(str(t) == "2" for t in found if t.type == "NUMBER")
    return kinds <= {"NAME", "SUP", "SUB", "AOPEN", "ACLOSE", "NUMBER"} and ("SUP" not in kinds or square)


def _name_draws(scope: Scope, sides: list[Node], declared: frozenset[str]) -> None:
    """The author's letters for the sample and the noise, from the expectations in which they are drawn."""
    samples: list[str] = []
    noises: list[str] = []
    for node in expectations(sides):
        for variables, law in draws(node):
            if len(variables) == 1:
                key = key_of(variables[0])
                (noises if _is_noise(scope, law, key) else samples).append(key)
    for call, key in densities(sides):
        _by_density(scope, call, key, samples, noises)
    if samples and "sample" not in declared and scope.record.dimension == 1:
        _declare_sample(scope, samples[0])
    if "noise" not in declared:
        for key in dict.fromkeys(noises):
            if key not in scope.samples and key not in scope.symbols and len(scope.record.noise) == 1:
                scope.noises[key] = scope.record.noise[0]


def _by_density(scope: Scope, call: Node, key: str, samples: list[str], noises: list[str]) -> None:
    """What a density says of its point: ``p(x)`` of a family is at the sample, ``q(z)`` at the noise."""
    stem = str(call.children[0])
    kind = scope.laws.get(stem)
    if kind is None and law_word(stem) == scope.record.name:
        (noises if _constant(call, after=True) else samples).append(key)
    elif kind == "noise":
        noises.append(key)
    elif kind == scope.record.name and not scope.generic and key not in (*scope.noises, *scope.symbols):
        samples.append(key)


def _declare_sample(scope: Scope, key: str) -> None:
    if key in scope.symbols:
        return
    scope.samples = {key: scope.record.samples[0]}
    for table in (scope.noises, scope.laws, scope.functions):
        table.pop(key, None)


def _is_noise(scope: Scope, law: Node, key: str) -> bool:
    stem = str(law.children[0])
    if law_word(stem) is not None and stem not in scope.laws:
        return _constant(law) and (scope.generic or scope.noise_law is not None)
    if scope.laws.get(stem) == "noise":
        return True
    bare = not trees(trees(law)[0]) and len(trees(law)) == 1
    if bare and scope.generic:
        return stem not in scope.explicit
    called = len(trees(law)) > 1 and not trees(trees(law)[0])
    unmarked = bare or (called and divided(trees(law)[1])[1] is None)
    return unmarked and scope.noise_law is not None and key in (*scope.noises, *_NOISE_LETTERS[:1])


def _integrand(scope: Scope, sides: list[Node]) -> None:
    """The function under the first expectation over a sample, and the letter of its law."""
    for node in expectations(sides):
        for variables, law in draws(node):
            stem = str(law.children[0])
            marked = trees(trees(law)[0]) or len(trees(law)) > 1
            if len(variables) != 1 or not marked or law_word(stem) is not None:
                continue
            _name_parameter(scope, law)
            if stem not in scope.laws:
                scope.laws[stem] = "P" if not scope.explicit & set(scope.laws) else stem
                scope.functions.pop(stem, None)
            for call in topdown(node):
                if call.data == "call":
                    _declare_integrand(scope, call, key_of(variables[0]))
                    return


def _name_parameter(scope: Scope, law: Node) -> None:
    """``q_\\phi`` and ``p(x; w)`` call the parameter of an arbitrary law phi and w."""
    subs = [trees(s)[0] for s in trees(trees(law)[0]) if s.data == "below"]
    called = divided(trees(law)[1])[1] if len(trees(law)) > 1 else None
    given = called if called is not None else [p for s in subs for p in divided(s)[0]]
    letters = [n for p in given for n in topdown(p) if n.data == "named"]
    if len(given) == 1 and len(letters) == 1 and not scope.wanted:
        key = key_of(letters[0])
        if key not in (*scope.symbols, *scope.samples, *scope.explicit):
            for table in (scope.noises, scope.functions, scope.laws):
                table.pop(key, None)
            scope.symbols[key] = scope.parameter


def _declare_integrand(scope: Scope, call: Node, variable: str) -> None:
    stem, script = str(call.children[0]), Script(trees(call)[0])
    arguments, after = divided(trees(call)[1])
    if stem in scope.explicit or stem in scope.laws or after or len(arguments) != 1:
        return
    names = [n for n in topdown(arguments[0]) if n.data == "named"]
    sample = next(iter(scope.samples.values()))
    if len(names) != 1 or scope.samples.get(key_of(names[0])) is None or variable not in scope.samples:
        return
    points = (sample, scope.parameter) if script.below else (sample,)
    for table in (scope.symbols, scope.noises):
        table.pop(stem, None)
    own = scope.functions.get(stem)
    if own is None or own.arguments != points:
        scope.functions[stem] = Declared(stem, Function(stem, real=True), points)


def _differentiated(scope: Scope, sides: list[Node]) -> None:
    """What the derivatives of the document are by, in order: parameters of the family, or theta."""
    own = {p.name for p in scope.record.parameters}
    found: dict[str, None] = {}
    for side in sides:
        for node in topdown(side):
            if node.data in ("by", "leibniz_partial", "leibniz_total", "dfraction"):
                for name in trees(node):
                    symbol = scope.symbols.get(key_of(name)) if name.data == "vname" else None
                    if symbol is not None and symbol.name in own:
                        found[symbol.name] = None
    scope.wrt = tuple(found)


def _wanted(scope: Scope) -> None:
    """The names that the front matter differentiates by; of an arbitrary law any letter is its theta."""
    for key in scope.wanted:
        if scope.generic:
            scope.symbols.setdefault(key, scope.parameter)
    found = [scope.symbols.get(key) for key in scope.wanted]
    scope.wrt = tuple(s.name for s in found if s is not None)


def _is_located(scope: Scope, sides: list[Node]) -> bool:
    """Whether an arbitrary law is a location and scale family: a noise is drawn, or mu and sigma occur."""
    if not scope.generic:
        return False
    for side in sides:
        for node in side.find_data("named"):
            if str(node.children[0]) in ("mu", "sigma"):
                return True
    return False

"""From the front matter to a scope: names, functions, laws and points that a document declares."""

from __future__ import annotations

import re

from sympy import Function, Rational, Symbol

from derive.errors import DeriveError
from derive.families import FAMILIES
from derive.grammar import parse_value
from derive.written import commands
from derive.written.building import bad, trees
from derive.written.differentiating import Builder
from derive.written.document import Declared
from derive.written.front_matter import Entry, FrontMatter
from derive.written.knowing import Script, divided
from derive.written.parsing import Node, parse
from derive.written.scope import Definition, Scope, name_key, scope_of
from derive.written.tokens import Lexer
from derive.written.unreadable import Unreadable

_WORD = re.compile(r"(?<![\\A-Za-z{])([A-Za-z]{2,})(?![A-Za-z}])")


def declared_scope(head: FrontMatter) -> tuple[Scope, list[Unreadable]]:
    """The scope that the front matter declares; what of it cannot be read is a problem."""
    problems: list[Unreadable] = []
    family, entry = None, head.get("family")
    if entry is not None and entry.value.lower() not in ("none", "arbitrary", "generic"):
        try:
            family = FAMILIES[entry.value.strip().replace(" ", "_")]
        except DeriveError as error:
            problems.append(Unreadable(error.message, entry.start, entry.end, error.help))
    scope = scope_of(family)
    for key, declare in _DECLARATIONS.items():
        given = head.get(key)
        for part in _split(given.value) if given else ():
            assert given is not None  # there is a part of it
            _tried(part, given, scope, declare, problems)
    return scope, problems


def _tried(part: str, entry: Entry, scope: Scope, declare: object, problems: list[Unreadable]) -> None:
    try:
        declare(part, scope)  # type: ignore[operator]  # one of the functions below
    except DeriveError as error:
        message = f"'{part}' in the front matter is not read: {error.message}"
        problems.append(Unreadable(message, entry.start, entry.end, error.help))


def _split(value: str) -> list[str]:
    """The parts between semicolons, or commas outside brackets."""
    parts, depth, last = [], 0, 0
    for i, character in enumerate(value):
        depth += (character in "([{") - (character in ")]}")
        if character == ";" or (character == "," and depth == 0):
            parts.append(value[last:i])
            last = i + 1
    return [p.strip() for p in [*parts, value[last:]] if p.strip()]


def spelled(text: str) -> str:
    """Plain words as commands: ``mu(theta)`` is ``\\mu(\\theta)``, ``rate`` is ``\\mathrm{rate}``."""
    text = re.sub(r"\*\*\s*([A-Za-z0-9.]+|\([^()]*\))", r"^{\1}", text)
    text = re.sub(r"([A-Za-z]\w*)\[(\d+(?:,\d+)*)\]", r"\1_{\2}", text)

    def command(found: re.Match[str]) -> str:
        word = found[1]
        if word in commands.GREEK or word in commands.FUNCTION_COMMANDS:
            return f"\\{word} "
        return f"\\operatorname{{{word}}}" if word in commands.FUNCTION_WORDS else f"\\mathrm{{{word}}}"

    return _WORD.sub(command, text)


def tree_of(text: str, scope: Scope) -> tuple[Node, str]:
    """The syntax tree of a declaration, and the text that it was read from."""
    text = spelled(text)
    return parse(Lexer(text, 0, len(text), frozenset(scope.symbols)).run(), len(text)), text


def expression(text: str, scope: Scope) -> object:
    """The expression that a value of the front matter writes; the sample may be called ``a`` there."""
    tree, text = tree_of(text, scope)
    builder = Builder(scope, text)
    plain = {name_key(s): s for s in scope.record.samples if scope.symbol(name_key(s)) is None}
    with builder.binding(dict(plain)):
        return builder.value(tree)


# One kind of declaration each ------------------------------------------------------------------------


def name_of(text: str, scope: Scope) -> str:
    """The key of a name on its own: ``\\epsilon`` is ``epsilon``."""
    tree, text = tree_of(text, scope)
    node = _named(tree, text)
    return Builder(scope, text).key(str(node.children[0]), Script(trees(node)[0]))


def _named(tree: Node, text: str) -> Node:
    while tree.data in ("sum", "product", "chain") and len(trees(tree)) == 1:
        tree = trees(tree)[0]
    if tree.data not in ("named", "call"):
        raise bad(tree, f"'{text}' is no name")
    return tree


def _sample(part: str, scope: Scope) -> None:
    key = name_of(part, scope)
    if scope.record.dimension > 1:
        raise DeriveError(f"the sample of {scope.record.name} has several entries", "they are a_0, a_1, ...")
    scope.samples = {key: scope.record.samples[0]}
    scope.symbols.pop(key, None)


def _noise(part: str, scope: Scope) -> None:
    scope.noises[name_of(part, scope)] = scope.record.noise[0]


def _constant(part: str, scope: Scope) -> None:
    name = re.split(r"[=><]", part)[0].strip()
    key = name_of(name, scope)
    positive = re.search(r">\s*0", part) is not None
    if part.partition("=")[2].strip() == "sqrt(-1)":
        scope.imaginary = key
        return
    if "=" in part and scope.symbols.get(part.split("=")[1].strip().lstrip("\\")) is not None:
        scope.symbols[key] = scope.symbols[part.split("=")[1].strip().lstrip("\\")]
        return
    for table in (scope.noises, scope.functions, scope.laws):
        table.pop(key, None)
    scope.symbols[key] = scope.fresh(key, positive)


def _function(part: str, scope: Scope) -> None:
    left, equals, right = part.partition("=")
    positive = re.search(r">\s*0\s*$", left) is not None
    tree, text = tree_of(re.sub(r">\s*0\s*$", "", left), scope)
    node = _named(tree, text)
    stem, script = str(node.children[0]), Script(trees(node)[0])
    if equals and node.data == "named":
        _operator(stem, right.strip().lstrip("\\"), scope)
        return
    arguments = [_argument(p, scope, text) for p in _written_arguments(node, script)]
    for table in (scope.symbols, scope.laws, scope.operators, scope.noises):
        table.pop(stem, None)
    scope.explicit.add(stem)
    if node.data == "named":
        scope.symbols |= {str(s): s for s in arguments if str(s) not in scope.samples}
    if equals:
        _define(stem, tuple(arguments), right, scope)
        return
    if not arguments:
        arguments = [next(iter(scope.samples.values()))]
    kind = Function(stem, positive=True) if positive else Function(stem, real=True)
    if (
        stem in ("mu", "sigma", "g")
        and stem in scope.functions
        and tuple(arguments) == scope.functions[stem].arguments
    ):
        return
    scope.functions[stem] = Declared(stem, kind, tuple(arguments), positive)


def _written_arguments(node: Node, script: Script) -> list[Node]:
    called = [p for group in divided(trees(node)[1]) if group for p in group] if node.data == "call" else []
    return [*called, *(p for s in script.below for p in divided(s)[0])]


def _argument(node: Node, scope: Scope, text: str) -> Symbol:
    named = _named(node, text)
    builder = Builder(scope, text)
    key = builder.key(str(named.children[0]), Script(trees(named)[0]))
    found = builder.lookup(key)
    return found if isinstance(found, Symbol) else scope.fresh(key)


def _define(stem: str, arguments: tuple[Symbol, ...], right: str, scope: Scope) -> None:
    names = {str(s): s for s in arguments}
    tree, text = tree_of(right, scope)
    builder = Builder(scope, text)
    with builder.binding(dict(names)):
        scope.definitions[stem] = Definition(arguments, builder.value(tree))
    scope.functions.pop(stem, None)


def _operator(stem: str, word: str, scope: Scope) -> None:
    if word not in commands.FUNCTION_WORDS:
        raise DeriveError(
            f"no function is called '{word}'", f"known: {', '.join(sorted(commands.FUNCTION_WORDS))}"
        )
    scope.operators[stem] = commands.FUNCTION_WORDS[word]
    scope.functions.pop(stem, None)


def _law(part: str, scope: Scope) -> None:
    tree, text = tree_of(part, scope)
    stem = str(_named(tree, text).children[0])
    first = not any(letter in scope.explicit for letter in scope.laws)
    kind = scope.record.name if first else stem
    scope.laws[stem] = kind
    scope.explicit.add(stem)


def _vector(part: str, scope: Scope) -> None:
    name = re.split(r"[>_]", part)[0].strip()
    scope.vectors[name_of(name, scope)] = re.search(r">\s*0", part) is not None
    for table in (scope.functions, scope.laws):
        table.pop(name.lstrip("\\"), None)


def _sequence(part: str, scope: Scope) -> None:
    scope.sequences.add(name_of(re.split(r"_", part)[0].strip(), scope))


def _index(part: str, scope: Scope) -> None:
    name, equals, value = part.partition("=")
    key = name_of(name.strip(), scope)
    ends = re.fullmatch(r"\s*(\d{1,2})\s*(?:\.\.+|,\s*\\?l?dots\s*,|-)\s*(\d{1,2})\s*", value)
    if ends:
        scope.ranges[key] = tuple(range(int(ends[1]), int(ends[2]) + 1))
    elif equals and value.strip().isdigit():
        scope.fixed[key] = int(value)
    else:
        raise DeriveError("an index has a range or a value", "as in index: j = 1..3, k = 2")


def _normal(part: str, scope: Scope) -> None:
    if part not in ("scale", "variance"):
        raise DeriveError(
            "normal is 'variance' or 'scale'", "it says what the second parameter of N(mu, .) is"
        )
    scope.scale_convention = part == "scale"


def _wrt(part: str, scope: Scope) -> None:
    scope.wanted = (*scope.wanted, name_of(part, scope))


def _at(part: str, scope: Scope) -> None:
    name, equals, _ = part.partition("=")
    key = name_of(name.strip(), scope) if equals else ""
    if key and scope.symbol(key) is None:
        scope.symbols[key] = scope.fresh(key)
        scope.tentative.add(key)


_DECLARATIONS = {
    "normal": _normal, "constants": _constant, "wrt": _wrt, "sample": _sample, "noise": _noise, "laws": _law,
    "vectors": _vector, "sequences": _sequence, "index": _index, "functions": _function, "at": _at,
}  # fmt: skip


def point_of(head: FrontMatter, scope: Scope) -> tuple[dict[str, Rational], list[Unreadable]]:
    """The values that ``at`` and ``constants`` give, by the symbols' names; new names become constants."""
    point: dict[str, Rational] = {}
    problems: list[Unreadable] = []
    for key in ("at", "constants"):
        entry = head.get(key)
        for part in _split(entry.value) if entry else ():
            name, equals, value = part.partition("=")
            if not equals:
                continue
            try:
                _valued(name, value.strip(), scope, point)
            except DeriveError as error:
                assert entry is not None  # there is a part of it
                problems.append(Unreadable(error.message, entry.start, entry.end, error.help))
    return point, problems


def _valued(name: str, value: str, scope: Scope, point: dict[str, Rational]) -> None:
    if value == "sqrt(-1)" or scope.symbols.get(value.lstrip("\\")) is not None:
        return
    key = name_of(name.strip(), scope)
    symbol = scope.symbols.setdefault(key, scope.fresh(key))
    point[symbol.name] = parse_value(re.sub(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", value))

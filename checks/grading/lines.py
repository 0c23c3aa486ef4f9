"""Where a mistake stands in the code: only where there is one place that it can be.

The text of a submission is read here, never run. A mistake that was found by what the function computes has
a form in the code that goes with it, such as a ``.sum()`` where a mean belongs. If that form occurs exactly
once in the function, and nothing beside it could have had the same effect, its line is told; otherwise none.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping

# Longer sources are data, or hostile.
MOST_SOURCE = 1 << 16
Form = Callable[[ast.AST], bool]


def line_of(source: bytes, function: str, mistake: str, estimator: str | None) -> int | None:
    """The line of ``mistake`` in the function of that name; None where it is not certain.

    ``estimator`` is the one that was asked for: a sample without a graph is no fault in a score function.
    """
    if mistake not in _FORMS or (mistake == "dropped_distributional_term" and estimator != "pathwise"):
        return None
    found = _function(source, function)
    if found is None:
        return None
    form, beside = _FORMS[mistake]
    nodes = [node for node in _body(found) if isinstance(node, (ast.expr, ast.stmt))]
    lines = [_line(node) for node in nodes if form(node)]
    others = any(beside(node) for node in nodes)
    return lines[0] if len(lines) == 1 and not others else None


def _function(source: bytes, name: str) -> ast.FunctionDef | None:
    """The one definition of that name, if all that it does stands in it."""
    if len(source) > MOST_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes and the like, in code of others
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    named = [node for node in ast.walk(tree) if _binds(node, name)]
    found = named[0] if len(named) == 1 and named[0] in tree.body else None
    if not isinstance(found, ast.FunctionDef):
        return None
    kinds = (ast.For, ast.While, ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Try)
    own = {x for node in tree.body if node is not found for x in _bound(node)}
    inside = any(isinstance(node, kinds) for node in _body(found))
    return None if inside or found.decorator_list or _names(found) & own else found


def _binds(node: ast.AST, name: str) -> bool:
    stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
    return stored or getattr(node, "name", None) == name or getattr(node, "asname", None) == name


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement of the module defines by itself; what it imports is no code of its own."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif not isinstance(node, (ast.Import, ast.ImportFrom)):
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
            elif isinstance(part, (ast.FunctionDef, ast.ClassDef)):  # in an `if`, or a `try`
                yield part.name


def _body(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for statement in function.body:
        yield from ast.walk(statement)


def _line(node: ast.expr | ast.stmt) -> int:
    """Of a method in a chain over several lines, the line of its name."""
    named = node.func if isinstance(node, ast.Call) else node
    if isinstance(named, ast.Attribute) and named.end_lineno is not None:
        return named.end_lineno
    return node.lineno


def _calls(node: ast.AST, *names: str) -> bool:
    """Whether it calls one of these functions or methods."""
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", "")) in names


def _of(*names: str) -> Form:
    return lambda node: _calls(node, *names)


def _never(_: ast.AST) -> bool:
    return False


def _divides(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Mult)) and "n" in _names(node)


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_minus(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and not isinstance(node.operand, ast.Constant)
    )


def _subtracts(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _is_square(node: ast.AST) -> bool:
    """``theta.x**2``, in any of its spellings."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return isinstance(node.right, ast.Constant) and node.right.value == 2 and "theta" in _names(node.left)
    return _calls(node, "square", "pow") and "theta" in _names(node)


def _is_mean_by_name(node: ast.AST) -> bool:
    """``baseline = cost.mean()``: a mean that is kept to be used."""
    return isinstance(node, ast.Assign) and _calls(node.value, "mean")


def _cuts(node: ast.AST) -> bool:
    """Cuts the graph of a parameter: ``theta.x.detach()``, ``.item()``."""
    if not _calls(node, "detach", "item", "float"):
        return False
    return "theta" in _names(node)


def _cuts_widely(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("data", "no_grad")


# By mistake: the form that goes with it, and what else in the function could have made it.
_FORMS: Mapping[str, tuple[Form, Form]] = {
    "sum_for_mean": (_of("sum"), lambda node: _calls(node, "mean", "einsum", "dot") or _divides(node)),
    "dropped_distributional_term": (
        _of("sample"),
        lambda node: _calls(node, "log_prob", "rsample", "detach", "item", "log") or _cuts_widely(node),
    ),
    "squared_scale": (_is_square, _of("exp", "sqrt")),
    "negated": (_is_minus, _subtracts),
    "sign_of_score": (_is_minus, _subtracts),
    "own_sample_in_baseline": (_is_mean_by_name, _never),
    **dict.fromkeys(
        ("detached_location", "detached_scale", "detached_shape"),
        (_cuts, lambda node: _cuts_widely(node) or _calls(node, "sample")),
    ),
}

"""A route: a named chain of rules, and the walk along it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Rational, Symbol

from derive.context import Context
from derive.errors import NoClosedForm, NotApplicable
from derive.kernel import Rule, apply
from derive.rewriting import is_ordinary
from derive.step import Derivation, Step
from derive.terms import D


@dataclass(frozen=True, slots=True)
class Route:
    """A chain of rule names. A rule in ``optional`` is passed over where it finds nothing to do.

    ``says`` is one line for listings; ``source`` names the paper. ``constants`` are symbols that its rules
    bring in, each with the value at which steps are judged unless the point gives another. ``start`` makes
    the term whose derivative is derived, where that is not the expectation but one that is shown to equal it.
    ``second`` are the rules that then derive the derivative of what the first ones ended with: of a route
    that has them, the second derivative is derived.
    """

    name: str
    says: str
    rules: tuple[str, ...]
    optional: frozenset[str]
    source: str
    constants: tuple[tuple[Symbol, Rational], ...] = ()
    start: Callable[[Context], Expr] | None = None
    second: tuple[str, ...] = ()


def derive(route: Route, context: Context, wrt: Symbol, again: Symbol | None = None) -> Derivation:
    """Walk the route from ``d/d wrt E[g]``; it ends early at a step whose condition fails.

    Of a route with ``second`` rules it starts from ``d/d again d/d wrt E[g]``. What the first rules show
    holds near the point, so that both sides of their steps may be differentiated by ``again``.

    Raises ``NotApplicable`` where a rule that is not optional finds nothing to do.
    """
    term = context.expectation.term
    first = term if route.start is None else route.start(context)
    context = with_constants(route, context)
    begun = D(first, wrt) if again is None else D(D(first, wrt), again)
    steps: list[Step] = []
    for rule, optional in _rules(route):
        if steps and is_ordinary(steps[-1].after):
            break
        before = steps[-1].after if steps else begun
        step = _step(rule, before, context, optional)
        if step is None:
            continue
        if isinstance(step, str):
            break
        steps.append(step)
        if step.status in ("condition-failed", "refuted"):
            break
    return Derivation(term, wrt, route.name, tuple(steps), again)


def with_constants(route: Route, context: Context) -> Context:
    """The context in which the route's steps are judged: with values for the symbols that it brings in."""
    if not route.constants:
        return context
    return replace(context, points=tuple({**dict(route.constants), **p} for p in context.points))


def _rules(route: Route) -> Sequence[tuple[Rule, bool]]:
    from derive.rules import RULES

    return [(RULES[name], name in route.optional) for name in (*route.rules, *route.second)]


def _step(rule: Rule, before: Expr, context: Context, optional: bool) -> Step | str | None:
    """The step; None where an optional rule has nothing to do; why, where no closed form is known."""
    try:
        step = apply(rule, before, context)
    except NotApplicable:
        if optional:
            return None
        raise
    except NoClosedForm as error:
        return error.message
    return None if step.after == step.before and step.status == "proved" else step

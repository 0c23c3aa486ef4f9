"""Notation that the formats share: names of symbols and laws, the legend of densities, words for statuses."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Basic, Expr, Symbol
from sympy.core.function import AppliedUndef

from derive.step import Derivation, Step
from derive.terms import Binder, Density, Law

GREEK = frozenset(
    (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
        "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    )
)  # fmt: skip

STATUS_WORDS = {
    "proved": "proved",
    "proved-if": "proved if the assumptions hold",
    "evidence": "true at the points tried, not proved",
    "undecided": "undecided",
    "condition-failed": "REFUSED: a side condition fails",
    "refuted": "REFUTED",
}

_SHORT_LAWS = {"normal": "N", "multivariate_normal": "N", "uniform": "U"}


def split_name(name: str) -> tuple[str, str]:
    """A symbol's stem and subscript: ``L[1,0]`` is ``L`` and ``1,0``; ``a1`` is ``a`` and ``1``.

    >>> split_name("L[1,0]"), split_name("a1"), split_name("rate")
    (('L', '1,0'), ('a', '1'), ('rate', ''))
    """
    found = re.fullmatch(r"(.+?)\[([\d,]+)\]", name) or re.fullmatch(r"([A-Za-z]+)_?(\d+)", name)
    return (found[1], found[2]) if found else (name, "")


def law_word(law: Law) -> tuple[str, bool]:
    """How a law is called, and whether that is one calligraphic letter; an unnamed law keeps its letter."""
    if law.name in _SHORT_LAWS:
        return _SHORT_LAWS[law.name], True
    if len(law.name) == 1:
        return law.name, False
    return law.name.replace("_", " ").title().replace(" ", ""), False


def is_arbitrary(law: Law) -> bool:
    """Whether the law is one of the slides' unnamed ``P``."""
    return len(law.name) == 1


def density_letter(law: Law) -> str:
    """``p`` for a density with parameters, ``q`` for that of fixed noise; the letter of an arbitrary law."""
    if is_arbitrary(law):
        return law.name
    return "p" if law.free_symbols else "q"


def legend(derivations: tuple[Derivation, ...]) -> tuple[Density, ...]:
    """One density for each law whose density is shown, in order of appearance: documents explain them."""
    found: dict[Law, Density] = {}
    for term in (t for d in derivations for s in d.steps for t in (s.before, s.after)):
        for density in sorted(term.atoms(Density), key=str):
            if not is_arbitrary(density.law):
                found.setdefault(density.law, density)
    return tuple(found.values())


def subscripted(call: AppliedUndef) -> tuple[tuple[Expr, ...], Expr | None]:
    """The arguments of ``g(a, theta)`` as the slides write them: ``a``, and ``theta`` as a subscript."""
    *points, last = call.args
    if isinstance(last, Symbol) and last.name == "theta":
        return tuple(points), last
    return call.args, None


def tidied(derivation: Derivation) -> Derivation:
    """The derivation with bound variables renamed where they look like a parameter.

    Laplace's scale is called ``b``, and so is the noise: ``mu + b*b`` would be unreadable.
    """
    terms = [derivation.expectation, *(t for s in derivation.steps for t in (s.before, s.after))]
    bound = {v for term in terms for binder in term.atoms(Binder) for v in binder.variables}
    names = {s.name for term in terms for s in term.free_symbols}
    clash = {v: Symbol(v.name.replace("b", "z", 1), real=True) for v in bound if v.name in names}
    if not clash:
        return derivation
    steps = tuple(_renamed(step, clash) for step in derivation.steps)
    return replace(derivation, expectation=_in(derivation.expectation, clash), steps=steps)


def _renamed(step: Step, clash: dict[Symbol, Symbol]) -> Step:
    conditions = tuple(
        replace(c, statement=_in(c.statement, clash)) if isinstance(c.statement, Basic) else c
        for c in step.conditions
    )
    return replace(
        step, before=_in(step.before, clash), after=_in(step.after, clash), conditions=conditions
    )


def _in(term: Basic, clash: dict[Symbol, Symbol]) -> Basic:
    return term.xreplace(clash)


def title(derivation: Derivation) -> str:
    """``The gradient by mu: pathwise``."""
    return f"The derivative by {derivation.by}, {derivation.route.replace('_', ' ')}"

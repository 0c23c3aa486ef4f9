"""By which rule a line follows from the one before: one that is named, or up to three with the lines between.

Every candidate is made by a rule that also judges its side conditions; the numeric oracle judges the
written line a second time elsewhere. Notation (what an expectation means, linearity, algebra) is not counted
as a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Add, Expr

from derive.context import Context
from derive.errors import DeriveError
from derive.kernel import Outcome, Rule
from derive.rewriting import binders, inert_nodes
from derive.rules import RULES
from derive.step import STRENGTH, Condition, StepStatus
from derive.terms import D, E, Inert, Int, Total
from derive.unfolding import unfold
from derive.written.canonical import gathered, same, unfolded
from derive.written.features import can_act, leads_to
from derive.written.recognising import recognised
from derive.written.rules import WRITTEN_RULES
from derive.written.substituting import NAME as SUBSTITUTION
from derive.written.substituting import by_substitution

# Rules in the order in which a line is explained by them; what comes first is the more telling name.
ORDER = (
    "interchange", "change_of_variables", "substitution", "product_rule", "log_derivative", "chain_rule",
    "score", "leibniz", "moments", "differentiate", "slope_of_density", "location_scale", "total_mass",
    "log_of_density", "density_value", "gamma_function", "polynomial_integral", "sum_written_out",
    "written_out",
)  # fmt: skip
WRITTEN_OUT = "density written out"
NOTATION = ("definition", "fold", "linearity", "constant_factor")
DEEPEST = 3
# Terms looked at before a search is given up: a step that takes more is not one step.
MOST = 160
# What rules raise where a term is none of theirs; SymPy's own refusals included.
REFUSALS = (DeriveError, TypeError, ValueError, ArithmeticError, NotImplementedError, RecursionError)


@dataclass(frozen=True, slots=True)
class Link:
    """One rule of an explanation and the term that it leads to."""

    rule: str
    after: Expr
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rules that make a line, in order; ``links[-1].after`` is the line's right side."""

    links: tuple[Link, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(link.rule for link in self.links)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(dict.fromkeys(c for link in self.links for c in link.conditions))

    @property
    def status(self) -> StepStatus:
        """What the conditions leave of it: the numeric judge has not spoken yet."""
        statuses = {c.status for c in self.conditions}
        if "failed" in statuses:
            return "condition-failed"
        return "proved-if" if "assumed" in statuses else "proved"


def rule_called(stem: str) -> Rule:
    """The rule of that file name, of the kernel or of this package."""
    return RULES[stem] if stem in RULES else WRITTEN_RULES[stem]


STEMS = {rule_called(stem).name: stem for stem in ORDER}


def explained(left: Expr, right: Expr, context: Context, search: bool = True) -> Explanation | None:
    """The shortest explanation found of ``left = right``, the best proved among the short ones; or None.

    Without ``search`` only steps by one rule are looked for.
    """
    if same(left, right):
        return Explanation((_notation(left, right, context),))
    by_one = _best(_single(left, right, context))
    if by_one is not None and by_one.status != "proved-if":
        return by_one
    substituted = by_substitution(left, right, context)
    if substituted is not None:
        return Explanation((Link(SUBSTITUTION, right, substituted),))
    known = recognised(left, context), recognised(right, context)
    if known != (left, right):
        if same(*known):
            return Explanation((Link(WRITTEN_OUT, right),))
        better = _best(_single(*known, context))
        if better is not None and (by_one is None or better.status == "proved"):
            return better
    if by_one is not None or not search:
        return by_one
    found = _searched(*known, context) or _evaluated(*known, context)
    if found is None and known != (left, right):
        return _searched(left, right, context)
    return found


def _evaluated(left: Expr, right: Expr, context: Context) -> Explanation | None:
    """Both sides evaluated to the same closed form."""
    rule = RULES["moments"]
    ends = [unfolded(side, open_up=True) for side in (left, right)]
    found = [applied(rule, folded(end), context) for end in ends]
    if any(f is None for f in found):
        return None
    one, two = (f for f in found if f is not None)
    if not same(one.after, two.after):
        return None
    return Explanation((Link(rule.name, one.after, one.conditions), Link(rule.name, right, two.conditions)))


def folded(term: Expr) -> Expr:
    """Integrals against a density over its whole support, as expectations."""
    return term.replace(lambda e: isinstance(e, (Int, Total)), _folded)


def _best(found: Iterator[Explanation]) -> Explanation | None:
    """The first whose conditions all hold; else the one whose weakest condition is the strongest."""
    kept: list[Explanation] = []
    for one in found:
        if one.status == "proved":
            return one
        kept.append(one)
    return min(kept, key=lambda e: STRENGTH.index(e.status), default=None)


def _single(left: Expr, right: Expr, context: Context) -> Iterator[Explanation]:
    """Explanations by one rule, applied to either side, to the whole of it or to some of its terms."""
    for stem in ORDER:
        rule = rule_called(stem)
        for outcome in outcomes(rule, left, context):
            if same(outcome.after, right):
                yield Explanation((Link(rule.name, right, outcome.conditions),))
        for outcome in outcomes(rule, right, context):
            if same(outcome.after, left):
                yield Explanation((Link(rule.name, right, outcome.conditions),))


def outcomes(rule: Rule, term: Expr, context: Context) -> Iterator[Outcome]:
    """What the rule makes of the term as it is written, of its integrals, and of each of its terms alone."""
    forms = dict.fromkeys((term, unfolded(term), unfolded(term, open_up=True)))
    stem = STEMS[rule.name]
    for form in forms:
        if not can_act(stem, form):
            continue
        made = applied(rule, form, context)
        if made is not None:
            yield made
    pieces = Add.make_args(term)
    for k, piece in enumerate(pieces if 1 < len(pieces) <= 6 else ()):
        if not can_act(stem, piece):
            continue
        made = applied(rule, piece, context)
        if made is not None:
            yield Outcome(Add(*pieces[:k], made.after, *pieces[k + 1 :]), made.conditions)


def applied(rule: Rule, term: Expr, context: Context) -> Outcome | None:
    """The outcome of a rule, or None where it has nothing to do; no error of a term that is not its own."""
    try:
        return rule.apply(term, context)
    except REFUSALS:
        return None


def _searched(left: Expr, right: Expr, context: Context) -> Explanation | None:
    """Breadth first over the rules; the first term that says what ``right`` says ends it."""
    level: list[tuple[Expr, tuple[Link, ...]]] = [(unfolded(left), ())]
    seen = {_key(level[0][0])}
    looked = 0
    for _ in range(DEEPEST):
        after: list[tuple[Expr, tuple[Link, ...]]] = []
        hits: list[Explanation] = []
        for term, links in level:
            for rule, outcome in _moves(term, right, context):
                looked += 1
                made = unfolded(outcome.after)
                path = (*links, Link(rule.name, made, outcome.conditions))
                if same(made, right):
                    hits.append(Explanation((*path[:-1], Link(rule.name, right, outcome.conditions))))
                    continue
                key = _key(made)
                if key not in seen and looked < MOST:
                    seen.add(key)
                    after.append((made, path))
        if hits:
            return _best(iter(hits))
        level = after
    return None


def _moves(term: Expr, goal: Expr, context: Context) -> Iterator[tuple[Rule, Outcome]]:
    for stem in ORDER:
        if not can_act(stem, term) or not leads_to(stem, goal):
            continue
        rule = rule_called(stem)
        target = unfolded(term, open_up=True) if stem == "total_mass" else term
        target = folded(term) if stem == "moments" else target
        outcome = applied(rule, target, context)
        if outcome is not None and outcome.after != target:
            yield rule, outcome


def _folded(node: Int | Total) -> Expr:
    """The integral as an expectation, where it is one."""
    from derive.rewriting import split_density

    density, rest = split_density(node.body)
    if density is None or density.point != node.variables or rest.has(Inert):
        return node
    made = E(rest, density.law, *node.variables)
    return made if unfold(made) == node else node


def _key(term: Expr) -> frozenset[tuple[object, Expr]]:
    return frozenset(gathered(term).items())


def _notation(left: Expr, right: Expr, context: Context) -> Link:
    """The name of a step that is notation, with the conditions of whatever was unfolded or taken apart."""
    if left == right:
        return Link("repetition", right)
    if not _has_integral(left) and not _has_integral(right):
        return Link("algebra", right)
    stems = _changed(left, right)
    conditions: dict[Condition, None] = {}
    for stem, side in stems:
        outcome = applied(RULES[stem], side, context)
        conditions |= dict.fromkeys(outcome.conditions if outcome is not None else ())
    name = RULES[stems[0][0]].name if stems else "algebra"
    return Link(name, right, tuple(conditions))


def _changed(left: Expr, right: Expr) -> list[tuple[str, Expr]]:
    """The rules of notation that the step uses, each with the term on which its conditions are read off."""
    found: list[tuple[str, Expr]] = []
    one, two = (sum(isinstance(b, E) for b in binders(t)) for t in (left, right))
    if one > two:
        found.append(("definition", left))
    elif two > one:
        # What must exist is the expectation that is folded up.
        found.append(("fold", unfolded(left)))
    if _pieces(left) < _pieces(right):
        found.append(("linearity", left))
    elif _pieces(left) > _pieces(right):
        found.append(("linearity", right))
    if any(isinstance(n, D) for n in inert_nodes(left)) and not found:
        found.append(("constant_factor", left))
    return found


def _has_integral(term: Expr) -> bool:
    return next(binders(term), None) is not None


def _pieces(term: Expr) -> int:
    return sum(1 for _ in binders(term))

"""The derivations behind a check: of a family and an integrand, or of the slides' arbitrary ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations_with_replacement

from sympy import Rational, Symbol
from sympy.core.relational import Relational

from .closed_form import expectation_of
from .context import Context
from .environment.files import is_problem
from .errors import DeriveError, NoExpectation, NotApplicable, UnknownName
from .existence import expectation_exists
from .expectation import Expectation, expectation
from .families import FAMILIES
from .family import Family
from .grammar import parse_integrand
from .relaxing import of_choices
from .routes import ROUTES, Route, derive
from .setting import generic_setting, setting
from .sized import sized
from .sizes import refuse_twin, size_of
from .step import STRENGTH, Derivation
from .touching import without_touching_bends

# The route that each check derives.
ROUTE_OF = {"reparam": "pathwise", "score-function": "score_function", "product-rule": "product_split",
            "control-variates": "baseline", "implicit-reparam": "implicit",
            "measure-valued": "measure_valued"}  # fmt: skip
# Checks of environments: their problems bring derivations of their own, and laws have these.
ENVIRONMENTS = ("policy-gradient", "environment", "multi-sample")
ROUTE_OF |= dict.fromkeys(ENVIRONMENTS, "score_function")
# Checks of finite choices: without a family that of three outcomes with arbitrary values stands for them.
ROUTE_OF |= {"gumbel-max": "gumbel_max", "gumbel-softmax": "gumbel_softmax"}
ROUTE_OF |= {"straight-through": "score_function"}
# Of second derivatives the first of these that goes through is shown, unless one is asked for.
TWICE = ("score_function_twice", "pathwise_twice", "direct_twice")
ROUTE_OF |= {"higher-order": TWICE[0]}
DEFAULT_INTEGRAND = "a**2"


def derivations(
    check: str,
    family: str | None = None,
    integrand: str | None = None,
    wrt: tuple[str, ...] | None = None,
    at: Mapping[str, Rational] | None = None,
    route: str | None = None,
) -> tuple[Derivation, ...]:
    """The derivations of ``check``, one per parameter; of second derivatives one per pair of parameters.

    Without a family the law and the integrand are arbitrary, as on the slides. ``route`` is taken instead of
    the check's own. Raises ``UnknownName`` for a check that has no route, and whatever ``requested`` raises.
    """
    if check in ENVIRONMENTS and (family is None or is_problem(family)):
        from .environment.deriving import derivations as of_environment

        if route is not None:
            help = "--route is for a law with an integrand: --family normal --integrand 'a**2'"
            raise NotApplicable(f"{check} of an environment has derivations of its own", help)
        return of_environment(check, family, integrand, wrt, at)
    if check == "higher-order" and family is not None and is_problem(family):
        # Trajectories have a law like any other, of which the statement is: nothing is added to it here.
        family = None
    if check not in ROUTE_OF:
        raise UnknownName(f"there is no derivation for '{check}'", f"known: {', '.join(ROUTE_OF)}")
    own = ROUTES[route or ROUTE_OF[check]]
    if check in ("gumbel-max", "gumbel-softmax") and route is None:
        asked = None if family is None else requested(family, integrand or DEFAULT_INTEGRAND, wrt, at)
        return of_choices(check, asked)
    if family is None:
        context = generic_setting(location_scale=check in ("reparam", "implicit-reparam"))
    else:
        context = context_of(requested(family, integrand or DEFAULT_INTEGRAND, wrt, at))
    if own.second:
        wanted = (own,) if route or family is None else tuple(ROUTES[name] for name in TWICE)
        return tuple(_first(wanted, context, *pair) for pair in pairs(context.expectation.wrt))
    return tuple(derive(own, context, s) for s in context.expectation.wrt)


def pairs(wrt: tuple[Symbol, ...]) -> Iterator[tuple[Symbol, Symbol]]:
    """The entries of the second derivative on and above its diagonal, row by row."""
    return combinations_with_replacement(wrt, 2)


def _first(routes: tuple[Route, ...], context: Context, one: Symbol, two: Symbol) -> Derivation:
    """The derivation by the first route that goes through; by the very first where none does."""
    refused: list[Derivation] = []
    for route in routes:
        try:
            made = derive(route, context, one, two)
        except NotApplicable:
            if route is routes[-1] and not refused:
                raise
            continue
        if STRENGTH.index(made.status) <= STRENGTH.index("evidence"):
            return made
        refused.append(made)
    return refused[0]


def requested(
    family: str,
    integrand: str,
    wrt: tuple[str, ...] | None = None,
    at: Mapping[str, Rational] | None = None,
) -> Expectation:
    """The expectation that somebody asked for in words, with its bends off the ends of the support.

    Raises ``UnknownName``, ``BadExpression`` or ``OutsideDomain`` for bad input and ``NoExpectation``
    where the expectation does not exist at the point.
    """
    given = dict(at or {})
    record = _record(family, integrand, given, wrt or ())
    symbols = {s.name: s for s in (*record.symbols, *record.samples)}
    symbols |= {name: Symbol(name, real=True) for name in given if name not in symbols}
    symbols |= {name: Symbol(name, real=True) for name, _ in record.determined}
    parsed = parse_integrand(integrand, symbols, _values(record, given))
    parsed = parsed.xreplace({symbols[name]: meaning for name, meaning in record.determined})
    made = expectation(record, parsed, wrt, given)
    _must_exist(made)
    return without_touching_bends(made)


def _record(family: str, integrand: str, given: Mapping[str, Rational], wrt: tuple[str, ...]) -> Family:
    """The family's record, in the size that the request means where it has several."""
    own = FAMILIES[family]
    refuse_twin(own.name, (*given, *wrt))
    total = sum((Fraction(v.p, v.q) for n, v in given.items() if n.startswith("p[")), Fraction(0))
    size = size_of(own.name, integrand, (*given, *wrt), total)
    return own if size is None else sized(own.name, size)


def _values(record: Family, given: Mapping[str, Rational]) -> int | None:
    """How many values 0, 1, ... a sample takes; None for a continuum, an infinity, or vectors."""
    axis = record.support[0]
    held = {p.symbol: given.get(p.name, p.reference) for p in record.parameters}
    upper = axis.upper.xreplace(held)
    if not axis.lattice or record.dimension > 1 or not upper.is_Integer:
        return None
    return int(upper) + 1


def _must_exist(made: Expectation) -> None:
    try:
        expectation_exists(made.integrand, made.family.law, made.family.samples, made.point)
    except NoExpectation as error:
        raise NoExpectation(f"{made.term} does not exist: {error.message}", error.help) from error
    except DeriveError:
        return  # undecided: the definition step then carries existence as an assumption, and says so


def region(made: Expectation) -> tuple[Relational, ...]:
    """The strict relations under which the closed form holds; none where there is no closed form."""
    try:
        closed = expectation_of(made.integrand, made.family.law, made.family.samples, made.point)
    except DeriveError:
        return ()
    return tuple(dict.fromkeys(r.canonical for r in closed.requires))


def context_of(made: Expectation) -> Context:
    """The context in which the expectation's steps are judged: points in the region of its closed form."""
    return setting(made, region(made))

"""Families of distributions as data: parameters, support, density, transport, moments.

A family is one frozen record in one file of ``derive/families``. It names its Torch reference
in words, so that this package never imports Torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Rational, S, Symbol
from sympy.core.relational import Relational

from .terms import Law, noise_symbols, sample_symbols


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its symbol (with assumptions), the open interval it lies in, a generic value.

    ``reference`` is deliberately not special (no 0, 1 or 1/2): special points hide mistakes.
    ``fixed`` marks a whole number, such as a number of trials, by which nothing is differentiated.
    """

    symbol: Symbol
    reference: Rational
    lower: Expr = S.NegativeInfinity
    upper: Expr = S.Infinity
    fixed: bool = False

    @property
    def name(self) -> str:
        return str(self.symbol.name)


@dataclass(frozen=True, slots=True)
class Support:
    """One axis of the support, from ``lower`` to ``upper``; ``lattice`` for the integers in it."""

    lower: Expr
    upper: Expr
    lattice: bool = False


@dataclass(frozen=True, slots=True)
class Transport:
    """``a = map(b)`` with ``b`` drawn from ``noise``, a law whose parameters are free of theta.

    ``form`` is ``location_scale`` where the density is ``P((a - mu)/sigma)/sigma``, else ``quantile``
    for a map from uniform noise and ``push_forward`` for a map from any other noise.
    ``map`` has one expression per axis, in ``b`` (or ``b[0], b[1], ...``).
    """

    noise: Law
    map: tuple[Expr, ...]
    form: str


@dataclass(frozen=True, slots=True)
class Atom:
    """``a**power * log(a)**logs * exp(rate*a + square*a**2)`` on the cell ``lower < a < upper``.

    ``rate`` may be complex: sine and cosine are read as exponentials. Every integrand that the
    engine can integrate is a sum of coefficients times atoms. ``square`` is zero for families that
    do not say ``squares``. ``piece`` counts the family's ``kinks`` that lie at or below the cell.
    """

    power: Expr
    logs: int
    rate: Expr
    lower: Expr
    upper: Expr
    square: Expr = S.Zero
    piece: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """The exact expectation of an atom, valid where all of ``requires`` hold."""

    value: Expr
    requires: tuple[Relational, ...] = ()


MomentRule = Callable[[Atom, tuple[Expr, ...]], Moment]


@dataclass(frozen=True, slots=True)
class Family:
    """A parametric family of laws.

    ``log_density`` is in ``samples`` (``a``, or ``a[0], a[1], ...``) and the parameters' symbols.
    ``moment(atom, parameter_values)`` raises ``NoClosedForm`` for atoms it does not know and
    ``NoExpectation`` for atoms whose expectation does not exist.
    ``constraints`` are strict relations between parameters beyond their own intervals.
    ``kinks`` are the points where the density is not smooth, in order: no cell of an atom straddles
    one. ``squares`` says that ``moment`` reads ``Atom.square``.
    ``normalised`` are parameters that sum to one at the point: the density divides by their sum, as Torch
    does, so that it is a density all around the point and its gradient is tangent to the simplex.
    ``outside`` is the advice for whoever gives values outside the domain.
    ``velocities`` say how a sample moves with a parameter while its noise stays where it is, one expression
    per axis: a solution of the transport equation ``dp/dtheta + div(p v) = 0`` without flux through the ends.
    In one dimension that is ``-(dF/dtheta)/p``, with the distribution function ``cdf``.
    ``determined`` are coordinates that are functions of the samples, by name: an integrand may use them.
    ``reference`` names the ``torch.distributions`` class, e.g. ``"Normal(loc=mu, scale=sigma)"``.
    """

    name: str
    parameters: tuple[Parameter, ...]
    support: tuple[Support, ...]
    log_density: Expr
    transport: Transport | None
    moment: MomentRule
    reference: str
    source: str
    constraints: tuple[Relational, ...] = ()
    kinks: tuple[Expr, ...] = ()
    squares: bool = False
    normalised: tuple[Symbol, ...] = ()
    outside: str = "choose another point with --at"
    cdf: Expr | None = None
    velocities: tuple[tuple[Symbol, tuple[Expr, ...]], ...] = ()
    determined: tuple[tuple[str, Expr], ...] = ()

    @property
    def lattice(self) -> bool:
        """Whether the law lives on whole numbers, so that an expectation is a sum."""
        return self.support[0].lattice

    @property
    def dimension(self) -> int:
        return len(self.support)

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        return tuple(p.symbol for p in self.parameters)

    @property
    def samples(self) -> tuple[Symbol, ...]:
        return sample_symbols(self.dimension)

    @property
    def noise(self) -> tuple[Symbol, ...]:
        """The noise symbol ``b``, or ``z`` where a parameter is itself called b (laplace)."""
        taken = any(p.name == "b" for p in self.parameters)
        return (Symbol("z", real=True),) if taken else noise_symbols(self.dimension)

    @property
    def law(self) -> Law:
        """The law with its own parameter symbols."""
        return Law(self.name, *self.symbols)

    def parameter(self, name: str) -> Parameter:
        return next(p for p in self.parameters if p.name == name)

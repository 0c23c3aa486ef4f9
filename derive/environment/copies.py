"""Independent samples of one law as one sample of several numbers, and objectives that average weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

from sympy import Add, Expr, Integer, Rational, Symbol, exp, log

from derive.environment.latent import Latent
from derive.expectation import Expectation, expectation
from derive.families import FAMILIES
from derive.family import Family, Transport
from derive.grammar import parse_integrand
from derive.terms import SAMPLE, Law, noise_symbols, sample_symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies(Family):
    """``size`` independent samples of ``single``, with the weight of one sample as a function of ``a``.

    ``tied`` is their law in terms of a family of several numbers whose parameters are those of the single
    law: ``multivariate_normal(mu, mu, sigma, 0, sigma)`` for two normal samples.
    """

    single: Family
    size: int
    tied: Law
    log_weight: Expr

    @property
    def law(self) -> Law:
        return self.tied

    @property
    def log_weights(self) -> tuple[Expr, ...]:
        """``log w_k`` of each sample."""
        return tuple(self.log_weight.xreplace({SAMPLE: a}) for a in self.samples)

    @property
    def shares(self) -> tuple[Expr, ...]:
        """The normalised weights ``w_k/sum_j w_j``."""
        logs = self.log_weights
        return tuple(1 / Add(*(exp(other - one) for other in logs)) for one in logs)

    @property
    def explicit_factors(self) -> tuple[Expr, ...]:
        """What ``d log q(a_k)`` is multiplied by in the derivative of the objective at samples held fixed."""
        return tuple(-share for share in self.shares)


def copies(single: Family, size: int, log_weight: Expr) -> Copies:
    """``size`` independent samples of a normal law (at most two), or of a coin."""
    samples = sample_symbols(size)
    density = Add(*(single.log_density.xreplace({SAMPLE: a}) for a in samples))
    own = {f.name: getattr(single, f.name) for f in fields(Family)}
    own |= {"support": single.support * size, "log_density": density, "transport": _transport(single, size)}
    if size > 1:  # in the plane neither has one form that all rules know
        own |= {"velocities": (), "cdf": None}
    return Copies(**own, single=single, size=size, tied=_tied(single, size), log_weight=log_weight)


def _tied(single: Family, size: int) -> Law:
    if size == 1:
        return single.law
    if single.name == "normal":
        mu, sigma = single.symbols
        return Law("multivariate_normal", mu, mu, sigma, 0, sigma)
    (parameter,) = single.symbols
    p = parameter if single.name == "bernoulli" else 1 / (1 + exp(-parameter))
    return Law("bernoulli_product", *[p] * size)


def _transport(single: Family, size: int) -> Transport | None:
    if size == 1 or single.transport is None:
        return single.transport
    (path,), noise = single.transport.map, noise_symbols(size)
    (b,) = single.noise
    standard = Law("multivariate_normal", 0, 0, 1, 0, 1)
    return Transport(standard, tuple(path.xreplace({b: x}) for x in noise), single.transport.form)


def objective(latent: Latent, text: str, wrt: tuple[str, ...] | None = None) -> Expectation:
    """The expectation that ``elbo`` or ``iwae(K)`` means, at the point of the model.

    Raises ``NotApplicable`` for another text, ``BadExpression`` for a joint that cannot be read.
    """
    single, size = FAMILIES[latent.encoder], latent.samples(text)
    weight = _log_joint(latent, single) - single.log_density
    family = copies(single, size, weight)
    weights = [weight.xreplace({SAMPLE: a}) for a in family.samples]
    body = weights[0] if size == 1 else log(Add(*map(exp, weights)) / Integer(size))
    return expectation(family, body, wrt, _exact(latent.point))


def _log_joint(latent: Latent, single: Family) -> Expr:
    constants = latent.point.keys() - {p.name for p in single.parameters}
    symbols = {"a": SAMPLE, **{name: Symbol(name, real=True) for name in constants}}
    if not single.lattice:
        return parse_integrand(latent.log_joint, symbols)
    zero, one = (parse_integrand(latent.log_joint, symbols, 2).subs(SAMPLE, k) for k in (0, 1))
    return zero + (one - zero) * SAMPLE  # as every function of a coin is


def _exact(point: Mapping[str, Fraction]) -> dict[str, Rational]:
    return {name: Rational(v.numerator, v.denominator) for name, v in point.items()}

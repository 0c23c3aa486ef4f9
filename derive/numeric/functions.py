"""The functions that ball arithmetic knows, by SymPy's name, with SymPy's argument order and branches.

Each entry takes complex balls and a flag: where ``analytic`` is true and the ball touches a branch
cut, the result is not finite. Without that, ``acb.integral`` gives a "rigorous" ball that excludes
the truth, so the flag is threaded through every function that has a cut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb, fmpq

BallFunction = Callable[..., acb]
NAN = acb("nan")
_ONE = acb(1)


def _on_left(z: acb, end: int) -> bool:
    """Whether the ball may touch the real half-line up to ``end``."""
    return bool(z.imag.contains(0)) and not z.real > end


def _on_right(z: acb, start: int) -> bool:
    """Whether the ball may touch the real half-line from ``start`` on."""
    return bool(z.imag.contains(0)) and not z.real < start


def _outside_unit(z: acb) -> bool:
    return bool(z.imag.contains(0)) and not (z.real < 1 and z.real > -1)


def _outside_imaginary_unit(z: acb) -> bool:
    return bool(z.real.contains(0)) and not (z.imag < 1 and z.imag > -1)


def _entire(name: str) -> BallFunction:
    """A meromorphic function of one argument: poles give non-finite balls by themselves."""
    method = getattr(acb, name)

    def call(z: acb, analytic: bool) -> acb:
        return method(z)

    return call


def _cut(name: str, touches: Callable[[acb], bool]) -> BallFunction:
    method = getattr(acb, name)

    def call(z: acb, analytic: bool) -> acb:
        return NAN if analytic and touches(z) else method(z)

    return call


def _reciprocal(inner: BallFunction) -> BallFunction:
    def call(z: acb, analytic: bool) -> acb:
        return inner(_ONE / z, analytic)

    return call


def _ordered(name: str, touches: Callable[[acb], bool] | None) -> BallFunction:
    """SymPy writes ``f(order, z)``, python-flint ``z.f(order)``."""
    method = getattr(acb, name)

    def call(order: acb, z: acb, analytic: bool) -> acb:
        return NAN if touches is not None and analytic and touches(z) else method(z, order)

    return call


def _left_cut(z: acb) -> bool:
    return _on_left(z, 0)


def _log(z: acb, analytic: bool) -> acb:
    return z.log(analytic=analytic)


def _polygamma(order: acb, z: acb, analytic: bool) -> acb:
    return z.digamma() if order == 0 else z.polygamma(order)


def _beta(x: acb, y: acb, analytic: bool) -> acb:
    return x.gamma() * y.gamma() * (x + y).rgamma()


def _bessel(name: str) -> BallFunction:
    """Entire for integer order, else cut along the negative axis."""
    method = getattr(acb, name)

    def call(order: acb, z: acb, analytic: bool) -> acb:
        cut = order.unique_fmpz() is None or not order.is_exact()
        return NAN if analytic and cut and _on_left(z, 0) else method(z, order)

    return call


def _zeta(s: acb, *rest: acb | bool) -> acb:
    if len(rest) == 1:
        return s.zeta()
    shift, analytic = rest
    return NAN if analytic and _on_left(acb(shift), 0) else s.zeta(shift)


def _expint(order: acb, z: acb, analytic: bool) -> acb:
    return NAN if analytic and _on_left(z, 0) else z.expint(order)


def _ei(z: acb, analytic: bool) -> acb:
    """SymPy and Arb agree: real on the negative axis, which is a cut elsewhere of zero width."""
    return NAN if analytic and _on_left(z, 0) else z.ei()


def _incomplete_beta(regularized: int) -> BallFunction:
    def call(a: acb, b: acb, low: acb, high: acb, analytic: bool) -> acb:
        if analytic and any(_on_left(z, 0) or _on_right(z, 1) for z in (low, high)):
            return NAN
        upper = high.beta_lower(a, b, regularized=regularized)
        return upper if low == 0 else upper - low.beta_lower(a, b, regularized=regularized)

    return call


def _lerch(z: acb, s: acb, a: acb, analytic: bool) -> acb:
    return NAN if analytic and (_on_right(z, 1) or _on_left(a, 0)) else z.lerch_phi(s, a)


def _real_only(name: str) -> BallFunction:
    """Functions that python-flint has on the real line only."""
    method = getattr(arb, name)

    def call(z: acb, analytic: bool) -> acb:
        return NAN if analytic or not z.imag.is_zero() else acb(method(z.real))

    return call


def _lambertw(z: acb, *rest: acb | bool) -> acb:
    branch = 0 if len(rest) == 1 else int(acb(rest[0]).unique_fmpz() or 0)
    return NAN if rest[-1] and _on_left(z, 0) else z.lambertw(branch)


def _harmonic(z: acb, analytic: bool) -> acb:
    return (z + 1).digamma() + acb(arb.const_euler())


def _binomial(n: acb, k: acb, analytic: bool) -> acb:
    return (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma()


def _rising(z: acb, n: acb, analytic: bool) -> acb:
    return (z + n).gamma() * z.rgamma()


def _falling(z: acb, n: acb, analytic: bool) -> acb:
    return (z + 1).gamma() * (z - n + 1).rgamma()


def _factorial(z: acb, analytic: bool) -> acb:
    return (z + 1).gamma()


def _erf2(low: acb, high: acb, analytic: bool) -> acb:
    return high.erf() - low.erf()


def _acosh(z: acb, analytic: bool) -> acb:
    return NAN if analytic and _on_left(z, 1) else z.acosh()


def hypergeometric(upper: list[Any], lower: list[Any], z: acb, analytic: bool) -> acb:
    """``hyper(upper, lower, z)``; from ``p = q + 1`` on it is cut along ``[1, oo)``."""
    cut = len(upper) > len(lower)
    return NAN if analytic and cut and _on_right(z, 1) else z.hypgeom(upper, lower)


_ENTIRE = {
    "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth", "sech": "sech", "csch": "csch",
    "sinc": "sinc", "gamma": "gamma", "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfi": "erfi",
    "Si": "si", "Shi": "shi", "fresnels": "fresnel_s", "fresnelc": "fresnel_c",
    "dirichlet_eta": "dirichlet_eta", "airyai": "airy_ai", "airybi": "airy_bi",
}  # fmt: skip
_LEFT_CUT = {"loggamma": "lgamma", "Ci": "ci", "Chi": "chi"}

FUNCTIONS: dict[str, BallFunction] = {
    **{name: _entire(method) for name, method in _ENTIRE.items()},
    **{name: _cut(method, _left_cut) for name, method in _LEFT_CUT.items()},
    "log": _log,
    "asin": _cut("asin", _outside_unit),
    "acos": _cut("acos", _outside_unit),
    "atanh": _cut("atanh", _outside_unit),
    "atan": _cut("atan", _outside_imaginary_unit),
    "asinh": _cut("asinh", _outside_imaginary_unit),
    "acosh": _acosh,
    "acot": _reciprocal(_cut("atan", _outside_imaginary_unit)),
    "acoth": _reciprocal(_cut("atanh", _outside_unit)),
    "asec": _reciprocal(_cut("acos", _outside_unit)),
    "acsc": _reciprocal(_cut("asin", _outside_unit)),
    "asech": _reciprocal(_acosh),
    "acsch": _reciprocal(_cut("asinh", _outside_imaginary_unit)),
    "polygamma": _polygamma,
    "beta": _beta,
    "erf2": _erf2,
    "erfinv": _real_only("erfinv"),
    "erfcinv": _real_only("erfcinv"),
    "expint": _expint,
    "Ei": _ei,
    "uppergamma": _ordered("gamma_upper", _left_cut),
    "lowergamma": _ordered("gamma_lower", _left_cut),
    "besselj": _bessel("bessel_j"),
    "besseli": _bessel("bessel_i"),
    "bessely": _ordered("bessel_y", _left_cut),
    "besselk": _ordered("bessel_k", _left_cut),
    "polylog": _ordered("polylog", lambda z: _on_right(z, 1)),
    "zeta": _zeta,
    "lerchphi": _lerch,
    "betainc": _incomplete_beta(0),
    "betainc_regularized": _incomplete_beta(1),
    "LambertW": _lambertw,
    "harmonic": _harmonic,
    "factorial": _factorial,
    "binomial": _binomial,
    "RisingFactorial": _rising,
    "FallingFactorial": _falling,
}


def power(base: acb, exponent: fmpq | acb, analytic: bool) -> acb:
    """``base**exponent`` on the principal branch; integer and half-integer exponents stay exact."""
    if isinstance(exponent, fmpq):
        if exponent.q == 1:
            return base ** int(exponent.p)
        if exponent.q == 2:
            root = base.sqrt(analytic=analytic)
            return root if exponent.p == 1 else root ** int(exponent.p)
        exponent = acb(exponent)
    return base.pow(exponent, analytic=analytic)

"""The functions an integrand may use, by the names that it uses for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import (
    Abs,
    Expr,
    Heaviside,
    Max,
    Min,
    S,
    acos,
    asin,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

CONSTANTS: dict[str, Expr] = {"pi": S.Pi, "E": S.Exp1, "EulerGamma": S.EulerGamma}


@dataclass(frozen=True, slots=True)
class Function:
    """What a call builds, and how many arguments it takes (``most`` None: any number)."""

    build: Callable[..., Expr]
    least: int = 1
    most: int | None = 1


def sigmoid(u: Expr) -> Expr:
    """``1/(1 + exp(-u))``, the logistic distribution function."""
    return 1 / (1 + exp(-u))


def softplus(u: Expr) -> Expr:
    """``log(1 + exp(u))``, an antiderivative of the sigmoid."""
    return log(1 + exp(u))


def relu(u: Expr) -> Expr:
    """``Max(0, u)``."""
    return Max(S.Zero, u)


def log1p(u: Expr) -> Expr:
    """``log(1 + u)``; exact here, so without log1p's numerical reason to exist."""
    return log(1 + u)


def expm1(u: Expr) -> Expr:
    """``exp(u) - 1``."""
    return exp(u) - 1


_UNARY: tuple[Callable[..., Expr], ...] = (
    exp, log, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, erf, erfc,
    Abs, sign, Heaviside, sigmoid, softplus, relu, log1p, expm1,
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {
    **{f.__name__: Function(f) for f in _UNARY},
    "abs": Function(Abs),
    "ln": Function(log),
    **{name: Function(f, 2, None) for name, f in (("Max", Max), ("max", Max), ("Min", Min), ("min", Min))},
}

"""The elementary and special functions of plain trees in Torch, each with a point where it is harmless.

A function that has a pole, a branch point or an overflow names a ``safe`` argument. Inside a branch of
a ``Piecewise`` the arguments of the samples that took another branch are replaced by it: a value that is
discarded must not send ``0 * inf = nan`` back through autograd.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import torch
from torch import Tensor

Value: TypeAlias = Tensor | float
LOG_2 = math.log(2.0)


@dataclass(frozen=True, slots=True)
class Function:
    """``call`` on tensors or floats; ``safe`` replaces its first argument where the result is discarded."""

    call: Callable[..., Any]
    safe: float | None = None


def tensor(value: Value) -> Tensor:
    """The value as a float64 tensor; tensors pass unchanged."""
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)


def _add(*values: Value) -> Value:
    return reduce(operator.add, values)


def _mul(*values: Value) -> Value:
    if isinstance(values[0], float) and values[0] == -1.0:
        return -reduce(operator.mul, values[1:])
    return reduce(operator.mul, values)


def _pow(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, float) and isinstance(base, Tensor):
        special = {-1.0: torch.reciprocal, 0.5: torch.sqrt, -0.5: torch.rsqrt, 2.0: torch.square}
        if exponent in special:
            return special[exponent](base)
    return torch.pow(tensor(base), exponent)


def _maximum(*values: Value) -> Tensor:
    # relu is the usual case, and its slope at 0 is then 0 as in torch.relu; torch.maximum says 1/2.
    if len(values) == 2 and 0.0 in [v for v in values if isinstance(v, float)]:
        return torch.relu(tensor(next(v for v in values if not isinstance(v, float) or v != 0.0)))
    return reduce(torch.maximum, map(tensor, values))


def _minimum(*values: Value) -> Tensor:
    return reduce(torch.minimum, map(tensor, values))


def _heaviside(x: Value) -> Tensor:
    # Not torch.heaviside, which refuses to be differentiated: the slope of a step is zero wherever
    # autograd looks, and code that back-propagates through one gets that zero.
    return (torch.sign(tensor(x)) + 1.0) / 2.0


def _gamma(x: Value) -> Tensor:
    x = tensor(x)
    negative = (x < 0) & (torch.remainder(torch.floor(x), 2.0) == 1.0)
    return torch.where(negative, -1.0, 1.0) * torch.exp(torch.lgamma(x))


def _beta(x: Value, y: Value) -> Tensor:
    x, y = tensor(x), tensor(y)
    return torch.exp(torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y))


def _polygamma(order: Value, x: Value) -> Tensor:
    if order == 0.0:
        return torch.digamma(tensor(x))
    return torch.polygamma(int(order), tensor(x))


def _of_order(name: str, *orders: Callable[[Tensor], Tensor]) -> Callable[[Value, Value], Tensor]:
    """A Bessel function, which Torch has for the orders 0 and 1 only; of others SciPy knows the value."""

    def call(order: Value, x: Value) -> Tensor:
        for known, function in enumerate(orders):
            if isinstance(order, float) and order == known:
                return function(tensor(x))
        order, x = tensor(order), tensor(x)
        if order.requires_grad or x.requires_grad:
            raise NotImplementedError(f"Torch has the gradient of {name} for the orders 0 and 1 only")
        from scipy import special

        values = {"besseli": special.iv, "besselj": special.jv, "besselk": special.kv}[name]
        return torch.as_tensor(values(order.numpy(), x.numpy()), dtype=torch.float64)

    return call


def _sinc(x: Value) -> Tensor:
    return torch.sinc(tensor(x) / math.pi)


def _softplus(x: Value) -> Tensor:
    x = tensor(x)
    return torch.logaddexp(x, torch.zeros_like(x))


def _log_cosh(x: Value) -> Tensor:
    x = tensor(x)
    return torch.logaddexp(x, -x) - LOG_2


def _log_erfc(x: Value) -> Tensor:
    return torch.special.log_ndtr(-math.sqrt(2.0) * tensor(x)) + LOG_2


def _plain(function: Callable[[Tensor], Tensor]) -> Callable[[Value], Tensor]:
    return lambda x: function(tensor(x))


def _of_tensors(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Value, Value], Tensor]:
    return lambda x, y: function(tensor(x), tensor(y))


FUNCTIONS: dict[str, Function] = {
    "add": Function(_add),
    "mul": Function(_mul),
    "pow": Function(_pow, safe=1.0),
    "max": Function(_maximum),
    "min": Function(_minimum),
    "heaviside": Function(_heaviside),
    "gamma": Function(_gamma, safe=1.0),
    "factorial": Function(lambda x: _gamma(x + 1.0), safe=1.0),
    "beta": Function(_beta, safe=1.0),
    "polygamma": Function(_polygamma),
    "lowergamma": Function(lambda s, x: torch.special.gammainc(tensor(s), tensor(x)) * _gamma(s)),
    "uppergamma": Function(lambda s, x: torch.special.gammaincc(tensor(s), tensor(x)) * _gamma(s)),
    "besseli": Function(_of_order("besseli", torch.special.i0, torch.special.i1)),
    "besselj": Function(_of_order("besselj", torch.special.bessel_j0, torch.special.bessel_j1)),
    "besselk": Function(
        _of_order("besselk", torch.special.modified_bessel_k0, torch.special.modified_bessel_k1)
    ),
    "sinc": Function(_sinc),
    "sec": Function(lambda x: 1.0 / torch.cos(tensor(x)), safe=0.0),
    "csc": Function(lambda x: 1.0 / torch.sin(tensor(x)), safe=1.0),
    "cot": Function(lambda x: 1.0 / torch.tan(tensor(x)), safe=1.0),
    "sech": Function(lambda x: 1.0 / torch.cosh(tensor(x)), safe=0.0),
    "csch": Function(lambda x: 1.0 / torch.sinh(tensor(x)), safe=1.0),
    "coth": Function(lambda x: 1.0 / torch.tanh(tensor(x)), safe=1.0),
    "atan2": Function(_of_tensors(torch.atan2)),
    "mod": Function(_of_tensors(torch.remainder)),
    # What `checks.stable` writes in place of forms that overflow or cancel.
    "sigmoid": Function(_plain(torch.sigmoid)),
    "softplus": Function(_softplus),
    "log1p": Function(_plain(torch.log1p), safe=0.0),
    "expm1": Function(_plain(torch.expm1), safe=0.0),
    "log_cosh": Function(_log_cosh),
    "log_erfc": Function(_log_erfc),
}
_SAME = {"exp": 0.0, "log": 1.0, "sin": None, "cos": None, "tan": 0.0, "asin": 0.0, "acos": 0.0, "atan": None,
         "sinh": 0.0, "cosh": 0.0, "tanh": None, "asinh": None, "acosh": 2.0, "atanh": 0.0, "abs": None,
         "sign": None, "erf": None, "erfc": None, "erfinv": 0.0, "digamma": 1.0, "floor": None}  # fmt: skip
_OTHER = {"ceiling": ("ceil", None), "loggamma": ("lgamma", 1.0)}
FUNCTIONS |= {name: Function(_plain(getattr(torch, name)), safe) for name, safe in _SAME.items()}
FUNCTIONS |= {name: Function(_plain(getattr(torch, of)), safe) for name, (of, safe) in _OTHER.items()}

RELATIONS: dict[str, Callable[[Value, Value], Any]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}

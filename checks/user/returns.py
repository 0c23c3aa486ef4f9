"""What an estimator may return, made one form: rows of gradients ``[k, p]`` whose mean is the estimate."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from checks.user.errors import BadResult
from checks.user.parameters import entry
from checks.user.widths import NARROW

Form = Literal["surrogate", "gradients", "per_sample"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which gradients are wanted: ``wrt`` among the ``names`` of all parameters, entries of vectors."""

    names: tuple[str, ...]
    wrt: tuple[str, ...]

    def choose(self, columns: Sequence[Any]) -> list[Any]:
        """The entries of ``wrt`` from one per wanted or one per existing parameter."""
        if len(columns) == len(self.wrt):
            return list(columns)
        return [columns[self.names.index(name)] for name in self.wrt]

    def fits(self, count: int) -> bool:
        """Whether so many gradients can be assigned to parameters."""
        return count in (len(self.wrt), len(self.names))


@dataclass(frozen=True, slots=True)
class Answer:
    """One call's result: ``rows [k, p]`` in float64; k is n for per-sample gradients, otherwise 1."""

    form: Form
    rows: Tensor
    narrow: bool = False

    @property
    def mean(self) -> Tensor:
        """The estimate ``[p]``."""
        return self.rows.mean(0)


def read(result: Any, n: int, layout: Layout) -> Answer | Tensor:
    """The gradients that were returned, or the surrogate whose gradient is to be taken.

    Raises ``BadResult`` for anything else, with what was expected and what came.
    """
    if isinstance(result, np.ndarray):
        result = torch.from_numpy(np.asarray(result))
    if isinstance(result, Tensor):
        return _of_tensor(result, n, layout)
    if isinstance(result, Mapping):
        return _of_columns(_by_name(result, layout), n, layout)
    if isinstance(result, (tuple, list)):
        return _of_columns(_in_order(result, layout), n, layout)
    raise BadResult(_not_a_result(result), _EXPECTED.format(p=len(layout.wrt)))


_EXPECTED = (
    "return a scalar surrogate with a graph, the gradients by name or in the order of theta, "
    "a tensor [{p}], or per-sample gradients [n, {p}]"
)


def _not_a_result(result: object) -> str:
    if result is None:
        return "it returned None: a call to backward() leaves the gradient in .grad, which is not looked at"
    if isinstance(result, (float, int)):
        return f"it returned the number {result}, which has no graph: no gradient can be taken of it"
    return f"it returned {type(result).__name__}, which is no gradient"


def _of_tensor(result: Tensor, n: int, layout: Layout) -> Answer | Tensor:
    p, shape = len(layout.wrt), list(result.shape)
    if result.is_complex() or result.dtype == torch.bool:
        raise BadResult(f"it returned a tensor of {result.dtype}", "gradients are real numbers")
    if result.dim() == 0:
        if not result.requires_grad:
            raise BadResult(
                "it returned a scalar that is detached: it has no graph, so no gradient can be taken of it",
                f"do not detach the surrogate; gradients are returned as a tensor [{p}]",
            )
        return result
    if result.dim() == 2 and shape[0] == n and layout.fits(shape[1]):
        return _answer("per_sample", layout.choose(result.unbind(1)))
    if result.dim() == 1 and layout.fits(shape[0]):
        return _answer("gradients", [x.reshape(1) for x in layout.choose(result.unbind(0))])
    expected = f"[], [{p}] or [{n}, {p}] (n = {n})"
    raise BadResult(f"it returned shape {shape}; expected {expected}", _shape_help(result, n))


def _shape_help(result: Tensor, n: int) -> str:
    if list(result.shape) == [n] and result.requires_grad:
        return "one surrogate per sample: return its .mean()"
    if list(result.shape) in ([1], [1, 1]):
        return "a surrogate has no dimensions: return it with .squeeze() or .mean()"
    if list(result.shape) == [n, n]:
        return "[n] with [n, 1] broadcast to [n, n]: make the shapes equal before they meet"
    return "a column for each parameter of theta that is differentiated by, in its order"


def _by_name(result: Mapping[Any, Any], layout: Layout) -> list[Any]:
    """The gradient of each of ``wrt``; vectors may come whole, ``{"mu": [d]}`` for mu[0], mu[1]..."""
    known = {*layout.names, *(_base(name) for name in layout.names)}
    strange = [str(name) for name in result if name not in known]
    if strange:
        near = difflib.get_close_matches(strange[0], sorted(known), n=1)
        help = f"did you mean '{near[0]}'?" if near else f"the parameters are {', '.join(layout.names)}"
        raise BadResult(f"it returned a gradient by '{strange[0]}', which is no parameter", help)
    columns = []
    for name in layout.wrt:
        if name not in result and _base(name) not in result:
            raise BadResult(
                f"it returned no gradient by '{name}'; it returned {', '.join(map(str, result)) or 'none'}",
                f"expected {', '.join(layout.wrt)}",
            )
        columns.append(result[name] if name in result else _entry(result[_base(name)], name))
    return columns


def _base(name: str) -> str:
    return name.partition("[")[0]


def _entry(whole: Any, name: str) -> Any:
    indices = tuple(int(i) for i in re.findall(r"\d+", name.partition("[")[2]))
    try:
        return entry(torch.as_tensor(whole), indices)
    except IndexError:
        raise BadResult(
            f"the gradient by '{_base(name)}' has shape {list(torch.as_tensor(whole).shape)}, "
            f"which has no entry {name}",
            "return it in the shape of the parameter",
        ) from None


def _in_order(result: Sequence[Any], layout: Layout) -> list[Any]:
    if layout.fits(len(result)):
        return layout.choose(result)
    bases = list(dict.fromkeys(map(_base, layout.names)))
    if len(result) == len(bases):
        return _by_name(dict(zip(bases, result)), layout)
    raise BadResult(
        f"it returned {len(result)} gradients; expected {len(layout.wrt)}: {', '.join(layout.wrt)}",
        "one gradient for each parameter, in the order of theta",
    )


def _of_columns(columns: Sequence[Any], n: int, layout: Layout) -> Answer:
    tensors = [_column(x, n, name) for x, name in zip(columns, layout.wrt, strict=True)]
    size = max(len(t) for t in tensors)
    return _answer("per_sample" if size == n > 1 else "gradients", [t.expand(size) for t in tensors])


def _column(value: Any, n: int, name: str) -> Tensor:
    if value is None:  # what autograd.grad(allow_unused=True) gives where nothing depends on the parameter
        return torch.zeros(1, dtype=torch.float64)
    try:
        x = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise BadResult(f"its gradient by '{name}' is {type(value).__name__}, not a number", None) from None
    if x.dim() == 0 or list(x.shape) in ([1], [n]):
        return x.reshape(-1)
    expected = f"[] (or [{n}], one per sample)"
    raise BadResult(f"its gradient by '{name}' has shape {list(x.shape)}; expected {expected}")


def _answer(form: Form, columns: Sequence[Tensor]) -> Answer:
    narrow = any(c.dtype in NARROW for c in columns)
    return Answer(form, torch.stack([c.detach().to(torch.float64) for c in columns], dim=-1), narrow)

"""A proved expectation as an estimator sees it: parameters, integrand, density, transport, noise in Torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from checks.bridge import TorchFunction, compile_tree
from checks.samplers import SAMPLERS, Sampler
from derive.errors import NotApplicable
from derive.plain import Tree
from derive.proof import Proof

Parameters = Mapping[str, Tensor]
# From so many parameters on they are rows of one leaf: half the work of autograd is then about leaves.
MANY = 32


class Theta(Mapping[str, Tensor]):
    """The parameters by name: ``theta["mu"]`` and ``theta.mu`` are the same tensor.

    Entries of vectors and matrices are parameters of their own, ``theta["mu[0]"]``, ``theta["L[1,0]"]``;
    ``theta.mu`` is then the vector of them, with its graph, in the last dimension, and ``theta.L`` the
    matrix, in the last two, with zeros where there is no parameter. ``whole [p, ...]`` is the leaf whose
    rows the parameters that move are, where they are many.
    """

    def __init__(self, values: Mapping[str, Tensor], whole: Tensor | None = None) -> None:
        self._values = dict(values)
        self._whole = whole

    @property
    def whole(self) -> Tensor | None:
        """The one leaf, or None where each parameter is its own."""
        return self._whole

    def __getitem__(self, name: str) -> Tensor:
        if name in self._values:
            return self._values[name]
        form = re.compile(rf"{re.escape(name)}\[(\d+)(?:,(\d+))?\]")
        matches = [(form.fullmatch(key), value) for key, value in self._values.items()]
        entries = {(m[1], m[2]): value for m, value in matches if m}
        if not entries:
            raise KeyError(f"there is no parameter '{name}'; there are: {', '.join(self._values)}")
        return _assembled(entries)

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Theta({', '.join(f'{k}={v.tolist()}' for k, v in self._values.items())})"


class Problem:
    """``E_{a ~ P_theta}[g_theta(a)]`` at its point, ready to be estimated.

    ``theta`` holds float64 leaves without dimensions, those of ``wrt`` requiring grad. Samples are ``[n]``,
    or ``[n, d]`` for a vector family, whose columns are ``a[0], a[1], ...``. Needs a ``Proof`` with its
    trees; SymPy is not imported. ``constants`` are the exact numbers that an estimator asked derive for.
    """

    def __init__(self, proof: Proof, constants: Mapping[str, float] | None = None) -> None:
        self.proof = proof
        self.constants = dict(constants or {})
        self.wrt = tuple(proof.parameters or proof.wrt)
        self.point = {name: float(Fraction(text)) for name, text in proof.at.items()}
        self._integrand = compile_tree(_tree(proof, "integrand"))
        self._log_density = compile_tree(_tree(proof, "log_density"))
        maps: Any = proof.trees.get("transport")
        self._transport = None if maps is None else tuple(compile_tree(tree) for tree in maps)
        self.samples = _bound(self._log_density.symbols, self.point)
        used = {s for function in self._transport or () for s in function.symbols}
        self.noises = _bound(used, self.point)
        self._noise = self._read_law("noise")
        self._law = self._read_law("law")
        self.theta = self._theta(())

    @property
    def dimension(self) -> int:
        """How many columns a sample has."""
        return max(len(self.samples), 1)

    @property
    def noise_parameters(self) -> tuple[float, ...]:
        """The parameters of the noise at the point; none without noise."""
        return () if self._noise is None else self._noise[1]

    @property
    def law_parameters(self) -> tuple[float, ...]:
        """The parameters of the law at the point, where samples are drawn from it and not transported."""
        return () if self._law is None else self._law[1]

    @property
    def determined(self) -> int:
        """How many further columns a sample has that the others determine: one on a simplex."""
        return len(self.proof.trees.get("determined") or ())

    def leaves(self, n: int, copies: int | None = None) -> Theta:
        """The parameters of ``wrt`` as leaves with one entry per row; the others stay numbers.

        ``[n]``, or ``[n, 1]`` beside samples ``[n, copies]``, which they then meet row by row.
        """
        return self._theta((n,) if copies is None else (n, 1))

    def f(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        """The integrand ``g_theta(a)``, one value per sample."""
        return self._at(self._integrand, self.samples, a, theta)

    def log_density(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        """``log p_theta(a)``, one value per sample."""
        return self._at(self._log_density, self.samples, a, theta)

    def level(self, a: Tensor, theta: Parameters | None = None) -> Tensor:
        """The distribution function ``F_theta(a)``; raises ``NotApplicable`` where there is none in Torch."""
        tree = self.proof.trees.get("level")
        if not isinstance(tree, list):
            raise NotApplicable(f"{self.proof.family} has no distribution function of one variable")
        return self._at(compile_tree(tree), self.samples, a, theta)

    def transport(self, b: Tensor, theta: Parameters | None = None) -> Tensor:
        """The sample ``a = T_theta(b)`` of noise ``b``; raises ``NotApplicable`` where there is no T."""
        if self._transport is None:
            raise NotApplicable(f"{self.proof.family} has no transport", "use an estimator that needs none")
        columns = [self._at(axis, self.noises, b, theta) for axis in self._transport]
        return columns[0] if len(columns) == 1 else torch.stack(columns, dim=-1)

    def draw_noise(self, n: int, generator: Generator, copies: int | None = None) -> Tensor:
        """``n`` draws of the noise, ``[n]`` or ``[n, d]``; ``[n, copies]`` or ``[n, copies, d]`` of several.

        Raises ``NotApplicable`` where there is none.
        """
        if self._noise is None or self._transport is None:
            raise NotApplicable(f"{self.proof.family} has no transport", "use an estimator that needs none")
        sampler, parameters = self._noise
        return sampler(parameters, _shape(n, copies, len(self._transport)), generator)

    def sample(self, n: int, generator: Generator, copies: int | None = None) -> Tensor:
        """``n`` samples of ``P_theta`` at the point, without a graph; ``[n]`` or ``[n, d]``.

        With ``copies``, as many for each: ``[n, copies]`` or ``[n, copies, d]``.
        """
        with torch.no_grad():
            if self._law is not None:
                sampler, parameters = self._law
                return sampler(parameters, _shape(n, copies, self.dimension), generator)
            return self.transport(self.draw_noise(n, generator, copies))

    def gradients(self, surrogate: Tensor, theta: Theta) -> Tensor:
        """``[n, p]``: the gradient of each sample's surrogate, with ``theta`` from ``leaves(n)``.

        One backward pass of the sum suffices, since row i depends on entry i of each leaf alone.
        """
        if not surrogate.requires_grad:
            return torch.zeros(len(surrogate), len(self.wrt), dtype=torch.float64)
        if theta.whole is not None:
            (rows,) = torch.autograd.grad(surrogate.sum(), [theta.whole], materialize_grads=True)
            return rows.reshape(-1, len(surrogate)).t().contiguous()
        leaves = [theta[name] for name in self.wrt]
        found = torch.autograd.grad(surrogate.sum(), leaves, allow_unused=True, materialize_grads=True)
        return torch.stack([one.reshape(len(surrogate)) for one in found], dim=-1)

    @cached_property
    def explicit(self) -> bool:
        """Whether a parameter of ``wrt`` stands in the integrand itself."""
        return bool(set(self._integrand.symbols) & set(self.wrt))

    @cached_property
    def support(self) -> tuple[tuple[float, float], ...]:
        """The ends of each axis at the point; of laws on whole numbers, which have no transport, only."""
        law = self.proof.trees.get("law")
        axes = law["support"] if isinstance(law, dict) else ()
        return tuple((self._number(low), self._number(high)) for low, high in axes)

    def _read_law(self, name: str) -> tuple[Sampler, tuple[float, ...]] | None:
        """The sampler of the noise, or of a family without a transport; None if none is known."""
        law = self.proof.trees.get(name)
        if not isinstance(law, dict) or law["family"] not in SAMPLERS:
            return None
        return SAMPLERS[law["family"]], tuple(map(self._number, law["parameters"]))

    def _number(self, tree: Tree) -> float:
        return float(compile_tree(tree)(self.point).item())

    def _theta(self, shape: tuple[int, ...]) -> Theta:
        moving = frozenset(self.wrt)
        if shape and len(moving) >= MANY:
            return self._of_one_leaf(shape)
        wanted = {name: shape if name in moving else () for name in self.point}
        made = {n: torch.full(wanted[n], value, dtype=torch.float64) for n, value in self.point.items()}
        return Theta({name: leaf.requires_grad_(name in moving) for name, leaf in made.items()})

    def _of_one_leaf(self, shape: tuple[int, ...]) -> Theta:
        values = torch.tensor([self.point[name] for name in self.wrt], dtype=torch.float64)
        rows = values.reshape(-1, *[1] * len(shape)).expand(-1, *shape)
        whole = rows.clone(memory_format=torch.contiguous_format).requires_grad_()
        return Theta({**self.theta, **dict(zip(self.wrt, whole.unbind(0), strict=True))}, whole)

    def _at(
        self, function: TorchFunction, names: tuple[str, ...], x: Tensor, theta: Parameters | None
    ) -> Tensor:
        columns = (x,) if len(names) <= 1 else x.unbind(-1)
        bound = dict(zip(names or ("a",), columns, strict=True))
        return function({**(self.theta if theta is None else theta), **bound})


def _shape(n: int, copies: int | None, dimension: int) -> tuple[int, ...]:
    rows = (n,) if copies is None else (n, copies)
    return rows if dimension == 1 else (*rows, dimension)


def _assembled(entries: Mapping[tuple[str, str | None], Tensor]) -> Tensor:
    """The vector or the matrix of its entries by index."""
    shape = np.broadcast_shapes(*(value.shape for value in entries.values()))
    whole = {key: value.expand(shape) for key, value in entries.items()}
    if all(column is None for _, column in whole):
        return torch.stack(list(whole.values()), dim=-1)
    size = 1 + max(int(i) for i, _ in whole)
    nothing = torch.zeros(shape, dtype=torch.float64)
    rows = [[whole.get((str(i), str(j)), nothing) for j in range(size)] for i in range(size)]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def _tree(proof: Proof, name: str) -> Tree:
    tree = proof.trees[name]
    if not isinstance(tree, list):
        raise TypeError(f"the proof of {proof.family} has no {name}")
    return tree


def _bound(symbols: Iterable[str], point: Mapping[str, float]) -> tuple[str, ...]:
    """The bound variables among the symbols, ``a`` or ``a[0], a[1], ...``: all but the parameters."""
    return tuple(sorted(set(symbols) - set(point), key=lambda name: (len(name), name)))

"""Moments from cumulants: ``E[x**n e**(tx)] / E[e**(tx)]`` is a complete Bell polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import factorial, prod

from sympy import Add, Expr, Mul, S


def from_cumulants(cumulants: Sequence[Expr]) -> Expr:
    """``E[x**n]`` for the n cumulants given in order, as a sum over the partitions of n.

    Expanded, because the usual recursion doubles the size of the expression with each n.
    Source: Stuart and Ord, Kendall's Advanced Theory of Statistics 1, 3.12-3.14.
    """
    terms = []
    for coefficient, powers in _bell(len(cumulants)):
        factors = (cumulants[size - 1] ** count for size, count in powers)
        terms.append(Mul(coefficient, *factors))
    return Add(*terms) if terms else S.One


@lru_cache(maxsize=64)
def _bell(n: int) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    """The complete Bell polynomial: coefficients with (index, exponent) pairs, one per partition of n."""
    if n == 0:
        return ((1, ()),)
    return tuple((_count(n, parts), parts) for parts in _partitions(n, n))


def _count(n: int, parts: tuple[tuple[int, int], ...]) -> int:
    """The number of set partitions of n things into blocks of the given sizes."""
    return factorial(n) // prod(factorial(size) ** count * factorial(count) for size, count in parts)


def _partitions(n: int, largest: int) -> Iterator[tuple[tuple[int, int], ...]]:
    if n == 0:
        yield ()
        return
    for size in range(min(n, largest), 0, -1):
        for count in range(n // size, 0, -1):
            for rest in _partitions(n - size * count, size - 1):
                yield ((size, count), *rest)

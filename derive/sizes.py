"""Families of any number of outcomes: which size a request means, and the reference values of that size.

The folder's record has size 3. A table in the integrand says how many outcomes a choice has; else the
parameters that are named do: ``p[0], ..., p[K-1]``. Needs no SymPy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from .errors import OutsideDomain, UnknownName

# Each family's vector of parameters.
SIZED = {"categorical": "p", "categorical_logits": "logits", "bernoulli_product": "p"}
USUAL, LEAST, MOST = 3, 2, 8
_LOGITS = ("2/5", "-3/4", "7/6", "-1/3", "3/5", "-6/7", "5/8", "1/9")
_COINS = ("2/7", "3/5", "1/6", "4/9", "5/8", "3/11", "6/7", "2/9")


def size_of(
    family: str, integrand: str, given: Iterable[str] = (), total: Fraction | None = None
) -> int | None:
    """How many outcomes (or coins) are meant; None for a family that has one size only.

    ``given`` are the names that ``--at`` gives values, which sum to ``total``. Raises ``OutsideDomain`` for
    more outcomes than there are formulas for.
    """
    if family not in SIZED:
        return None
    names = set(given)
    size = _entries(integrand) if family != "bernoulli_product" else None
    if size is None:
        size = max(USUAL, *(1 + i for i in _indices(f"{integrand} {' '.join(names)}", family)))
        if names == {f"p[{i}]" for i in range(len(names))} and family == "categorical" and total == 1:
            size = len(names)  # all of the probabilities there are
    if not LEAST <= size <= MOST:
        raise OutsideDomain(
            f"{family} takes {LEAST} to {MOST} outcomes here, not {size}",
            "sums over more are taken by sampling, which needs no family: verify your own estimator",
        )
    return size


def _entries(integrand: str) -> int | None:
    """How many values the first table in the text lists."""
    start = re.search(r"(?<!\w)table\s*\(", integrand)
    if start is None:
        return None
    depth, count = 1, 1
    for character in integrand[start.end() :]:
        depth += (character in "([") - (character in ")]")
        count += character == "," and depth == 1
        if depth == 0:
            return count
    return None  # the grammar says what is wrong with it


def _indices(text: str, family: str) -> list[int]:
    """The indices of the parameters, or of a vector's coordinates, that a text names."""
    stems = f"{SIZED[family]}|a" if family == "bernoulli_product" else SIZED[family]
    return [0, *(int(i) for i in re.findall(rf"(?<!\w)(?:{stems})\[(\d{{1,3}})\]", text))]


def reference(family: str, size: int) -> dict[str, Fraction]:
    """The parameters by name with their reference values; at size 3 those of the folder's record."""
    if family == "categorical":
        odd = [Fraction(2 * k + 1, size * size) for k in range(size)]
        values = [Fraction(3, 10), Fraction(1, 10), Fraction(3, 5)] if size == USUAL else odd
    else:
        values = [Fraction(v) for v in (_LOGITS if family == "categorical_logits" else _COINS)[:size]]
    return {f"{SIZED[family]}[{k}]": v for k, v in enumerate(values)}


# The same laws by probabilities and by logits: each family's own parameter, and the other's with its name.
TWINS = {
    "bernoulli": ("p", "logits", "bernoulli_logits"),
    "bernoulli_logits": ("logits", "p", "bernoulli"),
    "categorical": ("p", "logits", "categorical_logits"),
    "categorical_logits": ("logits", "p", "categorical"),
}


def refuse_twin(family: str, names: Iterable[str]) -> None:
    """Raise ``UnknownName`` for a logit given to a law by probabilities, or the reverse."""
    if family not in TWINS:
        return
    own, other, twin = TWINS[family]
    for name in names:
        if name.partition("[")[0] == other:
            raise UnknownName(
                f"'{name}' is a parameter of {twin}, and {family} takes {own}",
                f"say --family {twin}, or give {name.replace(other, own, 1)}",
            )

"""A bias as a formula: small multiples of the derivation's terms that fit at three points, or none.

A number alone fits many formulas. The estimator's exact mean is therefore taken at two further points
nearby, and a formula has to fit at all three.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from checks.bridge import NoTorchForm, compile_tree
from checks.evidence.arrays import Array
from checks.evidence.exact import NoExactEvidence, examine
from checks.judge import Stated
from checks.problem import Problem
from checks.user.call import Subject
from checks.user.exact import Known, mean_at
from checks.user.judging import Judged
from derive.errors import DeriveError

# Relative steps to the further points, one for every parameter, small enough to stay in the region.
STEPS = (Fraction(1, 37), Fraction(-1, 41), Fraction(1, 53), Fraction(-1, 59), Fraction(1, 67))
LARGEST = 12
FITS = 1e-6
GRADIENT = "the exact gradient"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What is known at one point: exact gradient, estimate, ``cost`` E[g] and ``explicit`` E[dg/dtheta]."""

    point: Mapping[str, float]
    gradient: Array
    estimate: Array
    cost: float
    explicit: Array


def differences(
    subject: Subject, judged: Judged, stated: Stated, places: Sequence[Place] | None = None
) -> dict[str, str]:
    """The bias by parameter as a formula, where one fits; ``places`` are ``places_of`` the three."""
    places = places_of(subject, judged, stated) if places is None else places
    found = {}
    for i, name in enumerate(subject.problem.wrt):
        bias = np.array([place.estimate[i] - place.gradient[i] for place in places])
        if len(places) == 3 and abs(bias[0]) > FITS:
            formula = _formula(bias, places) or _difference(i, places, stated.proof.gradient[name])
            if formula is not None:
                found[name] = formula
    return found


def in_words(
    subject: Subject, judged: Judged, stated: Stated, places: Sequence[Place] | None = None
) -> str | None:
    """The whole mean as a simple multiple of the gradient or of one of its two terms."""
    places = places_of(subject, judged, stated) if places is None else places
    if len(places) < 3:
        return None
    terms: dict[str, Callable[[Place], Array]] = {
        GRADIENT: lambda p: p.gradient,
        "the gradient without its explicit term E[d/dtheta g]": lambda p: p.gradient - p.explicit,
        "the explicit term E[d/dtheta g] alone": lambda p: p.explicit,
    }
    estimates = np.concatenate([p.estimate for p in places])
    if np.abs(estimates).max() <= FITS:
        return "your mean is zero"
    for text, term in terms.items():
        ratio = _multiple(estimates, np.concatenate([term(p) for p in places]))
        if ratio == 1 and text == GRADIENT:  # refuted all the same: exact evidence sees more than a formula
            return f"your mean differs from the gradient by less than {FITS:g} of it"
        if ratio is not None:
            return f"your mean is {_times(ratio)}{text}"
    return None


def _times(ratio: Fraction) -> str:
    words = {Fraction(1): "", Fraction(-1): "minus ", Fraction(1, 2): "half of ", Fraction(2): "twice "}
    return words.get(ratio, f"{ratio} times " if ratio.denominator == 1 else f"{ratio} of ")


def places_of(subject: Subject, judged: Judged, stated: Stated) -> list[Place]:
    """The point of the check and two nearby; fewer where the exact values there are not known."""
    if judged.known is None or any(stated.proof.gradient.get(n) is None for n in stated.proof.wrt):
        return []
    n = max(judged.known.at)
    made = []
    for sign in (0, 1, -1):
        at = _moved(stated.proof.at, stated.proof.wrt, sign)
        mean = None if sign else judged.known.moments.mean
        place = _place(subject, stated, at, n, judged.known, mean)
        if place is not None:
            made.append(place)
    return made


def _moved(at: Mapping[str, str], wrt: tuple[str, ...], sign: int) -> dict[str, str]:
    steps = dict(zip(wrt, itertools.cycle(STEPS)))
    moved = {name: Fraction(text) * (1 + sign * steps.get(name, Fraction(0))) for name, text in at.items()}
    # A parameter at zero is moved by the step itself.
    return {name: str(v if v else sign * steps.get(name, Fraction(0))) for name, v in moved.items()}


def _place(
    subject: Subject, stated: Stated, at: dict[str, str], n: int, known: Known, mean: Array | None
) -> Place | None:
    """What is known there; ``mean`` is that of the estimate where it was found before."""
    problem = Problem(replace(stated.proof, at=at))
    trees: Any = stated.proof.trees["gradient"]
    try:
        gradient = np.array([float(compile_tree(trees[name])(problem.point)) for name in problem.wrt])
    except NoTorchForm:  # a gradient written with complex numbers, for one
        return None
    if mean is None:
        found = mean_at(subject.moved(problem), n, known)
        mean = None if found is None else found.mean
    terms = _terms(problem)
    if mean is None or terms is None or not np.isfinite(gradient).all():
        return None
    return Place(problem.point, gradient, mean, terms[0], terms[1])


def explicit_term(problem: Problem) -> Array | None:
    """``E[d/dtheta g] [p]``, or None where our own samples cannot be replayed."""
    found = _terms(problem)
    return None if found is None else found[1]


def _terms(problem: Problem) -> tuple[float, Array] | None:
    """E[g] and E[d/dtheta g], by our own sampler."""

    def run(n: int, generator: Generator) -> Tensor:
        a, theta = problem.sample(n, generator), problem.leaves(n)
        g = problem.f(a, theta)
        return torch.cat([g.detach().reshape(n, 1), problem.gradients(g, theta)], dim=1)

    try:
        mean = examine(run, 1 + len(problem.wrt)).moments.mean
    except (NoExactEvidence, DeriveError):
        return None
    return float(mean[0]), mean[1:]


def _formula(bias: Array, places: Sequence[Place]) -> str | None:
    texts, table = _table(tuple(places))
    # Most of them are no multiple at all, which is seen of all at once.
    with np.errstate(all="ignore"):
        ratios = table @ bias / (table * table).sum(1)
        off = np.abs(bias - ratios[:, None] * table).max(1)
    for i in np.flatnonzero(off <= (1 + len(bias)) * FITS * np.abs(bias).max()):
        ratio = _multiple(bias, table[i])
        if ratio is not None:
            return _product(ratio, texts[i])
    return None


@lru_cache(maxsize=8)
def _table(places: tuple[Place, ...]) -> tuple[tuple[str, ...], Array]:
    """The atoms and their values at the places, ``[atoms, places]``."""
    atoms = _atoms(tuple(places[0].point))
    with np.errstate(all="ignore"):
        values = np.array([[atom(place) for place in places] for _, atom in atoms])
    return tuple(text for text, _ in atoms), values


def _difference(i: int, places: Sequence[Place], gradient: str | None) -> str | None:
    """The mean as a formula, less the gradient."""
    mean = _formula(np.array([place.estimate[i] for place in places]), places)
    if mean is None or gradient is None:
        return None
    simple = not set(gradient) & set("+- ")
    return f"{mean} - {gradient if simple else f'({gradient})'}"


def _multiple(target: Array, values: Array) -> Fraction | None:
    """The small fraction c with ``target = c values``, if there is one."""
    if not np.isfinite(values).all() or not np.abs(values).max() > 0:
        return None
    c = float(target @ values / (values @ values))
    small = Fraction(c).limit_denominator(LARGEST)
    if not small or abs(small.numerator) > LARGEST:
        return None
    fits = np.abs(target - float(small) * values) <= FITS * np.abs(target).max()
    return small if fits.all() else None


Atom = Callable[[Place], float]


def _atoms(names: tuple[str, ...]) -> list[tuple[str, Atom]]:
    """Numbers, powers and products of the parameters, and E[g] with the factors that scores have."""
    powers: list[tuple[str, Atom]] = [("1", lambda p: 1.0)]
    for name in names:
        powers += [(_power(name, k), _raised(name, k)) for k in (1, 2, -1, -2, 3)]
    for one, two in itertools.permutations(names, 2):
        if one < two:
            powers.append((f"{one}*{two}", _product_of(one, 1, two)))
        powers += [(f"{one}/{two}", _ratio_of(one, two)), (f"{one}**2*{two}", _product_of(one, 2, two))]
    costs = [(_with_cost(text), _times_cost(atom)) for text, atom in powers]
    return powers + costs


def _power(name: str, k: int) -> str:
    return name if k == 1 else f"{name}**{k}" if k > 0 else f"1/{name}" if k == -1 else f"1/{name}**{-k}"


def _raised(name: str, k: int) -> Atom:
    return lambda p: float(np.float64(p.point[name]) ** k)


def _product_of(one: str, k: int, two: str) -> Atom:
    return lambda p: p.point[one] ** k * p.point[two]


def _ratio_of(one: str, two: str) -> Atom:
    return lambda p: float(np.float64(p.point[one]) / p.point[two])


def _with_cost(text: str) -> str:
    return "E[g]" if text == "1" else f"E[g]{text[1:]}" if text.startswith("1/") else f"{text}*E[g]"


def _times_cost(atom: Atom) -> Atom:
    return lambda p: atom(p) * p.cost


def _product(ratio: Fraction, text: str) -> str:
    if text == "1":
        return str(ratio)
    if abs(ratio) == 1:
        return text if ratio > 0 else f"-{text}"
    if text.startswith("1/"):
        below = f"({ratio.denominator}*{text[2:]})" if ratio.denominator > 1 else text[2:]
        return f"{ratio.numerator}/{below}"
    return f"{ratio}*{text}"

"""Slips on the way of the sample: substitution, Jacobian, noise, chain rule."""

from __future__ import annotations

from sympy import S

from derive.terms import Binder, D, E, Int
from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.halves import parts_of_the_gradient
from derive.written.mistakes._record import (
    FormulaMistake,
    about_score,
    equal_rows,
    factor_is,
    over_noise,
    scale_power,
    slopes_of_functions,
)


def _lost(name: str, edit: Edit, line: Line) -> bool:
    if edit.kind != "missing" or (not over_noise(line.right, line) and not over_noise(edit.now, line)):
        return False
    parts = parts_of_the_gradient(line.places.where)
    return any(kind == name and equal_rows(line, edit.now, term) for kind, term in parts)


def _lost_explicit(edit: Edit, line: Line) -> bool:
    return _lost("explicit", edit, line)


def _lost_location(edit: Edit, line: Line) -> bool:
    return _lost("location", edit, line)


def _lost_scale(edit: Edit, line: Line) -> bool:
    return _lost("scale", edit, line)


def _jacobian(edit: Edit, line: Line) -> bool:
    """From an integral over the sample to one over noise, wrong by a power of the scale."""
    if edit.kind != "factor" or scale_power(edit.now) is None:
        return False
    samples = set(line.places.where.subject.family.samples)
    substituted = any(samples & set(n.variables) for n in line.left.atoms(Binder))
    inside = any(n.body.has(D) for n in line.right.atoms(Binder))
    return substituted and over_noise(line.right, line) and not inside


def _noise_factor(edit: Edit, line: Line) -> bool:
    if edit.kind == "factor":
        return edit.now in line.places.where.subject.family.noise
    return edit.kind == "replaced" and edit.name == "noise" and over_noise(edit.now, line)


def _root_of_scale(edit: Edit, line: Line) -> bool:
    return (
        edit.kind == "replaced" and edit.name == "scale" and _is(edit, 1, 2) and over_noise(line.right, line)
    )


def _squared_scale(edit: Edit, line: Line) -> bool:
    return (
        edit.kind == "replaced" and edit.name == "scale" and _is(edit, 2, 1) and over_noise(line.right, line)
    )


def _is(edit: Edit, now: int, was: int) -> bool:
    """Whether ``was`` is a power of a scale that should be ``now/was`` of it."""
    assert edit.was is not None  # replacements say what they replaced
    found = scale_power(edit.now) if edit.now != S.One else S.Zero
    return found is not None and (found == S(now) / was)


def _wrong_law(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "law" and isinstance(edit.now, E)


def _wrong_limits(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "limits"


def _chain_factor(edit: Edit, line: Line) -> bool:
    """A derivative along the path without the inner derivative."""
    inside = over_noise(line.right, line) or over_noise(line.left, line)
    if edit.kind == "replaced" and edit.name == "velocity":
        return True
    if edit.kind != "factor" or edit.now.is_number or about_score(line) or not inside:
        return False
    return scale_power(edit.now) is None or slopes_of_functions(line.left)


def _integral_sign(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "limits" and isinstance(edit.now, Int) and (
        isinstance(edit.was, Int) and edit.was.limits[0][1] == edit.now.limits[0][2]
    )  # fmt: skip


def _mean(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "mean"


def _number_of_noise(edit: Edit, line: Line) -> bool:
    return factor_is(edit, -1) and over_noise(line.right, line) and not over_noise(line.left, line)


MISTAKES = (
    FormulaMistake(
        "explicit_detached_on_path",
        "loses the explicit term: theta acts in g itself, too",
        _lost_explicit,
        code=True,
    ),
    FormulaMistake(
        "detached_location",
        "loses the part of the chain rule that reaches the sample through mu",
        _lost_location,
        code=True,
    ),
    FormulaMistake(
        "detached_scale",
        "loses the part of the chain rule that reaches the sample through sigma",
        _lost_scale,
        code=True,
    ),
    FormulaMistake("cost_of_the_mean", "has g(E[a]) where E[g(a)] belongs", _mean, code=True),
    FormulaMistake(
        "missing_noise_factor", "lost a factor: d a/d sigma is the noise and not 1", _noise_factor, code=True
    ),
    FormulaMistake(
        "substitution_without_jacobian", "substitutes without da = sigma db", _jacobian, code=True
    ),
    FormulaMistake(
        "squared_scale", "has sigma**2 where the standard deviation sigma belongs", _root_of_scale, code=True
    ),
    FormulaMistake(
        "root_of_scale", "has sigma, or its root, where a higher power belongs", _squared_scale, code=True
    ),
    FormulaMistake("expectation_under_another_law", "takes the expectation under another law", _wrong_law),
    FormulaMistake("reversed_limits", "has the limits of the integral in the wrong order", _integral_sign),
    FormulaMistake("wrong_limits", "has other limits than the support", _wrong_limits),
    FormulaMistake(
        "identity_velocity", "lost the inner derivative of the chain rule", _chain_factor, code=True
    ),
    FormulaMistake("negated", "has its sign turned by the substitution", _number_of_noise, code=True),
)

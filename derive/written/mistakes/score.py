"""Slips in densities, scores and the log-derivative identity."""

from __future__ import annotations

from sympy import S, Symbol, log, pi, sqrt

from derive.terms import D, Density
from derive.written.edits import Edit
from derive.written.factors import Line
from derive.written.mistakes._record import (
    FormulaMistake,
    about_density,
    about_score,
    factor_is,
    has_integral,
    is_scale,
    over_noise,
    scale_power,
)


def _density_for_log(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name in ("logarithm", "density")


def _log_for_ratio(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name in ("ratio", "weight")


def _undifferentiated(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "derivative" and isinstance(edit.now, D)


def _differentiated(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "derivative" and isinstance(edit.was, D)


def _other_parameter(edit: Edit, _: Line) -> bool:
    return edit.kind == "replaced" and edit.name == "parameter"


def _lost_density(edit: Edit, _: Line) -> bool:
    return edit.kind == "factor" and isinstance(edit.now, Density)


def _cost_dropped(edit: Edit, line: Line) -> bool:
    g = line.places.where.subject.integrand
    if edit.kind != "replaced" or edit.name != "noise" or edit.was is None:
        return False
    scored = any(d.body.has(Density) for d in edit.now.atoms(D)) or about_score(line)
    return scored and _ratio_is(edit, g)


def _cost_squared(edit: Edit, line: Line) -> bool:
    g = line.places.where.subject.integrand
    if edit.kind != "replaced" or edit.name != "noise" or edit.was is None or not line.right.has(D):
        return False
    return _ratio_is(edit, 1 / g)


def _ratio_is(edit: Edit, factor: object) -> bool:
    """Whether the body of a binder was multiplied by that."""
    was, now = edit.was, edit.now
    return bool(was is not None and hasattr(was, "body") and now.body == was.body * factor)


def _jacobian_of_density(edit: Edit, line: Line) -> bool:
    """A density itself, off by a power of the scale."""
    power = scale_power(edit.now) if edit.kind == "factor" else None
    return power is not None and about_density(line) and not line.left.has(D) and not line.right.has(D)


def _location_scale(edit: Edit, line: Line, exponents: tuple[int, ...]) -> bool:
    power = scale_power(edit.now) if edit.kind == "factor" else None
    scored = about_score(line) or about_density(line) or _is_score_line(line)
    return power is not None and power in exponents and scored and not over_noise(line.right, line)


def _is_score_line(line: Line) -> bool:
    """Whether the left side is an expectation of a score that was written out."""
    return has_integral(line.left) and line.left.has(D)


def _lacks_precision(edit: Edit, line: Line) -> bool:
    return _location_scale(edit, line, (-2,))


def _lacks_scale(edit: Edit, line: Line) -> bool:
    return _location_scale(edit, line, (-1, 1, 2, -3, 3))


def _variance(edit: Edit, line: Line) -> bool:
    if edit.kind != "replaced" or edit.name not in ("scale", "rescaled"):
        return False
    scored = about_score(line) or about_density(line) or edit.name == "rescaled"
    return scored and not over_noise(line.right, line)


def _lacks_half(edit: Edit, line: Line) -> bool:
    numbers = edit.kind == "replaced" and edit.name in ("number", "factor")
    return (numbers or factor_is(edit, S.Half)) and (about_density(line) or about_score(line))


def _normaliser(edit: Edit, line: Line) -> bool:
    """A factor of the density, or a term of the log-density, that is free of the sample."""
    samples = set(line.places.where.subject.family.samples)
    if edit.kind == "factor" and about_density(line):
        return not edit.now.free_symbols & samples and edit.now not in (-1, 2)
    if edit.kind != "missing" or not (about_density(line) or about_score(line)):
        return False
    free = {s for s in edit.now.free_symbols if isinstance(s, Symbol)}
    return not free & samples and not has_integral(edit.now)


def _constant_of_normal(edit: Edit, _: Line) -> bool:
    return factor_is(edit, sqrt(2 * pi), 1 / sqrt(2 * pi))


def _log_base(edit: Edit, _: Line) -> bool:
    return factor_is(edit, log(2), 1 / log(2))


def _power_of_scale(edit: Edit, line: Line) -> bool:
    return edit.kind == "replaced" and edit.name in ("power", "factor") and edit.was is not None and (
        any(is_scale(s) for s in edit.was.free_symbols) and about_score(line)
    )  # fmt: skip


MISTAKES = (
    FormulaMistake(
        "density_for_log_density",
        "has d/dtheta p where p d/dtheta log p belongs: the logarithm (or its weight p) was forgotten",
        _density_for_log,
        code=True,
    ),
    FormulaMistake(
        "derivative_of_log",
        "takes d log p for d p: the chain rule of the logarithm gives d p / p",
        _log_for_ratio,
    ),
    FormulaMistake(
        "log_density_undifferentiated", "has a function where its derivative belongs", _undifferentiated
    ),
    FormulaMistake(
        "differentiated_twice", "has a derivative where the function itself belongs", _differentiated
    ),
    FormulaMistake(
        "other_parameter", "differentiates by another parameter, or takes one for another", _other_parameter
    ),
    FormulaMistake("density_dropped", "loses the density as a factor", _lost_density),
    FormulaMistake("cost_dropped", "loses the cost g as a factor", _cost_dropped, code=True),
    FormulaMistake("cost_squared", "has the cost g twice as a factor", _cost_squared, code=True),
    FormulaMistake("log_base_two", "is off by log 2: a logarithm to another base", _log_base, code=True),
    FormulaMistake(
        "missing_jacobian",
        "lacks its 1/sigma, the Jacobian of a = mu + sigma b",
        _jacobian_of_density,
        code=True,
    ),
    FormulaMistake("lost_precision", "lacks its 1/sigma**2", _lacks_precision, code=True),
    FormulaMistake("score_of_scale_lacks_scale", "has a wrong power of sigma", _power_of_scale, code=True),
    FormulaMistake(
        "score_of_location_lacks_scale", "lacks (or has too many) powers of sigma", _lacks_scale, code=True
    ),
    FormulaMistake(
        "variance_for_scale_in_score",
        "has a variance where a standard deviation belongs, or the other way round",
        _variance,
        code=True,
    ),
    FormulaMistake(
        "exponent_without_half",
        "lost the 1/2 of the exponent, or the 2 of its derivative",
        _lacks_half,
        code=True,
    ),
    FormulaMistake(
        "missing_normaliser",
        "lost (or has a wrong) normalising factor of the density",
        _normaliser,
        code=True,
    ),
    FormulaMistake("constant_of_the_normal_density", "is off by sqrt(2 pi)", _constant_of_normal),
)

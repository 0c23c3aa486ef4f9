"""A comparison as tables, one for each parameter and quantity, and as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from checks.comparison import covariances
from checks.comparison.rows import Comparison, Row
from checks.terminal import Style, plain, table

if TYPE_CHECKING:
    from checks.figures import Figure

QUANTITIES = {
    "variance": "variance of one evaluation",
    "bias": "bias",
    "work": "variance times evaluations of g",
}


def text(comparison: Comparison, style: Style = plain) -> str:
    """Variances, and biases and covariances where there are any; what was left out, and why."""
    parts = []
    for wrt in _parameters(comparison):
        rows = [row for row in comparison.rows if row.wrt == wrt]
        parts.append(_table(comparison, rows, "variance", f"variance, by {wrt}", style))
        if any(row.bias for row in rows):
            biased = [row for row in rows if _is_biased(row.estimator, rows)]
            parts.append(_table(comparison, biased, "bias", f"bias, by {wrt}", style))
        if comparison.covariances is not None:
            parts.append(covariances.text(comparison.covariances, wrt, comparison.over.values, style))
    if comparison.left_out:
        parts.append("\n".join(f"left out: {name}: {why}" for name, why in comparison.left_out))
    return "\n\n".join(parts)


def _is_biased(estimator: str, rows: Sequence[Row]) -> bool:
    return any(row.bias for row in rows if row.estimator == estimator)


def _parameters(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(row.wrt for row in comparison.rows if row.wrt))


def _table(comparison: Comparison, rows: Sequence[Row], quantity: str, title: str, style: Style) -> str:
    places = [str(v) for v in comparison.over.values]
    found = {(row.estimator, row.value): getattr(row, quantity) for row in rows}
    estimators = list(dict.fromkeys(row.estimator for row in rows))
    lines = [(e.replace("_", " "), *(_number(found.get((e, p))) for p in places)) for e in estimators]
    return table(lines, (title, *(f"{comparison.over.name}={p}" for p in places)), style)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return "infinite" if math.isinf(value) else f"{value:.4g}"


def picture(comparison: Comparison, wrt: str, quantity: str = "variance") -> Figure:
    """The quantity of every estimator over the places, from exact values."""
    from checks.figures import curves

    rows = [row for row in comparison.rows if row.wrt == wrt]
    places = [str(v) for v in comparison.over.values]
    series = []
    for name in dict.fromkeys(row.estimator for row in rows):
        found = {row.value: getattr(row, quantity) for row in rows if row.estimator == name}
        values = [_drawable(found.get(p), quantity) for p in places]
        series.append((name.replace("_", " "), values))
    caption = f"{QUANTITIES[quantity]} of d/d{wrt} E[{comparison.integrand}], {comparison.family}"
    caption += f"; {_sources(rows)}"
    x = [float(Fraction(p)) for p in places]
    names = (comparison.over.name, QUANTITIES[quantity])
    return curves(f"{quantity}-{wrt}", x, series, names, caption, (_by_factors(x), quantity != "bias"))


def _sources(rows: Sequence[Row]) -> str:
    """Which curves are closed forms, and which are not."""
    others = sorted({row.estimator for row in rows if row.source and row.source != "closed form"})
    if not others:
        return "closed forms"
    return f"closed forms, but {', '.join(others).replace('_', ' ')} by quadrature"


def _by_factors(x: Sequence[float]) -> bool:
    """Whether places that span a factor of ten or more are better drawn on a logarithmic axis."""
    return min(x) > 0 and max(x) >= 10 * min(x)


def _drawable(value: float | None, quantity: str) -> float | None:
    """Zero and infinity have no place on a logarithmic axis."""
    if value is None or math.isinf(value) or (quantity != "bias" and value <= 0):
        return None
    return value

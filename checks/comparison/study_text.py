"""A study as tables, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.comparison.studies import Result
from checks.comparison.text import picture, text
from checks.terminal import Style, plain, table

if TYPE_CHECKING:
    from checks.figures import Figure


def study_text(result: Result, style: Style = plain) -> str:
    """For each target variances and biases over the parameter and the temperature; the best REBAR."""
    study = result.study
    parts = [f"{study.says}\n{study.source}"]
    both = zip(study.targets, result.over_parameter, result.over_temperature, strict=True)
    for target, over_parameter, over_temperature in both:
        parts.append(style(f"t = {target}: over {study.wrt}, tau = 1/2", "bold"))
        parts.append(text(over_parameter, style))
        parts.append(style(f"t = {target}: over the temperature, {study.wrt} = {study.at}", "bold"))
        parts.append(text(over_temperature, style))
    parts.append(_best(result, style))
    return "\n\n".join(parts)


def _best(result: Result, style: Style) -> str:
    head = (f"REBAR, {result.study.wrt} = {result.study.at}", "tau", "eta=0", "eta=1", "best eta", "variance")
    lines = [
        (f"t = {b.target}", b.tau, f"{b.without:.4g}", f"{b.plain:.4g}", f"{b.eta:.4g}", f"{b.variance:.4g}")
        for b in result.best
    ]
    return table(lines, head, style)


def study_picture(result: Result) -> Figure:
    """The variances over the parameter at the last target, where the gradient is smallest."""
    return picture(result.over_parameter[-1], result.study.wrt)

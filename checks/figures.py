"""Pictures from exact values: matplotlib, as SVG and PNG, with a text that says the same.

Nothing in a picture is estimated but what is drawn as an estimate. The bytes are the same in every build.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from checks.problem import Problem

if TYPE_CHECKING:
    from checks.evidence.arrays import Array

# Okabe and Ito's colours, which colour-blind readers can tell apart.
INK, BLUE, ORANGE, GREEN, GREY = "#1b1e23", "#0072b2", "#d55e00", "#009e73", "#9aa3ad"
SIZE = (6.4, 3.6)
BAND = 3.0  # standard errors


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture by ``name``, twice, with what it shows in words and the caption below it."""

    name: str
    svg: bytes
    png: bytes
    alt: str
    caption: str


def drawn(name: str, draw: Callable[[Any], None], alt: str, caption: str) -> Figure:
    """The figure that ``draw(axes)`` makes; no style, date or identifier of the machine gets in.

    Raises ``DocumentError`` where matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        from checks.site.errors import missing_extra

        raise missing_extra("matplotlib") from None

    style: Any = {
        "svg.hashsalt": "gradproof",
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
    }
    with rc_context(style):
        canvas = Canvas(figsize=SIZE, layout="constrained")
        axes = canvas.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        svg, png = io.BytesIO(), io.BytesIO()
        canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        canvas.savefig(png, format="png", dpi=150, metadata={"Software": None})
    return Figure(name, svg.getvalue(), png.getvalue(), alt, caption)


def convergence(
    name: str, rows: Array, exact: float, mean: float, variance: float, what: str, seed: int
) -> Figure:
    """The running mean of per-sample gradients ``rows [n]`` beside the band that its exact law gives it.

    ``mean`` and ``variance`` are the estimator's exact ones; ``exact`` is the gradient.
    """
    # As many places as the eye tells apart on a logarithmic axis.
    n = np.unique(np.geomspace(10, len(rows), 400).astype(int))
    running = np.cumsum(rows)[n - 1] / n
    half = BAND * math.sqrt(variance) / np.sqrt(n)

    def draw(axes: Any) -> None:
        band = f"its exact mean ± {BAND:g} standard errors"
        axes.fill_between(n, mean - half, mean + half, color=BLUE, alpha=0.18, lw=0, label=band)
        axes.plot(n, running, color=BLUE, lw=1.2, label=f"running mean, seed {seed}")
        axes.axhline(exact, color=ORANGE, lw=1.4, ls="--", label="exact gradient")
        axes.set_xscale("log")
        axes.set_xlabel("samples")
        axes.set_ylabel(what)
        axes.legend(frameon=False)

    biased = abs(mean - exact) > 1e-9 * max(1.0, abs(exact))
    ends = f"{running[-1]:.4g} after {len(rows)} samples"
    text = f"The running mean of the estimator ends at {ends}; the exact gradient is {exact:.6g}"
    alt = f"{text}, its own exact mean {mean:.6g}." if biased else f"{text}, which is its exact mean."
    beside = ", beside the gradient" if biased else ""
    return drawn(name, draw, alt, f"{what}: the estimator in its band{beside}")


def pushed_density(name: str, problem: Problem, moved: str, by: float) -> Figure:
    """The density before and after the parameter ``moved`` grows by ``by``, and where samples go."""
    levels = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
    noise = torch.sort(problem.draw_noise(4096, torch.Generator().manual_seed(0))).values
    b = noise[(levels * (len(noise) - 1)).long()]
    theta = {n: torch.tensor(v, dtype=torch.float64) for n, v in problem.point.items()}
    later = {**theta, moved: theta[moved] + by}
    start, end = problem.transport(b, theta), problem.transport(b, later)
    spread = float(start.max() - start.min())
    low = float(torch.minimum(start, end).min()) - 0.3 * spread
    high = float(torch.maximum(start, end).max()) + 0.3 * spread
    x = torch.linspace(low, high, 400, dtype=torch.float64)

    def draw(axes: Any) -> None:
        for values, colour, label in ((theta, GREY, f"{moved} = {float(theta[moved]):.3g}"),
                                      (later, BLUE, f"{moved} = {float(later[moved]):.3g}")):  # fmt: skip
            density = torch.exp(problem.log_density(x, values))
            axes.plot(x, torch.nan_to_num(density, nan=0.0), color=colour, lw=1.5, label=label)
        heights = [torch.exp(problem.log_density(a, t)) for a, t in ((start, theta), (end, later))]
        for one, two, before, after in zip(start, end, *heights, strict=True):
            arrow = {"arrowstyle": "->", "color": ORANGE, "lw": 0.8}
            axes.annotate("", xy=(two, after), xytext=(one, before), arrowprops=arrow)
        axes.set_xlabel("a = T(b)")
        axes.set_ylabel("density")
        axes.legend(frameon=False)

    alt = (
        f"The density of {problem.proof.family} at two values of {moved}; arrows show where samples of the "
        f"same noise move, by {float((end - start).min()):.3g} to {float((end - start).max()):.3g}."
    )
    caption = f"Pushing {problem.proof.family} along {moved}: the noise stays, samples move"
    return drawn(name, draw, alt, caption)


def curves(
    name: str,
    x: Sequence[float],
    series: Sequence[tuple[str, Sequence[float | None]]],
    axes_names: tuple[str, str],
    caption: str,
    logarithmic: tuple[bool, bool] = (False, True),
    shaded: tuple[float, float, str] | None = None,
) -> Figure:
    """Exact values of several estimators over one number; ``shaded`` is a range and why."""
    colours = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", "#e69f00", INK, GREY)

    def draw(axes: Any) -> None:
        if shaded is not None:
            low, high, why = shaded
            axes.axvspan(low, high, color=GREY, alpha=0.2, lw=0, label=why)
        for i, (label, values) in enumerate(series):
            known = [math.nan if v is None else v for v in values]
            colour, style = colours[i % len(colours)], ("-", "--", ":", "-.")[i // len(colours) % 4]
            axes.plot(x, known, color=colour, ls=style, lw=1.4, label=label)
        if logarithmic[0]:
            axes.set_xscale("log")
        if logarithmic[1]:
            axes.set_yscale("log")
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])
        axes.legend(frameon=False, fontsize=8)

    words = []
    for label, values in series:
        known = [v for v in values if v is not None]
        if known:
            words.append(f"{label} from {min(known):.3g} to {max(known):.3g}")
    if shaded is not None:
        words.append(f"{shaded[2]} from {shaded[0]:.3g} to {shaded[1]:.3g}")
    alt = f"{axes_names[1]} against {axes_names[0]}: {'; '.join(words)}."
    return drawn(name, draw, alt, caption)

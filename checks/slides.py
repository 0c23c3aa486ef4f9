"""The slides this project began with, line by line, each with the commands that show it.

Source: Kraehenbuehl and Wu, Non-differentiability (2019). ``shows`` says what comes out; where the slides
warn, the command shows the failure itself. A test runs every command; the page in docs/ is written from here.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shown:
    """A command that can be typed, what it shows, and the exit code that it ends with."""

    command: str
    shows: str
    exit_code: int = 0

    @property
    def arguments(self) -> list[str]:
        """What stands after ``python cli.py``."""
        return shlex.split(self.command)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a slide, formulas in LaTeX between dollars, and how it is shown."""

    slide: str
    text: str
    shown: tuple[Shown, ...]


_SAMPLING = "Differentiating sampling"
_ISSUES = "Differentiating sampling: issues"
_TRICK = "Reparametrization trick"
_DISCRETE = "Reparametrization trick, discrete variables"
_ACTION = "Deep learning for action"

# An integrand for a choice among three, and one for the line.
_TABLE = "--family categorical --integrand 'table(1, 9, 4)'"
_SQUARE = "--family normal --integrand 'a**2'"
_BOTH = "--family normal --integrand 'mu*a**2 + sigma*a'"

LINES = (
    Line(
        _ACTION,
        "Two sources of non-differentiability: sampling",
        (Shown("verify product-rule", "theta in the law, in the integrand and in both"),),
    ),
    Line(
        _ACTION,
        "Two sources of non-differentiability: environment",
        (
            Shown("verify policy-gradient", "small decision processes: enumerated, by Bellman, sampled"),
            Shown("verify environment", "through a simulator, and through a function that is only called"),
        ),
    ),
    Line(
        _SAMPLING,
        r"$E_{a \sim P_\theta}[g_\theta(a)] = \sum_a P_\theta(a) g_\theta(a)$",
        (
            Shown(f"derive product-rule {_TABLE}", "a finite sum"),
            Shown("derive product-rule --family poisson --integrand 'rate*a**2'", "a sum without end"),
            Shown("derive product-rule --family normal --integrand 'mu*a**2'", "an integral"),
        ),
    ),
    Line(
        _SAMPLING,
        r"$\partial_\theta E[g] = \sum_a g\,\partial_\theta P + \sum_a P\,\partial_\theta g$",
        (
            Shown("derive product-rule", "for arbitrary P and g, with its hypotheses"),
            Shown(f"verify product-rule {_BOTH}", "both terms with their values"),
            Shown(
                f"verify product-rule {_BOTH} --estimator dropped_explicit_term",
                "the second term left out: refuted by exactly its value",
            ),
        ),
    ),
    Line(
        _SAMPLING,
        r"$\sum_a g_\theta(a)\,\partial_\theta P_\theta(a)$ is not an expectation",
        (
            Shown("derive score-function", "the log-derivative identity makes it one"),
            Shown("verify score-function", "the score-function estimator over every family"),
            Shown("verify measure-valued", "the other way: a difference of two expectations"),
            Shown("verify control-variates", "E[score] = 0 and baselines, the optimal one among them"),
        ),
    ),
    Line(
        _ISSUES,
        "Large sum over all samples, or actions",
        (Shown("cost --seconds 1s", "the cost of the exact sum as it grows, and where sampling overtakes"),),
    ),
    Line(
        _ISSUES,
        "Generally intractable",
        (
            Shown(
                "verify score-function --family poisson --integrand 'log(1 + a)'",
                "no closed form: the exact value is enclosed by rigorous balls",
            ),
        ),
    ),
    Line(
        _TRICK,
        r"$P_\theta(a) = \frac{1}{\sigma_\theta} P((a - \mu_\theta)/\sigma_\theta)$",
        (
            Shown("derive reparam", "the change of variables for arbitrary location and scale"),
            Shown(f"verify reparam {_SQUARE} --estimator missing_jacobian", "a forgotten sigma: refuted"),
        ),
    ),
    Line(
        _TRICK,
        "e.g. standard normal",
        (Shown(f"derive reparam {_SQUARE}", "every step with its conditions"),),
    ),
    Line(
        _TRICK,
        r"$E_{a \sim P_\theta}[g_\theta(a)] = \int P(b)\, g_\theta(b \sigma_\theta + \mu_\theta)\, db$",
        (
            Shown("verify reparam", "the trick over every family with a transport"),
            Shown("verify implicit-reparam", "families whose transport has no formula"),
        ),
    ),
    Line(
        _TRICK,
        r"$\partial_\theta E_b[g_\theta(b \sigma + \mu)] = E_b[\partial_\theta g_\theta(b \sigma + \mu)]$",
        (
            Shown(
                "derive reparam --family normal --integrand 'Heaviside(a - 1)'",
                "where it is false: a jump moves with mu, and the step is refused",
                1,
            ),
        ),
    ),
    Line(
        _TRICK,
        "Gradient computation by sampling",
        (Shown(f"verify reparam {_SQUARE} --evidence sampling", "a sequential test with two error rates"),),
    ),
    Line(
        _DISCRETE,
        "No change of variables: no differentiable function that maps to a discrete distribution",
        (
            Shown(
                f"verify product-rule {_TABLE} --estimator step_transport",
                "the quantile transport is a step function: its derivative is zero, its bias exact",
            ),
            Shown("list applicability", "which estimator applies to which family, and why not"),
        ),
    ),
    Line(
        _DISCRETE,
        "Continuous relaxation of one-hot vectors: Gumbel softmax (Maddison et al., Jang et al. 2017)",
        (
            Shown("derive gumbel-max", "the argmax of noisy log-probabilities has the law of the choice"),
            Shown("verify gumbel-max", "Torch code that samples so, and nine ways to get it wrong"),
            Shown("derive gumbel-softmax", "the gradient of the relaxed objective"),
            Shown("verify gumbel-softmax", "biased for the choice itself, by exactly the bias derived"),
            Shown("verify straight-through", "exact where the cost is affine, biased by a known amount else"),
        ),
    ),
    Line(
        "Differentiating the environment",
        "Quite hard; up next",
        (
            Shown("derive policy-gradient", "the likelihood of a trajectory: its transitions drop out"),
            Shown("verify environment --family smoothing", "a function that is only called"),
        ),
    ),
)


def page() -> str:
    """The table in Markdown."""
    rows = ["# The slides, line by line", "",
            "Every line of the slides that this project began with, and what to type to see it. Written from "
            "`checks/slides.py`; a test runs each command.", "",
            "| slide | line | type `python cli.py` ... | and see |", "|---|---|---|---|"]  # fmt: skip
    for line in LINES:
        for i, shown in enumerate(line.shown):
            slide, text = (line.slide, line.text) if i == 0 else ("", "")
            rows.append(f"| {slide} | {_cell(text)} | `{shown.command}` | {_cell(shown.shows)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    """Formulas in the form that GitHub leaves alone; a bar would end the cell."""
    parts = text.split("$")
    return "".join(part if i % 2 == 0 else f"$`{part}`$" for i, part in enumerate(parts)).replace("|", "\\|")


def write() -> None:
    """Renew the page in docs/."""
    folder = Path(__file__).parent.parent / "docs" / "handbook"
    (folder / "slides.md").write_text(page(), encoding="utf-8")

"""Comparisons that papers drew by hand, each under its name: several questions, and what is best of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import nan
from typing import Any

from checks.comparison.rows import Comparison, Question, compare
from derive.cache import Cache
from derive.registry import unknown

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Study:
    """A cost with a constant ``t`` under one law: at each target over the parameter and over temperatures."""

    name: str
    says: str
    source: str
    family: str
    integrand: str
    wrt: str
    targets: tuple[str, ...]
    estimators: tuple[str, ...]
    relaxed: tuple[str, ...]
    over: str
    temperatures: tuple[str, ...]
    at: str


STUDIES = {
    "rebar": Study(
        name="rebar",
        says="a coin that should show t on average: exact variances by its log-odds, and the best REBAR",
        source="Tucker et al. 2017, REBAR, 5.1 (t = 0.45); Grathwohl et al. 2018, RELAX, 6.1 (t = 0.499)",
        family="bernoulli_logits",
        integrand="(a - t)**2",
        wrt="logits",
        targets=("9/20", "49/100", "499/1000"),
        estimators=(
            "score_function",
            "mean_baseline",
            "leave_one_out",
            "optimal_baseline",
            "arm",
            "disarm",
            "smoothed_perturbation",
            "gumbel_softmax",
            "straight_through_gumbel_softmax",
            "rebar",
            "relax",
        ),
        relaxed=("gumbel_softmax", "straight_through_gumbel_softmax", "rebar", "relax"),
        over="-2,-1,0,1,2",
        temperatures=("1/10", "1/2", "1", "2"),
        at="-1",
    )
}


@dataclass(frozen=True, slots=True)
class Best:
    """REBAR at one temperature: its variance at ``eta = 1``, and at the best ``eta``, where it is smallest.

    ``without`` is the variance at ``eta = 0``, that of the score function.
    """

    target: str
    tau: str
    without: float
    plain: float
    eta: float
    variance: float


@dataclass(frozen=True, slots=True)
class Result:
    """By target: over the parameter, over the temperature, and REBAR at its best."""

    study: Study
    over_parameter: tuple[Comparison, ...]
    over_temperature: tuple[Comparison, ...]
    best: tuple[Best, ...]

    def to_json(self) -> dict[str, Any]:
        """A dict that ``json`` can write."""
        compared = ("over_parameter", "over_temperature")
        return {
            "schema": "gradproof/study@1",
            "study": self.study.name,
            "source": self.study.source,
            "targets": list(self.study.targets),
            **{name: [c.to_json() for c in getattr(self, name)] for name in compared},
            "best_rebar": [asdict(b) for b in self.best],
        }


def run(name: str, cache: Cache, workers: int, progress: Progress = lambda done, total, name: None) -> Result:
    """All questions of the study called ``name``; raises ``UnknownName``."""
    if name not in STUDIES:
        raise unknown(name, "study", tuple(STUDIES))
    study = STUDIES[name]

    def asked(estimators: tuple[str, ...], target: str, over: str, held: str = "") -> Comparison:
        at = ",".join(part for part in (f"t={target}", held) if part)
        question = Question(study.family, study.integrand, estimators, at, over, (study.wrt,))
        return compare(question, cache, workers, progress)

    fixed, heat = f"{study.wrt}={study.at}", f"tau={','.join(study.temperatures)}"
    over_parameter = [asked(study.estimators, t, f"{study.wrt}={study.over}") for t in study.targets]
    over_temperature = [asked(study.relaxed, t, heat, fixed) for t in study.targets]
    doubled = [asked(("rebar",), t, heat, f"{fixed},eta=2") for t in study.targets]
    best: list[Best] = []
    for t, *found in zip(study.targets, over_parameter, over_temperature, doubled, strict=True):
        without = _variances(found[0], "score_function")[study.at]
        plain, twice = (_variances(comparison, "rebar") for comparison in found[1:])
        best += [best_rebar(t, tau, without, plain[tau], twice[tau]) for tau in study.temperatures]
    return Result(study, tuple(over_parameter), tuple(over_temperature), tuple(best))


def _variances(found: Comparison, estimator: str) -> dict[str, float]:
    """By the value of the number compared over; nan where it is not known."""
    rows = (row for row in found.rows if row.estimator == estimator)
    return {row.value: nan if row.variance is None else row.variance for row in rows}


def best_rebar(target: str, tau: str, low: float, mid: float, high: float) -> Best:
    """From the variances at ``eta`` 0, 1 and 2: it is a parabola in ``eta``, which enters linearly."""
    slope, bend = (4 * mid - 3 * low - high) / 2, (low - 2 * mid + high) / 2
    eta = -slope / (2 * bend)
    return Best(target, tau, low, mid, eta, low + slope * eta + bend * eta**2)

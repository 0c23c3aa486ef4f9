"""The pictures of the documents: from exact values, each with a text that says the same and its numbers.

Which page has which picture is said here. Numbers come from proofs, which are kept; the one run of an
estimator that is drawn has a seed. Measured seconds are not drawn: they would differ in every build.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from checks.comparison.rows import Comparison, Question, Row, compare
from checks.environment.cost import Choices
from checks.estimators import ESTIMATORS
from checks.figures import BLUE, ORANGE, Figure, convergence, curves, drawn, pushed_density
from checks.problem import Problem
from checks.prover import Request, proving, result
from checks.site import survey, toy
from checks.site.content import Subject
from checks.site.gallery import Gallery, Slider
from derive.cache import Cache
from derive.proof import Proof

SAMPLES = 100_000
SEED = 0
# With so many samples, a bias below this many standard errors is not resolved.
RESOLVED_BY, ERRORS = 100_000, 4.0

TEMPERATURES = "tau=1/50,1/20,1/10,1/5,3/10,2/5,1/2,3/5,7/10,4/5,9/10,1,6/5,3/2,2,3,5"


def galleries(subjects: Sequence[Subject], cache: Cache, workers: int) -> dict[Subject, Gallery]:
    """The pictures of those of the subjects that have some."""
    makers: dict[Subject, Callable[[], Gallery]] = {
        Subject("reparam", "normal", "a**2"): lambda: _square(cache, workers),
        Subject("gumbel-softmax", "bernoulli", "(a - 9/20)**2"): lambda: _temperature(cache, workers),
        Subject("control-variates", "normal", "cos(a/2)"): lambda: _variances(cache, workers),
        Subject("product-rule"): lambda: Gallery((large_sum(),)),
        toy.SUBJECT: lambda: toy.toy(cache, workers),
        **{survey.subject(c): partial(survey.survey, c, cache, workers) for c in survey.COSTS},
    }
    return {subject: make() for subject, make in makers.items() if subject in subjects}


def _square(cache: Cache, workers: int) -> Gallery:
    """How samples move, and how the estimator that follows them converges."""
    proof = _proof("normal", "a**2", ("pathwise", "score_function"), cache, workers)
    problem = Problem(proof)
    figures = [pushed_density(f"push-{name}", problem, name, 0.8) for name in ("mu", "sigma")]
    for name in ("pathwise", "score_function"):
        rows = ESTIMATORS[name].estimate(problem, SAMPLES, torch.Generator().manual_seed(SEED))
        stated, i = proof.statistics[name], proof.wrt.index("sigma")
        mean, variance = stated.mean["sigma"], stated.variance["sigma"]
        assert mean is not None
        assert variance is not None
        what = f"d/dsigma E[a**2], {name.replace('_', ' ')}"
        column = rows[:, i].numpy()
        figures.append(
            convergence(f"converges-{name}", column, proof.exact["sigma"], mean, variance, what, SEED)
        )
    return Gallery(tuple(figures))


def _proof(family: str, integrand: str, estimators: tuple[str, ...], cache: Cache, workers: int) -> Proof:
    request: Request = {"family": family, "integrand": integrand, "at": [], "wrt": None,
                        "estimators": sorted(estimators), "fourth": False}  # fmt: skip
    kept = cache.get(request)
    if kept is not None:
        return kept
    with proving([request], workers) as (future,):
        made = result(future)
    if not isinstance(made, Proof):
        raise RuntimeError(f"E[{integrand}] under {family} was proved in its suite: {made}")
    cache.put(request, made)
    return made


def _temperature(cache: Cache, workers: int) -> Gallery:
    """Bias and variance of Gumbel-softmax over its temperature."""
    names = ("gumbel_softmax", "straight_through_gumbel_softmax")
    found = compare(Question("bernoulli", "(a - 9/20)**2", names, over=TEMPERATURES), cache, workers)
    x = [float(v) for v in found.over.values]
    bias = [(name, [_size(row.bias) for row in _of(found, name)]) for name in names]
    variance = [(name, [row.variance for row in _of(found, name)]) for name in names]
    low = _unresolved(x, _of(found, names[0]))
    caption = "Bias and variance of a relaxed coin over the temperature, at p = 2/7 and cost (a - 9/20)**2"
    both, names_of = (True, True), ("temperature", "size of the bias")
    figures = (
        curves("bias-temperature", x, _worded(bias), names_of, caption, both, low),
        curves("variance-temperature", x, _worded(variance), ("temperature", "variance"), caption, both),
    )
    rows = tuple(
        (row.value, f"{row.mean:.6g}", f"{row.bias:.6g}", f"{row.variance:.6g}")
        for row in _of(found, names[0])
        if row.mean is not None and row.bias is not None and row.variance is not None
    )
    return Gallery(figures, Slider("temperature", ("temperature", "mean", "bias", "variance"), rows))


def _of(found: Comparison, name: str) -> list[Row]:
    return [row for row in found.rows if row.estimator == name]


def _size(value: float | None) -> float | None:
    return None if value is None or value == 0 else abs(value)


def _worded(series: Sequence[tuple[str, list[float | None]]]) -> list[tuple[str, list[float | None]]]:
    return [(name.replace("_", " "), values) for name, values in series]


def _unresolved(x: Sequence[float], rows: Sequence[Row]) -> tuple[float, float, str] | None:
    """The temperatures, from the coldest on, at which the bias drowns in the noise of the samples."""
    drowned = []
    for value, row in zip(x, rows, strict=True):
        if row.bias is None or row.variance is None:
            break
        if abs(row.bias) > ERRORS * math.sqrt(row.variance / RESOLVED_BY):
            break
        drowned.append(value)
    return (x[0], drowned[-1], f"not resolved by {RESOLVED_BY} samples") if drowned else None


def _variances(cache: Cache, workers: int) -> Gallery:
    """The exact variance of every estimator that applies, over mu."""
    from checks.comparison.text import picture

    found = compare(Question("normal", "cos(a/2)", over="mu=-3:3:13"), cache, workers)
    return Gallery(tuple(picture(found, wrt) for wrt in ("mu", "sigma")))


def large_sum() -> Figure:
    """The terms of the exact sum against the samples that reach one per cent."""
    steps = np.arange(1, 17)
    actions = (2, 4, 8)

    def draw(axes: Any) -> None:
        for count, style in zip(actions, (":", "-", "--"), strict=True):
            terms = count ** steps.astype(float)
            axes.plot(steps, terms, color=BLUE, ls=style, label=f"terms of the sum, {count} actions")
        axes.plot(steps, samples, color=ORANGE, label="samples for 1 %, 4 actions")
        axes.set_yscale("log")
        axes.set_xlabel("steps")
        axes.set_ylabel("evaluations of the cost")
        axes.legend(frameon=False)

    samples = list(_samples_needed(4, steps.tolist()))
    first = next(int(t) for t, n in zip(steps, samples, strict=True) if 4.0**t > n)
    alt = (
        f"The exact sum over 4 actions has 4 to 4**16 = {4**16:.2g} terms; sampling to one per cent takes "
        f"about {min(samples):.2g} to {max(samples):.2g} evaluations and is cheaper from {first} steps on."
    )
    return drawn("large-sum", draw, alt, "The large sum against sampling, in evaluations of the cost")


def _samples_needed(actions: int, steps: Sequence[int]) -> Iterator[float]:
    for t in steps:
        choices = Choices(actions, t)
        _, variance = choices.sampled(1 << 16, np.random.default_rng([SEED, t]))
        yield variance / (0.01 * choices.closed_form()) ** 2

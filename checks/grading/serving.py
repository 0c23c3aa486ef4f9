"""The draws that a sealed child asks for, made in the grader: recorded and replayed like any others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from checks.choosing import Choice
from checks.evidence.arrays import Array
from checks.evidence.laws import Unreplayable
from checks.grading.drawing import CONTINUOUS, Law
from checks.grading.wire import MOST_NUMBERS, Reader, Violation
from checks.quantiles import sent_as


class BadQuestion(Exception):
    """The child asked for what cannot be answered; the text is sent to it as an error."""


def drawn(reader: Reader) -> Array:
    """The values of one draw: from our generator, or, under a replay, those that it puts in."""
    (law,) = reader.numbers("B")
    try:
        found = _DRAWS[law](reader)
    except KeyError:
        raise Violation("a draw from no law") from None
    except (RuntimeError, ValueError) as error:  # parameters out of their range
        raise BadQuestion(str(error)) from None
    return found.detach().to(torch.float64).numpy()


def chosen_draw(reader: Reader, choice: Choice, rng: np.random.Generator) -> Array | None:
    """The same for code whose samples are seen to be such a choice: samples are drawn, and numbers for them.

    So they are drawn from a finite law, which can be replayed. None for other draws.
    """
    (law,) = reader.numbers("B")
    base = NAMES.get(law)
    if base is None:
        return None
    shape = _shape(reader)
    size, each = int(np.prod(shape)), max(choice.clocks, 1)
    if not size or size % each:
        return None
    outcomes = torch.multinomial(torch.exp(choice.log_masses), size // each, replacement=True)
    found: Array = sent_as(base, choice.numbers(outcomes, rng)).reshape(shape).numpy()
    return found


NAMES: dict[int, str] = {law: name for name, law in CONTINUOUS.items()}


def _shape(reader: Reader) -> tuple[int, ...]:
    (dimensions,) = reader.numbers("B")
    shape = reader.numbers(f"{dimensions}I")
    if int(np.prod(shape, dtype=float)) > MOST_NUMBERS:
        raise BadQuestion(f"{list(shape)} draws are too many")
    return shape


def _normal(reader: Reader) -> Tensor:
    return torch.randn(_shape(reader), dtype=torch.float64)


def _uniform(reader: Reader) -> Tensor:
    return torch.rand(_shape(reader), dtype=torch.float64)


def _exponential(reader: Reader) -> Tensor:
    return torch.empty(_shape(reader), dtype=torch.float64).exponential_()


def _whole(reader: Reader) -> Tensor:
    (count,) = reader.numbers("Q")
    return torch.randint(0, min(count, 2**53), _shape(reader)).to(torch.float64)


def _tensor(reader: Reader) -> Tensor:
    return torch.from_numpy(reader.array())


def _between(reader: Reader, low: float, high: float) -> Tensor:
    """Parameters in a range: rejection samplers may never end on those that are not, nan among them."""
    x = _tensor(reader)
    if not ((x >= low) & (x <= high)).all():
        raise BadQuestion(f"the parameters of a draw must lie between {low:g} and {high:g}")
    return x


_TINY, _LARGE = 1e-6, 1e9


def _multinomial(reader: Reader) -> Tensor:
    count, replacement = reader.numbers("IB")
    weights = _tensor(reader)
    if count * max(weights.numel(), 1) > MOST_NUMBERS:
        raise BadQuestion(f"{count} draws are too many")
    return torch.multinomial(weights, count, replacement=bool(replacement))


def _permutation(reader: Reader) -> Tensor:
    (count,) = reader.numbers("I")
    return torch.randperm(min(count, MOST_NUMBERS))


def _other(reader: Reader) -> Tensor:
    name = reader.text()
    try:
        return torch.poisson(torch.ones(()))  # like the operation, it is none that can be recorded
    except Unreplayable:
        raise Unreplayable(f"it draws with '{name}', whose noise cannot be replayed") from None


_DRAWS: dict[int, Callable[[Reader], Tensor]] = {
    Law.NORMAL: _normal,
    Law.UNIFORM: _uniform,
    Law.EXPONENTIAL: _exponential,
    Law.BERNOULLI: lambda r: torch.bernoulli(_tensor(r)),
    Law.WHOLE: _whole,
    Law.MULTINOMIAL: _multinomial,
    Law.GAMMA: lambda r: torch._standard_gamma(_between(r, _TINY, _LARGE)),
    Law.DIRICHLET: lambda r: torch._sample_dirichlet(_between(r, _TINY, _LARGE)),
    Law.POISSON: lambda r: torch.poisson(_between(r, 0.0, _LARGE)),
    Law.BINOMIAL: lambda r: torch.binomial(_between(r, 0.0, _LARGE), _between(r, 0.0, 1.0)),
    Law.PERMUTATION: _permutation,
    Law.OTHER: _other,
}

"""A latent-variable model at one observation: a joint density, an encoder, and bounds of the log-evidence.

``log p(x, a)`` is written in the latent ``a`` and in constants, among them the observation x; the encoder
``q(a)`` is a law with parameters. Of K samples the weights are ``w_k = p(x, a_k)/q(a_k)``: ``elbo`` is
``E[log w]`` and ``iwae(K)`` is ``E[log mean_k w_k]``, both below ``log p(x)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.environment.files import Data, number, require_keys, table
from derive.errors import BadProblem, NotApplicable, OutsideDomain
from derive.registry import unknown

Ends = tuple[Fraction | None, Fraction | None]

ZERO, ONE = Fraction(0), Fraction(1)
# The parameters of each encoder, with the open intervals that they lie in.
ENCODERS: dict[str, dict[str, Ends]] = {
    "normal": {"mu": (None, None), "sigma": (ZERO, None)},
    "bernoulli": {"p": (ZERO, ONE)},
    "bernoulli_logits": {"logits": (None, None)},
}
# Two samples of a normal encoder are integrated over in the plane, 2**K outcomes of coins are enumerated.
MOST_SAMPLES = {"normal": 2, "bernoulli": 4, "bernoulli_logits": 4}
ELBO = "elbo"


@dataclass(frozen=True, slots=True)
class Latent:
    """The model at its point; ``numbers`` are the encoder's parameters, then the constants of the joint."""

    name: str
    encoder: str
    log_joint: str
    integrand: str
    numbers: tuple[tuple[str, Fraction], ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is differentiated by: the encoder's parameters."""
        return tuple(ENCODERS[self.encoder])

    @property
    def point(self) -> dict[str, Fraction]:
        """The numbers that ``--at`` may change."""
        return dict(self.numbers)

    def at(self, values: Mapping[str, Fraction]) -> Latent:
        """The same at another point; raises ``UnknownName`` and ``OutsideDomain``."""
        for name in values:
            if name not in self.point:
                raise unknown(name, f"number of {self.name}", tuple(self.point))
        made = replace(self, numbers=tuple({**self.point, **values}.items()))
        made.require()
        return made

    def require(self) -> None:
        """Raises ``OutsideDomain`` for a parameter outside its interval."""
        for name, (low, high) in ENCODERS[self.encoder].items():
            value = self.point[name]
            if (low is not None and value <= low) or (high is not None and value >= high):
                interval = f"({'-oo' if low is None else low}, {'oo' if high is None else high})"
                raise OutsideDomain(
                    f"{self.name}: {name} = {value} of the encoder is outside {interval}",
                    "choose another point with --at",
                )

    def unreachable(self) -> tuple[str, ...]:
        """Nothing: there are no rewards."""
        return ()

    def samples(self, objective: str) -> int:
        """How many samples the objective takes; raises ``NotApplicable`` for what is no objective."""
        most = MOST_SAMPLES[self.encoder]
        form = re.fullmatch(r"iwae\(\s*(\d{1,3})\s*\)", objective.strip())
        size = 1 if objective.strip() == ELBO else int(form[1]) if form else 0
        if not 1 <= size <= most:
            raise NotApplicable(
                f"'{objective}' is no objective of {self.name}",
                f"its objectives are elbo and iwae(1) to iwae({most})",
            )
        return size


def latent_of(name: str, data: Data) -> Latent:
    """The model of a problem file; raises ``BadProblem`` or ``OutsideDomain``."""
    needed = ("encoder", "log_joint", "point")
    require_keys(name, data, ("kind", "says", "source", "integrand", *needed), needed)
    encoder = data["encoder"]
    if encoder not in ENCODERS:
        raise BadProblem(f"{name}: the encoder {encoder!r} is not known", f"known: {', '.join(ENCODERS)}")
    made = Latent(
        name=name,
        encoder=encoder,
        log_joint=_text(name, "log_joint", data["log_joint"]),
        integrand=_text(name, "integrand", data.get("integrand", ELBO)),
        numbers=_numbers(name, encoder, table(f"{name}: the point", data["point"])),
    )
    made.require()
    made.samples(made.integrand)
    return made


def _text(name: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadProblem(f"{name}: the {key} is {value!r}, not text", 'as in "-a**2/2 - (x - a)**2/2"')
    return value


def _numbers(name: str, encoder: str, given: Mapping[str, Any]) -> tuple[tuple[str, Fraction], ...]:
    """The encoder's parameters first, then the constants in the order of the file."""
    for parameter in ENCODERS[encoder]:
        if parameter not in given:
            help = f"the encoder {encoder} has {', '.join(ENCODERS[encoder])}"
            raise BadProblem(f"{name}: the point gives no {parameter}", help)
    order = (*ENCODERS[encoder], *(key for key in given if key not in ENCODERS[encoder]))
    return tuple((key, number(f"{name}: {key}", given[key])) for key in order)

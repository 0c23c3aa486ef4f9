"""Estimators of environments as records: the exact statistic of one episode and its code in Torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from checks.estimator import Estimator
from derive.errors import NotApplicable

if TYPE_CHECKING:
    import torch

    from derive.expectation import Expectation

# The exact statistic of an environment: what it takes depends on the kind (``checks.environment.prove``).
Statistic = Callable[..., Any]
Refuses = Callable[["Expectation"], "str | None"]


@dataclass(frozen=True, slots=True)
class EnvironmentEstimator:
    """An estimator of the gradient of a return, for problems of one ``kind``.

    ``statistic`` is what one episode contributes, exactly; of an ``mdp`` it is called with the process, a
    path and the estimator's ``knobs`` and gives a fraction for each parameter, of a ``linear_quadratic``
    with the simulator and gives a polynomial in its noise; of a ``black_box`` and of a ``law`` it is that of
    any estimator under a law, and ``refuses`` says which laws. ``estimate(problem, n, generator)`` is the
    Torch code; it returns ``[n, p]``, one row per episode. ``recursion`` gives the statistic of an ``mdp`` as
    a recursion, where it is one (``derive.environment.recursion``). The data of ``off_policy`` ones are drawn
    by the behaviour. The other fields are as in
    ``checks.estimator``.
    """

    name: str
    kind: str
    approximates: str
    requires: str
    source: str
    route: str
    statistic: Statistic
    estimate: Callable[[Any, int, torch.Generator], torch.Tensor]
    unbiased: bool = True
    refuses: Refuses | None = None
    recursion: Callable[[Any, Any], Any] | None = None
    off_policy: bool = False
    knobs: tuple[tuple[str, str], ...] = ()

    def as_estimator(self) -> Estimator:
        """The record as ``checks.run`` reads it."""
        return Estimator(
            name=self.name,
            approximates=self.approximates,
            requires=self.requires,
            source=self.source,
            route=self.route,
            unbiased=self.unbiased,
            statistic=self.statistic if self.refuses else _refuse,
            estimate=self.estimate,
            refuses=self.refuses or self._needs_a_problem,
            knobs=self.knobs,
        )

    def _needs_a_problem(self, _: Expectation) -> str:
        return f"{self.name} is for problems such as {EXAMPLES[self.kind]}"


@dataclass(frozen=True, slots=True)
class EnvironmentMistake:
    """A wrong way to write the estimator ``of``; ``says`` completes "your mean equals the gradient"."""

    name: str
    of: str
    kind: str
    says: str
    source: str
    route: str
    statistic: Statistic
    estimate: Callable[[Any, int, torch.Generator], torch.Tensor]
    refuses: Refuses | None = None
    recursion: Callable[[Any, Any], Any] | None = None
    off_policy: bool = False
    knobs: tuple[tuple[str, str], ...] = ()

    def as_environment_estimator(self) -> EnvironmentEstimator:
        """The mistake as the biased estimator that it is."""
        return EnvironmentEstimator(
            name=self.name,
            kind=self.kind,
            approximates=f"not the gradient: {self.says}",
            requires=f"what {self.of} requires",
            source=self.source,
            route=self.route,
            statistic=self.statistic,
            estimate=self.estimate,
            unbiased=False,
            refuses=self.refuses,
            recursion=self.recursion,
            off_policy=self.off_policy,
            knobs=self.knobs,
        )


# A problem of each kind that comes with gradproof, for messages.
EXAMPLES: Mapping[str, str] = {
    "mdp": "mdp2",
    "linear_quadratic": "lq3",
    "black_box": "smoothing",
    "latent_model": "latent_normal",
    "law": "normal",
}
Knobs = Mapping[str, Fraction]


def _refuse(_: Any) -> NoReturn:
    raise NotApplicable("an estimator of an environment has no statistic under a law")

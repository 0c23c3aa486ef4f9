"""What derive found out about one expectation, as plain data: cached as JSON, read without SymPy."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .plain import Tree


@dataclass(frozen=True, slots=True)
class RouteProof:
    """One route's derivations, one per parameter, flattened for reports.

    ``steps`` holds a dict per step: ``wrt, rule, before, after, status, conditions, evidence``
    (``conditions`` a list of ``statement, status, evidence``). ``refusal`` says why the route
    does not apply, in which case ``status`` is ``condition-failed``.
    """

    route: str
    status: str
    steps: tuple[dict[str, Any], ...] = ()
    assumptions: tuple[str, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class StatisticProof:
    """Exact moments of one estimator's per-sample gradient, by parameter name.

    ``mean`` of a biased estimator is the value it converges to. ``variance`` and ``fourth`` (the
    fourth central moment) are ``inf`` where derive proved them infinite and ``None`` where nothing
    is known. ``source`` says what they stand on: ``closed form`` or ``quadrature``.
    ``refusal`` says why the estimator does not apply. ``constants`` are exact numbers that its code needs,
    ``call`` how many samples one row takes, ``evaluations`` how often it evaluates the integrand.
    ``accuracy`` says where the code's arithmetic is not good to rounding, relative to the gradient's size.
    ``target`` holds, where it is not the gradient that is estimated, what is: ``text, value, radius``.
    """

    estimator: str
    mean: dict[str, float | None] = field(default_factory=dict)
    variance: dict[str, float | None] = field(default_factory=dict)
    fourth: dict[str, float | None] = field(default_factory=dict)
    source: str = ""
    refusal: str | None = None
    infinite: str | None = None
    constants: dict[str, float] = field(default_factory=dict)
    call: int = 1
    evaluations: int = 1
    accuracy: dict[str, float] = field(default_factory=dict)
    target: dict[str, dict[str, Any]] = field(default_factory=dict)

    def aims(self, gradient: dict[str, float]) -> dict[str, float]:
        """What the mean is held against: the target, or else the exact ``gradient``."""
        return {**gradient, **{name: said["value"] for name, said in self.target.items()}}


@dataclass(frozen=True, slots=True)
class Proof:
    """An expectation, its exact gradient, every route to it, and what each estimator should show.

    ``gradient`` holds the text of each closed form (``None`` where there is none), ``exact`` the
    nearest double and ``radius`` the half-width of the ball that was proved to hold it.
    ``trees`` holds plain trees (``derive.plain``) under ``integrand``, ``log_density``,
    ``transport`` (a list, or ``None``), ``noise`` (``{"family": ..., "parameters": [...]}`` or
    ``None``), ``law`` (the same of the family itself, with its ``support``, where it has no transport),
    ``score`` and ``gradient`` (by parameter name), ``level`` (the distribution function, or ``None``),
    ``determined`` (a list: coordinates that are functions of the samples).
    ``terms`` holds the halves of the product rule, ``distributional_term`` and ``explicit_term`` (and
    ``boundary_term`` where an end or a jump moves), by parameter name: ``text`` and ``value``.
    Of a second derivative ``parameters`` are what is differentiated by, and ``wrt`` and all that is by its
    names are for pairs of them: ``mu,sigma``.
    ``covariances`` holds, where they were asked for, a dict for each parameter and pair of estimators:
    ``wrt, one, other, covariance, common, source``.
    """

    family: str
    integrand: str
    at: dict[str, str]
    wrt: tuple[str, ...]
    gradient: dict[str, str | None]
    exact: dict[str, float]
    radius: dict[str, float]
    requires: tuple[str, ...]
    routes: dict[str, RouteProof]
    statistics: dict[str, StatisticProof]
    trees: dict[str, Tree | dict[str, Any] | None]
    terms: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    covariances: tuple[dict[str, Any], ...] = ()

    @property
    def order(self) -> int:
        """Of which derivative it is the proof: the first, or the second."""
        return 2 if self.parameters else 1

    def to_json(self) -> dict[str, Any]:
        """A dict that ``json`` can write."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Proof:
        """The proof that ``to_json`` wrote."""
        routes = {k: RouteProof(**{**v, "steps": tuple(v["steps"]), "assumptions": tuple(v["assumptions"])})
                  for k, v in data["routes"].items()}  # fmt: skip
        statistics = {k: StatisticProof(**v) for k, v in data["statistics"].items()}
        fixed = {"wrt": tuple(data["wrt"]), "requires": tuple(data["requires"])}
        fixed |= {name: tuple(data.get(name, ())) for name in ("parameters", "covariances")}
        return cls(**{**data, **fixed, "routes": routes, "statistics": statistics})

"""How second derivatives of a return are written: an exact statistic of a path, and a surrogate in Torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.environment.hessian import Matrix, triangle
from derive.environment.mdp import Mdp, Row
from derive.environment.paths import Path

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from checks.environment.episodes import Episodes

Knobs = Mapping[str, Fraction]
Statistic = Callable[[Mdp, Path, Knobs], Row]


def summed(parts: Callable[[Mdp, Path], list[tuple[Fraction, Matrix]]]) -> Statistic:
    """The entries on and above the diagonal of the sum of the weighted matrices that ``parts`` gives."""

    def statistic(mdp: Mdp, path: Path, _: Knobs) -> Row:
        rows = [(weight, triangle(mdp, matrix)) for weight, matrix in parts(mdp, path)]
        return tuple(
            sum((weight * row[k] for weight, row in rows), Fraction(0)) for k in range(len(rows[0][1]))
        )

    return statistic


def by_surrogate(surrogate: Callable[[Episodes], Tensor]) -> Callable[[Any, int, Generator], Tensor]:
    """The estimator that differentiates a surrogate ``[n]``, one value for each episode, twice."""

    def estimate(problem: Any, n: int, generator: Generator) -> Tensor:
        episodes = problem.episodes(n, generator, False)
        return hessians(problem, episodes, surrogate(episodes))

    return estimate


def hessians(problem: Any, episodes: Episodes, surrogate: Tensor) -> Tensor:
    """``[n, p (p + 1)/2]``: each episode's surrogate differentiated twice, on and above the diagonal."""
    import torch

    theta = episodes.theta
    (first,) = torch.autograd.grad(surrogate.sum(), [theta], create_graph=True)
    columns = [problem.mdp.parameters.index(name) for name in problem.wrt]
    entries = []
    for k, i in enumerate(columns):
        (second,) = torch.autograd.grad(
            first[:, i].sum(), [theta], retain_graph=True, allow_unused=True, materialize_grads=True
        )
        entries += [second[:, j] for j in columns[k:]]
    return torch.stack(entries, dim=-1)


def magic_box(log_probabilities: Tensor) -> Tensor:
    """``exp(x - stop_gradient(x))``: one, with the slopes of the probability whose logarithm ``x`` is."""
    return (log_probabilities - log_probabilities.detach()).exp()

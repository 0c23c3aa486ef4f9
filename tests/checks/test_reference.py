"""Every family's log density against the torch.distributions object that its ``reference`` names.

The text is read with ``ast``: calls, names, numbers and ``|`` for a transform; nothing is evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
import torch
from sympy import Expr, Rational, S, Symbol

from derive.families import FAMILIES
from derive.family import Family
from tests.derive.quadrature_oracle import compiled

# Two float64 implementations of one logarithm of a density differ by some rounding errors.
ROUNDING = 1e-11

# Torch computes the logarithm of its Bessel function by polynomials (Abramowitz and Stegun 9.8.1, 9.8.2,
# which state an error of 2e-7).
BESSEL = 2e-7

# Laws on a lattice have no transport to take samples from, and references of their own kind.
CONTINUOUS = [name for name in FAMILIES if not any(axis.lattice for axis in FAMILIES[name].support)]

Built = torch.distributions.Distribution | torch.distributions.Transform


def build(text: str, environment: Mapping[str, torch.Tensor]) -> torch.distributions.Distribution:
    """The distribution a reference names, with its parameters from ``environment``."""
    made = _built(ast.parse(text, mode="eval").body, environment)
    assert isinstance(made, torch.distributions.Distribution)
    return made


def _built(node: ast.expr, environment: Mapping[str, torch.Tensor]) -> Built:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        base, transform = _built(node.left, environment), _built(node.right, environment)
        assert isinstance(base, torch.distributions.Distribution)
        assert isinstance(transform, torch.distributions.Transform)
        return torch.distributions.TransformedDistribution(base, [transform], validate_args=False)
    if isinstance(node, ast.Attribute) and node.attr == "inv":
        transform = _built(node.value, environment)
        assert isinstance(transform, torch.distributions.Transform)
        return transform.inv
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        given = {str(k.arg): _number(k.value, environment) for k in node.keywords}
        made = getattr(torch.distributions, node.func.id)(**given)
        assert isinstance(made, (torch.distributions.Distribution, torch.distributions.Transform))
        return made
    raise ValueError(f"a reference cannot hold {ast.unparse(node)}")


def _number(node: ast.expr, environment: Mapping[str, torch.Tensor]) -> torch.Tensor:
    if isinstance(node, ast.Name):
        return environment[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return torch.tensor(float(node.value), dtype=torch.float64)
    raise ValueError(f"a reference cannot hold {ast.unparse(node)}")


def environment(family: Family, point: Mapping[Symbol, Rational]) -> dict[str, torch.Tensor]:
    """The parameters by name; ``mu[i]`` and ``L[i,j]`` gathered into a vector and a matrix."""
    found = {p.name: torch.tensor(float(point[p.symbol]), dtype=torch.float64) for p in family.parameters}
    if family.name == "dirichlet":
        found["alpha"] = torch.stack([found[f"alpha[{i}]"] for i in range(3)])
    elif family.dimension == 2:
        found["mu"] = torch.stack([found["mu[0]"], found["mu[1]"]])
        zero = torch.zeros((), dtype=torch.float64)
        rows = ([found["L[0,0]"], zero], [found["L[1,0]"], found["L[1,1]"]])
        found["L"] = torch.stack([torch.stack(row) for row in rows])
    return found


def samples(family: Family, point: Mapping[Symbol, Rational]) -> list[tuple[float, ...]]:
    """Points of the support: images of noise points under the transport."""
    transport = family.transport
    if family.name == "dirichlet":
        return [(0.2, 0.5), (0.6, 0.1), (0.05, 0.03)]
    if transport is None:
        ends = [float(e.xreplace(dict(point))) for e in (family.support[0].lower, family.support[0].upper)]
        return [(ends[0] + (ends[1] - ends[0]) * u,) for u in (0.04, 0.35, 0.62, 0.91)]
    if family.dimension == 2:
        return [(0.3, -1.1), (2.4, 0.7), (-1.9, 1.3)]
    push = compiled(family.noise, transport.map[0].xreplace(dict(point)))
    bounded = transport.noise.name in ("uniform", "exponential", "half_normal", "gamma")
    return [(push(b),) for b in ((0.04, 0.35, 0.62, 0.91) if bounded else (-2.6, -0.4, 0.3, 1.9))]


def gap(family: Family, text: str, point: Mapping[Symbol, Rational], density: Expr) -> float:
    """The largest relative difference between the density and Torch's over the samples."""
    own = compiled(family.samples, density.xreplace(dict(point)))
    torch_law = build(text, environment(family, point))
    worst = 0.0
    for a in samples(family, point):
        whole = (*a, 1.0 - sum(a)) if family.name == "dirichlet" else a
        there = torch.tensor(whole if len(whole) > 1 else whole[0], dtype=torch.float64)
        truth = float(torch_law.log_prob(there))
        worst = max(worst, abs(own(*a) - truth) / (1 + abs(truth)))
    return worst


def points(family: Family) -> list[dict[Symbol, Rational]]:
    first = {p.symbol: p.reference for p in family.parameters}
    return [first, {s: v + abs(v) / 3 for s, v in first.items()}]


@pytest.mark.parametrize("which", [0, 1], ids=["reference", "moved"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_log_density_is_that_of_torch(name: str, which: int) -> None:
    family = FAMILIES[name]
    found = gap(family, family.reference, points(family)[which], family.log_density)
    assert found < (BESSEL if name == "von_mises" else ROUNDING)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_density_that_is_off_by_a_millionth_is_not(name: str) -> None:
    family = FAMILIES[name]
    wrong = family.log_density + Rational(1, 10**6)
    assert gap(family, family.reference, points(family)[0], wrong) > 1e-8


def test_a_reference_is_read_not_evaluated() -> None:
    with pytest.raises(ValueError, match=r"cannot hold __import__\('os'\)"):
        build("Normal(loc=__import__('os'), scale=mu)", {"mu": torch.tensor(1.0)})
    with pytest.raises(ValueError, match="cannot hold mu"):
        build("mu", {"mu": torch.tensor(1.0)})


def test_a_wrong_parametrization_is_noticed() -> None:
    """A scale in place of a rate: the two agree at 1 only."""
    family = FAMILIES["exponential"]
    (rate,) = family.symbols
    point = {rate: Rational(5, 4)}
    inverse = family.log_density.xreplace({rate: S.One / rate})
    assert gap(family, family.reference, point, inverse) > 0.01

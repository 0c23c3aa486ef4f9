"""Derivatives of plain trees: every rule against autograd, at points of its domain and by a wrong rule."""

from __future__ import annotations

import pytest
import torch

from checks.bridge import compile_tree
from checks.stable import Node
from checks.vectorised import slopes
from checks.vectorised.program import compile_rows
from checks.vectorised.slopes import NoSlope, number, slope

X: Node = ("sym", "x")
Y: Node = ("sym", "y")
SMALL = torch.tensor([-0.83, -0.31, 0.17, 0.62], dtype=torch.float64)
LARGE = torch.tensor([0.4, 1.3, 2.2, 5.7], dtype=torch.float64)
POSITIVE = ("log", "loggamma", "digamma", "gamma", "factorial")
ONE_ARGUMENT = sorted(slopes._ONE)
SEVERAL: dict[str, Node] = {
    "power of x": ("pow", X, ("num", "-3/2")),
    "power to x": ("pow", ("num", "3/2"), X),
    "power of both": ("pow", X, X),
    "product": ("mul", ("sin", X), ("exp", X), X, ("num", "-2")),
    "largest": ("max", ("mul", X, X), ("num", "2")),
    "smallest": ("min", X, ("exp", ("mul", ("num", "-1"), X))),
    "relu": ("max", ("num", "0"), ("add", X, ("num", "-1"))),
    "piecewise": ("piecewise", (("sin", X), ("lt", X, ("num", "1"))), (("pow", X, ("num", "2")), ("true",))),
    "branches without x": ("piecewise", (("num", "1"), ("gt", X, ("num", "1"))), (("num", "2"), ("true",))),
    "bessel of order 0": ("besseli", ("num", "0"), X),
    "bessel of order 1": ("besseli", ("num", "1"), X),
    "polygamma": ("polygamma", ("num", "1"), X),
    "nested": ("log", ("add", ("num", "1"), ("exp", ("mul", ("num", "2"), ("tanh", X))))),
}


def written(node: Node, x: torch.Tensor) -> torch.Tensor:
    """The slope by our rules, through our own compiler."""
    out = torch.empty(1, len(x), dtype=torch.float64)
    compile_rows([slope(node, "x")], {"y": 0.7}, ["x"])([x.clone()], out)
    return out[0]


def by_autograd(node: Node, x: torch.Tensor) -> torch.Tensor:
    leaf = x.clone().requires_grad_(True)
    value = compile_tree(list(node))({"x": leaf, "y": 0.7})
    if not value.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(value.sum(), leaf, materialize_grads=True, allow_unused=True)
    return found


@pytest.mark.parametrize("head", ONE_ARGUMENT)
def test_a_rule_is_autograds(head: str) -> None:
    x = LARGE if head in POSITIVE else SMALL
    torch.testing.assert_close(written((head, X), x), by_autograd((head, X), x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", SEVERAL)
def test_a_form_of_several_arguments_is_autograds(name: str) -> None:
    node = SEVERAL[name]
    torch.testing.assert_close(written(node, LARGE), by_autograd(node, LARGE), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("head", ["abs", "sign", "heaviside"])
def test_kinks_and_jumps_have_torchs_slopes_where_they_are(head: str) -> None:
    at = torch.zeros(1, dtype=torch.float64)
    assert torch.equal(written((head, X), at), by_autograd((head, X), at))


def test_relu_is_flat_at_zero_and_other_ties_halve() -> None:
    zero = torch.zeros(1, dtype=torch.float64)
    assert written(("max", X, ("num", "0")), zero).item() == 0.0
    tie: Node = ("max", X, ("mul", ("num", "3"), X))
    assert written(tie, zero).item() == by_autograd(tie, zero).item() == 2.0


def test_a_wrong_rule_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(slopes._ONE, "sin", lambda x: ("sin", x))
    with pytest.raises(AssertionError):
        test_a_rule_is_autograds("sin")


@pytest.mark.parametrize(
    ("node", "says"),
    [
        pytest.param(("floor_of_nothing", X), "'floor_of_nothing' is not written out", id="unknown"),
        pytest.param(("polygamma", X, X), "by the order", id="order"),
        pytest.param(("besseli", ("num", "2"), X), "orders 0 and 1", id="bessel"),
        pytest.param(("max", X, Y, ("num", "1")), "more than two", id="three"),
    ],
)
def test_what_has_no_rule_is_refused(node: Node, says: str) -> None:
    with pytest.raises(NoSlope, match=says):
        slope(node, "x")


def test_other_symbols_stand_still() -> None:
    assert slope(("mul", Y, ("exp", Y)), "x") == slopes.ZERO
    assert slope(("mul", X, Y), "x") == Y


def test_a_double_survives_as_a_tree() -> None:
    out = torch.empty(1, 1, dtype=torch.float64)
    compile_rows([number(0.1)], {}, [])([], out)
    assert out.item() == 0.1


def test_all_derivatives_come_from_one_walk() -> None:
    terms: list[Node] = [("mul", ("sym", f"c{i}"), ("pow", X, ("num", str(i)))) for i in range(2, 60)]
    found = slopes.slopes(("add", *terms))
    assert set(found) == {"x", *(f"c{i}" for i in range(2, 60))}
    assert found["c7"] == ("pow", X, ("num", "7"))

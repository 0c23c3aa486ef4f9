"""Straight-line programmes: their values, what they fold, and that nothing is overwritten too early."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checks.bridge import compile_tree
from checks.stable import Node
from checks.vectorised.program import _Writer, compile_rows
from checks.vectorised.slopes import NoSlope
from checks.vectorised.source import source_of

A: Node = ("sym", "a")
MU: Node = ("sym", "mu")
POINT = {"mu": 0.7, "sigma": 1.3}
X = torch.tensor([-1.1, -0.2, 0.4, 0.9, 2.5], dtype=torch.float64)

LEAVES = st.sampled_from([A, ("sym", "b"), MU, ("sym", "sigma"), ("num", "-1"), ("num", "2"), ("num", "3/7")])
TREES = st.recursive(
    LEAVES,
    lambda t: st.one_of(
        st.tuples(st.just("add"), t, t),
        st.tuples(st.just("mul"), t, t, t),
        st.tuples(st.just("pow"), t, st.sampled_from([("num", "2"), ("num", "3"), ("num", "4")])),
        st.tuples(st.sampled_from(["sin", "tanh", "abs", "sigmoid"]), t),
        # Jumps are where a leaf has them: at the sum of others it would be rounding that decides.
        st.tuples(st.sampled_from(["heaviside", "floor"]), LEAVES),
        st.tuples(
            st.just("piecewise"),
            st.tuples(t, st.tuples(st.sampled_from(["lt", "ge"]), LEAVES, LEAVES)),
            st.tuples(t, st.just(("true",))),
        ),
    ),
    max_leaves=12,
)


def computed(trees: list[Node]) -> torch.Tensor:
    out = torch.full((len(trees), len(X)), torch.nan, dtype=torch.float64)
    compile_rows(trees, POINT, ["a", "b"])([X.clone(), X.flip(0).clone()], out)
    return out


def lines_of(*trees: Node) -> list[str]:
    writer = _Writer(POINT, ["a"])
    results = [writer.finished(tree) for tree in trees]
    return source_of(writer.lines, 1, writer.number, results).splitlines()


@settings(max_examples=80, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=4))
def test_programmes_compute_what_the_bridge_computes(trees: list[Node]) -> None:
    point = {name: torch.tensor(value, dtype=torch.float64) for name, value in POINT.items()}
    values = {**point, "a": X, "b": X.flip(0)}
    wanted = torch.stack([compile_tree(list(tree))(values).expand(len(X)) for tree in trees])
    assume(bool((wanted.abs() < 1e9).all()))
    # Two orders of a dozen operations, whose intermediates may be larger than what comes out.
    scale = float(wanted.abs().max().clamp(min=1.0))
    torch.testing.assert_close(computed(trees), wanted, rtol=1e-9, atol=1e-9 * scale)


def test_a_tree_of_parameters_is_a_number() -> None:
    source = lines_of(("exp", ("mul", MU, ("sym", "sigma"))))
    assert len(source) == 4
    assert source[-1].strip().startswith("o0.fill_(")


def test_location_and_scale_cancel_without_a_pass() -> None:
    a: Node = ("add", MU, ("mul", ("sym", "sigma"), A))
    less: Node = ("add", a, ("mul", ("num", "-1"), MU))
    text = "\n".join(lines_of(less))
    assert "torch.add" not in text
    torch.testing.assert_close(computed([less])[0], 1.3 * X, rtol=1e-15, atol=0.0)


def test_equal_subtrees_are_computed_once() -> None:
    shared: Node = ("exp", ("mul", A, A))
    text = "\n".join(lines_of(("mul", shared, A), ("add", shared, ("sin", A))))
    assert text.count("f_exp(") == 1


def test_a_result_serves_in_products() -> None:
    slope: Node = ("add", ("mul", ("num", "2"), A), ("num", "3"))
    text = "\n".join(lines_of(slope, ("mul", slope, A)))
    assert text.count("torch.") == 3
    torch.testing.assert_close(computed([slope, ("mul", slope, A)])[1], (2 * X + 3) * X)


def test_a_buffer_that_is_read_again_is_not_overwritten() -> None:
    square: Node = ("pow", A, ("num", "2"))
    made = computed([square, ("mul", square, square), A])
    assert torch.equal(made, torch.stack([X**2, (X * X) * (X * X), X]))


def test_an_overflowing_factor_stays_inside_the_power() -> None:
    tree: Node = ("pow", ("mul", ("num", "1/1" + "0" * 200), A), ("num", "-2"))
    assert torch.isinf(computed([tree])).all()


def test_a_function_that_torch_lacks_is_refused() -> None:
    with pytest.raises(NoSlope, match="no function 'zeta'"):
        compile_rows([("zeta", A)], POINT, ["a"])


def test_what_leads_to_a_result_is_computed_where_it_will_stand() -> None:
    """No buffer is allocated for the slope of ``a**2`` by mu and sigma, whose intermediate is read once."""
    a: Node = ("add", MU, ("mul", ("sym", "sigma"), A))
    found = [line.strip() for line in lines_of(a, ("mul", a, A))]
    assert found[1] == "o0, o1 = out.unbind(0)"
    assert [line.rpartition("out=")[2] for line in found[3:]] == ["o0)", "o0)", "o1)"]
    torch.testing.assert_close(
        computed([a, ("mul", a, A)]), torch.stack([0.7 + 1.3 * X, (0.7 + 1.3 * X) * X])
    )


def test_what_another_line_still_reads_keeps_its_buffer() -> None:
    cube: Node = ("mul", ("pow", ("sin", A), ("num", "2")), ("pow", ("sin", A), ("num", "3")))
    trees: list[Node] = [("add", cube, ("pow", ("sin", A), ("num", "2"))), ("mul", ("cos", A), cube), cube]
    s = X.sin()
    torch.testing.assert_close(computed(trees), torch.stack([s**5 + s**2, X.cos() * s**5, s**5]))

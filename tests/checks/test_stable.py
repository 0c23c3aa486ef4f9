"""The stable forms against the forms that they replace, in 350 digits."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol

from checks.bridge import compile_tree
from checks.stable import Node, negated, stabilised
from derive.plain import to_plain

a = Symbol("a", real=True)

FORMS = {
    "1/(1+e^-x)": 1 / (1 + sympy.exp(-a)),
    "(1+e^x)^-3": (1 + sympy.exp(a)) ** -3,
    "e^x/(1+e^x)": sympy.exp(a) / (1 + sympy.exp(a)),
    "e^-2x/(1+e^-2x)^2": sympy.exp(-2 * a) / (1 + sympy.exp(-2 * a)) ** 2,
    "log(1+e^x)": sympy.log(1 + sympy.exp(a)),
    "log(1+x^2)": sympy.log(1 + a**2),
    "e^x-1": sympy.exp(a) - 1,
    "1-e^x": 1 - sympy.exp(a),
    "1-(1-u)^(1/3)": 1 - (1 + sympy.exp(-a)) ** Rational(-1, 3),
}
# Stable far out; near 0 they are as good as a sum of numbers of size one can be.
LOGS = {"log cosh": sympy.log(sympy.cosh(a)), "log erfc": sympy.log(sympy.erfc(a))}
TABLE = [pytest.param(e, 1e-300, id=n) for n, e in FORMS.items()]
TABLE += [pytest.param(e, 3e-16, id=n) for n, e in LOGS.items()]


@pytest.mark.parametrize(("expr", "absolute"), TABLE)
@given(x=st.floats(min_value=-25.0, max_value=25.0))
@settings(max_examples=60, deadline=None)
def test_the_same_function(expr: sympy.Expr, absolute: float, x: float) -> None:
    found = compile_tree(to_plain(expr))({"a": torch.tensor([x], dtype=torch.float64)}).item()
    with mpmath.workdps(350):  # 1 + 1e-300 is not 1
        wanted = float(sympy.lambdify(a, expr, "mpmath")(mpmath.mpf(x)))
    # Full relative accuracy, which the forms as written lose by cancellation near 0 and far out.
    assert found == pytest.approx(wanted, rel=1e-13, abs=absolute)


def frozen(tree: Any) -> Node:
    return tuple(frozen(t) if isinstance(t, list) else t for t in tree)


@pytest.mark.parametrize(
    ("expr", "heads"),
    [
        pytest.param(1 / (1 + sympy.exp(-a)), {"sigmoid"}, id="sigmoid"),
        pytest.param(sympy.log(1 + sympy.exp(a)), {"softplus"}, id="softplus"),
        pytest.param(1 - sympy.exp(a), {"expm1", "mul"}, id="expm1"),
        pytest.param((1 + sympy.exp(a)) ** 2, {"pow", "add", "exp"}, id="positive power stays"),
        pytest.param(1 - (1 - a) ** 3, {"pow", "add", "mul"}, id="whole power stays"),
    ],
)
def test_which_forms_are_written(expr: sympy.Expr, heads: set[str]) -> None:
    assert found_heads(stabilised(frozen(to_plain(expr)))) == heads


def found_heads(node: Node) -> set[str]:
    if node[0] in ("num", "sym", "const"):
        return set()
    return {node[0]}.union(*(found_heads(n) for n in node[1:]))


@pytest.mark.parametrize(
    "node",
    [
        pytest.param(("sym", "a"), id="symbol"),
        pytest.param(("num", "2/3"), id="number"),
        pytest.param(("mul", ("num", "-1/2"), ("sym", "a")), id="scaled"),
        pytest.param(("mul", ("sym", "a"), ("sym", "b")), id="product"),
        pytest.param(("add", ("sym", "a"), ("num", "1")), id="sum"),
    ],
)
def test_negating_twice_is_the_identity(node: Node) -> None:
    assert negated(negated(node)) == node

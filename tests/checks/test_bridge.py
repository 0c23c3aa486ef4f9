"""Trees compiled to Torch against SymPy's own evaluation, and their gradients against finite differences."""

from __future__ import annotations

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
import sympy
import torch
from sympy import Abs, Heaviside, Max, Min, Piecewise, Rational, Symbol, sign
from torch import Tensor

from checks import bridge
from checks.bridge import LONG_SUM, NoTorchForm, compile_tree
from derive.plain import to_plain

a = Symbol("a", real=True)
mu = Symbol("mu", real=True)
s = Symbol("sigma", positive=True)
POINT = {"mu": 0.7, "sigma": 1.3}
POINTS = (-2.3, -0.4, 0.15, 0.9, 3.1)
POSITIVE = (0.15, 0.9, 3.1)

# name: (expression, points at which it is real and smooth)
SMOOTH = {
    "polynomial": (a**3 - 2 * a / 3 + Rational(9, 20), POINTS),
    "parameters": (-(((a - mu) / s) ** 2) / 2 - sympy.log(s) - sympy.log(2 * sympy.pi) / 2, POINTS),
    "exponential": (sympy.exp(-a * s) * sympy.E, POINTS),
    "sigmoid": (1 / (1 + sympy.exp(-a)), POINTS),
    "sigmoid density": (sympy.exp(-(a - mu) / s) / (1 + sympy.exp(-(a - mu) / s)) ** 2, POINTS),
    "softplus": (sympy.log(1 + sympy.exp(3 * a)), POINTS),
    "log1p": (sympy.log(1 + a**2), POINTS),
    "expm1": (sympy.exp(a) - 1 + (1 - sympy.exp(-a)), POINTS),
    "log cosh": (sympy.log(sympy.cosh(a)), POINTS),
    "log erfc": (sympy.log(sympy.erfc(a)), POINTS),
    "fractional power": ((1 - (1 - a / 4) ** Rational(2, 7)) ** Rational(2, 3), POSITIVE),
    "reciprocal root": (1 / sympy.sqrt(a), POSITIVE),
    "power of a power": (a**s, POSITIVE),
    "trigonometric": (sympy.sin(a) * sympy.cos(2 * a) + sympy.tan(a / 3), POINTS),
    "inverse": (sympy.atan(a) + sympy.asinh(a) + sympy.asin(a / 4) + sympy.acos(a / 4), POINTS),
    "hyperbolic": (sympy.sinh(a) - sympy.cosh(a / 2) + sympy.tanh(a), POINTS),
    "reciprocals": (sympy.sec(a / 3) + sympy.csc(a) + sympy.cot(a) + sympy.sech(a) + sympy.coth(a), POINTS),
    "atanh": (sympy.atanh(a / 4), POINTS),
    "acosh": (sympy.acosh(a + 2), POSITIVE),
    "erf": (sympy.erf(a) + sympy.erfc(a), POINTS),
    "gamma": (sympy.gamma(a), POINTS),
    "loggamma": (sympy.loggamma(a), POSITIVE),
    "log gamma": (sympy.log(sympy.gamma(a)), POSITIVE),
    "digamma": (sympy.digamma(a), POSITIVE),
    "trigamma": (sympy.polygamma(1, a), POSITIVE),
    "beta": (sympy.beta(a, s), POSITIVE),
    "lowergamma": (sympy.lowergamma(Rational(3, 2), a), POSITIVE),
    "besseli": (sympy.besseli(0, a) + sympy.besseli(1, a), POINTS),
    "sinc": (sympy.sinc(a), POINTS),
    "factorial": (sympy.factorial(a), POSITIVE),
    "atan2": (sympy.atan2(a, s), POINTS),
    "abs": (Abs(a - mu), POINTS),
    "sign": (sign(a) * a**2, POINTS),
    "heaviside": (a * Heaviside(a - mu), POINTS),
    "relu": (Max(0, a) ** 2, POINTS),
    "max": (Max(a, mu, -a), POINTS),
    "min": (Min(a, mu) + Min(1, a), POINTS),
    "piecewise": (Piecewise((sympy.log(a), a > 1), (a**2, a > 0), (sympy.sqrt(-a), True)), POINTS),
    "conditions": (Piecewise((a, (a > 0) & (a < 1)), (2 * a, (a < -1) | (a > 2)), (mu, True)), POINTS),
    "euler gamma": (sympy.EulerGamma * a, POINTS),
}
TABLE = [pytest.param(expr, points, id=name) for name, (expr, points) in SMOOTH.items()]


def relative(expr: sympy.Expr, usual: float) -> float:
    # Torch's trigamma, which is also the slope of its digamma, is right to 5e-10 only.
    return 1e-9 if expr.has(sympy.polygamma) else usual


def at(points: tuple[float, ...]) -> dict[str, Tensor]:
    fixed = {name: torch.tensor(value, dtype=torch.float64) for name, value in POINT.items()}
    return {"a": torch.tensor(points, dtype=torch.float64, requires_grad=True), **fixed}


@pytest.mark.parametrize(("expr", "points"), TABLE)
def test_value_is_sympys(expr: sympy.Expr, points: tuple[float, ...]) -> None:
    found = compile_tree(to_plain(expr))(at(points)).detach().numpy()
    # Exact doubles, so that both sides evaluate at the same point.
    wanted = [expr.subs({a: Rational(x), mu: Rational(0.7), s: Rational(1.3)}).evalf(25) for x in points]
    np.testing.assert_allclose(found, [float(w) for w in wanted], rtol=relative(expr, 2e-13), atol=2e-14)


@pytest.mark.parametrize(("expr", "points"), TABLE)
def test_gradient_is_the_derivative(expr: sympy.Expr, points: tuple[float, ...]) -> None:
    function, values = compile_tree(to_plain(expr)), at(points)
    (found,) = torch.autograd.grad(function(values).sum(), values["a"])
    mpmath_function = sympy.lambdify([a, mu, s], expr, "mpmath")
    with mpmath.workdps(40):
        # Central differences of step 1e-12 in 40 digits: an error of about 1e-24.
        h = mpmath.mpf(10) ** -12
        sides = [[mpmath_function(mpmath.mpf(x) + k * h, 0.7, 1.3) for k in (1, -1)] for x in points]
        wanted = [float((up - down) / (2 * h)) for up, down in sides]
    np.testing.assert_allclose(found.numpy(), wanted, rtol=relative(expr, 1e-11), atol=1e-12)


def test_a_wrong_tree_is_noticed() -> None:
    wrong = compile_tree(to_plain(sympy.sin(a) * sympy.cos(2 * a)))(at(POINTS))
    right = compile_tree(to_plain(sympy.sin(a) * sympy.cos(a)))(at(POINTS))
    assert (wrong - right).abs().max() > 1e-3


def test_a_constant_has_the_common_shape() -> None:
    out = compile_tree(to_plain(Rational(3, 4)))({"a": torch.zeros(5), "mu": torch.zeros(2, 1)})
    assert out.shape == (2, 5)
    assert (out == 0.75).all()


def test_an_unused_sample_still_gives_the_shape() -> None:
    out = compile_tree(to_plain(mu**2))({"a": torch.zeros(4), "mu": torch.tensor(3.0)})
    assert out.tolist() == [9.0] * 4


@pytest.mark.parametrize(
    ("expr", "slope"),
    [
        pytest.param(Max(0, a), 0.0, id="relu"),
        pytest.param(Heaviside(a), 0.0, id="heaviside"),
        pytest.param(sign(a), 0.0, id="sign"),
        pytest.param(Abs(a), 0.0, id="abs"),
    ],
)
def test_slope_at_the_switch(expr: sympy.Expr, slope: float) -> None:
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(compile_tree(to_plain(expr))({"a": x}).sum(), x)
    assert found.tolist() == [slope] * 3


def test_heaviside_is_differentiable_and_flat() -> None:
    x = torch.tensor([-1.0, 2.0], dtype=torch.float64, requires_grad=True)
    out = compile_tree(to_plain(Heaviside(a - mu)))({"a": x, "mu": torch.tensor(0.5)})
    assert out.tolist() == [0.0, 1.0]
    assert torch.autograd.grad(out.sum(), x)[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(Piecewise((sympy.log(a), a > 0), (0, True)), id="log"),
        pytest.param(Piecewise((sympy.sqrt(a), a > 0), (a, True)), id="sqrt"),
        pytest.param(Piecewise((1 / a, a > 0), (a, True)), id="reciprocal"),
        pytest.param(Piecewise((sympy.exp(a), a < 1), (1, True)), id="exp"),
        pytest.param(Piecewise((sympy.asin(a), Abs(a) < 1), (a, True)), id="asin"),
        pytest.param(
            Piecewise((Piecewise((sympy.log(a - 1), a > 1), (a, True)), a > 0), (sympy.sqrt(-a), True)),
            id="nested",
        ),
    ],
)
def test_no_nan_from_the_branch_not_taken(expr: sympy.Expr) -> None:
    x = torch.tensor([-1000.0, -0.5, 0.0, 0.5, 1000.0], dtype=torch.float64, requires_grad=True)
    out = compile_tree(to_plain(expr))({"a": x})
    (found,) = torch.autograd.grad(out.sum(), x)
    assert torch.isfinite(out).all()
    # The slope of sqrt(-a) at 0 is infinite in truth; nowhere is it nan.
    assert not torch.isnan(found).any()


def test_the_naive_where_has_that_nan() -> None:
    x = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    naive = torch.where(x > 0, torch.sqrt(x), x)
    assert torch.isnan(torch.autograd.grad(naive.sum(), x)[0]).all()


@pytest.mark.parametrize("u", [-800.0, -40.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(1 / (1 + sympy.exp(-a)), id="sigmoid"),
        pytest.param(sympy.log(1 + sympy.exp(a)), id="softplus"),
        pytest.param(sympy.log(1 / (1 + sympy.exp(a))), id="log sigmoid"),
        pytest.param(sympy.exp(-a) / (1 + sympy.exp(-a)) ** 2, id="density"),
        pytest.param(-a - 2 * sympy.log(1 + sympy.exp(-a)), id="log density"),
        pytest.param(sympy.log(sympy.cosh(a)), id="log cosh"),
    ],
)
def test_far_arguments_overflow_gracefully(expr: sympy.Expr, u: float) -> None:
    x = torch.tensor([u], dtype=torch.float64, requires_grad=True)
    out = compile_tree(to_plain(expr))({"a": x})
    (slope,) = torch.autograd.grad(out.sum(), x)
    exact = [expr.subs(a, Rational(u)).evalf(40), expr.diff(a).subs(a, Rational(u)).evalf(40)]
    # Torch takes sigmoid's slope as s (1 - s), which is 0 where s rounds to 1: off by less than 1e-16.
    np.testing.assert_allclose([out.item(), slope.item()], [float(e) for e in exact], rtol=1e-13, atol=1e-16)


def test_runs_under_torch_func() -> None:
    expr = Piecewise((sympy.log(a), a > 1), (Max(0, a) * mu, True))
    function = compile_tree(to_plain(expr))
    x = torch.tensor([0.5, 2.0, -1.0], dtype=torch.float64)
    slopes = torch.func.vmap(torch.func.grad(lambda v: function({"a": v, "mu": torch.tensor(3.0)})))(x)
    assert slopes.tolist() == [3.0, 0.5, 0.0]


def test_vector_samples_by_column_name() -> None:
    first, second = Symbol("a[0]", real=True), Symbol("a[1]", real=True)
    values = {"a[0]": torch.tensor([2.0]), "a[1]": torch.tensor([1.0])}
    out = compile_tree(to_plain(first**2 - second))(values)
    assert out.tolist() == [3.0]


def test_a_function_that_torch_lacks() -> None:
    with pytest.raises(NoTorchForm, match="Torch has no function 'airyai'"):
        compile_tree(to_plain(sympy.airyai(a)))


def test_a_bessel_order_that_torch_lacks() -> None:
    function = compile_tree(to_plain(sympy.besselk(sympy.Rational(5, 2), a) + sympy.besselj(3, a)))
    x = torch.tensor([0.5, 4.0], dtype=torch.float64)
    truth = [mpmath.besselk(2.5, v) + mpmath.besselj(3, v) for v in x.tolist()]
    assert function({"a": x}).tolist() == pytest.approx([float(v) for v in truth], rel=1e-12)
    assert float(function({"a": 4.0})) == pytest.approx(float(truth[1]), rel=1e-12)
    with pytest.raises(NotImplementedError, match="gradient of besselj for the orders 0 and 1 only"):
        compile_tree(to_plain(sympy.besselj(2, a)))({"a": x.requires_grad_()})


def test_an_imaginary_constant_is_refused() -> None:
    with pytest.raises(NoTorchForm, match="'i' is not a real number"):
        compile_tree(["mul", ["const", "i"], ["sym", "a"]])


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="no value was given for 'mu'; given: a"):
        compile_tree(to_plain(a * mu))({"a": torch.zeros(1)})


def test_equal_parts_are_computed_once() -> None:
    part = sympy.exp(a * mu)
    assert len(compile_tree(to_plain(part + sympy.sin(part))).steps) == 4


@pytest.mark.parametrize("terms", [LONG_SUM - 1, LONG_SUM, 40])
def test_a_long_sum_is_a_short_one_term_by_term(terms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    products = (["mul", ["sym", f"c{i}"], ["sin", ["sym", "a"]]] for i in range(terms - 1))
    tree = ["add", ["num", "1/3"], *products]
    values = {f"c{i}": torch.linspace(0.1 * i, 1.0, 5, dtype=torch.float64) for i in range(terms - 1)}
    values = {name: v.requires_grad_() for name, v in values.items()} | {"a": torch.full((5,), 0.7)}
    made = compile_tree(tree)
    monkeypatch.setattr(bridge, "LONG_SUM", 1000)
    bridge._compiled.cache_clear()
    at_once = compile_tree(tree)
    bridge._compiled.cache_clear()
    assert len(at_once.steps) == terms + 1
    assert len(made.steps) == (terms + 1 if terms < LONG_SUM else 2 * terms - 1)
    one, two = made(values), at_once(values)
    assert torch.equal(one, two)
    leaves = [v for v in values.values() if v.requires_grad]
    slopes = [torch.autograd.grad(out.sum(), leaves) for out in (one, two)]
    assert all(map(torch.equal, *slopes))


def test_constants_are_folded() -> None:
    function = compile_tree(to_plain(sympy.sqrt(2 * sympy.pi) / sympy.gamma(Rational(1, 3))))
    assert function.steps == ()
    assert math.isclose(function({}).item(), math.sqrt(2 * math.pi) / math.gamma(1 / 3), rel_tol=1e-15)


def test_sympy_is_not_imported() -> None:
    # A cached proof is checked without SymPy: importing it would cost half a second of every run.
    code = (
        "import sys; from checks.bridge import compile_tree; import torch;"
        "from checks.run import run_check;"
        "from checks.evidence.noise import record;"
        "f = compile_tree(['max', ['num', '0'], ['sym', 'a']]);"
        "record(lambda: f({'a': torch.randn(3), 'b': torch.zeros(2, 1)}));"
        "assert 'sympy' not in sys.modules and 'torch._dynamo' not in sys.modules, 'imported'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

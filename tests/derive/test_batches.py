"""Integrands over a batch of data: written out exactly, refused where a column stands alone."""

from __future__ import annotations

import pytest
from sympy import Symbol, sympify

from derive.batches import over_data, over_rows
from derive.errors import BadExpression, OutsideDomain

DATA = {"x": ["3/10", "-6/5", "5/2"], "y": ["1", "2", "3"]}


def written(text: str, family: str = "normal") -> str:
    return over_data(text, family, ("c",), DATA)


EXACT = {
    "sum": ("sum(x)", "8/5"),
    "mean": ("mean(x*y)", "9/5"),
    "square": ("sum((x - a)**2)", "3*a**2 - 16*a/5 + 389/50"),
    "with parameters": ("mu*mean(y)*a + c", "2*a*mu + c"),
    "two sums": ("sum(x)*sum(y) - mean(y)", "38/5"),
}


@pytest.mark.parametrize(("text", "wanted"), EXACT.values(), ids=EXACT)
def test_sums_are_exact(text: str, wanted: str) -> None:
    assert sympify(written(text)) == sympify(wanted)


def test_a_log_likelihood_of_many_rows_is_a_short_polynomial() -> None:
    many = {"x": [f"{i}/10" for i in range(500)]}
    text = over_rows("sum(-(x - a)**2/2)", {"a": Symbol("a", real=True)}, many)
    assert len(text) < 60


def test_too_long_a_sum_is_refused() -> None:
    many = {"x": [f"{i}/10" for i in range(1000)]}
    with pytest.raises(OutsideDomain, match="written out over 1000 rows"):
        over_rows("sum(exp(x*a))", {"a": Symbol("a", real=True)}, many)


BAD = {
    "column alone": ("x*a", "'x' is a column of the data, with 3 values"),
    "nested": ("sum(x + sum(y))", "there is a sum inside a sum"),
    "two arguments": ("mean(x, y)", "mean over the rows of the data takes one argument, not 2"),
    "unknown": ("sum(z)", "'z' is not known here"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_is_no_sum_over_rows_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadExpression, match=message):
        written(text)


def test_a_column_may_not_be_called_like_a_parameter() -> None:
    with pytest.raises(OutsideDomain, match="column 'mu' has the name"):
        over_data("a", "normal", (), {"mu": ["1"]})

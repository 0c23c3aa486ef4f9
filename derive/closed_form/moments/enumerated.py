"""Finite laws have no moment rules of their own: ``closed_form/lattice.py`` adds up their outcomes."""

from __future__ import annotations

from sympy import Expr

from derive.errors import NoClosedForm
from derive.family import Atom, Moment


def finite_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """Raises ``NoClosedForm``: whatever the integrand, its expectation is a sum over the outcomes."""
    raise NoClosedForm("the law is finite: its expectations are enumerated, not read as moments")

"""The binary Concrete law has no moment rules of its own: integrands are pulled back to uniform noise."""

from __future__ import annotations

from sympy import Expr

from derive.errors import NoClosedForm
from derive.family import Atom, Moment


def relaxed_moment(atom: Atom, parameters: tuple[Expr, ...]) -> Moment:
    """Raises ``NoClosedForm``; ``closed_form/odds.py`` knows what is rational in the odds."""
    raise NoClosedForm("under the binary Concrete law only what is rational in the odds has a closed form")

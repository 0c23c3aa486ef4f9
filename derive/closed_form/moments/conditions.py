"""What the moment rules ask of an atom before they answer: existence, and powers that they know."""

from __future__ import annotations

from sympy import Expr, I, S, re
from sympy.core.relational import Relational

from derive.errors import NoClosedForm, NoExpectation
from derive.family import Atom

# The number of partitions of the power bounds the terms of a moment: 8349 at 32.
HIGHEST_POWER = 32


def needs(*relations: Relational, else_diverges: str) -> tuple[Relational, ...]:
    """The relations that are not settled yet; raises ``NoExpectation`` where one is false."""
    for relation in relations:
        if relation == S.false:
            raise NoExpectation(else_diverges)
    return tuple(relation for relation in relations if relation != S.true)


def real_part(rate: Expr) -> Expr:
    """The real part of a rate; raises ``NoClosedForm`` where it cannot be read off."""
    if rate.is_real:
        return rate
    if (rate / I).is_real:
        return S.Zero
    real, _ = rate.as_real_imag()
    if real.has(re):
        raise NoClosedForm(
            f"the real part of the rate {rate} is not known", "declare its symbols as real or positive"
        )
    return real


def whole_number(atom: Atom, name: str) -> int:
    """The power of an atom on the real line as a whole number, 0 to 32, without logarithm.

    Raises ``NoExpectation`` where the integrand is not real or has a pole at which the density is
    positive, and ``NoClosedForm`` elsewhere.
    """
    power = atom.power
    whole = power.is_Integer is True and atom.logs == 0
    if whole and 0 <= power <= HIGHEST_POWER:
        return int(power)
    if atom.lower.is_extended_negative and atom.upper.is_extended_positive and not whole:
        raise NoExpectation(
            f"{_shown(atom)} is not real for a < 0, where the {name} law has mass",
            "write Abs(a), or multiply by Heaviside(a)",
        )
    reaches = atom.lower.is_extended_nonpositive and atom.upper.is_extended_nonnegative
    if power.is_number and power <= -1 and reaches:
        raise NoExpectation(
            f"{_shown(atom)} is not integrable at a = 0, where the {name} density is positive"
        )
    raise NoClosedForm(f"no closed form is known for {_shown(atom)} under the {name} law")


def refuse(atom: Atom, name: str, part: str = "") -> NoClosedForm:
    """The refusal for an atom outside the rules of a law."""
    return NoClosedForm(f"no closed form is known for {_shown(atom)}{part} under the {name} law")


def is_whole_line(atom: Atom) -> bool:
    return atom.lower is S.NegativeInfinity and atom.upper is S.Infinity


def _shown(atom: Atom) -> str:
    parts = [f"a**({atom.power})"] if atom.power != 0 else []
    parts += [f"log(a)**{atom.logs}"] if atom.logs else []
    parts += [f"exp({atom.rate}*a)"] if atom.rate != 0 else []
    return "*".join(parts) or "a constant"


def refuse_heavy(atom: Atom, name: str) -> None:
    """Raises ``NoExpectation`` where exp(rate*a) grows at an end with a polynomial tail."""
    real = real_part(atom.rate)
    grows_up = atom.upper is S.Infinity and (real.is_positive or (is_whole_line(atom) and real.is_nonzero))
    if grows_up or (atom.lower is S.NegativeInfinity and real.is_negative):
        raise NoExpectation(
            f"E[{_shown(atom)}] does not exist: the tails of the {name} law fall only like a power of a"
        )

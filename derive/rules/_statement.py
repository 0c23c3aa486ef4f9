"""Generic terms in which the rules are stated."""

from __future__ import annotations

from sympy import Function, Symbol, oo

from derive.generic import THETA, G
from derive.terms import NOISE, SAMPLE, Density, Law

a, b, theta = SAMPLE, NOISE, THETA
LAW = Law("P", theta)
BASE = Law("Q")
DENSITY = Density(LAW, a)
BODY = G(a, theta)
LINE = (a, -oo, oo)
NOISE_LINE = (b, -oo, oo)
TRANSPORT = Function("T", real=True)(b, theta)
F = Function("f", real=True)(a, theta)
LOWER, UPPER = Function("l", real=True)(theta), Function("u", real=True)(theta)
CONSTANT = Symbol("c", real=True)

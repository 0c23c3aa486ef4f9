"""Derivatives as autograd takes them, in SymPy: what an estimator's statistic is made of."""

from __future__ import annotations

from derive.slopes import slope as slope

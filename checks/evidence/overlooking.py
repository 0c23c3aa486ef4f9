"""Did the nodes of quadrature rules miss a part of the integrand? Many plain draws say.

Rules in several dimensions that agree with one another may all have missed a narrow window, one between
their nodes. Its mean is then another one than that of ordinary draws, however well the rules agree.
"""

from __future__ import annotations

import math

import numpy as np

from checks.evidence import student
from checks.evidence.arrays import Array
from checks.evidence.plan import FALSE_FAIL

GROUPS, GROUP = 512, 64
ROUNDING = 1e-12


def overlooks(draws: Array, mean: Array) -> bool:
    """Whether ``draws [k, p]`` contradict ``mean [p]``; ``k`` is a multiple of ``GROUPS``.

    By a t-test on the means of groups, with a false alarm of ``FALSE_FAIL`` where the means of ``k/GROUPS``
    draws are nearly normal; it notices about a sixtieth of a deviation of one draw for ``GROUPS*GROUP``.
    """
    off = draws.reshape(GROUPS, -1, draws.shape[1]).mean(1) - mean
    off = student.unrounded(off, ROUNDING * np.maximum(np.abs(mean), 1.0))
    evidence = student.log_evidence(off, np.full(draws.shape[1], 1.0 / 16))
    return bool((evidence >= math.log(draws.shape[1] / FALSE_FAIL)).any())

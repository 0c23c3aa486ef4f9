"""How cost grows with support, degree and horizon, each with its fitted exponent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from checks.environment.cost import Choices
from checks.prove import Request, prove
from derive.deriving import derivations
from tests.benchmarks.part import Part

Run = Callable[[int], object]


def supports(size: int) -> object:
    """A binomial law of so many trials: a finite sum of size + 1 terms."""
    return prove(Request("binomial", "a**2", (("n", str(size)),), estimators=("score_function",)))


def degree(order: int) -> object:
    """A polynomial integrand: the derivation's terms grow with its degree."""
    return derivations("reparam", "normal", f"a**{order}", ("mu",))


def enumeration(steps: int) -> object:
    """The exact sum over 4**steps action sequences."""
    return Choices(4, steps).exact()


CASES: dict[str, tuple[Run, Sequence[int], Sequence[int], str]] = {
    "binomial, trials": (supports, (4, 8, 16), (4, 8, 16, 32, 64), "size"),
    "degree of the integrand": (degree, (2, 4, 8), (2, 4, 8, 16, 32), "size"),
    "enumeration, steps (4 actions)": (enumeration, (3, 5, 7), (3, 5, 7, 8, 9), "exponential"),
}


def measure(quick: bool) -> Part:
    rows = []
    for name, (run, small, large, kind) in CASES.items():
        sizes = small if quick else large
        run(sizes[0])
        times = []
        for size in sizes:
            start = time.process_time()
            run(size)
            times.append(time.process_time() - start)
        x = np.asarray(sizes, dtype=float) if kind == "exponential" else np.log(sizes)
        slope = float(np.polyfit(x, np.log(np.maximum(times, 1e-6)), 1)[0])
        law = f"{np.exp(slope):.2f}**n" if kind == "exponential" else f"n**{slope:.2f}"
        rows.append({"what": name, "sizes": f"{sizes[0]}..{sizes[-1]}", "CPU s at the largest": times[-1],
                     "fitted growth": law})  # fmt: skip
    return Part("Growth", "CPU seconds of one computation by its size, with the fitted law.", tuple(rows))

"""NumPy's and Python's generators made of Torch's draws: the same shapes, laws and errors.

In a process of its own, since it changes the libraries there: about 3 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

COUNT = 20_000
# By Hoeffding a frequency is farther from its probability than this once in a million runs.
FARTHEST = 0.0191
SCRIPT = """
import json, random, sys
import numpy as np, torch
from checks.grading import generators
generators.serve()
torch.manual_seed(int(sys.argv[1]))
count = int(sys.argv[2])
rng = np.random.default_rng(1)
p = [0.2, 0.5, 0.3]

def error(function):
    try:
        return repr(function())
    except Exception as found:
        return f"{type(found).__name__}: {found}"

def frequencies(values, of):
    return [float(np.mean(np.asarray(values) == x)) for x in of]

print(json.dumps({
    "choice": frequencies(np.random.choice(3, size=count, p=p), range(3)),
    "generator's choice": frequencies(rng.choice(["x", "y", "z"], count, p=p), "xyz"),
    "even choice": frequencies(rng.choice(4, size=count), range(4)),
    "choices": frequencies(random.choices("xyz", weights=[2, 5, 3], k=count), "xyz"),
    "cumulated": frequencies(random.choices(range(3), cum_weights=[0.2, 0.7, 1.0], k=count), range(3)),
    "integers": frequencies(rng.integers(2, 4, size=count), range(2, 4)),
    "randint": frequencies(np.random.randint(5, size=count), range(5)),
    "geometric": frequencies(np.random.geometric(0.3, size=count), (1, 2, 3)),
    "poisson": frequencies(rng.poisson(1.0, size=count), (0, 1)),
    "shapes": [list(np.shape(x)) for x in (
        np.random.choice(3), rng.choice(3, size=(2, 5)), rng.integers(3, size=4), rng.poisson([1.0, 2.0]),
        np.random.geometric(0.5, (3,)), rng.choice([[1, 2], [3, 4]], 3),
    )],
    "without replacement": sorted(np.random.choice(5, size=5, replace=False).tolist()),
    "without shuffling": sorted(rng.choice(5, size=5, replace=False, shuffle=False).tolist()),
    "large": bool(0 <= rng.integers(0, 2**40) < 2**40),
    "bad chances": error(lambda: np.random.choice(3, p=[0.5, 0.6, 0.2])),
    "nothing": error(lambda: rng.choice([])),
    "too many": error(lambda: rng.choice(2, size=3, replace=False)),
}))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "7", str(COUNT)], check=True, capture_output=True, text=True
    )
    made: dict[str, Any] = json.loads(done.stdout)
    return made


LAWS = {
    "choice": (0.2, 0.5, 0.3), "generator's choice": (0.2, 0.5, 0.3), "even choice": (0.25,) * 4,
    "choices": (0.2, 0.5, 0.3), "cumulated": (0.2, 0.5, 0.3), "integers": (0.5, 0.5), "randint": (0.2,) * 5,
    "geometric": (0.3, 0.21, 0.147), "poisson": (0.36788, 0.36788),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_the_laws_are_those_of_numpy(name: str, found: dict[str, Any]) -> None:
    assert found[name] == pytest.approx(LAWS[name], abs=FARTHEST)
    assert found[name] != pytest.approx([x + 2 * FARTHEST for x in LAWS[name]], abs=FARTHEST)


def test_the_shapes_are_those_of_numpy(found: dict[str, Any]) -> None:
    assert found["shapes"] == [[], [2, 5], [4], [2], [3], [3, 2]]


def test_what_is_not_served_is_as_before(found: dict[str, Any]) -> None:
    assert found["without replacement"] == found["without shuffling"] == [0, 1, 2, 3, 4]
    assert found["large"]
    assert "ValueError: probabilities do not sum to 1" in found["bad chances"]
    assert found["nothing"].startswith("ValueError")
    assert found["too many"].startswith("ValueError")

"""Bombs, loops, and sources that are no programs."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import RIGHT, Case, plain

RESOURCES: dict[str, Case] = {
    **plain(
        {
            "spins": "def estimate(f, theta, n):\n    while True: pass\n",
            "spins-in-c": "def estimate(f, theta, n): return 7 ** 10 ** 9\n",
            "spins-when-imported": "while True: pass\n",
            "catastrophic-pattern": "import re\ndef estimate(f, theta, n): re.match('(a+)+$', 'a' * 60 + 'b')\n",
            "swallows-everything": """
def estimate(f, theta, n):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
            "ignores-signals": """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
def estimate(f, theta, n):
    while True: pass
""",
            "endless-generator": "def estimate(f, theta, n): return sum(1 for _ in iter(int, 1))\n",
        },
        "time",
        budget=0.4,
    ),
    **plain({"sleeps": "import time\ndef estimate(f, theta, n): time.sleep(1000)\n"}, "time"),
    **plain(
        {
            "a-large-tensor": "def estimate(f, theta, n): return torch.ones(10**10).sum() * theta.mu\n",
            "a-large-array": "import numpy\ndef estimate(f, theta, n): return numpy.ones(10**10)\n",
            "a-growing-list": """
def estimate(f, theta, n):
    kept = []
    while True: kept.append(bytes(1 << 24))
""",
            "a-large-number-of-bytes": "def estimate(f, theta, n): return b'x' * (1 << 34)\n",
        },
        "memory",
        budget=20.0,
    ),
    **plain(
        {
            "recursion": "def estimate(f, theta, n): return estimate(f, theta, n)\n",
            "recursion-without-limit": """
import sys
sys.setrecursionlimit(10**9)
def estimate(f, theta, n): return estimate(f, theta, n) + 1
""",
            "digits": "def estimate(f, theta, n): return str(10 ** 100000)\n",
        },
        "raised",
        "died",
        "memory",
        "time",
        budget=1.0,
    ),
    "endless-output": Case(
        RIGHT + "\ndef estimate(f, theta, n):\n    print('x' * 10**6)\n    return right(f, theta, n)\n",
        ("agrees",),
    ),
    "parentheses": Case("(" * 100_000, ("syntax",)),
    "no-python": Case("this is no Python", ("syntax",)),
    "a-null-byte": Case("x = 1\0\n", ("syntax",)),
    "a-magic": Case("%matplotlib inline\n", ("syntax",)),
    "empty": Case("", ("missing",)),
    "too-large": Case("# " + "x" * (1 << 20), ("too large",)),
    "another-name": Case(RIGHT.replace("right", "estimator"), ("missing",)),
    "no-function": Case("estimate = 3\n", ("signature",)),
    "two-arguments": Case("def estimate(f, theta): return 0\n", ("signature",)),
    "imports-what-nobody-has": Case("import pandas\n", ("import",)),
    "reads-data-when-imported": Case("open('data.csv')\n", ("import",)),
}

"""Attempts to be given a point without an estimator: by talking to the grader, or by changing its side."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import Case, plain

FORGING: dict[str, Case] = {
    **plain(
        {
            "prints-a-verdict": """
def estimate(f, theta, n):
    print('{"outcome": "agrees", "score": 100}', flush=True)
    return wrong(f, theta, n)
""",
            "writes-a-verdict-to-the-standard-descriptors": """
import os
def estimate(f, theta, n):
    os.write(1, b'{"outcome": "agrees"}'); os.write(2, b"PASSED")
    return wrong(f, theta, n)
""",
            "patches-comparisons": """
import numpy, math
torch.allclose = torch.equal = lambda *a, **k: True
numpy.testing.assert_allclose = numpy.allclose = numpy.array_equal = lambda *a, **k: True
math.isclose = lambda *a, **k: True
def estimate(f, theta, n):
    return wrong(f, theta, n)
""",
            "patches-isfinite-and-shape": """
torch.isfinite = lambda x: torch.ones(1, dtype=torch.bool)
def estimate(f, theta, n):
    return [float("nan"), 0.125]
""",
            "patches-the-judges": """
import sys
for name in list(sys.modules):
    if name.startswith("checks"):
        for key, value in list(vars(sys.modules[name]).items()):
            if key.startswith(("judge", "verdict", "exact_verdict", "grade")):
                setattr(sys.modules[name], key, lambda *a, **k: "agrees")
def estimate(f, theta, n):
    return wrong(f, theta, n)
""",
            "patches-autograd": """
torch.autograd.grad = lambda y, leaves, **k: [torch.zeros_like(x) + 0.125 for x in leaves]
estimate = right
""",
            "patches-the-sum-of-its-rows": """
from checks.user.returns import Answer
Answer.mean = property(lambda self: self.rows.mean(0) * 0 + 0.125)
def estimate(f, theta, n):
    return wrong(f, theta, n)
""",
            "a-tensor-that-lies": """
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func.__name__ in ("isfinite", "equal", "allclose"):
            return torch.tensor(True)
        return super().__torch_function__(func, types, args, kwargs or {})
    def __eq__(self, other): return True
def estimate(f, theta, n):
    return torch.tensor([0.125, 0.125], dtype=torch.float64).as_subclass(Liar)
""",
            "a-number-that-equals-everything": """
class Always(float):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __lt__
    def __sub__(self, other): return Always(0)
    __rsub__ = __abs__ = lambda self, *a: Always(0)
def estimate(f, theta, n):
    return {"mu": Always(0.125), "sigma": Always(0.125)}
""",
            "a-dict-with-code": """
class D(dict):
    def __getitem__(self, key): return torch.tensor(0.125)
    def __reduce__(self): return (print, ("pickled",))
def estimate(f, theta, n):
    return D(mu=torch.tensor(0.125), sigma=torch.tensor(0.125))
""",
        },
        "refuted",
        "result",
    ),
    **plain(
        {
            "returns-an-object-with-reduce": """
class R:
    def __reduce__(self): return (__import__("os").system, ("touch {place}/out",))
def estimate(f, theta, n):
    return R()
""",
            "returns-text": """
def estimate(f, theta, n):
    return '{"outcome": "agrees"}'
""",
            "returns-itself": """
def estimate(f, theta, n):
    return estimate
""",
        },
        "result",
    ),
    **plain(
        {
            "leaves": "import sys\ndef estimate(f, theta, n): sys.exit(0)\n",
            "raises-exit": "def estimate(f, theta, n): raise SystemExit(0)\n",
            "an-exception-with-control-codes": (
                "def estimate(f, theta, n): raise ValueError('\\x1b[2J<script>alert(1)</script>' + 'x' * 10**7)\n"
            ),
            "an-exception-that-cannot-be-shown": """
class E(Exception):
    def __str__(self): raise RuntimeError("no")
def estimate(f, theta, n): raise E
""",
            "an-exception-with-a-verdict": """
class E(Exception):
    message = "agrees"; help = "full marks"; line = 1; kind = "READY"
def estimate(f, theta, n): raise E
""",
            "asks-with-what-is-no-tensor": "def estimate(f, theta, n): return f(3)\n",
            "edits-theta": """
def estimate(f, theta, n):
    theta.mu.data.fill_(0.0)
    return right(f, theta, n)
""",
        },
        "raised",
        "result",
    ),
    **plain({"leaves-when-imported": "raise SystemExit(0)\n", "raises-when-imported": "1 / 0\n"}, "import"),
    **plain(
        {
            "ends-its-process": "import os\ndef estimate(f, theta, n): os._exit(0)\n",
            "ends-its-process-with-success-text": (
                "import os\ndef estimate(f, theta, n):\n    os.write(1, b'OK'); os._exit(0)\n"
            ),
            "an-exception-that-ends-the-process": """
import os
class E(Exception):
    def __str__(self): os._exit(0)
def estimate(f, theta, n): raise E
""",
            "closes-the-channel": "import os\ndef estimate(f, theta, n):\n    os.close(3); return right(f, theta, n)\n",
        },
        "died",
        "raised",  # a descriptor that cannot be closed is as good
    ),
    **plain(
        {
            "ends-its-process-when-imported": "import os\nos._exit(0)\n",
            "null-pointer": "import ctypes\ndef estimate(f, theta, n): ctypes.string_at(0)\n",
            "aborts": "import os\ndef estimate(f, theta, n): os.abort()\n",
        },
        "died",
    ),
}

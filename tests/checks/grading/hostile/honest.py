"""Right submissions that do odd things in good faith: every one agrees."""

# ruff: noqa: E501  (submissions stand here as they are handed in)

from __future__ import annotations

from tests.checks.grading.hostile.corpus import RIGHT, WRONG, Case

_D = "def estimate(f, theta, n):\n"


def _honest(text: str) -> Case:
    return Case(RIGHT + WRONG + text, ("agrees",))


HONEST: dict[str, Case] = {
    "prints": _honest(f"{_D}    print(theta, f, n)\n    return right(f, theta, n)\n"),
    "imports-plots": _honest(
        "import matplotlib.pyplot as plt\nfrom tqdm.auto import tqdm\nfrom IPython.display import display\n"
        f"fig, ax = plt.subplots()\nplt.plot([1, 2]); plt.show()\n"
        f"{_D}    for _ in tqdm(range(3)): pass\n    return right(f, theta, n)\n"
    ),
    "seeds": _honest(f"{_D}    torch.manual_seed(0)\n    return right(f, theta, n)\n"),
    "many-threads": _honest(
        f"torch.set_num_threads(8)\n{_D}    torch.set_num_threads(4)\n    return right(f, theta, n)\n"
    ),
    "default-dtype": _honest(f"torch.set_default_dtype(torch.float64)\n{_D}    return right(f, theta, n)\n"),
    "main-guard": _honest(
        f"{_D}    return right(f, theta, n)\nif __name__ == '__main__':\n    raise SystemExit(3)\n"
    ),
    "a-class": _honest(
        "from dataclasses import dataclass\n@dataclass\nclass Estimator:\n    scale: float = 1.0\n"
        "    def __call__(self, f, theta, n): return self.scale * right(f, theta, n)\nestimate = Estimator()\n"
    ),
    "a-lambda": _honest("estimate = lambda f, theta, n: right(f, theta, n)\n"),
    "more-arguments": _honest("def estimate(f, theta, n, *, check=False): return right(f, theta, n)\n"),
    "compiled": _honest(f"@torch.compile\n{_D}    return right(f, theta, n)\n"),
    "no-grad-outside": _honest(
        f"{_D}    with torch.no_grad():\n        right(f, theta, n)\n    return right(f, theta, n)\n"
    ),
    "tries-a-file": _honest(
        "try:\n    data = open('data.csv').read()\nexcept OSError:\n    data = None\n"
        f"{_D}    return right(f, theta, n)\n"
    ),
    "warns": _honest(f"import warnings\n{_D}    warnings.warn('careful')\n    return right(f, theta, n)\n"),
    "logs": _honest(
        f"import logging\n{_D}    logging.getLogger().warning('x')\n    return right(f, theta, n)\n"
    ),
    "takes-the-time": _honest(
        f"import time\n{_D}    t = time.perf_counter()\n    time.sleep(0.001)\n    return right(f, theta, n)\n"
    ),
    "asserts": _honest(
        f"{_D}    assert theta.sigma > 0 and n > 0 and set(theta) >= {{'mu'}}\n    return right(f, theta, n)\n"
    ),
    "catches-all": _honest(
        f"{_D}    try:\n        return right(f, theta, n)\n    except Exception:\n        return wrong(f, theta, n)\n"
    ),
    "numpy-noise": _honest(
        f"import numpy as np\n{_D}    z = torch.from_numpy(np.random.default_rng(7).normal(size=n))\n"
        "    return f(theta.mu + theta.sigma * z).mean()\n"
    ),
    "python-noise": _honest(
        f"import random\n{_D}    z = torch.tensor([random.gauss(0, 1) for _ in range(n)], dtype=torch.float64)\n"
        "    return f(theta.mu + theta.sigma * z).mean()\n"
    ),
    "second-derivatives-of-f": _honest(
        f"{_D}    a = (theta.mu + theta.sigma * torch.randn(n, dtype=torch.float64)).requires_grad_()\n"
        "    (slope,) = torch.autograd.grad(f(a).sum(), a, create_graph=True)\n"
        "    (bend,) = torch.autograd.grad(slope.sum(), a, create_graph=True)\n"
        "    return f(a).mean() + 0 * bend.mean()\n"
    ),
    "per-sample-by-vmap": _honest(
        f"{_D}    z = torch.randn(n, dtype=torch.float64)\n"
        "    def one(e): return f(theta.mu + theta.sigma * e)\n    return torch.vmap(one)(z).mean()\n"
    ),
    "utf-8-mark": _honest(f"{_D}    return right(f, theta, n)  # \u03c3 > 0\n"),
    "windows-lines": Case(
        (RIGHT + f"{_D}    return right(f, theta, n)\n").replace("\n", "\r\n"), ("agrees",)
    ),
    "future": Case(
        f"from __future__ import annotations\n{RIGHT}\n{_D}    return right(f, theta, n)\n", ("agrees",)
    ),
}

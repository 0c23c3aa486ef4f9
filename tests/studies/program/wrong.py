"""Wrong estimators as source code, each with the exact bias that it has.

A mistake of the catalogue is written out for any law that it fits, at its full size, or mixed into the right
code with a weight ``eps`` of random size; numbers are lost, added and multiplied by ``1 + eps``. What a
mistake's mean is stands in its proof, which the verdict does not see: the bias is ``eps`` times the distance
of the two means.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import numpy as np

from checks.examples import examples
from derive.proof import Proof
from tests.studies.program.laws import JUMPS
from tests.studies.program.problems import Problem
from tests.studies.program.right import (
    FEW,
    HEAD,
    INTERACTING,
    SAMPLED,
    body,
    draws,
    log_ps,
    moves,
    paths,
    picked,
    returned,
    returning,
)

EXAMPLE_HEAD = "from torch.distributions import Bernoulli, Normal, Poisson\n\n\n"
# Of samples without a graph: wrong costs, in the cost ``c``, the same detached, ``d``, and ``log_p``.
SCORED = {
    "dropped_explicit_term": "d * log_p",
    "dropped_distributional_term": "c + 0.0 * ({sum})",  # a graph: without one it is no estimator at all
    "cost_dropped": "log_p + c",
    "cost_squared": "d**2 * log_p + c",
    "sign_of_score": "c - d * log_p",
    "sign_of_explicit_term": "d * log_p - c",
    "score_twice": "2 * d * log_p + c",
    "half_score": "0.5 * d * log_p + c",
    "half_gradient": "0.5 * (d * log_p + c)",
    "doubled": "2 * (d * log_p + c)",
    "negated": "-(d * log_p + c)",
    "density_for_log_density": "d * log_p.exp() + c",
    "explicit_term_twice": "d * log_p + 2 * c",
    "cost_not_detached": "c * log_p",
    "log_density_detached": "c * log_p.detach()",
    "surrogate_not_detached": "c * log_p + c",
    "log_base_two": "d * log_p / math.log(2) + c",
    "entropy_left_in": "(d - log_p.detach()) * log_p + c",
    "baseline_of_the_sample": "(d - a) * log_p + c",
    "baseline_not_detached": "(d - ({sum})) * log_p + c",
}
# These need the log-density with its constant, which is not that of what is written by hand.
WHOLE_DENSITY = ("density_for_log_density", "cost_not_detached", "surrogate_not_detached",
                 "log_density_detached", "entropy_left_in", "baseline_not_detached")  # fmt: skip
# Of samples with a graph.
MOVED = {
    "dropped_distributional_term": "f(a.detach()) + 0.0 * ({sum})",
    "reversed_path": "f(2 * a.detach() - a)",
    "half_gradient": "0.5 * (f(a) + f(a).detach())",
    "doubled": "f(a) + f(a)",
    "negated": "-f(a)",
}
# With ``log_prob`` at a sample that moves.
MOVED_SCORES = {
    "rsample_in_score": "f(a).detach() * log_p",
    "rsample_score_and_cost": "f(a).detach() * log_p + f(a)",
    "rsample_nothing_detached": "f(a) * log_p",
}
# The wrong mean for n samples is this times the right one; of theta-free costs where a baseline is in it.
BATCHED = {
    "sum_for_mean": (lambda n: n, "path", "loss = f(a).sum()"),
    "divided_by_n_twice": (lambda n: 1 / n, "path", "loss = f(a).mean() / n"),
    "own_sample_in_baseline": (lambda n: (n - 1) / n, "score", "loss = ((d - d.mean()) * log_p).mean()"),
    "bessel_in_baseline": (
        lambda n: n / (n - 1),
        "score",
        "loss = ((d - (d.sum() - d) / (n - 1)) * log_p).sum() / (n - 1)",
    ),
}
FRACTIONS = {"exact": (1e-7, 1.0), "sampling": (1e-2, 1.0)}


@dataclass(frozen=True)
class Wrong:
    """Code with what is wrong about it.

    The bias is ``eps`` times what ``mistake`` does; without a mistake the gradient, or its coordinate, is
    multiplied by ``1 + eps``. ``named`` is the mistake that the diagnosis may name, where it is the whole.
    """

    style: str
    source: str
    mistake: str = ""
    eps: float = 1.0
    coordinate: int | None = None
    batch: bool = False
    shift: bool = False

    @property
    def named(self) -> str:
        return self.mistake if self.eps == 1.0 else ""

    def bias(self, proof: Proof, n: int) -> np.ndarray[Any, Any]:
        """The exact bias ``[p]`` for calls with n samples; nan where the proof does not know it."""
        exact = np.array([proof.exact[name] for name in proof.wrt])
        if self.batch:
            return exact * (BATCHED[self.mistake][0](n) - 1.0)
        if self.mistake:
            stated = proof.statistics.get(self.mistake)
            means = [None if stated is None else stated.mean.get(name) for name in proof.wrt]
            found = np.array([np.nan if m is None else float(m) for m in means])
            return self.eps * (found - exact)
        off = np.full_like(exact, self.eps) if self.shift else self.eps * exact
        if self.coordinate is None:
            return off
        return np.where(np.arange(len(exact)) == self.coordinate, off, 0.0)


def _eps(rng: random.Random, evidence: str) -> float:
    """Of a random size, to three digits: log-uniform."""
    low, high = FRACTIONS["sampling" if evidence == "sampling" else "exact"]
    return float(f"{low * (high / low) ** rng.random():.2e}") * rng.choice((1, -1))


def wrong(problem: Problem, rng: random.Random, evidence: str, proof: Proof) -> Wrong:
    """A random mistake of those that can be made, and seen, in this problem."""
    exact = np.array([proof.exact[name] for name in proof.wrt])
    evidence = "sampling" if problem.law.family in SAMPLED else evidence
    for _ in range(200):
        made = rng.choice((_catalogued, _catalogued, _example, _example, _scaled, _batched))(
            problem, rng, evidence
        )
        if made is None:
            continue
        bias = made.bias(proof, 64)
        # What has no effect here is no mistake; rounding is not one either.
        if np.isfinite(bias).all() and (np.abs(bias) > 1e-8 * np.maximum(np.abs(exact), 0.1)).any():
            return made
    raise LookupError(f"nothing can go wrong with {problem}")


def _sampled(problem: Problem, rng: random.Random, whole: bool, quick: bool) -> tuple[str, str]:
    """Samples without a graph, their costs and log-density, in a random style."""
    law = problem.law
    name, draw = picked(draws(law), rng, quick, law)
    written = log_ps(law)
    if whole and "log_prob" in written:
        written = {"log_prob": written["log_prob"]}
    how, log_p = rng.choice(sorted(written.items()))
    return f"{name}, {how}", f"{draw}\nc = f(a)\nd = c.detach()\nlog_p = {log_p}"


def _mixed(lines: str, right: str, bad: str, eps: float, law: Any, end: str) -> str:
    total = f"loss = ({bad}).mean()"
    if eps != 1.0:
        total = f"x = {right}\nw = {bad}\nloss = (x + {eps!r} * (w - x)).mean()"
    return f"{lines}\n{total}\n{returned(law, end)}"


def _catalogued(problem: Problem, rng: random.Random, evidence: str) -> Wrong | None:
    law = problem.law
    eps = 1.0 if rng.random() < 0.6 else _eps(rng, evidence)
    quick = evidence == "sampling"
    end = returning(law, rng, quick)
    moved = moves(problem, rng)
    total = " + ".join(f"theta.{leaf}.sum()" for leaf in law.whole)
    if law.score and (not moved or rng.random() < 0.6):
        name = rng.choice(sorted(SCORED))
        if (name in WHOLE_DENSITY and not law.torch) or (name == "baseline_of_the_sample" and law.leaves):
            return None
        bad = SCORED[name].format(sum=total)
        style, lines = _sampled(problem, rng, name in WHOLE_DENSITY, quick)
        end = "surrogate" if style.startswith(INTERACTING) else end
        text = _mixed(lines, "d * log_p + c", bad, eps, law, end)
        return Wrong(f"score: {style}, {end}", _file(text, rng), name, eps)
    if not moved:
        return None
    choices = {**MOVED, **(MOVED_SCORES if law.torch and law.score else {})}
    name = rng.choice(sorted(choices))
    single = {k: v for k, v in paths(law).items() if k != "stratified"}
    style, draw = picked(single, rng, quick, law)
    lines = f"{draw}\nlog_p = {law.torch}.log_prob(a)" if name in MOVED_SCORES else draw
    end = "surrogate" if style in INTERACTING else end
    text = _mixed(lines, "f(a)", choices[name].format(sum=total), eps, law, end)
    return Wrong(f"path: {style}, {end}", _file(text, rng), name, eps)


def _example(problem: Problem, rng: random.Random, evidence: str) -> Wrong | None:
    """What `explain` shows as wrong, whole or mixed into right code that draws its own samples."""
    fitting = [
        name
        for name, e in examples().items()
        if e.get("family", "normal") == problem.law.family and "says" not in e and name not in BATCHED
    ]
    # What an example does where theta is in the integrand, is not what its mistake says.
    if not fitting or problem.explicit or problem.integrand in JUMPS:
        return None
    name = rng.choice(sorted(fitting))
    text = HEAD + EXAMPLE_HEAD
    bad = examples()[name]["wrong"].strip()
    if evidence == "sampling" or rng.random() > FEW:
        return Wrong("an example", f"{text}def estimate(f, theta, n):\n{indent(bad, '    ')}\n", name)
    eps = _eps(rng, evidence)
    style, good = body(problem, rng, evidence == "sampling")
    text += f"def right(f, theta, n):\n{indent(good, '    ')}\n\n\n"
    text += f"def wrong(f, theta, n):\n{indent(bad, '    ')}\n\n\n{MIXER}"
    text += "def estimate(f, theta, n):\n    x = gradients(right(f, theta, n), theta)\n"
    text += "    w = gradients(wrong(f, theta, n), theta)\n"
    text += f"    return [p + {eps!r} * (q - p) for p, q in zip(x, w)]\n"
    return Wrong(f"an example beside {style}", text, name, eps)


MIXER = """def gradients(x, theta):
    if isinstance(x, torch.Tensor) and x.dim() == 2:
        x = x.mean(0)
    if isinstance(x, dict):
        x = [x[name] for name in theta]
    if isinstance(x, torch.Tensor) and x.dim() == 0:
        x = torch.autograd.grad(x, list(theta.values()), allow_unused=True, materialize_grads=True)
    x = [torch.as_tensor(g, dtype=torch.float64).detach().clone() for g in x]
    for leaf in theta.values():
        leaf.grad = None
    return x


"""


def _scaled(problem: Problem, rng: random.Random, evidence: str) -> Wrong | None:
    """A right estimator whose result is multiplied, or moved, in all coordinates or in one."""
    law, eps, shift = problem.law, _eps(rng, evidence), rng.random() < 0.4
    if law.leaves:
        return None
    style, good = body(problem, rng, True)
    coordinate = rng.choice((None, *range(len(law.by))))
    if coordinate is not None and not shift and rng.random() > FEW:
        coordinate = None  # what is taken apart is replayed call by call
    text = HEAD + f"def right(f, theta, n):\n{indent(good, '    ')}\n\n\n"
    wanted = law.by if coordinate is None else (law.by[coordinate],)
    if shift:
        moved = " + ".join(f"theta.{name}" for name in wanted)
        text += f"def estimate(f, theta, n):\n    return right(f, theta, n) + {eps!r} * ({moved})\n"
    elif coordinate is None:
        text += f"def estimate(f, theta, n):\n    return (1 + {eps!r}) * right(f, theta, n)\n"
    else:
        text += f"{MIXER}def estimate(f, theta, n):\n"
        text += "    x = dict(zip(theta, gradients(right(f, theta, n), theta)))\n"
        text += f"    x['{wanted[0]}'] = (1 + {eps!r}) * x['{wanted[0]}']\n    return x\n"
    kind = "moved" if shift else "multiplied"
    return Wrong(f"{kind}: {style}", text, "", eps, coordinate, False, shift)


def _batched(problem: Problem, rng: random.Random, evidence: str) -> Wrong | None:
    law = problem.law
    name = rng.choice(sorted(BATCHED))
    _, kind, line = BATCHED[name]
    if kind == "path":
        single = {k: v for k, v in paths(law).items() if k not in ("stratified", "antithetic")}
        if not single or not moves(problem, rng):
            return None
        style, lines = picked(single, rng, True, law)
    elif problem.explicit or not law.score:
        return None
    else:
        style, lines = _sampled(problem, rng, False, True)
    text = f"{lines}\n{line}\n{returned(law, 'surrogate')}"
    return Wrong(f"{kind}: {style}", _file(text, rng), name, 1.0, None, True)


def _file(text: str, rng: random.Random) -> str:
    from tests.studies.program.right import source
    from tests.studies.submissions import HANDED_IN

    return source(text, rng.choice(sorted(HANDED_IN)))

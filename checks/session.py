"""One ``verify``: proofs from the cache or from workers, then the Torch code of every check, in order.

The Torch code runs every time; only proofs are kept. The report is the same to the last bit for any number
of workers, because each check draws from its own seed and results stand in the order of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from checks import kinds
from checks.catalogue import knobs, names, order, parameters
from checks.prover import Crash, Request, is_bad_input, proving, result
from checks.selection import Chosen
from checks.suite import CheckSpec
from derive.cache import Cache
from derive.errors import DeriveError
from derive.proof import Proof, StatisticProof

if TYPE_CHECKING:
    from checks.verdict import CheckResult, Report

NO_CACHE = Cache(None)
Answer = Proof | DeriveError | Crash


@dataclass(frozen=True, slots=True)
class Settings:
    """How to verify: ``budget`` in seconds of sampling per check, ``workers`` processes that derive.

    ``scheduler`` is the address of a Dask scheduler, whose workers then derive and check.
    ``strict`` raises errors about the input instead of reporting them: for input that a person typed.
    """

    seed: int = 0
    resolution: float = 0.01
    evidence: Literal["auto", "exact", "sampling"] = "auto"
    budget: float = 60.0
    workers: int = 2
    cache: Cache = NO_CACHE
    strict: bool = False
    scheduler: str | None = None


def verify(
    target: str,
    chosen: Sequence[Chosen],
    settings: Settings,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Report:
    """Run the checks and report on them.

    Raises the ``DeriveError`` of a check that a person typed, if its input is bad.
    """
    if settings.scheduler:
        from checks import elsewhere

        return elsewhere.verify(target, chosen, settings, settings.scheduler, progress)
    wanted = requests(chosen, settings)
    kept = {key: settings.cache.get(request) for key, request in wanted.items()}
    cold = sorted((key for key, proof in kept.items() if proof is None), key=cost, reverse=True)
    with proving([wanted[key] for key in cold], settings.workers) as futures:
        import_torch()
        making = dict(zip(cold, futures))
        answers = _answers(wanted, kept, making, settings.cache)
        return _report(target, chosen, answers, settings, progress)


def import_torch() -> None:
    """One thread: the tensors are small, and workers are what this program scales by."""
    import torch

    torch.set_num_threads(1)


Pairs = tuple[tuple[str, str], ...]
Key = tuple[str, str, Pairs, tuple[str, ...] | None, Pairs, int]


def key_of(spec: CheckSpec) -> Key:
    """What decides the proof: estimators with numbers of their own, or of second derivatives, stand apart."""
    own = tuple((name, str(value)) for name, value in knobs(spec.estimator).items())
    return (spec.family, spec.integrand, spec.at, spec.wrt, own, order(spec.estimator))


def cost(key: Key) -> int:
    """How long a proof will take, roughly: one derivation per parameter. The longest ones start first."""
    family, _, _, wrt, _, of = key
    whole = wrt is None and family in names("families")
    count = len(parameters(family)) if whole else len(wrt or ())
    return count if of == 1 else count * (count + 1)


def requests(chosen: Sequence[Chosen], settings: Settings) -> dict[Key, Request]:
    """One request per expectation, with all the estimators that it is checked for, as plain JSON data."""
    estimators: dict[Key, set[str]] = {}
    for one in chosen:
        estimators.setdefault(key_of(one.spec), set()).add(one.spec.estimator)
    return {
        key: {
            "family": family,
            "integrand": integrand,
            "at": [list(pair) for pair in at],
            "wrt": None if wrt is None else list(wrt),
            "estimators": sorted(wanted),
            "fourth": settings.evidence == "sampling",
            **kinds.content(family),
            **({"order": of} if of > 1 else {}),
        }
        for key, wanted in estimators.items()
        for family, integrand, at, wrt, _, of in (key,)
    }


def _answers(
    requests: Mapping[Key, Request],
    kept: Mapping[Key, Proof | None],
    making: Mapping[Key, Any],
    cache: Cache,
) -> Callable[[Key], Answer]:
    """A function that waits for the proof of a key, and keeps it when it is new."""
    known: dict[Key, Answer] = {key: proof for key, proof in kept.items() if proof is not None}

    def wait(key: Key) -> Answer:
        if key not in known:
            known[key] = made = result(making[key])
            if isinstance(made, Proof):
                cache.put(requests[key], made)
        return known[key]

    return wait


def _report(
    target: str,
    chosen: Sequence[Chosen],
    answers: Callable[[Key], Answer],
    settings: Settings,
    progress: Callable[[int, int, str], None],
) -> Report:
    from checks.verdict import Report

    results = []
    for done, one in enumerate(chosen):
        progress(done, len(chosen), one.spec.id)
        results.append(checked(one, answers(key_of(one.spec)), settings))
    progress(len(chosen), len(chosen), "")
    return Report(target, settings.seed, tuple(results))


def checked(one: Chosen, answer: Answer, settings: Settings) -> CheckResult:
    from checks.run import Options, run_check

    if not isinstance(answer, Proof):
        if isinstance(answer, DeriveError) and settings.strict and is_bad_input(answer):
            raise answer
        return _without_proof(one.spec, answer)
    spec = replace(one.spec, expected=foretold(one.spec, answer)) if one.foretold else one.spec
    options = Options(
        seed=settings.seed,
        resolution=settings.resolution,
        evidence=settings.evidence,
        budget=settings.budget,
    )
    return run_check(spec, answer, options)


# A bias that is smaller than this part of the gradient is rounding of two exact numbers.
_ROUNDING = 1e-9


def foretold(spec: CheckSpec, proof: Proof) -> Literal["agrees", "refuted", "untestable"]:
    """What the proof says that the evidence should show of the estimator.

    Not how the check ends: the evidence is taken from the Torch code and may contradict it.
    """
    statistic = proof.statistics.get(spec.estimator, StatisticProof(spec.estimator))
    if statistic.refusal and not statistic.mean:
        return "untestable"
    aims = statistic.aims(proof.exact)
    for name in proof.wrt:
        mean, exact = statistic.mean.get(name), aims[name]
        slack = proof.radius.get(name, 0.0) + _ROUNDING * max(1.0, abs(exact))
        if mean is not None and abs(mean - exact) > slack:
            return "refuted"
    return "agrees"


def _without_proof(spec: CheckSpec, answer: DeriveError | Crash) -> CheckResult:
    """The result of a check whose expectation could not be settled: nothing is claimed."""
    from checks.verdict import CheckResult, Verdict

    ours = isinstance(answer, Crash) or is_bad_input(answer)
    outcome: Literal["broken", "inconclusive"] = "broken" if ours else "inconclusive"
    reason = answer.reason if isinstance(answer, Crash) else answer.message
    return CheckResult(
        id=spec.id,
        check=spec.check,
        family=spec.family,
        integrand=spec.integrand,
        at=dict(spec.at),
        wrt=spec.wrt or (),
        estimator=spec.estimator,
        expected=spec.expected,
        verdict=Verdict(outcome, "none", reason),
        gradient={},
        derivation={"status": "undecided", "assumptions": [], "steps": []},
        exact={},
        reproduce=f"python cli.py verify {spec.check} --family {spec.family}",
        seconds=0.0,
    )

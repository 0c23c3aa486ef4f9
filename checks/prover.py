"""Proofs made by worker processes that import SymPy while this process imports Torch.

What crosses the border is plain data in both directions: a request as a dict, a proof as its JSON, an
error as its fields. The parent never imports SymPy, and so never waits for it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from derive import errors
from derive.errors import BadExpression, DeriveError, UnknownName
from derive.proof import Proof

Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Crash:
    """A proof that ended in an error nobody raised on purpose, or in the death of its worker."""

    reason: str


@contextmanager
def proving(requests: Sequence[Request], workers: int) -> Iterator[list[Future[dict[str, Any]]]]:
    """Start making the proofs of ``requests``; yields one future for each, in order.

    The workers are forked here, before the caller imports anything large. Without fork, or with no
    workers, the proofs are made in this process.
    """
    if workers < 1 or not hasattr(os, "fork") or not requests:
        yield [_at_once(request) for request in requests]
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(min(workers, len(requests)), mp_context=context, initializer=_quiet)
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forks beside threads; the pool's threads are born after its forks.
            warnings.simplefilter("ignore", DeprecationWarning)
            futures = [pool.submit(answer, request) for request in requests]
        yield futures
    finally:
        # Not waited for: a worker may sit in a long derivation that nobody asks for any more. Without an
        # end it would outlive this process, because siblings hold the other ends of each other's pipes.
        workers_alive = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in workers_alive:
            process.kill()


def result(future: Future[dict[str, Any]]) -> Proof | DeriveError | Crash:
    """The proof, the refusal that derive gave on purpose, or what went wrong."""
    try:
        said = future.result()
    except BrokenProcessPool as error:
        return Crash(f"the process that derives died: {error}")
    return received(said)


def received(said: Mapping[str, Any]) -> Proof | DeriveError | Crash:
    """The same of what ``answer`` has said."""
    if "proof" in said:
        return Proof.from_json(said["proof"])
    return _error(said)


def answer(request: Request) -> dict[str, Any]:
    """In the worker: the proof as JSON, or the error as its fields."""
    if "environment" in request:
        from checks.environment.prove import prove as prove_environment
        from checks.higher_order.environment.prove import prove as prove_second_of_return

        if request.get("order") == 2:
            return _answered(lambda: prove_second_of_return(request))
        return _answered(lambda: prove_environment(request))
    from checks.higher_order.prove import prove as prove_second
    from checks.prove import Request as Typed
    from checks.prove import prove

    try:
        integrand = _prepared(request)
    except DeriveError as error:
        return _fields(error)
    typed = Typed(
        family=request["family"],
        integrand=integrand,
        at=tuple((name, value) for name, value in request["at"]),
        wrt=None if request["wrt"] is None else tuple(request["wrt"]),
        estimators=tuple(request["estimators"]),
        fourth=request["fourth"],
        covariance=request.get("covariance", False),
    )
    made = prove_second if request.get("order") == 2 else prove
    return _answered(lambda: made(typed))


def _answered(made: Callable[[], Proof]) -> dict[str, Any]:
    try:
        return {"proof": made().to_json()}
    except DeriveError as error:
        return _fields(error)
    except Exception as error:  # whatever else happens is our fault, and is reported as broken
        return {"kind": "Crash", "message": f"{type(error).__name__}: {error}"}


def _prepared(request: Request) -> str:
    """The integrand as one expression; a law that the request describes is from then on known by its name."""
    if "law" in request:
        from derive.densities import register

        register(request["law"])
    if "data" not in request:
        return str(request["integrand"])
    from derive.batches import over_data

    constants = [name for name, _ in request["at"]]
    return over_data(request["integrand"], request["family"], constants, request["data"])


def _fields(error: DeriveError) -> dict[str, Any]:
    kinds = (k.__name__ for k in type(error).__mro__ if getattr(errors, k.__name__, None) is k)
    said: dict[str, Any] = {"kind": next(kinds), "message": error.message, "help": error.help}
    if isinstance(error, BadExpression):
        said |= {"text": error.text, "position": error.position}
    return said


def _error(said: Mapping[str, Any]) -> DeriveError | Crash:
    kind, message, help = said["kind"], said["message"], said.get("help")
    if kind == "Crash":
        return Crash(message)
    if kind == "BadExpression":
        return BadExpression(message, said["text"], said["position"], help)
    if kind == "StepRefuted":
        return errors.StepRefuted(message, {}, help)
    known: type[DeriveError] = getattr(errors, kind)
    return known(message, help)


def _quiet() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _at_once(request: Request) -> Future[dict[str, Any]]:
    future: Future[dict[str, Any]] = Future()
    future.set_result(answer(request))
    return future


def is_bad_input(error: DeriveError) -> bool:
    """Whether the error is about what a person typed."""
    return isinstance(
        error, (BadExpression, UnknownName, errors.OutsideDomain, errors.NoExpectation, errors.BadProblem)
    )

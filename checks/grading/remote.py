"""An estimator in a sealed process, called from the grader as if it were here.

``RemoteSubject`` is a ``checks.user.call.Subject``: everything that judges a user's estimator judges it as
well. Its draws are made here, where they are recorded and replayed like anybody's; its integrand is answered
here; what comes back is numbers, of which exactly as many as were asked for are taken.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.choosing import Choice
from checks.evidence.arrays import Array
from checks.evidence.laws import Unreplayable
from checks.grading.child import CHANGES, FAILURES, FOREIGN, FORMS, NARROW, WAYS
from checks.grading.sealed import Child
from checks.grading.serving import BadQuestion, chosen_draw, drawn
from checks.grading.twister import numpy_stands
from checks.grading.wire import MOST_NUMBERS, Kind, Reader, TooLong, Violation, packed
from checks.oracle import Answering, Oracle
from checks.problem import Problem
from checks.user.call import Subject
from checks.user.errors import BadResult, Raised, UserError
from checks.user.returns import Answer

MOST_ORDER = 4
# After so many questions past an order to stop, the process is ended.
MOST_STUBBORN = 64
# Of the draws of a call so many are kept, for whoever compares: one for each of some hundred samples.
MOST_KEPT = 256
# The seed of where in its cell a number lies that stands for a sample; it makes no difference to the sample.
PLACES = 61_001


class Failed(UserError):
    """The submission failed in its process; ``kind`` is one of ``FAILURES``, ``line`` 0 if unknown."""

    def __init__(self, kind: str, line: int, message: str, help: str | None) -> None:
        super().__init__(message, help)
        self.kind = kind
        self.line = line


@dataclass
class Watched:
    """What calls have shown so far: ``changes`` to the child's global state, and the last ``failure``.

    ``numbers`` counts what was computed here for it, of at most ``allowed``. ``choice`` is how it makes its
    samples of a finite law, where that was seen; ``rng`` makes numbers for them.
    """

    changes: set[str] = field(default_factory=set)
    threads: int = 1
    failure: Failed | None = None
    numbers: int = 0
    allowed: int = 1 << 23
    choice: Choice | None = None
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(PLACES))


class RemoteSubject(Subject):
    """A function of the submission in ``child``; raises ``Closed``, ``TooLong`` or ``Violation`` at its end.

    ``served`` holds the requests for draws in the last call, with what was sent.
    """

    def __init__(
        self,
        child: Child,
        problem: Problem,
        answer: Answering | None = None,
        watched: Watched | None = None,
    ) -> None:
        super().__init__(_nowhere, problem, answer)
        self.child = child
        self.watched = watched or Watched()
        self.served: list[tuple[bytes, Array]] = []
        self._lead: tuple[int, ...] = ()

    @property
    def answer(self) -> Answering:
        """The integrand of its calls."""
        return self._answer

    def ask_for(self, name: str) -> None:
        """Choose the function; raises ``Failed`` where there is none that can be called."""
        task = {
            "function": name,
            "names": list(self.problem.point),
            "wrt": list(self.problem.wrt),
            "dimension": self.problem.dimension,
            "determined": self.problem.determined,
        }
        kind, body = self.child.exchange(Kind.TASK, json.dumps(task).encode())
        if kind == Kind.FAILED:
            raise failure(body)
        if kind != Kind.READY:
            raise Violation("an answer of another kind")

    def with_cost(self, answer: Answering) -> RemoteSubject:
        return RemoteSubject(self.child, self.problem, answer, self.watched)

    def moved(self, problem: Problem) -> RemoteSubject:
        # Numbers of known estimators, which the function never saw, are none of its parameters.
        own = self.problem.proof.at
        at = {name: value for name, value in problem.proof.at.items() if name in own}
        return RemoteSubject(self.child, Problem(replace(problem.proof, at=at)), None, self.watched)

    def call(self, n: int) -> Answer:
        rows = self._rows("plain", n, n, ())
        if len(rows) != (n if self.form == "per_sample" else 1):
            raise Violation(f"{len(rows)} rows of gradients")
        return Answer(FORMS_BY_NAME[self.form], rows)

    def expanded(self, n: int, samples: int) -> Tensor:
        return self._many("expanded", samples, n)

    def vectorised(self, n: int, size: int) -> Tensor:
        return self._many("vectorised", n, size)

    def _many(self, way: str, n: int, size: int) -> Tensor:
        # In the child: expanded(size leaves, n samples) and vectorised(n samples, size calls).
        first, second = (size, n) if way == "expanded" else (n, size)
        rows = self._rows(way, first, second, (size,))
        if len(rows) != size:
            raise Violation(f"{len(rows)} rows of gradients for {size}")
        return rows

    def _rows(self, way: str, n: int, size: int, lead: tuple[int, ...]) -> Tensor:
        point = np.array(list(self.problem.point.values()), dtype=float)
        self._lead, self.served = lead, []
        self.oracle = Oracle(self._answer, {}, self.problem.dimension)
        head = struct.pack("<BIIQ", WAYS.index(way), n, size, _seed())
        kind, body = self.child.exchange(Kind.CALL, head, packed(point))
        while kind in (Kind.ASK, Kind.DRAW):
            kind, body = self._answered(kind, body)
        if kind == Kind.FAILED:
            raise self._failed(body)
        if kind != Kind.ROWS:
            raise Violation("an answer of another kind")
        return self._read_rows(Reader(body))

    def _answered(self, kind: Kind, body: memoryview) -> tuple[Kind, memoryview]:
        try:
            reader = Reader(body)
            found = self._asked(reader) if kind == Kind.ASK else self._drawn(body)
            self.watched.numbers += found.size
            if self.watched.numbers > self.watched.allowed:
                most = self.watched.allowed
                raise TooLong(f"it asked for more than {most} values of the integrand and of noise")
            if kind == Kind.DRAW and len(self.served) < MOST_KEPT:
                self.served.append((bytes(body), found))
            return self.child.exchange(Kind.VALUES, packed(found))
        except BadQuestion as error:
            return self.child.exchange(Kind.REFUSED, str(error).encode()[:1000] or b"refused")
        except Unreplayable:
            self._stop()
            raise

    def _drawn(self, body: memoryview) -> Array:
        choice = self.watched.choice
        if choice is None:
            return drawn(Reader(body))
        if self.problem.point != choice.point:
            choice = choice.at(self.problem)
        found = None if choice is None else chosen_draw(Reader(body), choice, self.watched.rng)
        return drawn(Reader(body)) if found is None else found

    def _stop(self) -> None:
        """Break the call off, so that the next one finds the child waiting."""
        for _ in range(MOST_STUBBORN):
            kind, _ = self.child.exchange(Kind.REFUSED)
            if kind in (Kind.ROWS, Kind.FAILED):
                return
        raise Violation("it does not stop when told to")

    def _asked(self, reader: Reader) -> Array:
        (count,) = reader.numbers("B")
        order = reader.numbers(f"{count}B")
        (dimensions,) = reader.numbers("B")
        shape = reader.numbers(f"{dimensions}I")
        a = torch.from_numpy(reader.array())
        reader.end()
        if count > MOST_ORDER:
            raise BadQuestion(f"derivatives of f beyond order {MOST_ORDER} are not given")
        assert self.oracle is not None
        if not order:
            self.oracle.remember(a)
        # Whoever intercepts draws need not see what the integrand is made of: it draws nothing.
        with torch._C._DisableTorchDispatch():
            return self._jet(order, a, shape)

    def _jet(self, order: tuple[int, ...], a: Tensor, shape: tuple[int, ...]) -> Array:
        """A derivative of the integrand at ``a`` and its own first derivatives, ``[1 + d + P, *]``."""
        columns = self.problem.dimension
        if columns > 1 and (not a.dim() or a.shape[-1] != columns):
            raise BadQuestion(f"f was called with shape {list(a.shape)}; a sample has {columns} columns")
        if shape not in ((), self._lead) and int(np.prod(shape)) != int(np.prod(self._lead)):
            raise BadQuestion("the parameters have another shape")
        samples = a.shape if columns == 1 else a.shape[:-1]
        try:
            common = np.broadcast_shapes(samples, shape)
        except ValueError as error:
            raise BadQuestion(str(error)) from None
        point = self.problem.point
        inputs = 1 + columns + len(point)
        if int(np.prod(common)) * inputs > MOST_NUMBERS:
            raise BadQuestion("f was called with too many samples at once")
        a = a.expand((*common, *([columns] if columns > 1 else []))).clone().requires_grad_()
        theta = {k: torch.full(common, v, dtype=torch.float64).requires_grad_() for k, v in point.items()}
        with torch.enable_grad():
            value = self._answer(a, theta).to(torch.float64).expand(common)
            for index in order:
                if index >= inputs - 1:
                    raise BadQuestion("there is no such derivative")
                value = _slopes(value, a, theta, columns, True)[index]
            found = [value, *_slopes(value, a, theta, columns, False)]
        return torch.stack(found).detach().numpy()

    def _read_rows(self, reader: Reader) -> Tensor:
        form, flags, self.watched.threads = reader.numbers("BBI")
        rows = reader.array()
        reader.end()
        if form >= len(FORMS) or rows.ndim != 2 or rows.shape[1] != len(self.problem.wrt):
            raise Violation(f"gradients of shape {list(rows.shape)}")
        self.form = FORMS[form]
        changes = {words for i, words in enumerate(CHANGES) if flags >> i & 1}
        self.watched.changes |= changes
        self.switches_off = False
        _mirror(changes)
        return torch.from_numpy(rows)

    def _failed(self, body: memoryview) -> UserError:
        found = failure(body)
        if found.kind == "aborted":
            raise Violation("it broke a call off by itself")
        self.watched.failure = found
        made = BadResult if found.kind == "result" else Raised
        return made(found.message, found.help)


FORMS_BY_NAME: Mapping[str, Any] = {name: name for name in FORMS}


def _nowhere(*_: object) -> None:
    raise AssertionError("a submission is never called in this process")


def failure(body: memoryview) -> Failed:
    """What a child said about its failure, as harmless text."""
    reader = Reader(body)
    code, line = reader.numbers("BI")
    if code >= len(FAILURES):
        raise Violation("a failure of no kind")
    message, _, help = bytes(body[struct.calcsize("<BI") :]).partition(b"\0")
    text = Reader(memoryview(message)).text(), Reader(memoryview(help)).text()
    return Failed(FAILURES[code], line, text[0], text[1] or None)


def _slopes(
    value: Tensor, a: Tensor, theta: Mapping[str, Tensor], columns: int, graph: bool
) -> tuple[Tensor, ...]:
    """All first derivatives, elementwise: sample i depends on entry i of each input alone."""
    inputs = (a, *theta.values())
    if not value.requires_grad:
        return (torch.zeros_like(value),) * (columns + len(theta))
    found = torch.autograd.grad(
        value.sum(), inputs, create_graph=graph, allow_unused=True, materialize_grads=True
    )
    return (*(found[:1] if columns == 1 else found[0].unbind(-1)), *found[1:])


def _seed() -> int:
    """For generators that are not served from here: it follows our own, which ``seeded`` starts anew."""
    word, index = numpy_stands()
    python = random.getstate()[1]
    return (word << 30 ^ index << 10 ^ python[0] << 16 ^ python[-1]) % 2**63


def _mirror(changes: set[str]) -> None:
    """What the child did to its own generators is done to ours, so that whoever watches them sees it."""
    if FOREIGN[0] in changes:
        np.random.random()
    if FOREIGN[1] in changes:
        random.random()
    if NARROW in changes:
        torch.zeros((), dtype=torch.float32)

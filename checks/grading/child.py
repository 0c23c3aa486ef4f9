"""A submission's side of the conversation: load it, call it, send numbers. Runs in a sealed process.

Nothing here decides anything. A submission may replace all of it: what it gains is the right to send
numbers, or text, which is what it could do anyway.
"""

from __future__ import annotations

import json
import random
import struct
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.evidence.arrays import Array
from checks.grading.asking import answering
from checks.grading.drawing import Drawing
from checks.grading.loading import FILE, Missing, function_called, loaded
from checks.grading.twister import numpy_stands
from checks.grading.wire import MOST_NUMBERS, MOST_TEXT, Channel, Kind, Reader, packed
from checks.oracle import Answering
from checks.user.call import Subject
from checks.user.errors import BadTarget, Raised, UserError
from checks.user.parameters import Leaves
from checks.user.returns import Answer

FAILURES = ("raised", "result", "memory", "syntax", "import", "missing", "signature", "aborted")
WAYS = ("plain", "expanded", "vectorised")
FORMS = ("surrogate", "gradients", "per_sample")
# What a call did to its process, in the order of the bits of a flag.
CHANGES = (
    "switches gradients off globally",
    "changes torch's default dtype",
    "seeds torch's generator",
    "draws from numpy.random",
    "draws from Python's random",
    "computes in float32",
    "takes Torch's approximate derivatives of samples",
)
SEEDS, FOREIGN, NARROW, ROUGH = CHANGES[2], (CHANGES[3], CHANGES[4]), CHANGES[5], CHANGES[6]
_FRESH = 624  # where the index of a Mersenne twister stands after seeding


class Aborted(BaseException):
    """The grader breaks the call off; not an ``Exception``, so that a submission does not catch it."""


class Refused(RuntimeError):
    """The grader could not answer: an error of the submission."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the problem here: names and values, and no integrand."""

    point: Mapping[str, float]
    wrt: tuple[str, ...]
    dimension: int
    determined: int = 0
    f: Any = None


class Session:
    """One conversation, until the grader hangs up."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._nonce = 0
        self._module: ModuleType | None = None
        self._task: dict[str, Any] = {}
        self._function: Callable[..., Any] | None = None

    def serve(self, nonce: int) -> None:
        """Say that the process is ready, and answer; raises ``Closed`` at the end."""
        self._nonce = nonce
        while True:
            kind, self._nonce, body = self._channel.receive()
            try:
                self._answer(kind, body)
            except BaseException as error:  # whatever it is, the grader is told, and the class goes on
                self._failed(error)

    def _answer(self, kind: Kind, body: memoryview) -> None:
        if kind == Kind.SOURCE:
            self._module = loaded(bytes(body))
        elif kind == Kind.TASK:
            self._task = json.loads(bytes(body))
            assert self._module is not None
            self._function = function_called(self._module, self._task["function"])
        elif kind == Kind.CALL:
            self._called(Reader(body))
            return
        self._send(Kind.READY)

    def _called(self, body: Reader) -> None:
        way, n, size, seed = body.numbers("BIIQ")
        point = dict(zip(self._task["names"], body.array().tolist()))
        task = self._task
        problem: Any = Asked(point, tuple(task["wrt"]), task["dimension"], task["determined"])
        assert self._function is not None
        mode = Drawing(self._draw)
        subject = Served(self._function, problem, answering(self._ask, problem.dimension), mode)
        _seed(seed)
        answer = _RUN[way](subject, n, size)
        flags = _changes(subject, seed, mode.narrow or answer.narrow, mode.rough)
        head = struct.pack("<BBI", FORMS.index(answer.form), flags, torch.get_num_threads())
        self._send(Kind.ROWS, head, packed(answer.rows.detach().numpy()))

    def _ask(self, order: tuple[int, ...], a: Tensor, theta: Tensor) -> Tensor:
        if a.numel() > MOST_NUMBERS:
            raise Refused("f was called with too many samples at once")
        shape = theta.shape[:-1]
        head = struct.pack(f"<B{len(order)}BB{len(shape)}I", len(order), *order, len(shape), *shape)
        return torch.from_numpy(self._question(Kind.ASK, head, packed(a.detach().numpy())))

    def _draw(self, request: bytes, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(self._question(Kind.DRAW, request)).reshape(shape)

    def _question(self, kind: Kind, *parts: bytes) -> Array:
        self._send(kind, *parts)
        said, self._nonce, body = self._channel.receive()
        if said != Kind.VALUES:
            text = bytes(body).decode()
            raise Refused(text) if text else Aborted
        return Reader(body).array()

    def _send(self, kind: Kind, *parts: bytes) -> None:
        self._channel.send(kind, self._nonce, *parts)

    def _failed(self, error: BaseException) -> None:
        code = FAILURES.index(_failure(error))
        line, text, help = _line(error), _said(error), getattr(error, "help", None)
        body = f"{text[: MOST_TEXT - 600]}\0{str(help or '')[:400]}".encode("utf-8", "replace")[:MOST_TEXT]
        self._send(Kind.FAILED, struct.pack("<BI", code, line), body)


class Served(Subject):
    """A function whose draws are served; not in the mode for it is what is computed around its call.

    Each operation in the mode costs several times itself, and most of those of a small call are ours.
    """

    def __init__(self, function: Callable[..., Any], problem: Any, answer: Answering, mode: Drawing) -> None:
        super().__init__(function, problem, answer)
        self._mode = mode

    def _served(self) -> AbstractContextManager[Any]:
        return nullcontext() if self._mode.entered else self._mode

    def raw(self, theta: Leaves, n: int) -> Any:
        with self._served():
            return super().raw(theta, n)

    def read(self, result: Any, n: int) -> Answer | Tensor:
        with self._served():
            return super().read(result, n)

    def differentiated(self, surrogate: Tensor, theta: Leaves) -> Answer:
        with self._served():
            return super().differentiated(surrogate, theta)

    def expanded(self, n: int, samples: int) -> Tensor:
        with self._served():
            return super().expanded(n, samples)

    def vectorised(self, n: int, size: int) -> Tensor:
        with self._served():
            return super().vectorised(n, size)


def _plain(subject: Subject, n: int, size: int) -> Answer:
    return subject.call(n)


def _expanded(subject: Subject, n: int, size: int) -> Answer:
    return Answer("per_sample", subject.expanded(n, size))


def _vectorised(subject: Subject, n: int, size: int) -> Answer:
    return Answer("per_sample", subject.vectorised(n, size))


_RUN = (_plain, _expanded, _vectorised)


def _seed(seed: int) -> None:
    """The same start for every call, whatever was done in an earlier one."""
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)


def _changes(subject: Subject, seed: int, narrow: bool, rough: bool) -> int:
    found = (
        subject.switches_off,
        torch.get_default_dtype() != torch.float32,
        torch.initial_seed() != seed,
        numpy_stands()[1] != _FRESH,
        random.getstate()[1][-1] != _FRESH,
        narrow,
        rough,
    )
    return sum(bool(x) << i for i, x in enumerate(found))


def _failure(error: BaseException) -> str:
    if isinstance(error, Aborted):
        return "aborted"
    if isinstance(error, Missing):
        return "missing"
    if isinstance(error, BadTarget):
        return getattr(error, "kind", "signature")
    said = str(error) if isinstance(error, (MemoryError, RuntimeError, Raised)) else ""
    if isinstance(error, MemoryError) or any(words in said for words in _NO_MEMORY):
        return "memory"
    return "result" if isinstance(error, UserError) and not isinstance(error, Raised) else "raised"


_NO_MEMORY = ("can't allocate memory", "MemoryError", "Unable to allocate", "Cannot allocate memory")


def _said(error: BaseException) -> str:
    try:
        return str(getattr(error, "message", None) or f"it raised {type(error).__name__}: {error}")
    except BaseException as worse:  # an exception of theirs, whose text is code of theirs
        return f"it raised {type(error).__name__}, whose text raised {type(worse).__name__}"


def _line(error: BaseException) -> int:
    """The last line of the submission that the error went through; 0 where there is none."""
    own = getattr(error, "line", None)
    if isinstance(own, int):
        return own
    seen: BaseException | None = error
    while seen is not None:
        lines = [f.lineno for f in traceback.extract_tb(seen.__traceback__) if f.filename == FILE]
        if lines:
            return lines[-1] or 0
        seen = seen.__cause__ or seen.__context__
    return 0

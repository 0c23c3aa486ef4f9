"""How far a class is: a bar with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TextIO

PATIENCE = 2.0  # seconds without a sign of life that a person does not mind
EVERY = 20.0  # seconds between lines where there is no terminal


class Progress:
    """Use as a context; call it with how much is done, of how much, and what is in hand.

    A new total starts anew: first the derivations are counted, then the submissions.
    """

    def __init__(self, stream: TextIO, shown: bool, say: Callable[[str], None]) -> None:
        self.stream, self.shown, self.say = stream, shown, say
        self.started = self.told = time.monotonic()
        self.total = self.first = 0
        self._bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def __call__(self, done: int, total: int, name: str) -> None:
        """Show that ``done`` of ``total`` are done, ``name`` being in hand."""
        if not self.shown:
            return
        now = time.monotonic()
        if total != self.total:
            self._end()
            self.total, self.first, self.started, self.told = total, done, now, now
        if now - self.started < PATIENCE or (done == total and self._bar is None):
            return
        if self.stream.isatty():
            self._draw(done, total, name)
        elif now - self.told >= EVERY:
            self.told = now
            self.say(f"{done} of {total}{left(now - self.started, done - self.first, total - done)}")

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, done: int, total: int, name: str) -> None:
        if self._bar is None:
            self._bar = self._begun(total)
        self._bar.update(self._bar.task_ids[0], completed=done, what=name)

    def _begun(self, total: int) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        # Names are students': read as markup, brackets in them would be commands.
        what = TextColumn("{task.fields[what]}", markup=False)
        bar = Bar(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), what,
                  console=Console(file=self.stream), transient=True)  # fmt: skip
        bar.add_task("", total=total, what="")
        bar.start()
        return bar


def left(seconds: float, done: int, more: int) -> str:
    """``, about 3 min left`` at the pace so far; before there is a pace, that it starts.

    >>> left(10.0, 5, 20), left(1.0, 0, 5), left(60.0, 10, 100)
    (', about 40 s left', ', starting', ', about 10 min left')
    """
    if not done:
        return ", starting"
    rest = seconds / done * more
    return f", about {rest:.0f} s left" if rest < 100 else f", about {rest / 60:.0f} min left"

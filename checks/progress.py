"""A bar for a terminal: shown once the work has taken two seconds, gone when it is done."""

from __future__ import annotations

import time
from typing import Any, TextIO

PATIENCE = 2.0  # seconds without a sign of life that a person does not mind


class Progress:
    """Use as a context; call it with how much is done, of how much, and what comes next."""

    def __init__(self, stream: TextIO, shown: bool) -> None:
        self.stream = stream
        self.shown = shown
        self.started = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int, name: str) -> None:
        """Show that ``done`` of ``total`` are done and that ``name`` is next."""
        if not self.shown or time.monotonic() - self.started < PATIENCE:
            return
        if self._bar is None:
            self._bar = self._start(total)
        self._bar.update(self._bar.task_ids[0], completed=done, what=name)

    def _start(self, total: int) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        # Names are formulas: read as markup, E[eps] would lose its brackets.
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[what]}", markup=False))
        bar = Bar(*columns, console=Console(file=self.stream), transient=True)
        bar.add_task("", total=total, what="")
        bar.start()
        return bar

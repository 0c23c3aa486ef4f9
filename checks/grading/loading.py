"""A submission's bytes as a module, inside its sealed process, and the functions in it."""

from __future__ import annotations

import difflib
import linecache
import sys
import tokenize
from collections.abc import Callable
from io import BytesIO
from types import ModuleType
from typing import Any, Literal

from checks.user.errors import BadTarget, shortened
from checks.user.load import check_signature

NAME = "submission"
# Absolute, and not there: nothing is read by this name.
FILE = f"/{NAME}.py"


class Unloadable(BadTarget):
    """The submission is no Python, or ends in an error when it is imported."""

    def __init__(
        self, kind: Literal["syntax", "import"], message: str, help: str | None, line: int | None
    ) -> None:
        super().__init__(message, help)
        self.kind = kind
        self.line = line


class Missing(BadTarget):
    """The submission has no such function."""


def loaded(source: bytes) -> ModuleType:
    """Run the submission as a module of its own; raises ``Unloadable``."""
    try:
        code = compile(source, FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Unloadable(
            "syntax", f"line {error.lineno}: {error.msg}", _syntax_help(error), error.lineno
        ) from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        said = f"it cannot be compiled: {type(error).__name__}: {error}"
        raise Unloadable("syntax", said, "is it a Python file?", None) from None
    _remember_lines(source)
    module = ModuleType(NAME)
    module.__file__ = FILE
    sys.modules[NAME] = module
    try:
        exec(code, module.__dict__)
    except BaseException as error:  # an import may end in anything, SystemExit included
        line = next((t.tb_lineno for t in _frames(error) if t.tb_frame.f_code.co_filename == FILE), None)
        said = shortened(error, "it cannot be imported: ")
        raise Unloadable("import", said, _import_help(error), line) from None
    return module


def function_called(module: ModuleType, name: str) -> Callable[..., Any]:
    """The function ``name(f, theta, n)`` of the submission; raises ``Missing`` or ``BadTarget``."""
    found = vars(module).get(name)
    if found is None:
        own = [n for n, x in vars(module).items() if getattr(x, "__module__", None) == NAME and callable(x)]
        near = difflib.get_close_matches(name, own, n=1)
        listed = f"it has {', '.join(own[:8])}" if own else "it defines no function"
        raise Missing(f"there is no function '{name}'", f"did you mean '{near[0]}'?" if near else listed)
    check_signature(found, name)
    function: Callable[..., Any] = found
    return function


def _frames(error: BaseException) -> list[Any]:
    found, at = [], error.__traceback__
    while at is not None:
        found.append(at)
        at = at.tb_next
    return found[::-1]


def _remember_lines(source: bytes) -> None:
    """The text of the lines, for tracebacks: there is no file to read them from."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(source).readline)
        text = source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)


def _syntax_help(error: SyntaxError) -> str:
    if error.text and error.text.lstrip().startswith(("%", "!")):
        return "magics and shell commands of notebooks are no Python"
    return "`python FILE.py` shows the same"


def _import_help(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return "only Python's own modules, torch, numpy and scipy are there"
    if isinstance(error, PermissionError):
        return "files, the network and other processes are out of reach"
    if isinstance(error, SystemExit):
        return "put what runs the script under `if __name__ == '__main__':`"
    return "the file must be importable: `python FILE.py` shows the whole traceback"

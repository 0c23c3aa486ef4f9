"""``FILE.py::FUNCTION`` as a callable."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from checks.user.errors import BadTarget, shortened

Function = Callable[..., Any]
_MEANING = ": the integrand, the parameters, and how many samples to draw"
SIGNATURE = "(f, theta, n)"


def load(target: str, takes: str = SIGNATURE, arguments: int = 3) -> Function:
    """The function that ``FILE.py::FUNCTION`` names; a dotted name reaches into classes and objects.

    Raises ``BadTarget`` where the file is not there or cannot be imported, the name is not in it, or it
    cannot be called with so many ``arguments``, which messages write as ``takes``. What the file prints when
    imported goes to stderr.
    """
    file, _, name = target.partition("::")
    path = _path(file, name)
    module = _imported(path)
    found = _attribute(module, name, file)
    check_signature(found, target, takes, arguments)
    return found


def check_signature(function: object, name: str, takes: str = SIGNATURE, arguments: int = 3) -> None:
    """Raises ``BadTarget`` unless ``function`` can be called as ``function(f, theta, n)``, or as told."""
    if not callable(function):
        raise BadTarget(
            f"{name} is {_article(type(function).__name__)}, not a function",
            f"name a function that takes {takes}",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # builtins have none: the call will show
    try:
        signature.bind(*[None] * arguments)
    except TypeError as error:
        raise BadTarget(
            f"{name}{signature} cannot be called with {takes}: {error}",
            f"define it as `def {re.split('::|[.]', name)[-1]}{takes}:`"
            + (_MEANING if arguments == 3 else ""),
        ) from None


def _path(file: str, name: str) -> Path:
    path = Path(file)
    if not name:
        raise BadTarget(f"'{file}::' names no function", "write FILE.py::FUNCTION")
    if not path.is_file():
        raise BadTarget(f"there is no file '{file}'", _near_file(path))
    if path.suffix != ".py":
        raise BadTarget(f"'{file}' is not a Python file", "write FILE.py::FUNCTION")
    return path.resolve()


def _near_file(path: Path) -> str:
    here = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, here, n=1)
    return f"did you mean '{path.with_name(near[0])}'?" if near else "write FILE.py::FUNCTION"


def _imported(path: Path) -> ModuleType:
    # The name is the file's own, so that two files of one name are two modules.
    name = f"_gradproof_user_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # modules beside it, now and when the function is called
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an import may end in anything, SystemExit of a script included
        del sys.modules[name]
        raise BadTarget(_why_not(error, path), _help(error)) from None
    return module


def _why_not(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"{path.name} cannot be imported: line {error.lineno}: {error.msg}"
    return shortened(error, f"{path.name} cannot be imported: ")


def _help(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"install '{error.name}' in this environment, or remove its import"
    if isinstance(error, SystemExit):
        return "put what runs the script under `if __name__ == '__main__':`"
    return "the file must be importable: `python FILE.py` shows the whole traceback"


def _attribute(module: ModuleType, name: str, file: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise BadTarget(f"there is no function '{name}' in {file}", _near_name(found, part))
        found = getattr(found, part)
    return found


def _near_name(owner: object, part: str) -> str:
    there = [n for n, v in vars(owner).items() if callable(v) and not n.startswith("_")]
    near = difflib.get_close_matches(part, there, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    own = [n for n in there if getattr(vars(owner)[n], "__module__", None) == getattr(owner, "__name__", "")]
    return f"it has {', '.join(own[:8])}" if own else "it defines no function"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0].lower() in "aeiou" else f"a {noun}"

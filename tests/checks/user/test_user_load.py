"""FILE.py::FUNCTION: what can be wrong with it, each with a message that names it and a way out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checks.user.errors import BadTarget
from checks.user.load import check_signature, load

GOOD = "def estimate(f, theta, n):\n    return f(theta.mu)\n"


def write(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_a_function_is_loaded(tmp_path: Path) -> None:
    assert load(f"{write(tmp_path, GOOD)}::estimate").__name__ == "estimate"


def test_a_method_is_reached_by_its_dotted_name(tmp_path: Path) -> None:
    text = "class Box:\n    @staticmethod\n    def estimate(f, theta, n):\n        return 1\n"
    assert load(f"{write(tmp_path, text)}::Box.estimate")(None, None, 1) == 1


def test_a_module_beside_the_file_is_found(tmp_path: Path) -> None:
    write(tmp_path, "VALUE = 3\n", "gradproof_neighbour.py")
    text = f"import gradproof_neighbour\n{GOOD}"
    try:
        assert load(f"{write(tmp_path, text)}::estimate") is not None
    finally:
        sys.path.remove(str(tmp_path))
        del sys.modules["gradproof_neighbour"]


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = load(f"{write(tmp_path / 'one', GOOD)}::estimate")
    two = load(f"{write(tmp_path / 'two', GOOD)}::estimate")
    assert one is not two


def test_what_a_file_prints_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(f"{write(tmp_path, 'print(1234)' + chr(10) + GOOD)}::estimate")
    out, err = capsys.readouterr()
    assert out == ""
    assert "1234" in err


# fmt: off
REFUSED = {
    "no function of that name": (GOOD, "estimat", "no function 'estimat'", "did you mean 'estimate'"),
    "nothing like it": (GOOD, "zzz", "no function 'zzz'", "it has estimate"),
    "no name": (GOOD, "", "names no function", "FILE.py::FUNCTION"),
    "syntax": ("def f(:\n", "f", "line 1: ", "importable"),
    "import": ("import no_such_package_xyz\n", "f", "no_such_package_xyz", "install 'no_such_package_xyz'"),
    "exception": ("def g():\n    1 / 0\ng()\n", "f", "ZeroDivisionError: division by zero", "importable"),
    "exit": ("import sys\nsys.exit(3)\n", "f", "SystemExit: 3", "__main__"),
    "signature": (
        "def f(x, y):\n    pass\n",
        "f",
        r"\(x, y\) cannot be called with \(f, theta, n\)",
        "def f",
    ),
    "signature too long": (
        "def f(a, b, c, d):\n    pass\n",
        "f",
        "missing a required argument: 'd'",
        "def f",
    ),
    "not a function": ("f = 3\n", "f", "f is an int, not a function", r"\(f, theta, n\)"),
}


# fmt: on


@pytest.mark.parametrize(("text", "name", "message", "help"), REFUSED.values(), ids=REFUSED)
def test_a_bad_target_is_named(tmp_path: Path, text: str, name: str, message: str, help: str) -> None:
    with pytest.raises(BadTarget, match=message) as caught:
        load(f"{write(tmp_path, text)}::{name}")
    assert help.replace("\\", "") in (caught.value.help or "")


def test_a_traceback_is_cut_to_the_users_frames(tmp_path: Path) -> None:
    text = "import json\ndef g():\n    json.loads('{')\ng()\n"
    with pytest.raises(BadTarget) as caught:
        load(f"{write(tmp_path, text)}::f")
    lines = caught.value.message.splitlines()
    assert "JSONDecodeError" in lines[0]
    assert [line.strip() for line in lines[1:]] == [
        "mine.py:4 in <module>: g()",
        "mine.py:3 in g: json.loads('{')",
    ]


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(BadTarget, match="there is no file") as caught:
        load(f"{tmp_path / 'mien.py'}::estimate")
    assert "mine.py" in (caught.value.help or "")


def test_only_python_files_are_imported(tmp_path: Path) -> None:
    with pytest.raises(BadTarget, match="not a Python file"):
        load(f"{write(tmp_path, GOOD, 'mine.txt')}::estimate")


def test_builtins_without_a_signature_are_left_to_the_call() -> None:
    check_signature(dict, "dict")  # no error: what it does is seen when it is called

"""Submissions are read whatever they are; each that cannot be read says why, and harms nobody else."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.grading.collecting import files
from checks.grading.collecting.code import Place, program, where
from checks.grading.collecting.files import Part
from checks.grading.collecting.listing import Entry, entries
from checks.grading.collecting.names import shown
from checks.grading.collecting.notebooks import cells
from checks.grading.collecting.submission import Submission, read
from checks.grading.errors import NoSubmissions, Unreadable

GOOD = "def reparam(f, theta, n):\n    return f(theta.mu)\n"


def one(path: Path) -> Submission:
    """The submission at a path, alone among others."""
    (entry,) = entries([path, path])[:1]
    return read(entry, ["reparam", "score"], [("essay", "*.md")])


def zipped(members: dict[str, bytes | str], **kinds: int) -> bytes:
    """A zip archive; ``kinds`` gives members file types, as links have."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = kinds.get(name.partition(".")[0], stat.S_IFREG) << 16
            archive.writestr(info, data)
    return made.getvalue()


def notebook(*sources: object) -> bytes:
    made = [{"cell_type": "code", "source": s} for s in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def _link(folder: Path) -> Path:
    (folder / "secret.txt").write_text("answers")
    (folder / "x.py").symlink_to(folder / "secret.txt")
    return folder / "x.py"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "x.py")
    return folder / "x.py"


def _socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(folder / "x.py"))
    return folder / "x.py"


def _sparse(folder: Path) -> Path:
    with (folder / "x.py").open("wb") as file:
        file.truncate(50_000_000)
    return folder / "x.py"


def _holding(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def _folder(**holding: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "ann").mkdir()
        for name, data in holding.items():
            (folder / "ann" / name.replace("_", ".")).write_bytes(data)
        return folder / "ann"

    return make


DEEP = b"[" * 100_000
BAD = {
    "link": (_link, "symbolic link, and links are not followed"),
    "pipe": (_pipe, "device, pipe or socket"),
    "socket": (_socket, "device, pipe or socket"),
    "50 MB": (_sparse, r"it has 50.0 MB; more than 1 MB"),
    "empty": (_holding("x.py", b" \n\n"), "it is empty"),
    "binary": (_holding("x.py", b"\x7fELF\0\0\0\1"), "it is binary"),
    "not UTF-8": (_holding("x.py", "x = 1\ny = 'é'\n".encode("latin-1")), "not utf-8 in line 2"),
    "odd encoding": (_holding("x.py", b"# coding: klingon\n"), "encoding is not known"),
    "codec of bytes": (_holding("x.py", b"# coding: hex\n41"), "encoding is not known|it is not hex"),
    "half UTF-16": (_holding("x.py", b"\xff\xfea\x00b"), "not utf-16"),
    "folder called x.py": (lambda f: (f / "x.py").mkdir() or f / "x.py", "no Python file and no notebook"),
    "empty folder": (_folder(), "no Python file and no notebook"),
    "pdf": (_holding("x.pdf", b"%PDF"), "'x.pdf' is no Python file, notebook or zip"),
    "no JSON": (_holding("x.ipynb", b"{"), "not a notebook"),
    "JSON bomb": (_holding("x.ipynb", DEEP), "not a notebook: nested too deeply"),
    "JSON list": (_holding("x.ipynb", b"[]"), "it has no cells"),
    "JSON number": (_holding("x.ipynb", b"9" * 10_000), "not a notebook"),
    "no cells": (_holding("x.ipynb", b'{"cells": 3}'), "it has no cells"),
    "many cells": (_holding("x.ipynb", b'{"cells": [' + b"1," * 3000 + b"1]}"), "3001 cells"),
    "no zip": (_holding("x.zip", b"PK\x03\x04 nothing"), "zip archive cannot be read"),
    "zip bomb": (_holding("x.zip", zipped({"x.py": b"0" * 30_000_000})), "larger than 1 MB when unpacked"),
    "many small": (_holding("x.zip", zipped({f"{i}.py": "" for i in range(600)})), "600 entries"),
    "zip-slip": (_holding("x.zip", zipped({"../../x.py": GOOD})), "no Python file.*leads out of the archive"),
    "two files": (_folder(a_py=GOOD.encode(), b_py=GOOD.encode()), "2 files define 'reparam': a.py, b.py"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_says_why(tmp_path: Path, make: Callable[[Path], Path], message: str) -> None:
    found = one(make(tmp_path))
    assert found.problem is not None
    assert re.search(message, found.problem), found.problem
    assert found.code == b""


NOT_ALONE = {
    "zip-slip": ({"../x.py": GOOD, "y.py": GOOD}, {}, "leads out of the archive"),
    "absolute": ({"/etc/x.py": GOOD, "y.py": GOOD}, {}, "leads out of the archive"),
    "backslashes": ({"..\\x.py": GOOD, "y.py": GOOD}, {}, "leads out of the archive"),
    "drive": ({"C:\\x.py": GOOD, "y.py": GOOD}, {}, "leads out of the archive"),
    "link": ({"x.py": "/etc/passwd", "y.py": GOOD}, {"x": stat.S_IFLNK}, "symbolic link"),
    "nested": ({"x.zip": zipped({"z.py": GOOD}), "y.py": GOOD}, {}, "an archive in an archive"),
}


@pytest.mark.parametrize(("members", "kinds", "message"), NOT_ALONE.values(), ids=NOT_ALONE)
def test_bad_members_are_left_out_of_an_archive(
    tmp_path: Path, members: dict[str, bytes | str], kinds: dict[str, int], message: str
) -> None:
    found = one(_holding("ann.zip", zipped(members, **kinds))(tmp_path))
    assert (found.problem, found.code) == (None, GOOD.encode())
    assert any(message in note for note in found.notes)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["ann.zip"]


def test_a_link_in_a_folder_is_left_out(tmp_path: Path) -> None:
    made = _folder(a_py=GOOD.encode())(tmp_path)
    (made / "b.py").symlink_to("/etc/passwd")
    found = one(made)
    assert found.code == GOOD.encode()
    assert "'b.py' was left out: it is a symbolic link" in found.notes[0]


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.py").write_text(GOOD)
    (tmp_path / "class" / "ann").symlink_to(tmp_path / "other")
    found = read(entries([tmp_path / "class"])[0], ["reparam"], [])
    assert found.problem is not None
    assert "symbolic link" in found.problem


def test_a_file_that_changes_is_not_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _holding("x.py", GOOD.encode())(tmp_path)
    real, grown = files._must_be_ordinary, []

    def growing(found: os.stat_result, limit: int) -> None:
        grown.append(1)
        real(found, limit)
        with path.open("a") as file:
            file.write("# more\n")

    monkeypatch.setattr(files, "_must_be_ordinary", growing)
    assert one(path).problem == "it changes while it is read"
    assert len(grown) == files.TRIES


ENCODED = {
    "UTF-8": GOOD.encode(),
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "latin-1": b"# -*- coding: latin-1 -*-\n# \xe9\n" + GOOD.encode(),
    "line ends": GOOD.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_encodings_become_one(tmp_path: Path, data: bytes) -> None:
    found = one(_holding("x.py", data)(tmp_path))
    assert found.problem is None
    scope: dict[str, object] = {}
    exec(compile(found.code, "x", "exec"), scope)
    assert "reparam" in scope
    assert b"\r" not in found.code


def test_a_notebook_is_its_code_without_magics(tmp_path: Path) -> None:
    data = notebook(
        "!pip install x\nimport math\n%matplotlib inline",
        ["def reparam(f, theta, n):\n", "    text = '''\n", "! no magic\n", "'''\n", "    return text\n"],
        "%%bash\nrm -rf /",
        "%%time\nx = !ls\nif x:\n    !ls\n",
    )
    found = one(_holding("x.ipynb", data)(tmp_path))
    scope: dict[str, object] = {}
    exec(compile(found.code, "x", "exec"), scope)
    assert scope["x"] is None
    assert scope["reparam"](0, 0, 0) == "\n! no magic\n"  # type: ignore[operator]  # it is the function
    assert found.notes == (
        "x.ipynb: cell 1: skipped 2 lines that only IPython understands",
        "x.ipynb: cell 3: skipped: %%bash is not Python",
        "x.ipynb: cell 4: skipped 2 lines that only IPython understands",
    )


def test_lines_are_told_as_their_author_knows_them(tmp_path: Path) -> None:
    found = one(
        _holding("x.ipynb", notebook("a = 1\nb = 2", "def reparam(f, theta, n):\n    return 1"))(tmp_path)
    )
    line = found.code.decode().split("\n").index("    return 1") + 1
    assert where(found.places, line) == "x.ipynb, cell 2, line 2"
    assert where((Place(1, "x.py"),), 7) == "x.py, line 7"


def test_imports_from_the_future_stand_first() -> None:
    parts = [
        Part(
            "a.ipynb", notebook("x = 1", "from __future__ import annotations\ndef reparam(f: no, t, n): ...")
        )
    ]
    made = program(parts, ["reparam"])
    exec(compile(made.source, "x", "exec"), {})
    assert (
        where(made.places, made.source.decode().split("\n").index("x = 1") + 1) == "a.ipynb, cell 1, line 1"
    )


def test_two_files_are_one_program_where_each_has_a_task(tmp_path: Path) -> None:
    other = "def score(f, theta, n):\n    return 1\n"
    found = one(_folder(a_py=GOOD.encode(), b_py=other.encode(), c_py=b"x = 1\n")(tmp_path))
    assert b"def reparam" in found.code
    assert b"def score" in found.code
    assert b"x = 1" not in found.code
    assert found.notes == ("read as one program: a.py, b.py", "not read, because no task is in them: c.py")


def test_derivations_are_found_by_their_names(tmp_path: Path) -> None:
    found = one(_folder(a_py=GOOD.encode(), essay_md=b"# E")(tmp_path))
    assert found.written == (("essay", "essay.md", b"# E"),)
    assert one(
        _folder(b_md=b"1", essay_md=b"2")(tmp_path / "x" if (tmp_path / "x").mkdir() is None else tmp_path)
    ).problem


def test_a_class_is_listed(tmp_path: Path) -> None:
    for name in ("bob.py", ".hidden", "ann.ipynb", "cy.zip", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "dee").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    assert [e.student for e in entries([tmp_path])] == ["ann", "bob", "cy", "dee", "notes.txt"]


def test_names_are_told_apart(tmp_path: Path) -> None:
    for name in ("a.py", "a.ipynb"):
        (tmp_path / name).write_text("x")
    assert [e.student for e in entries([tmp_path])] == ["a", "a (2)"]


ARCHIVES = {
    "folders": {"ann/x.py": GOOD, "bob/x.py": GOOD, "bob/y.md": "t"},
    "a folder of folders": {"hw/ann/x.py": GOOD, "hw/bob/x.py": GOOD},
    "files": {"ann.py": GOOD, "bob.py": GOOD},
    "archives": {"ann.zip": zipped({"x.py": GOOD}), "bob.zip": zipped({"x.py": GOOD})},
    "with leftovers": {"ann/x.py": GOOD, "bob/x.py": GOOD, "__MACOSX/ann/._x.py": "x"},
}


@pytest.mark.parametrize("members", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_of_a_class_is_read_without_unpacking(
    tmp_path: Path, members: dict[str, bytes | str]
) -> None:
    path = _holding("class.zip", zipped(members))(tmp_path)
    found = [read(e, ["reparam"], []) for e in entries([path])]
    assert [f.student for f in found] == ["ann", "bob"]
    assert {f.code for f in found} == {GOOD.encode()}
    assert len({f.digest for f in found}) == 1
    assert os.listdir(tmp_path) == ["class.zip"]


def test_what_leads_out_of_an_archive_of_a_class_has_its_own_line(tmp_path: Path) -> None:
    path = _holding("class.zip", zipped({"ann/x.py": GOOD, "ann/../../y.py": GOOD, "bob/x.py": GOOD}))(
        tmp_path
    )
    found = {e.student: read(e, ["reparam"], []) for e in entries([path])}
    assert list(found) == ["ann", "ann/../../y.py", "bob"]
    assert [f.problem is None for f in found.values()] == [True, False, True]


def test_an_archive_of_one_student_is_one_submission(tmp_path: Path) -> None:
    path = _holding("ann.zip", zipped({"x.py": GOOD}))(tmp_path)
    assert [e.student for e in entries([path])] == ["ann"]


def test_nothing_to_grade_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSubmissions, match="there are no submissions in"):
        entries([tmp_path])
    with pytest.raises(NoSubmissions, match="there is no file or folder"):
        entries([tmp_path / "nothing"])


def test_hashes_tell_contents_and_not_names() -> None:
    first = Submission("ann", b"x", written=(("t", "a.md", b"1"),))
    assert first.digest == Submission("bob", b"x", written=(("t", "b.md", b"1"),)).digest
    assert first.digest != Submission("ann", b"x", written=(("t", "a.md", b"2"),)).digest
    assert first.digest != Submission("ann", b"xt", written=(("", "a.md", b"1"),)).digest


@given(st.binary(max_size=300))
def test_no_notebook_does_more_than_be_refused(data: bytes) -> None:
    said = ""
    try:
        cells(data)
    except Unreadable as error:
        said = error.message
    assert said.startswith("this is not a notebook") or not said


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_code(data: bytes) -> None:
    source = b""
    with contextlib.suppress(Unreadable):
        source = program([Part("x.py", data)], ["reparam"]).source
    assert b"\r" not in source
    assert b"\0" not in source


@given(st.text(max_size=200))
def test_names_become_one_harmless_line(name: str) -> None:
    made = shown(name)
    assert len(made) <= 100
    assert made.isprintable()


def test_an_entry_is_small() -> None:
    assert Entry("a", Path("a")).members == ()

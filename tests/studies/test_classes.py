"""The class that costs are measured on: as many submissions as were asked for, none of them a copy."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from checks.grading.classroom import submission
from checks.grading.collecting.listing import entries
from checks.grading.reading import read
from tests.studies.classes import EXAMPLE, make_class

COUNT = 45


def test_every_submission_is_one_of_the_example_and_none_is_a_copy(tmp_path: Path) -> None:
    make_class(tmp_path, COUNT)
    assignment = read(EXAMPLE / "assignment.toml")
    found = [submission(assignment, entry) for entry in entries([tmp_path], ())]
    originals = sorted(path.stem for path in (EXAMPLE / "submissions").iterdir())
    assert len(found) == COUNT
    assert Counter(one.student.split("-")[0] for one in found) == Counter(
        originals[i % len(originals)] for i in range(COUNT)
    )
    digests = {one.digest for one in found if one.problem is None}
    assert len(digests) == sum(one.problem is None for one in found) > 0.9 * COUNT


def test_notebooks_stay_notebooks(tmp_path: Path) -> None:
    make_class(tmp_path, 20)
    (path,) = tmp_path.glob("*.ipynb")
    sources = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert any("# student" in text for text in sources)

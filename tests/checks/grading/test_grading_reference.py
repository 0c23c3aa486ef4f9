"""``docs/assignment/keys.md`` says what the schema says, key by key.

Run as a programme, this file writes it: ``python -m tests.checks.grading.test_grading_reference``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from checks.grading.reading import SCHEMA

PAGE = Path(__file__).parents[3] / "docs" / "assignment" / "keys.md"
TABLES = {
    "": "The assignment",
    "task": "[[task]]",
    "written": "[[written]]",
    "late": "[late]",
    "feedback": "[feedback]",
}
HEAD = """# The keys of an assignment

An assignment is a TOML file, held against `checks/grading/assignment.schema.json`. Numbers in ranges and
points are exact: `0.45` is 9/20, and `"1/2"` needs quotes.
"""


def page() -> str:
    """The page, from the schema."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    parts = [HEAD]
    for name, title in TABLES.items():
        found = schema["$defs"][name] if name else schema
        parts += [f"\n## {title}\n\n| key | | default |\n|---|---|---|\n", *_rows(found, schema)]
    return "".join(parts)


def _rows(table: dict[str, Any], schema: dict[str, Any], prefix: str = "") -> list[str]:
    rows = []
    for name, about in table["properties"].items():
        if about.get("$ref", "").rpartition("/")[2] in ("late", "feedback") and not prefix:
            continue  # tables of their own
        needed = name in table.get("required", ())
        default = "required" if needed else json.dumps(about["default"]) if "default" in about else ""
        says = about.get("description", "").replace("|", "\\|")
        rows.append(f"| `{prefix}{name}` | {says} | {default} |\n")
        if "properties" in about:
            rows += _rows(about, schema, f"{prefix}{name}.")
    return rows


def test_the_page_is_what_the_schema_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_key_is_explained() -> None:
    silent = [
        line for line in page().splitlines() if line.startswith("| `") and line.split("|")[2].strip() == ""
    ]
    assert silent == []


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

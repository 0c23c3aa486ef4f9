"""What came of the cases, counted, with exact limits, and as a page of the handbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from checks.verdict import versions
from tests.studies.calibration import limits
from tests.studies.program.judging import Row

LEVEL = 0.99
BOUNDS = (1e-5, 1e-3, 1e-2, 1e-1, 1.0)
SIZES = (*(f"below {top:g}" for top in BOUNDS), "whole")
Record = dict[str, Any]
# What is said of a whole mistake that leaves nothing to differentiate: it is refused, as it should be.
NO_GRADIENT = "it returned a scalar that is detached"
# Of a wrong one that was refuted: how its diagnosis did.
NAMINGS = ("right", "alike", "same mean", "listed", "silent", "false")


def counted(rows: Sequence[Row], seed: int) -> Record:
    """The counts by group, as plain data."""
    right = [r for r in rows if r["side"] == "right"]
    wrong = [r for r in rows if r["side"] == "wrong"]
    sizes = _groups(wrong, _size)
    return {
        "seed": seed,
        "level": LEVEL,
        "versions": versions(),
        "right": len(right),
        "wrong": len(wrong),
        "all": _group(rows),
        "evidence": _groups(rows, lambda r: r["evidence"]),
        "family": _groups(rows, lambda r: r["family"]),
        "style": _groups(rows, _style),
        "size": {size: found for size in SIZES for found in (sizes.get(size),) if found},
        "mistake": _groups(wrong, lambda r: r.get("mistake", "none")),
        "naming": dict(Counter(r["naming"] for r in wrong if _whole(r))),
        "named": dict(Counter(r["evidence"] for r in wrong if r.get("named") is not None)),
        "misnamed": dict(Counter(r["evidence"] for r in wrong if r.get("naming") == "false")),
        "compared": sum(r.get("as_derived") is not None for r in wrong),
        "not_derived": sum(r.get("as_derived") is False for r in wrong),
        "open": [[reason, n] for reason, n in _reasons(rows)],
        "found": [_exhibit(r) for r in rows if _odd(r)],
    }


def _whole(row: Row) -> bool:
    """A mistake of the catalogue at its full size, refuted."""
    return row["outcome"] == "refuted" and row["eps"] == 1.0


def _style(row: Row) -> str:
    return str(row.get("style", "none")).partition(":")[0].partition(",")[0].partition(" beside")[0]


def _size(row: Row) -> str:
    eps = abs(row.get("eps", 1.0))
    if eps == 1.0:
        return "whole"
    return next(f"below {top:g}" for top in BOUNDS if eps < top)


def _groups(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, Record]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: _group(found[name]) for name in sorted(found)}


def _group(rows: Iterable[Row]) -> Record:
    """How many there were of each kind, and how many of them ended badly."""
    right = Counter(r["outcome"] for r in rows if r["side"] == "right")
    wrong = Counter(_ending(r) for r in rows if r["side"] == "wrong")
    return {"right": dict(sorted(right.items())), "wrong": dict(sorted(wrong.items()))}


def _ending(row: Row) -> str:
    """How a wrong one ended: one that agrees was missed, or is off by less than was to be noticed."""
    if row["outcome"] != "agrees":
        return str(row["outcome"])
    return "missed" if row["above"] else "below resolution"


def _odd(row: Row) -> bool:
    quiet = {"inconclusive", "agrees" if row["side"] == "right" else "refuted"}
    if row["side"] == "wrong" and not row.get("above"):
        quiet.add("agrees")
    if row["side"] == "wrong" and NO_GRADIENT in row["reason"]:
        quiet.add("error")
    return row["outcome"] not in quiet or row.get("naming") == "false" or row.get("as_derived") is False


def _exhibit(row: Row) -> Record:
    keys = ("index", "side", "family", "integrand", "at", "style", "mistake", "eps", "outcome", "evidence",
            "named", "naming", "reason")  # fmt: skip
    return {k: row[k] for k in keys if k in row}


def _reasons(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Why cases were left open, or could not be judged, without numbers."""
    said = Counter(
        "".join("#" if c.isdigit() else c for c in r["reason"].partition(";")[0])[:90]
        for r in rows
        if r["outcome"] in ("inconclusive", "untestable", "error", "broken")
    )
    return said.most_common(12)


SECTIONS = {
    "By evidence": "evidence",
    "By size of the mistake": "size",
    "By family": "family",
    "By style": "style",
    "By mistake": "mistake",
}
MOST_SHOWN = 40


def page(record: Record) -> str:
    """The page of the handbook: nothing in it but what the record says."""
    lines = [
        "# Calibration and power",
        "",
        "<!-- Written by `python -m tests.studies.program --page`; a test holds it to its JSON. -->",
        "",
        f"{record['right']:,} right estimators and {record['wrong']:,} wrong ones, of random family,",
        "integrand, point, style of code and size of the mistake, went through the same code as",
        "`python cli.py verify FILE.py::FUNCTION`. Limits are exact (Clopper and Pearson), two-sided,",
        f"at {100 * record['level']:g} %. What is exact notices a bias of about 1e-9; what is sampled is",
        "asked to notice one of 10, 20 or 30 %, and to miss it in at most one run of a thousand.",
        "A diagnosis by samples names the one known mistake whose mean is within four standard errors, where",
        "these are 2 % of the bias: what is off by a number that no list knows may be near one all the same.",
        "`python -m tests.studies.program --keep FILE --workers 2` makes 10,000 of each, on any number of",
        "workers, and goes on where it was interrupted; `--from-kept --page` writes this page.",
        "",
        *_table(RATE_HEAD, _summary(record)),
        *_naming(record),
    ]
    for title, key in SECTIONS.items():
        lines += ["", f"## {title}", "", *_outcomes(record[key])]
    lines += ["", "## Why cases were left open", ""]
    lines += [f"- {n}: {_safe(reason)}" for reason, n in record["open"]] or ["None was."]
    lines += ["", "## What was not as it should be", ""]
    lines += [_shown(one) for one in record["found"][:MOST_SHOWN]] or ["Nothing."]
    named = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
    return "\n".join([*lines, "", f"Seed {record['seed']}; {named}."]) + "\n"


RATE_HEAD = ("what", "of", "count", "rate", "limits")


def _summary(record: Record) -> list[tuple[str, ...]]:
    right, wrong = record["all"]["right"], record["all"]["wrong"]
    below = wrong.get("below resolution", 0)
    return [
        _rate("right ones refuted (false fails)", right.get("refuted", 0), record["right"]),
        _rate("right ones left open", _open(right), record["right"]),
        _rate("right ones in error", _failed(right), record["right"]),
        _rate("wrong ones off by less than the resolution, that agree", below, record["wrong"]),
        _rate("the other wrong ones that agree (misses)", wrong.get("missed", 0), record["wrong"] - below),
        _rate("wrong ones left open", _open(wrong), record["wrong"]),
        _rate("wrong ones in error, or refused for they have no gradient", _failed(wrong), record["wrong"]),
        *(
            _rate(f"diagnoses by {how} that are false", record["misnamed"].get(kind, 0), named)
            for kind, how in (("exact", "exact evidence"), ("sampling", "samples"))
            for named in (record["named"].get(kind, 0),)
        ),
        _rate("exact biases that are not the derived one", record["not_derived"], record["compared"]),
    ]


def _naming(record: Record) -> list[str]:
    total = sum(record["naming"].values())
    says = {
        "right": "the mistake itself is named",
        "alike": "the one is named that is listed as alike",
        "same mean": "another one is named, which has the same mean here",
        "listed": "several with this mean are listed, this one among them",
        "silent": "none is named",
        "false": "another one is named, whose mean is not this",
    }
    rows = [_rate(says[name], record["naming"].get(name, 0), total) for name in NAMINGS]
    return ["", "## Diagnoses of whole mistakes", "", *_table(RATE_HEAD, rows)]


def _open(counts: Mapping[str, int]) -> int:
    return counts.get("inconclusive", 0) + counts.get("untestable", 0)


def _failed(counts: Mapping[str, int]) -> int:
    return counts.get("error", 0) + counts.get("broken", 0)


def _rate(name: str, count: int, of: int) -> tuple[str, ...]:
    if not of:
        return name, "0", "0", "", ""
    low, high = (100 * x for x in limits(count, of, LEVEL))
    return name, f"{of:,}", f"{count:,}", f"{100 * count / of:.3g} %", f"{low:.2g} to {high:.2g} %"


def _outcomes(groups: Mapping[str, Record]) -> list[str]:
    ends = ("refuted", "open", "error")
    head = ("", "right", "agrees", *ends, "wrong", "refuted", "missed", "below", *ends[1:])
    rows = []
    for name, group in groups.items():
        right, wrong = group["right"], group["wrong"]
        rows.append(
            (name, sum(right.values()), right.get("agrees", 0), right.get("refuted", 0), _open(right),
             _failed(right), sum(wrong.values()), wrong.get("refuted", 0), wrong.get("missed", 0),
             wrong.get("below resolution", 0), _open(wrong), _failed(wrong))
        )  # fmt: skip
    return _table(head, [tuple(map(str, row)) for row in rows])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(map(_safe, row))} |" for row in rows),
    ]


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _shown(one: Record) -> str:
    what = f"{one['mistake']}, eps {one['eps']:g}" if "mistake" in one else "right"
    named = f", named {one['named']} ({one['naming']})" if one.get("named") else ""
    where = f"{one['family']}, `{one['integrand']}` at {one['at']}, {one.get('style', '')}"
    reason = one["reason"].partition("\n")[0][:200]
    return _safe(f"- case {one['index']}: {where} ({what}): {one['outcome']}{named}; {reason}")

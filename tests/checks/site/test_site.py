"""Documents: what stands on a page is what was judged; nothing foreign is touched; the same bytes twice."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from checks.figures import drawn
from checks.site import errors, output
from checks.site.build import FORMATS, Order, files_of, formats, fragment_of
from checks.site.content import Content, Subject
from checks.site.derived import content_of, rule_of
from checks.site.errors import DocumentError
from checks.site.gather import Material, gather
from checks.site.html import Html
from checks.site.mathml import MathML
from checks.site.subjects import subjects
from derive.rules import RULES

SQUARE = Subject("reparam", "normal", "a**2")
STEP = Subject("reparam", "normal", "Heaviside(a - 1)")
GENERIC = Subject("product-rule")
CHECK = {
    "id": "reparam/normal/a**2/pathwise", "check": "reparam", "family": "normal", "integrand": "a**2",
    "at": {"mu": "7/10", "sigma": "13/10"}, "wrt": ["mu", "sigma"], "estimator": "pathwise",
    "expected": "agrees", "outcome": "agrees", "as_expected": True, "exact": {"mu": 1.4, "sigma": 2.6},
    "estimate": {"mu": 1.4, "sigma": 2.6}, "bias": {"mu": 0.0, "sigma": 0.0},
    "detectable_bias": {"mu": 1e-9, "sigma": 1e-9}, "variance": {"exact": {"mu": 6.76, "sigma": None}},
    "evidence": "exact", "reason": "its noise replayed", "diagnosis": None,
    "reproduce": "python cli.py verify reparam --family normal --integrand 'a**2'",
}  # fmt: skip
ORDER = Order(("reparam", "product-rule"), FORMATS)


@cache
def material() -> Material:
    made = gather((SQUARE, STEP, GENERIC), ("fold", "leibniz"), None, None, 0)
    return replace(made, checks={SQUARE: [CHECK], STEP: [], GENERIC: []})


@cache
def built() -> dict[str, bytes]:
    return files_of(ORDER, material())


def page(subject: Subject) -> str:
    return built()[f"{subject.slug}.html"].decode()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [v for k in ("href", "src") if (v := found.get(k))]
        self.ids |= {v for v in [found.get("id")] if v}


# Contents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [SQUARE, STEP, GENERIC], ids=lambda s: s.slug)
def test_a_content_survives_json(subject: Subject) -> None:
    content = next(c for c in material().contents if c.subject == subject)
    assert Content.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_formulas_are_written_from_the_judged_terms() -> None:
    content = content_of(SQUARE)
    (by_mu, by_sigma) = content.derivations
    assert by_mu.result is not None
    assert (by_mu.result.text, by_mu.result.latex, by_mu.result.typst) == ("2*mu", r"2 \mu", "2 mu")
    assert by_sigma.result is not None
    assert by_sigma.result.text == "2*sigma"
    assert content.status == "proved"
    assert by_mu.steps[0].rule == "definition of the expectation"


def test_lines_of_a_latex_fragment_can_be_referred_to() -> None:
    text = content_of(SQUARE).formats["latex"]
    assert rf"\tag{{3}}\label{{{SQUARE.slug}:sigma:3}}" in text
    assert len(set(re.findall(r"\\label\{[^}]*\}", text))) == text.count("\\label{")


def test_a_refusal_is_content() -> None:
    content = content_of(Subject("reparam", "poisson", "a**2"))
    assert content.refusal is not None
    assert content.derivations == ()


def test_slugs_are_unique_and_safe() -> None:
    slugs = [s.slug for s in subjects()]
    assert len(set(slugs)) == len(slugs)
    assert not [s for s in slugs if not re.fullmatch(r"[a-z-]+/[a-z0-9_.-]+", s)]


@pytest.mark.parametrize("stem", RULES.names())
def test_every_rule_shows_what_it_refuses(stem: str) -> None:
    shown = rule_of(stem)
    assert shown.statement.typst
    assert "failed" in [c.status for c in shown.refused]
    assert shown.says.endswith(".")


# Pages -------------------------------------------------------------------------------------------------


def test_a_page_holds_each_step_with_anchor_rule_and_mathml() -> None:
    text = page(SQUARE)
    assert text.count("<math") > 15
    assert 'id="mu-1"' in text
    assert 'id="sigma-7"' in text
    assert 'href="../rules/fold.html"' in text
    assert "2 \\mu" in text  # LaTeX to copy
    assert CHECK["reproduce"].replace("'", "&#39;") in text  # type: ignore[union-attr]


def test_the_cause_of_a_failing_page_stands_on_top_and_later_steps_are_grey() -> None:
    text = page(STEP)
    assert text.index("the integrand has no jump that moves with mu") < text.index("Statement")
    assert 'class="step wrong' in text
    assert "Refused at step" in text


def test_a_page_without_failure_says_nothing_of_one() -> None:
    assert "step wrong" not in page(SQUARE)
    assert "Refused" not in page(SQUARE)


def test_hidden_steps_are_folded_away() -> None:
    text = Html(material(), hide_after=2).files()[f"{SQUARE.slug}.html"].decode()
    assert text.count("try it yourself first") == sum(
        max(len(d.steps) - 2, 0) for d in content_of(SQUARE).derivations
    )


def test_links_within_the_site_lead_somewhere() -> None:
    missing = {"handbook/index.html"}
    files = set(built())
    for name, content in built().items():
        if not name.endswith(".html"):
            continue
        parser = _Links()
        parser.feed(content.decode())
        for link in parser.links:
            target, _, place = link.partition("#")
            if not target:
                assert place in parser.ids, (name, link)
                continue
            path = (Path("/") / Path(name).parent / target).resolve().relative_to("/").as_posix()
            known = path in files or path in missing
            # This small site has three pages of two checks; the index of rules links to two rules only.
            assert known or path.startswith("rules/"), (name, link)


def test_nothing_is_asked_of_a_network() -> None:
    for name, content in built().items():
        if name.endswith((".html", ".css")):
            assert not re.search(rb'(?:src|href)="https?:|url\(|@import', content), name


def test_what_people_type_is_escaped() -> None:
    hostile = {**CHECK, "reason": "<script>alert(1)</script>", "outcome": "refuted"}
    made = replace(material(), checks={SQUARE: [hostile], STEP: [], GENERIC: []})
    text = Html(made).page(made.contents[0])
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_same_input_gives_the_same_bytes() -> None:
    again = files_of(ORDER, material())
    assert sorted(again) == sorted(built())
    assert [name for name in again if again[name] != built()[name]] == []


def test_the_pdf_is_one_and_markdown_has_an_index() -> None:
    assert built()["gradproof.pdf"].startswith(b"%PDF")
    index = built()["README.md"].decode()
    assert f"({SQUARE.slug}.md): proved" in index
    assert "Step 3, interchange of derivative and integral, fails" in built()[f"{STEP.slug}.md"].decode()


def test_mathml_is_known_only_for_what_was_announced() -> None:
    math = MathML(["a^(2)"])
    assert math.inline("a^(2)").startswith("<math>")
    assert 'display="block"' in math.display("a^(2)")
    with pytest.raises(KeyError):
        math.inline("b")


@pytest.mark.parametrize(
    ("form", "module", "name"),
    [
        pytest.param("html", "jinja2", "jinja2", id="pages"),
        pytest.param("html", "markdown_it", "markdown-it-py", id="handbook"),
        pytest.param("pdf", "typst", "typst", id="pdf"),
    ],
)
def test_a_missing_extra_is_named_before_any_work(
    form: str, module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda asked: None if asked == module else object())
    with pytest.raises(DocumentError, match=f"documents need '{name}', which is not installed") as caught:
        errors.require_extras((form,))
    assert caught.value.help == "pip install 'gradproof[docs]'"
    errors.require_extras(("latex", "markdown", "notebook"))  # which need nothing more


def test_a_picture_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(DocumentError, match="documents need 'matplotlib'"):
        drawn("name", lambda axes: None, "", "")


# Formats and fragments ---------------------------------------------------------------------------------


def test_formats_are_read() -> None:
    assert formats("html, pdf,html") == ("html", "pdf")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("html,xml", "no format 'xml'", id="unknown"),
        pytest.param(" ", "no format was named", id="none"),
    ],
)
def test_bad_formats_are_named(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        formats(text)


def test_a_fragment_is_one_step() -> None:
    made = fragment_of(material().contents, "reparam/normal:3")
    assert made.startswith("% interchange of derivative and integral: proved\n\\[")
    assert fragment_of(material().contents, f"{SQUARE.slug}:sigma-1").count(r"\partial \sigma") == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("reparam/nobody:1", "no page is called 'reparam/nobody'", id="page"),
        pytest.param("reparam/normal:99", "has no step '99'", id="step"),
        pytest.param("reparam/normal:kappa-1", "has no step 'kappa-1'", id="parameter"),
    ],
)
def test_bad_fragments_are_named(name: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        fragment_of(material().contents, name)


# The folder --------------------------------------------------------------------------------------------

FILES = {"index.html": b"one", "a/b.html": b"two"}


def test_a_new_folder_is_filled_and_replaced(tmp_path: Path) -> None:
    out = tmp_path / "documents"
    output.write(out, FILES)
    assert output.differences(out, FILES) == []
    output.write(out, {"index.html": b"three"})
    assert output.names_in(out) == {"index.html"}
    assert [p.name for p in tmp_path.iterdir()] == ["documents"]


def test_somebody_elses_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(DocumentError, match="holds files that were not written here"):
        output.write(tmp_path, FILES)
    assert (tmp_path / "thesis.tex").read_text() == "mine"


def test_a_file_added_to_the_documents_is_not_lost(tmp_path: Path) -> None:
    out = tmp_path / "documents"
    output.write(out, FILES)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(DocumentError, match=r"holds 'notes\.txt', which no build wrote"):
        output.write(out, FILES)
    assert (out / "notes.txt").read_text() == "mine"


def test_an_interrupted_build_leaves_the_old_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "documents"
    output.write(out, FILES)

    def interrupted(folder: Path, files: object) -> None:
        (folder / "index.html").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(output, "_fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        output.write(out, {"index.html": b"new"})
    assert (out / "index.html").read_bytes() == b"one"
    assert [p.name for p in tmp_path.iterdir()] == ["documents"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "documents"
    place.write_text("mine")
    with pytest.raises(DocumentError, match="is not a folder"):
        output.write(place, FILES)


def test_what_is_stale_is_named(tmp_path: Path) -> None:
    out = tmp_path / "documents"
    output.write(out, FILES)
    (out / "index.html").write_bytes(b"edited")
    stale = output.differences(out, {"index.html": b"one", "c.html": b"x"})
    assert stale == ["missing: c.html", "no longer written: a/b.html", "changed: index.html"]

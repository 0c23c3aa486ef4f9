"""Pages in a real browser: no overflow on a phone, MathML drawn, enough contrast, nothing in the console.

Needs a Chromium on the path; without one the pages are only read. What it prints are its own measurements:
a script in the page writes them into the document, and ``--dump-dom`` hands it over.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.checks.site.test_site import SQUARE, STEP, built

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--virtual-time-budget=4000",
    "--allow-file-access-from-files",
)  # fmt: skip
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path")

# Looks at the laid-out page: what sticks out, formulas without size, text with too little contrast.
PROBE = """
<script>
window.onerror = (m) => document.documentElement.setAttribute("data-error", m);
addEventListener("load", () => {
  const light = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const lum = (rgb) => 0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]);
  const parse = (s) => (s.match(/[\\d.]+/g) || []).map(Number);
  const back = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  let least = 99, worst = "";
  for (const e of document.querySelectorAll("p, li, a, td, th, h1, h2, summary, .badge, .because, dt, dd")) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const a = lum(parse(getComputedStyle(e).color)), b = lum(back(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) { least = ratio; worst = e.tagName + "." + e.className; }
  }
  const maths = [...document.querySelectorAll("math")].filter((m) => !m.closest("details:not([open])"));
  const found = { width: document.documentElement.scrollWidth, view: innerWidth, least, worst,
    maths: maths.length, empty: maths.filter((m) => m.getBoundingClientRect().height < 4).length,
    named: [...document.querySelectorAll("img")].every((i) => i.alt),
    labels: [...document.querySelectorAll("input")].every((i) => i.closest("label")) };
  document.documentElement.setAttribute("data-probe", JSON.stringify(found));
});
</script></head>
"""


# A headless window is no narrower than 500: a phone is a frame in it.
FRAME = """<!DOCTYPE html><html><body>
<iframe src="{page}" width="{width}" height="800" style="border:0"></iframe>
<script>
const inner = () => document.querySelector("iframe").contentDocument.documentElement;
const hand = () => document.documentElement.setAttribute("data-probe", inner().getAttribute("data-probe"));
addEventListener("load", () => setTimeout(hand, 300));
</script>
</body></html>"""


@cache
def site(folder: Path) -> Path:
    for name, content in built().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b"</head>", PROBE.encode()) if name.endswith(".html") else content)
    return folder


def probe(folder: Path, page: str, width: int, dark: bool) -> dict[str, object]:
    """The measurements of one page at one width."""
    assert BROWSER is not None
    mode = (f"--blink-settings=preferredColorScheme={0 if dark else 1}",)
    frame = site(folder) / f"frame-{page.replace('/', '-')}"
    frame.write_text(FRAME.replace("{page}", page).replace("{width}", str(width)))
    command = [BROWSER, *FLAGS, *mode, f"--user-data-dir={folder / '.browser'}", "--window-size=900,900",
               "--enable-logging=stderr", "--dump-dom", frame.as_uri()]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert not re.findall(r"CONSOLE.*(?:Uncaught|Error)", ran.stderr)
    assert "data-error" not in ran.stdout.replace('setAttribute("data-error"', "")
    found = re.search(r'data-probe="([^"]*)"', ran.stdout)
    assert found is not None, ran.stderr[-2000:]
    made: dict[str, object] = json.loads(found[1].replace("&quot;", '"'))
    return made


PAGES = [f"{s.slug}.html" for s in (SQUARE, STEP)]
PAGES += ["index.html", "graph.html", "search.html", "rules/fold.html"]


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone_and_can_be_read(
    page: str, dark: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "browser-site"
    folder.mkdir(exist_ok=True)
    seen = probe(folder, page, 360, dark)
    assert seen["view"] == 360
    assert seen["width"] <= seen["view"]  # type: ignore[operator]
    assert float(seen["least"]) >= 4.5, seen["worst"]  # type: ignore[arg-type] # WCAG AA
    assert seen["empty"] == 0
    assert seen["named"]
    assert seen["labels"]
    if "normal" in page:
        assert int(seen["maths"]) > 10  # type: ignore[call-overload]


@needs_browser
def test_a_page_that_sticks_out_is_noticed(tmp_path: Path) -> None:
    page = (site(tmp_path) / "index.html").read_text()
    wide = page.replace("<h1>", '<div style="width:2000px">wide</div><h1>', 1)
    (tmp_path / "wide.html").write_text(wide)
    seen = probe(tmp_path, "wide.html", 360, dark=False)
    assert seen["width"] > seen["view"]  # type: ignore[operator]

"""A report in a real browser: everything is shown, nothing is fetched, nothing runs, nothing sticks out."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow  # `.ci/run` looks at the pages, too

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--enable-logging=stderr",
]
CHECK = """
<script>
const det = (matrix) => matrix.a * matrix.d - matrix.b * matrix.c;
const pictures = [...document.querySelectorAll("svg image")].map((each) => {
  const image = new Image();
  image.src = each.getAttribute("href");
  return [image, each];
});
window.addEventListener("load", () => {
  const page = document.documentElement;
  const verdict = document.createElement("pre");
  verdict.id = "verdict";
  verdict.textContent = JSON.stringify({
    title: document.title,
    sizes: pictures.map(([image, each]) => [image.naturalWidth, each.getBoundingClientRect().width]),
    copies: [...document.querySelectorAll("svg use")].map((each) => each.getBoundingClientRect().width),
    widths: [page.scrollWidth, page.clientWidth],
    fetched: performance.getEntriesByType("resource").map((each) => each.name.slice(0, 80)),
    scrolled: [...document.querySelectorAll(".scroll, .matrix, nav ul")].map((each) => ({
      what: each.getAttribute("aria-label") || "contents",
      more: each.scrollWidth - each.clientWidth,
      shadow: getComputedStyle(each).backgroundImage.includes("svg"),
      hint: getComputedStyle(each, "::before").content,
    })),
    cut: [...document.querySelectorAll("td, th, .tiles li, figcaption, dd, .legend li")]
      .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.offsetParent && !each.closest(".matrix"))
      .map((each) => each.textContent.slice(0, 60)),
    letters: [...document.querySelectorAll("svg text")].filter((each) => each.getBoundingClientRect().width)
      .map((each) => parseFloat(getComputedStyle(each).fontSize) * Math.sqrt(Math.abs(det(each.getScreenCTM())))),
    outside: [...document.querySelectorAll("svg text")].filter((each) => {
      const [inner, outer] = [each.getBBox(), each.ownerSVGElement.viewBox.baseVal];
      return !each.hasAttribute("transform") && (inner.x < -1 || inner.x + inner.width > outer.width + 1);
    }).map((each) => each.textContent),
    wide: [...document.querySelectorAll("body *")].filter((each) => !each.closest(".scroll, .matrix, nav, pre, svg"))
      .filter((each) => each.getBoundingClientRect().right > page.clientWidth + 1)
      .map((each) => `${each.tagName} ${each.className} ${each.textContent.slice(0, 60)}`),
    hidden: [...document.querySelectorAll("section")].filter((each) => !each.getBoundingClientRect().height).length,
  });
  document.body.append(verdict);
});
</script>
"""
"""Added to a copy of the page, whose own policy would not let it run.

The browser writes the DOM after the event ``load``, which waits for the images.
"""


FRAME = """
<iframe src="copy.html" style="border: 0; width: %dpx; height: 800px"></iframe>
<script>
window.addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  document.body.append(page.getElementById("verdict").cloneNode(true));
});
</script>
"""


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """Opens a page, and gives the DOM, or a picture, and what the browser had to say."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI has no Chromium: .ci/run installs it"
        pytest.skip("Chromium is not installed: apt-get install chromium")

    def open_page(path, *options):
        profile = tmp_path_factory.mktemp("profile")
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--window-size=1200,900", *options, path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return open_page


@pytest.fixture(params=["report_of_one", "report_of_two"])
def folder(request):
    return request.getfixturevalue(request.param)


def test_the_page_is_whole_quiet_and_runs_nothing(folder, browse):
    dom, said = browse(folder / "report.html", "--dump-dom")
    assert said == []
    for section in ("summary1", "classes1", "curves1", "confusion1", "calibration1", "errors1", "pictures1", "speed1"):
        assert f'<section id="{section}">' in dom
    assert "<script" not in dom
    assert dom.count("<image ") == dom.count("<use ") >= 3
    assert "<title>broken</title>" not in dom


@pytest.fixture
def measure(browse, tmp_path):
    """The verdict of `CHECK` on a report at a width: in a frame, since no window is as narrow as a telephone."""

    def measure(folder, width):
        page = (folder / "report.html").read_text(encoding="utf-8")
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        (tmp_path / "copy.html").write_text(text.replace("</body>", f"{CHECK}</body>"), encoding="utf-8")
        frame = tmp_path / "frame.html"
        frame.write_text(FRAME % width)
        dom, said = browse(frame, "--dump-dom", "--allow-file-access-from-files", f"--window-size={width + 100},900")
        assert said == []
        return json.loads(html.unescape(re.search(r'<pre id="verdict">(.*?)</pre>', dom)[1]))

    return measure


@pytest.mark.parametrize("width", [390, 1400])
def test_pictures_load_nothing_is_fetched_and_nothing_sticks_out(folder, measure, width):
    verdict = measure(folder, width)
    assert verdict["title"].endswith(": evaluation")
    assert verdict["sizes"]
    assert all(natural > 0 and shown > 200 for natural, shown in verdict["sizes"])
    assert all(shown > 200 for shown in verdict["copies"])
    assert verdict["wide"] == []
    assert verdict["widths"][0] <= verdict["widths"][1] == width
    assert [place for place in verdict["fetched"] if not place.startswith("data:")] == []
    assert verdict["hidden"] == 0
    assert verdict["cut"] == []
    assert verdict["outside"] == []
    assert min(verdict["letters"]) >= 5.9
    for each in verdict["scrolled"]:
        assert each["shadow"] or each["more"] <= 1, each
        if each["what"].startswith(("Scores", "Comparison", "Kinds")):
            assert (each["hint"] == "none") == (each["more"] <= 1), each


def test_it_is_seen_on_the_screen(report_of_one, browse, tmp_path):
    """A screenshot holds ink, the blue of what is right, the orange of what is wrong, and the drawn shapes."""
    browse(report_of_one / "report.html", f"--screenshot={tmp_path / 'page.png'}", "--window-size=1200,5000")
    blue, green, red = cv2.split(cv2.imread(str(tmp_path / "page.png")).astype(np.int32))
    assert red.shape == (5000, 1200)
    colours, counts = np.unique(red << 16 | green << 8 | blue, return_counts=True)
    seen = dict(zip(colours.tolist(), counts.tolist(), strict=True))
    assert all(seen.get(colour, 0) > 500 for colour in (0x1B2733, 0x0072B2, 0xD55E00))
    assert len(seen) > 5000, "the pictures are not seen"

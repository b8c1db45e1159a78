"""The page in a real browser: a script in a frame around it does what people do, and tells what is seen."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess

import cv2
import numpy as np
import pytest
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from tests.serving.conftest import NAME, encoded, listening
from zoo_core.serving.app import application
from zoo_core.serving.limits import Limits
from zoo_core.serving.metrics import Metrics
from zoo_core.serving.models import Model
from zoo_core.serving.service import Service

pytestmark = pytest.mark.slow  # `.ci/run` looks at the pages, too

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars", "--enable-logging=stderr"),
]
DRIVER = """<!DOCTYPE html><body style="margin: 0">
<iframe src="/" style="border: 0; width: %(width)dpx; height: %(height)dpx"></iframe>
<img src="/wait" hidden>
<script>
const frame = document.querySelector("iframe");
const page = () => frame.contentDocument;
const all = (selector) => [...page().querySelectorAll(selector)];
const one = (selector) => page().querySelector(selector);
const seen = (each) => each && each.getBoundingClientRect().height > 0;
async function until(condition) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (condition()) return;
    await new Promise((resume) => setTimeout(resume, 25));
  }
  throw new Error(`it did not come: ${condition}`);
}
function drop(...files) {
  const carried = new DataTransfer();
  for (const [name, text] of files) {
    carried.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
  }
  one("body").dispatchEvent(new frame.contentWindow.DragEvent("drop", { dataTransfer: carried, bubbles: true }));
}
function slide(id, value) {
  const slider = one(`#${id}`);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
const counts = () => all(".summary").map((each) => each.textContent);
const done = () => counts().length && counts().every((each) => each !== "looking…");
const ink = (index) => {
  const canvas = all("canvas")[index];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, each) => sum + each, 0);
};
const fetched = () => frame.contentWindow.performance.getEntriesByType("resource").map((each) => each.name);
const asked = () => fetched().filter((each) => each.includes("/candidates")).length;
const FILES = %(files)s;
addEventListener("load", () => {});
frame.addEventListener("load", async () => {
  let verdict;
  try {
    await until(() => seen(one("#sources")));
    verdict = await (async () => { %(steps)s })();
  } catch (error) {
    verdict = { failed: `${error.stack}` };
  }
  await fetch("/verdict", { method: "POST", body: JSON.stringify(verdict) });
});
</script>
"""
"""The browser is done when an image that is waited for has come, which is when the script has told its verdict."""


@pytest.fixture
def browse(tiny, tmp_path_factory):
    """Does steps on the page of a service with two models, and gives what they return and the picture of a window."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI has no Chromium: .ci/run installs it"
        pytest.skip("Chromium is not installed: apt-get install chromium")

    def browse(steps, files, width=1200, height=900, *, token=None, screenshot=None, dark=False):
        limits, verdicts, told = Limits(), [], asyncio.Event()
        models = [Model(name, tiny, limits) for name in (NAME, "other")]
        models[1].nms = tiny.config.nms.model_copy(update={"iou": 0.2})
        service = Service(models, limits, Metrics())
        app = application(service, token, examples=True)
        content = {name: base64.b64encode(data).decode() for name, data in files.items()}
        driver = DRIVER % {"steps": steps, "files": json.dumps(content), "width": width, "height": height}
        app.add_api_route("/driver", lambda: HTMLResponse(driver))

        async def wait() -> Response:
            await asyncio.wait_for(told.wait(), 60)
            return Response()

        async def verdict(request: Request) -> None:
            verdicts.append(json.loads(await request.body()))
            told.set()

        app.add_api_route("/wait", wait)
        app.add_api_route("/verdict", verdict, methods=["POST"])
        with listening(app, limits) as (host, port):
            command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]
            command += [f"--window-size={max(width, 500)},{height}"]
            command += ["--blink-settings=preferredColorScheme=0"] if dark else []
            command += [f"--screenshot={screenshot}" if screenshot else "--dump-dom", f"http://{host}:{port}/driver"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, done.stderr
        assert verdicts, done.stderr
        assert "failed" not in verdicts[0], verdicts[0]
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        # A refusal is told by the browser, too; and the test, not the page, reads back what is drawn.
        assert [line for line in said if "422" not in line and "getImageData" not in line] == []
        return verdicts[0]

    return browse


LOOK = """
    drop(...Object.entries(FILES));
    await until(() => all(".panel").length === 2 && done());
"""


def test_drop_slide_hide_and_compare(browse, tiny, picture, png):
    verdict = browse(
        LOOK
        + """
    const first = { counts: counts(), names: all(".panel h2").map((each) => each.firstChild.textContent), ink: ink(0) };
    const before = asked();
    slide("score", 0.9);
    const strict = { counts: counts(), ink: ink(0) };
    slide("score", 0.05);
    slide("iou", 1);
    const loose = counts();
    slide("iou", 0.45);
    const equal = counts();
    for (const chip of all("#classes .chip").filter((each) => each.textContent.includes("circle"))) chip.click();
    const pressed = all("#classes .chip").map((each) => each.getAttribute("aria-pressed"));
    const hidden = { counts: counts(), pressed };
    const canvas = one("canvas");
    canvas.focus();
    canvas.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    const named = one(".pointed").textContent;
    all("#models .chip")[1].click();
    return { first, strict, loose, equal, hidden, named, asked: [before, asked()], panels: all(".panel").length,
      label: canvas.getAttribute("aria-label") };
    """,
        {"one.png": png},
    )

    def found(score, iou, keep=100):
        (objects,) = tiny.find([picture], [tiny.config.nms.model_copy(update={"iou": iou, "keep": keep})])
        return objects.labels[objects.scores >= score]

    def in_words(*numbers):
        return ["1 object" if each == 1 else f"{each} objects" for each in numbers]

    assert verdict["first"]["names"] == ["tiny", "other"]
    assert verdict["first"]["counts"] == in_words(len(found(0.5, 0.45)), len(found(0.5, 0.2)))
    assert verdict["strict"]["counts"] == in_words(len(found(0.9, 0.45)), len(found(0.9, 0.2)))
    assert verdict["strict"]["ink"] != verdict["first"]["ink"]
    assert verdict["loose"] == in_words(*[len(found(0.05, 1))] * 2)
    labels = found(0.05, 0.45)
    assert verdict["equal"] == in_words(*[len(labels)] * 2)
    assert verdict["hidden"]["counts"] == in_words(*[int((labels != 0).sum())] * 2)
    assert sorted(verdict["hidden"]["pressed"]) == ["false", "true", "true"]
    highest = tiny.class_names[labels[labels != 0][0]]
    assert verdict["named"].startswith(highest)
    assert verdict["asked"] == [2, 2], "sliders ask the service"
    assert verdict["panels"] == 1
    assert verdict["label"].startswith("one.png: ")


def test_a_broken_picture_is_told_and_others_go_on(browse, png, picture):
    jpeg = encoded(picture, "JPEG")
    verdict = browse(
        """
    drop(["cut.jpg", FILES["cut.jpg"]]);
    await until(() => all(".fault").filter(seen).length === 2);
    const told = all(".fault").map((each) => each.textContent);
    drop(["good.png", FILES["good.png"]]);
    await until(() => done() && !all(".fault").some(seen));
    const good = counts();
    all("#pictures button")[0].click();
    const buttons = all(".panel button").map((each) => each.disabled);
    return { told, good, again: all(".fault").filter(seen).length, buttons };
    """,
        {"cut.jpg": jpeg[: len(jpeg) // 3], "good.png": png},
    )
    assert len(verdict["told"]) == 2
    assert all("truncated or damaged" in each for each in verdict["told"])
    assert all(each.endswith("objects") for each in verdict["good"])
    assert verdict["again"] == 2
    assert verdict["buttons"] == [True] * 4


def test_examples_downloads_and_a_narrow_screen(browse, png):
    verdict = browse(
        """
    await until(() => all("#examples button").length === 2);
    all("#examples button")[0].click();
    await until(() => all(".panel").length === 2 && done());
    const kept = [];
    frame.contentWindow.URL.createObjectURL = (blob) => { kept.push(blob); return "data:,"; };
    frame.contentWindow.HTMLAnchorElement.prototype.click = function () { kept.push(this.download); };
    all(".panel button")[1].click();
    all(".panel button")[0].click();
    await until(() => kept.length === 4);
    const coco = JSON.parse(await kept[0].text());
    const html = page().documentElement;
    return { coco, names: [kept[1], kept[3]], png: [kept[2].type, kept[2].size], count: counts()[0],
      widths: [html.scrollWidth, html.clientWidth],
      wide: all("body *").filter((each) => !each.closest(".strip"))
        .filter((each) => each.getBoundingClientRect().right > html.clientWidth + 1)
        .map((each) => `${each.tagName} ${each.className}`),
      small: all("button").filter((each) => seen(each) && each.getBoundingClientRect().height < 36).length,
      fetched: fetched().map((each) => new URL(each).host),
      host: location.host };
    """,
        {"one.png": png},
        width=390,
    )
    coco = verdict["coco"]
    assert [each["name"] for each in coco["categories"]] == ["circle", "square", "triangle"]
    assert coco["images"] == [{"id": 1, "file_name": "tiny-1.jpg", "width": 128, "height": 128}]
    assert len(coco["annotations"]) == int(verdict["count"].split()[0])
    assert verdict["names"] == ["tiny.json", "tiny-1-tiny.png"]
    assert verdict["png"][0] == "image/png"
    assert verdict["widths"][0] <= verdict["widths"][1] == 390
    assert verdict["wide"] == []
    assert verdict["small"] == 0
    assert set(verdict["fetched"]) <= {verdict["host"], ""}


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_seen_on_the_screen(browse, png, tmp_path, dark):
    path = tmp_path / "page.png"
    browse(f"{LOOK} return {{}};", {"one.png": png}, screenshot=path, dark=dark)
    image = cv2.imread(str(path))
    paper = (0x22, 0x1B, 0x14) if dark else (255, 255, 255)
    assert (image == paper).all(axis=2).mean() > 0.2
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 500, "the picture is not seen"

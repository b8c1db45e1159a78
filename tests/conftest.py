"""What the tests of several folders share: annotated images in the layout of Pascal VOC, and a web server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import cv2
import numpy as np
import pytest

import zoo_core as zoo

# Fixtures of fake plugins, which the tests of several rooms use.
from tests.fake_plugins import discovered, install, registry, toy, toys  # noqa: F401
from tests.local_server import serving
from tests.tiny import TINY, new_sure_detector
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings

pytest_plugins = ["tests.budget"]

_SLOW_SECONDS = 3600
"""After which a test that is marked slow hangs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--unit`` is for the inner loop of work."""
    parser.addoption("--unit", action="store_true", help="leave out tests that are slow or start a program")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests have more time; with ``--unit`` they are left out."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_SLOW_SECONDS))
    if config.getoption("--unit"):
        left_out = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """With ``--unit``, a test that is about to start a program is skipped."""
    if session.config.getoption("--unit"):

        def refuse(*_: object, **__: object) -> None:
            pytest.skip("starts a program")

        subprocess.Popen.__init__ = refuse  # type: ignore[method-assign]


@pytest.fixture(scope="module", autouse=True)
def _no_curves() -> Iterator[None]:
    """Drawing the curves of a training takes as long as all else; `tests/config/test_run_folder.py` draws them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("zoo_core.training.session.write_curves", lambda _, picture: picture.touch())
        yield


@pytest.fixture(scope="module", autouse=True)
def _few_drawn_outputs() -> Iterator[None]:
    """To hold an exported file to all outputs that are drawn takes longer than to write it.

    `tests/engines/onnx/test_verification.py` has them all.
    """
    with pytest.MonkeyPatch.context() as patched:
        for kind, count in {"DENSE": 2, "SINGLE": 1, "CROWDED": 1, "NEAR": 2, "LEAST_ROUNDS": 2}.items():
            patched.setattr(f"zoo_core.engines.onnx.drawn._{kind}", count)
        yield


VocObjects = Sequence[tuple[str, Sequence[object]] | tuple[str, Sequence[object], bool]]
"""Name, (xmin, ymin, xmax, ymax) as the file has them, and whether difficult."""
WriteVoc = Callable[..., Path]


def _annotation(name: str, objects: VocObjects, size: tuple[int, int] | None) -> str:
    lines = ["<annotation>", f"<filename>{name}.jpg</filename>"]
    if size:
        lines.append(f"<size><width>{size[1]}</width><height>{size[0]}</height><depth>3</depth></size>")
    for label, box, *difficult in objects:
        corners = "".join(
            f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        )
        lines.append(
            f"<object><name>{escape(label)}</name><difficult>{int(any(difficult))}</difficult>"
            f"<bndbox>{corners}</bndbox></object>"
        )
    return "\n".join([*lines, "</annotation>"])


def _write_voc(
    folder: Path,
    images: Mapping[str, VocObjects],
    splits: Mapping[str, Sequence[str]] | None = None,
    size: tuple[int, int] = (60, 80),
    pixels: Mapping[str, np.ndarray] | None = None,
) -> Path:
    for part in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, objects in images.items():
        image = pixels[name] if pixels else np.full((*size, 3), 127, np.uint8)
        cv2.imwrite(str(folder / "JPEGImages" / f"{name}.jpg"), image[:, :, ::-1])
        text = _annotation(name, objects, image.shape[:2])
        (folder / "Annotations" / f"{name}.xml").write_text(text, encoding="utf-8")
    for split, names in (splits or {"trainval": list(images), "test": list(images)}).items():
        (folder / "ImageSets" / "Main" / f"{split}.txt").write_text("".join(f"{name}\n" for name in names))
    return folder


@pytest.fixture(scope="session")
def write_voc() -> WriteVoc:
    """Writes a folder in the layout of Pascal VOC: ``write_voc(folder, {image: [(class, box, difficult)]})``."""
    return _write_voc


@pytest.fixture(scope="session")
def voc_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Annotated images with the classes RBC, WBC and Platelets, and two broken boxes.

    BCCD, from the folder named by ZOO_TEST_VOC or beside the repository; where it is not
    there, drawn shapes under the same names.
    """
    beside = Path(__file__).parents[2] / "shared" / "data" / "bccd"
    folder = Path(os.environ.get("ZOO_TEST_VOC", beside))
    return folder if (folder / "Annotations").is_dir() else _drawn(tmp_path_factory.mktemp("voc"))


@pytest.fixture(scope="session")
def drawn_voc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of drawn shapes, few and small."""
    return _drawn(tmp_path_factory.mktemp("drawn_voc"))


def _drawn(folder: Path) -> Path:
    drawn = ShapesReader(ShapesSettings(train_images=24)).train(SHAPES)
    names = dict(enumerate(("RBC", "WBC", "Platelets")))
    images: dict[str, VocObjects] = {}
    pixels = {}
    for index in range(len(drawn)):
        sample, name = drawn[index], f"picture_{index:05}"
        boxes = [[x1 + 1, y1 + 1, x2, y2] for x1, y1, x2, y2 in sample.boxes.astype(int).tolist()]
        images[name] = [(names[label], box) for label, box in zip(sample.labels.tolist(), boxes, strict=True)]
        pixels[name] = sample.image
    listed = list(images)
    for name in listed[:2]:
        images[name] = [*images[name], ("RBC", (50, 40, 50, 40))]
    splits = {"train": listed[:10], "val": listed[10:16], "trainval": listed[:16], "test": listed[16:]}
    return _write_voc(folder, images, splits, pixels=pixels)


_NOBODY = 65534


@pytest.fixture
def kept_out(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Takes all rights on a file or folder away, also from an administrator, who then has those of nobody.

    What is to be imported should be imported before.
    """
    kept: list[tuple[Path, int]] = []
    administrator = os.geteuid() == 0
    if administrator:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_mode & 0o055 != 0o055:
                folder.chmod(folder.stat().st_mode | 0o055)

    def keep_out(path: Path) -> Path:
        kept.append((path, path.stat().st_mode))
        path.chmod(0)
        if administrator:
            os.seteuid(_NOBODY)
        return path

    yield keep_out
    if administrator:
        os.seteuid(0)
    for path, mode in kept:
        path.chmod(mode)


class Web:
    """Answers by path: (status, headers, content)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}


@pytest.fixture
def web() -> Iterator[Web]:
    """A server on 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, content = here.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(content))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as address:
        here = Web(address)
        yield here


@pytest.fixture(scope="session")
def tiny_table() -> dict[str, Any]:
    """The configuration of a detector that is made and run in a moment."""
    return TINY


@pytest.fixture(scope="session")
def sure_detector() -> Callable[..., zoo.Detector]:
    """Makes detectors that are sure of something without having been trained; see `new_sure_detector`."""
    return new_sure_detector

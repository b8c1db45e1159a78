"""Build wheels and sdists of all packages, check them, and try them in fresh environments.

What is built is in dist/, with the news of the release; exit code 1 and a line for each problem where there are some.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from release.checking import sdist_problems, wheel_problems
from release.projects import ROOT, Project, projects
from release.trying import Environment, fill_wheelhouse

DIST = ROOT / "dist"
WHEELHOUSE = ROOT / "build" / "wheelhouse"
SHORT = {"training.epochs": 1, "data.train_images": 64, "data.validation_images": 16}


def main() -> int:
    """Build, check, try."""
    shutil.rmtree(DIST, ignore_errors=True)
    packages = projects()
    for each in packages:
        print(f"building {each.name}")
        _python("-m", "build", "--no-isolation", "--outdir", DIST, each.folder)  # the sdist, and from that the wheel
    wheels, sdists = sorted(DIST.glob("*.whl")), sorted(DIST.glob("*.tar.gz"))
    print("checking")
    found = [problem for wheel in wheels for problem in wheel_problems(wheel)]
    found += [problem for sdist in sdists for problem in sdist_problems(sdist)]
    found += _odd_versions(wheels)
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    _python("-m", "twine", "check", "--strict", *wheels, *sdists)
    _try(packages)
    print(f"{DIST}: {len(wheels)} wheels and {len(sdists)} sdists, checked and tried")
    return 0


def _odd_versions(wheels: list[Path]) -> list[str]:
    """All packages of a release have one version."""
    versions = {wheel.name.split("-")[1] for wheel in wheels}
    return [] if len(versions) == 1 else [f"versions differ: {', '.join(wheel.name for wheel in wheels)}"]


def _try(packages: list[Project]) -> None:
    """Train, score, predict and export where everything is installed, and use the exported file where MXNet is not."""
    whole = [f"{_wheel(each)}[mxnet]" if "mxnet" in each.extras() else str(_wheel(each)) for each in packages]
    exported = f"{_wheel(packages[0])}[onnx]"
    print("fetching what they need")
    WHEELHOUSE.mkdir(parents=True, exist_ok=True)
    fill_wheelhouse(WHEELHOUSE, DIST, whole, ROOT / "constraints.txt")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        print("training, scoring, predicting and exporting where all is installed")
        everything = Environment(place / "whole", WHEELHOUSE, whole)
        everything.run("zoo", "plugins")
        settings = [f"--set={key}={value}" for key, value in SHORT.items()]
        everything.run("zoo", "train", "tinyssd_shapes", "--out", place / "run", *settings)
        everything.run("zoo", "eval", place / "run")
        everything.run("zoo", "predict", place / "run", place / "run", "--out", place / "found")
        everything.run("zoo", "export", place / "run", place / "model.onnx")
        print("running the exported file where MXNet and the plugins are not")
        without = Environment(place / "onnx", WHEELHOUSE, [exported])
        without.run("zoo", "predict", place / "model.onnx", place / "run", "--out", place / "found again")


def _wheel(project: Project) -> Path:
    (wheel,) = DIST.glob(f"{project.stem}-*.whl")
    return wheel


def _python(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT)  # noqa: S603 -- our own tools


if __name__ == "__main__":
    sys.exit(main())

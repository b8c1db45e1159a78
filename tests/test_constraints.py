"""Everything that is installed is pinned, so that two environments made on two days are the same."""

import re
import sysconfig
from importlib import metadata
from pathlib import Path

OURS_AND_PYTHONS = {"pip", "zoo-core", "zoo-gluoncv-ssd", "zoo-gluoncv-yolo", "zoo-tinyssd"}
LIST = Path(__file__).parents[1] / "constraints.txt"


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned():
    lines = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in lines), "name==version and nothing else"
    return {normalized(name): version for name, version in (line.split("==") for line in lines)}


def test_what_is_installed_is_what_is_pinned():
    # Of the environment alone: setuptools puts its own copies of packages on sys.path.
    here = metadata.distributions(path=[sysconfig.get_path("purelib")])
    installed = {normalized(each.name): each.version for each in here}
    assert {name: installed[name] for name in installed.keys() - OURS_AND_PYTHONS} == {
        name: version for name, version in pinned().items() if name in installed
    }

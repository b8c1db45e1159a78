"""The house: a room uses only rooms below it, and nowhere is a circle.

Unlike the contract of import-linter, imports inside of functions and those for type checkers count as all others do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
NOT_CODE = "zoo_core.cli.scaffold.templates"
FACADES = {"zoo_core", "zoo_core.plugin_api"}
"""What users and authors of plugins import; nothing inside does."""


def contracts() -> list[dict[str, Any]]:
    """Those of import-linter."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """The modules of the core with those that each imports, wherever in it."""
    built = grimp.build_graph("zoo_core", exclude_type_checking_imports=False, cache_dir=None)
    modules = [each for each in built.modules if not each.startswith(NOT_CODE)]
    return {each: set(built.find_modules_directly_imported_by(each)) for each in modules}


@pytest.fixture(scope="module")
def floors() -> dict[str, int]:
    """The floor of each room, by the contract of import-linter; the lowest is 0."""
    (layers,) = (each["layers"] for each in contracts() if each["type"] == "layers")
    return {room.strip(): floor for floor, line in enumerate(reversed(layers)) for room in line.split("|")}


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def arrows(graph: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    return ((each, other) for each, others in graph.items() for other in sorted(others))


def test_every_module_stands_in_a_room(graph, floors):
    assert {room_of(each) for each in graph} - FACADES == floors.keys()


def test_no_module_imports_one_of_a_room_above_or_the_public_names(graph, floors):
    upwards = [
        f"{each} imports {other}"
        for each, other in arrows(graph)
        if each not in FACADES and floors[room_of(each)] < floors.get(room_of(other), len(floors))
    ]
    assert not upwards


def test_no_modules_import_each_other_in_a_circle(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_the_light_rooms_are_named_by_the_contract(floors):
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (light,) = (
        set(each["source_modules"]) for each in linter["contracts"] if "numpy" in each.get("forbidden_modules", ())
    )
    assert {room for room, floor in floors.items() if floor < floors["zoo_core.boxes"]} <= light


def test_the_tests_stand_in_the_folders_of_what_they_test(floors):
    rooms = {room.removeprefix("zoo_core.") for room in floors}
    others = {"combinations", "docs", "light", "plugins", "release", "rooms"}
    folders = {each.name for each in (ROOT / "tests").iterdir() if any(each.rglob("test_*.py"))}
    assert folders == rooms | others

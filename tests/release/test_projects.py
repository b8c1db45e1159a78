"""What every package of the zoo has, the plugins that are to come among them: a release would refuse it otherwise."""

from __future__ import annotations

import re

import pytest

from release.checking import relative_links
from release.projects import ROOT, projects

PROJECTS = projects()


@pytest.fixture(params=PROJECTS, ids=lambda project: project.name)
def project(request):
    return request.param


def test_it_has_the_licence(project):
    assert (project.folder / "LICENSE").read_text(encoding="utf-8") == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (project.table["license"], project.table["license-files"]) == ("Apache-2.0", ["LICENSE"])


def test_its_metadata_are_complete(project):
    for field in ("description", "readme", "requires-python", "keywords", "classifiers", "dependencies"):
        assert project.table[field], field
    assert "Typing :: Typed" in project.table["classifiers"]


def test_its_description_says_something_and_links_nowhere_that_no_index_has(project):
    description = (project.folder / project.table["readme"]).read_text(encoding="utf-8")
    assert len(description.split()) > 50
    assert description.startswith(f"# {project.name}\n")
    assert relative_links(description) == []


def test_it_is_typed_and_has_the_version_of_the_core(project):
    (package,) = [*project.folder.glob(f"src/{project.stem}"), *project.folder.glob(f"{project.stem}/")]
    assert (package / "py.typed").is_file()
    assert version_in(package) == version_in(ROOT / "zoo_core")


def version_in(package):
    return re.search(r'^__version__ = "(.+)"$', (package / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)[1]

"""The public names: all there, typed, documented, and imported when they are first used."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import zoo_core

LIGHT_ONLY = "import sys; import zoo_core; dir(zoo_core); print(*sys.modules)"


def test_the_three_lists_of_names_are_one():
    tree = ast.parse(Path(zoo_core.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    for_checkers = {(node.module, name.name) for node in guarded.body for name in node.names}
    for_python = {(module, name) for module, names in zoo_core._HOMES.items() for name in names}
    assert for_checkers == for_python
    assert zoo_core.__all__ == sorted(zoo_core.__all__, key=lambda name: (not name[0].isupper(), name))
    assert set(zoo_core.__all__) == {name for _, name in for_python}


@pytest.mark.parametrize("name", zoo_core.__all__)
def test_every_public_name_exists_and_is_documented(name):
    value = getattr(zoo_core, name)
    assert value is getattr(zoo_core, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__
        assert not value.__doc__.startswith(f"{name}(")  # what dataclasses write where nobody did


@pytest.mark.parametrize("name", zoo_core.__all__)
def test_every_public_function_is_typed_and_says_what_it_raises(name):
    value = getattr(zoo_core, name)
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="module 'zoo_core' has no attribute 'nothing'"):
        zoo_core.nothing  # noqa: B018 -- the access is the test
    assert set(zoo_core.__all__) <= set(dir(zoo_core))


def test_no_public_name_is_that_of_a_module():
    """Importing a submodule sets its name on the package, over whatever stood there."""
    assert not {each.name for each in pkgutil.iter_modules(zoo_core.__path__)} & set(zoo_core.__all__)


def test_importing_the_package_imports_nothing_else():
    found = subprocess.run(
        [sys.executable, "-c", LIGHT_ONLY], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "pydantic", "yaml", "pluggy", "mxnet", "typer"} & set(found)


def modules() -> list[str]:
    """All modules of the core, but for the kit of tests, which pytest imports in its own way, and for templates."""
    root = Path(zoo_core.__file__).parent
    files = [path.relative_to(root.parent) for path in root.rglob("*.py")]
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files]
    return sorted(
        name for name in names if not name.startswith(("zoo_core.testing", "zoo_core.cli.scaffold.templates"))
    )


@pytest.mark.parametrize("name", modules())
def test_every_module_says_what_it_is_for_and_what_it_gives(name):
    if name.startswith("zoo_core.cluster."):
        pytest.importorskip("ray")
    module = importlib.import_module(name)
    assert module.__doc__
    given = getattr(module, "__all__", [])
    assert all(hasattr(module, each) for each in given)
    assert len(set(given)) == len(given)

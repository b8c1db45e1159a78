"""The signature of a command without what the command works with, so that help and completion answer at once."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["signature_of"]


def signature_of(module: str, name: str) -> Callable[..., Any]:
    """A function with the signature and the docstring of one of a module, of which no more is run than they need.

    Args:
        module: its name; it is not imported.
        name: of the function.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ImportError(f"there is no module {module}")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"), spec.origin)
    function = next(each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
    function.body = function.body[:1]  # the docstring
    needed = _needed(function, tree.body)
    tree.body = [each for each in tree.body if each in needed]
    namespace: dict[str, Any] = {"__name__": module}
    exec(compile(tree, spec.origin, "exec"), namespace)  # noqa: S102 -- our own code, a part of what an import would run
    command: Callable[..., Any] = namespace[name]
    return command


def _needed(function: ast.FunctionDef, statements: list[ast.stmt]) -> set[ast.stmt]:
    """The statements of a module that define what a function names, and what these name, and so on."""
    by_name = {name: each for each in statements for name in _defined(each)}
    needed: set[ast.stmt] = {each for each in statements if getattr(each, "module", "") == "__future__"}
    waiting: list[ast.stmt] = [function]
    while waiting:
        statement = waiting.pop()
        if statement not in needed:
            needed.add(statement)
            names = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
            waiting += [by_name[name] for name in names if name in by_name]
    return needed


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((each.asname or each.name).partition(".")[0] for each in statement.names)
    elif isinstance(statement, ast.Assign):
        yield from (each.id for each in statement.targets if isinstance(each, ast.Name))
    elif isinstance(statement, ast.ClassDef | ast.FunctionDef):
        yield statement.name

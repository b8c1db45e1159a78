"""The packages of a release: the core, and every folder of plugins/ that has a pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Project", "projects"]

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Project:
    """A package of the repository.

    Attributes:
        folder: where its pyproject.toml is.
        table: what stands in that below ``project``.
    """

    folder: Path
    table: dict[str, Any]

    @property
    def name(self) -> str:
        """As pip knows it."""
        return str(self.table["name"])

    @property
    def stem(self) -> str:
        """With what the names of its files begin, up to the version."""
        return self.name.replace("-", "_")

    def extras(self) -> set[str]:
        """The optional dependencies that it offers."""
        return set(self.table.get("optional-dependencies", {}))


def projects() -> list[Project]:
    """All of them, the core first."""
    files = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    return [Project(file.parent, tomllib.loads(file.read_text(encoding="utf-8"))["project"]) for file in files]

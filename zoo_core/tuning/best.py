"""The configuration of the best trial, as a file that `zoo train` takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo_core.common.tables import from_yaml, to_yaml
from zoo_core.common.writing import write_text
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.inheritance import EXTENDS
from zoo_core.config.loading import load_config
from zoo_core.config.search import SEARCH
from zoo_core.tuning.folder import StudyFolder
from zoo_core.tuning.results import TrialResult, shown_values

__all__ = ["write_best"]


def write_best(folder: StudyFolder, best: TrialResult, config: DetectorConfig) -> None:
    """Write what the best trial sets, on top of the study's configuration; whole where that cannot say it.

    Raises:
        OSError: it cannot be written.
    """
    base, own = (each.model_dump(mode="json") for each in (folder.config, config))
    changed = _differences(base, own)
    changed[SEARCH] = None  # which is for the next study to set
    table = {EXTENDS: folder.config_file.name, **changed}
    if not _means(table, folder, config):
        table = own
    heading = f"# Trial {best.number}, mAP (VOC 2007) {best.score:.3f}: {shown_values(best.values)}".replace("\n", " ")
    write_text(folder.best, f"{heading}\n{to_yaml(table)}")


def _differences(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ; a part of another name is taken whole."""
    found: dict[str, Any] = {}
    for key, value in own.items():
        before = base.get(key)
        if value == before and type(value) is type(before):
            continue
        if isinstance(value, dict) and isinstance(before, dict) and value.get("name") == before.get("name"):
            found[key] = _differences(before, value)
        else:
            found[key] = value
    return found


def _means(table: Mapping[str, Any], folder: StudyFolder, config: DetectorConfig) -> bool:
    """Whether a file with this table, in the folder, is read as the configuration: null takes a setting away."""
    read = from_yaml(to_yaml(dict(table)))
    return load_config({**read, EXTENDS: str(Path(folder.path) / read[EXTENDS])}) == config

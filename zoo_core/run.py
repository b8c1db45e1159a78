"""A run folder: everything that training left behind, and all that using the detector needs."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_core.config import DetectorConfig
from zoo_core.config_files import Overrides, load_config
from zoo_core.errors import ConfigError, RunError, UnknownNameError, listed
from zoo_core.files import as_path, exists, is_file, is_folder, is_missing, names_in, read_text, write_text, writing
from zoo_core.registry import default_registry
from zoo_core.versions import versions_of

if TYPE_CHECKING:
    from zoo_core.detector import Detector
    from zoo_core.evaluation.report import Report
    from zoo_core.gluon.transfer import TransferReport

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """A run folder and its configuration.

    The folder holds ``config.yaml`` (the whole configuration, class names included),
    ``weights.params``, ``metrics.json`` (scores on the validation images, there when training
    has ended), ``metrics.jsonl`` (what was measured on the way), ``curves.png`` (the same
    drawn), ``versions.json`` (what made it), ``checkpoints`` (from which training goes on),
    and ``transfer.txt`` (what was taken from the weights from which it began, where it did
    not begin anew).
    """

    folder: Path
    config: DetectorConfig

    @property
    def weights(self) -> Path:
        """The file of the trained weights."""
        return self.folder / "weights.params"

    @property
    def checkpoints(self) -> Path:
        """The folder of the files from which training goes on."""
        return self.folder / "checkpoints"

    @property
    def metrics(self) -> Path:
        """The file of the scores; there when training has ended."""
        return self.folder / "metrics.json"

    @property
    def log(self) -> Path:
        """The file of what was measured on the way."""
        return self.folder / "metrics.jsonl"

    @property
    def curves(self) -> Path:
        """The file of the same, drawn."""
        return self.folder / "curves.png"

    @classmethod
    def create(cls, config: DetectorConfig, folder: Path | None = None) -> Run:
        """Begin a run in a new or empty folder; by default in ``runs/``, named by the time.

        Raises:
            RunError: something is in the folder already, or it cannot be written.
        """
        folder = as_path(folder) if folder else Path("runs") / time.strftime("%Y%m%d-%H%M%S")
        if exists(folder) and (not is_folder(folder) or names_in(folder, RunError)):
            raise RunError(f"{folder}: is not empty; name a new folder for the run")
        with writing(folder, RunError):
            write_text(folder / "config.yaml", config.to_yaml())
            write_text(folder / "versions.json", json.dumps(versions_of(config), indent=2) + "\n")
        return cls(folder, config)

    @classmethod
    def open(cls, path: Path, overrides: Overrides | None = None) -> Run:
        """The run in a folder, or the one to which a file of weights belongs; settings can be replaced.

        Raises:
            RunError: the folder is missing, incomplete, damaged or no run; says which file is at fault.
        """
        return cls._open(path, ("config.yaml", "weights.params"), overrides)

    @classmethod
    def _open(cls, path: Path, needed: Sequence[str], overrides: Overrides | None = None) -> Run:
        path = as_path(path)
        folder = path.parent if is_file(path) else path
        if is_missing(folder):
            raise RunError(f"{path}: there is no such run folder")
        inside = listed(names_in(folder, RunError)[:10], none="nothing")
        missing = [name for name in needed if not is_file(folder / name)]
        if missing:
            state = "training did not end here" if missing == ["weights.params"] else "this is no run of the zoo"
            raise RunError(f"{folder}: {' and '.join(missing)} not found ({state}); in the folder: {inside}")
        try:
            config = load_config(folder / "config.yaml")
        except (ConfigError, UnknownNameError) as error:
            lines = [f"{folder}: its configuration cannot be used", f"  {error}", *_what_has_changed(folder)]
            raise RunError("\n".join(lines)) from None
        return cls(folder, load_config(config, overrides))

    @classmethod
    def open_stopped(cls, folder: Path) -> Run:
        """The run in a folder whose training was stopped and can go on.

        Raises:
            RunError: the folder is missing, damaged or no run, or there is nothing to go on with.
        """
        run = cls._open(folder, ("config.yaml",))
        if is_file(run.metrics):
            raise RunError(
                f"{folder}: training has ended here; there is nothing to resume. To train further, begin a new run "
                f"from its weights: zoo train CONFIG --weights {folder}"
            )
        return run

    def detector(self) -> Detector:
        """The trained detector."""
        from zoo_core.detector import Detector
        from zoo_core.gluon.engine import GluonEngine

        return Detector(self.config, GluonEngine(self.config, self.weights))

    def new_detector(self) -> Detector:
        """The detector with new weights, wherever its training began; a checkpoint replaces them."""
        from zoo_core.detector import Detector
        from zoo_core.gluon.engine import GluonEngine

        return Detector(self.config, GluonEngine(load_config(self.config, {"weights.source": None})))

    def write_transfer(self, report: TransferReport) -> None:
        """Write what was taken from the weights from which training begins.

        Raises:
            RunError: it cannot be written.
        """
        with writing(self.folder, RunError):
            write_text(self.folder / "transfer.txt", f"{report}\n")

    def write_metrics(self, report: Report) -> None:
        """Write the scores."""
        write_text(self.metrics, json.dumps(report.to_dict(), indent=2) + "\n")


def _what_has_changed(folder: Path) -> list[str]:
    """A line for each part of a run whose package is no longer here, or here in another version."""
    try:
        parts = json.loads(read_text(folder / "versions.json", RunError))["parts"]
        made_with = [(kind, part["name"], part["distribution"], part["version"]) for kind, part in parts.items()]
    except (RunError, ValueError, LookupError):  # a help that is lost, no reason to fail in another way
        return []
    here = {plugin.distribution: plugin.version for plugin in default_registry().plugins}
    return [
        f"  {kind} {name!r} came from {distribution} {version}, and "
        + (f"{here[distribution]} is installed" if distribution in here else "that is not installed")
        + f": pip install {distribution}=={version}"
        for kind, name, distribution, version in made_with
        if here.get(distribution) != version
    ]

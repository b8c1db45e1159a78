"""A run folder: everything that training left behind, and all that using the detector needs."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from zoo_core.common.errors import ConfigError, RunError, UnknownNameError
from zoo_core.common.files import as_path, exists, is_file, is_folder, is_missing, names_in
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import listed
from zoo_core.common.writing import write_text, writing
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config, load_for_prediction
from zoo_core.config.overrides import Overrides
from zoo_core.config.provenance import versions_of
from zoo_core.registry.installing import pip_install
from zoo_core.registry.registry import default_registry

__all__ = ["CIRCUMSTANCES", "CIRCUMSTANCES_OF_TRAINING", "NETWORK_FILE", "RunFolder", "new_folder"]

CIRCUMSTANCES = ("data.root", "engine", "device")
"""Settings that say where something runs, and not what it does; all others stay when it is resumed."""
CIRCUMSTANCES_OF_TRAINING = (*CIRCUMSTANCES, "training.precision")
"""The same for one training: not every machine computes in each precision. Trials of a study are to be comparable."""

_RUNS = Path("runs")
_CONFIG, _VERSIONS, _TRANSFER = "config.yaml", "versions.json", "transfer.txt"
NETWORK_FILE = "network.json"
"""What the network of a run computes, beside its weights."""
_OF_A_START = (_TRANSFER, NETWORK_FILE, _CONFIG, _VERSIONS)
"""What is written before the first step; the last of them is the first to be written, and only the zoo's."""
_BOARD = "tensorboard"
_DRAWN_BATCH = re.compile(r"batch-\d+\.png")


@dataclass(frozen=True)
class RunFolder:
    """A run folder and its configuration.

    The folder holds ``config.yaml`` (the whole configuration, class names included),
    ``weights.params``, ``network.json`` (what the network computes, for PyTorch where MXNet is
    not installed), ``metrics.json`` (scores on the validation images, there when training
    has ended), ``metrics.jsonl`` (what was measured on the way), ``curves.png`` (the same
    drawn), ``versions.json`` (what made it), ``checkpoints`` (from which training resumes),
    and ``transfer.txt`` (what was taken from the weights from which it started, where it did
    not start from scratch).
    """

    folder: Path
    config: DetectorConfig

    @property
    def weights(self) -> Path:
        """The file of the trained weights."""
        return self.folder / "weights.params"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints from which training resumes."""
        return self.folder / "checkpoints"

    @property
    def network(self) -> Path:
        """The file that says what the network computes, for engines that cannot make it."""
        return self.folder / NETWORK_FILE

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

    @property
    def lock(self) -> Path:
        """The file that the process which trains here holds locked."""
        return self.folder / ".lock"

    @classmethod
    def create(cls, config: DetectorConfig, folder: Path | None = None) -> Self:
        """Begin a run in a new or empty folder; by default in ``runs/``, named by the time.

        Raises:
            RunError: something is in the folder already, or it cannot be written.
        """
        run = cls(as_path(folder) if folder else new_folder(), config)
        run.refuse_content()
        with writing(run.folder, RunError):
            run.discard_start()
            run.write_missing()
        return run

    def refuse_content(self) -> None:
        """Refuse a folder that holds anything but the lock, or a start without a first step.

        Raises:
            RunError: it does.
        """
        if not exists(self.folder):
            return
        if not is_folder(self.folder) or (
            set(names_in(self.folder, RunError)) - {self.lock.name} and not self._began()
        ):
            raise RunError(f"{self.folder}: the folder is not empty; name a new folder for the run")

    def _began(self) -> bool:
        """Whether there is nothing but what a training writes before its first step, which then did not come."""
        inside = {name for name in names_in(self.folder, RunError) if not _DRAWN_BATCH.fullmatch(name)}
        return _VERSIONS in inside and inside <= {*_OF_A_START, _BOARD, self.lock.name}

    def discard_start(self) -> None:
        """Remove what is written before the first step, if there is nothing else.

        Raises:
            OSError: it cannot be removed.
        """
        if is_folder(self.folder) and self._began():
            for name in _OF_A_START:
                (self.folder / name).unlink(missing_ok=True)
            shutil.rmtree(self.folder / _BOARD, ignore_errors=True)

    def write_missing(self) -> None:
        """Write what describes the run, its configuration and the versions, where they are missing.

        Raises:
            OSError: it cannot be written.
        """
        if not is_file(self.folder / _VERSIONS):
            write_text(self.folder / _VERSIONS, json.dumps(versions_of(self.config), indent=2) + "\n")
        if not is_file(self.folder / _CONFIG):
            self.write_config()

    def elsewhere(self, moved: Mapping[str, Any]) -> Self:
        """The same run on another machine, or in another environment.

        Args:
            moved: what is different there: some of `CIRCUMSTANCES_OF_TRAINING` and their values.

        Raises:
            ConfigError: its data has no root, or there is no such engine or device.
        """
        return replace(self, config=load_config(self.config, moved))

    def write_config(self) -> None:
        """Rewrite the configuration.

        Raises:
            OSError: it cannot be written.
        """
        write_text(self.folder / _CONFIG, self.config.to_yaml())

    @classmethod
    def open(cls, path: Path, overrides: Overrides | None = None) -> Self:
        """The run in a folder, or the one to which a file of weights belongs; settings can be replaced.

        Raises:
            RunError: the folder is missing, incomplete, damaged or not a run; says which file is at fault.
        """
        return cls._open(path, (_CONFIG, "weights.params"), overrides, load=load_for_prediction)

    @classmethod
    def _open(
        cls,
        path: Path,
        needed: Sequence[str],
        overrides: Overrides | None = None,
        load: Callable[[Path], DetectorConfig] = load_config,
    ) -> Self:
        path = as_path(path)
        folder = path.parent if is_file(path) else path
        if is_missing(folder):
            raise RunError(f"{path}: no such run folder")
        inside = listed(names_in(folder, RunError)[:10], none="nothing")
        missing = [name for name in needed if not is_file(folder / name)]
        if missing:
            state = "training did not end here" if missing == ["weights.params"] else "this is not a run of the zoo"
            raise RunError(f"{folder}: {' and '.join(missing)} not found ({state}); in the folder: {inside}")
        try:
            config = load(folder / _CONFIG)
        except (ConfigError, UnknownNameError) as error:
            lines = [f"{folder}: its configuration cannot be used", f"  {error}", *_what_has_changed(folder)]
            raise RunError("\n".join(lines)) from None
        return cls(folder, load_config(config, overrides))

    @classmethod
    def open_stopped(cls, folder: Path) -> Self:
        """The run in a folder whose training was stopped and can be resumed.

        Raises:
            RunError: the folder is missing, damaged or not a run, or there is nothing to resume.
        """
        run = cls._open(folder, (_CONFIG,))
        run.refuse_ended()
        return run

    def refuse_ended(self) -> None:
        """Refuse to resume a training that has ended.

        Raises:
            RunError: it has.
        """
        if is_file(self.metrics):
            raise RunError(
                f"{self.folder}: training has already ended; there is nothing to resume. "
                f"To train further, begin a new run from its weights: zoo train CONFIG --weights {self.folder}"
            )

    def write_transfer(self, report: str) -> None:
        """Write what was taken from the weights from which training starts.

        Raises:
            RunError: it cannot be written.
        """
        with writing(self.folder, RunError):
            write_text(self.folder / _TRANSFER, f"{report}\n")

    def write_metrics(self, scores: Mapping[str, Any]) -> None:
        """Write the scores, as JSON has them."""
        write_text(self.metrics, json.dumps(scores, indent=2) + "\n")


def new_folder() -> Path:
    """A folder in ``runs/`` that no other training has, named by the time.

    Raises:
        RunError: it cannot be made.
    """
    name = time.strftime("%Y%m%d-%H%M%S")
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    with writing(_RUNS, RunError):
        _RUNS.mkdir(parents=True, exist_ok=True)
        return next(folder for folder in map(_RUNS.joinpath, names) if _made(folder))


def _made(folder: Path) -> bool:
    """Whether the folder was made: False where it was there already."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _what_has_changed(folder: Path) -> list[str]:
    """A line for each part of a run whose package is no longer here, or here in another version."""
    try:
        parts = read_json(folder / _VERSIONS, RunError)["parts"]
        made_with = [(kind, part["name"], part["distribution"], part["version"]) for kind, part in parts.items()]
    except (RunError, LookupError, TypeError, AttributeError):  # a lost hint is not a reason to fail differently
        return []
    here = {plugin.distribution: plugin.version for plugin in default_registry().plugins}
    return [
        f"  {kind} {name!r} came from {distribution} {version}, and "
        + (f"{here[distribution]} is installed" if distribution in here else "that is not installed")
        + f": {pip_install(f'{distribution}=={version}')}"
        for kind, name, distribution, version in made_with
        if here.get(distribution) != version
    ]

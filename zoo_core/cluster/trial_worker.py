"""A worker that trains one trial."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ray

from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.worker import RefusedError, Worker, in_words
from zoo_core.config.loading import load_config
from zoo_core.config.run_folder import RunFolder
from zoo_core.data.opening import dataset
from zoo_core.parts.guarding import reason_of
from zoo_core.tuning.trial import TrialEnd, trained

__all__ = ["TrialWorker"]


class TrialWorker(Worker):
    """Trains one trial, in a folder of its own that is gone when it has ended.

    Args:
        folder: see `Worker`.
        settings: the configuration, as JSON has it.
        command: what is where the command was given.
    """

    def __init__(self, folder: str, settings: Mapping[str, Any], command: Circumstances) -> None:
        super().__init__(folder)
        self._settings, self._command = settings, command
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: queue.Queue[bool] = queue.Queue()

    def prepare(self) -> Circumstances:
        """See `Worker.prepare`."""
        with in_words():
            self._settle()
            self._config = load_config(self._settings)
            versions = flat_versions(self._config, trains=True)
            return Circumstances.of_split(versions, "training", dataset(self._config, "train"))

    def train(self) -> dict[str, bytes]:
        """Train it; the files of its run folder. Whatever happens is an event, for the command waits for one."""
        try:
            if differences := self._differences():
                self._events.put({"differences": differences, "place": self.answer()})
                return {}
            self._events.put({"place": self.answer()})
            end, files = self._trained()
        except Exception as error:  # noqa: BLE001 -- a full disk, as an example
            end, files = TrialEnd("failed", reason=f"{ray.util.get_node_ip_address()}: {reason_of(error)}"), {}
        self._events.put(end._asdict())
        return files

    def _differences(self) -> list[str]:
        try:
            here = self.prepare()
        except RefusedError as error:
            return [str(error)]
        return [f"{here.node}: {line}" for line in here.differences(self._command)]

    def _trained(self) -> tuple[TrialEnd, dict[str, bytes]]:
        with tempfile.TemporaryDirectory(prefix="zoo-trial-", ignore_cleanup_errors=True) as folder:
            run = RunFolder(Path(folder) / "run", self._config)
            end = trained(self._config, run.folder, self._go_on)
            found = [each for each in run.folder.rglob("*") if each.is_file()]
            found.sort(key=lambda each: (each == run.metrics, each))  # which tells of a run that it is whole
            return end, {str(each.relative_to(run.folder)): each.read_bytes() for each in found}

    def _go_on(self, epoch: int, score: float) -> bool:
        self._events.put({"epoch": epoch, "score": score})
        return self._answers.get()

    @ray.method(concurrency_group="telling")  # type: ignore[untyped-decorator]  # ray leaves it so
    def event(self) -> dict[str, Any]:
        """What happens next."""
        return self._events.get()

    @ray.method(concurrency_group="answering")  # type: ignore[untyped-decorator]  # ray leaves it so
    def decide(self, go_on: bool) -> None:
        """Tell the trial, which has scored, whether to continue."""
        self._answers.put(go_on)

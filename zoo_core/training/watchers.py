"""Who watches a training: the loggers of its configuration, and what plugins add to every training."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.config.training import TrainingSettings
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.registry.targets import import_target
from zoo_core.training.events import BeginEvent, EndEvent, TrainingEvent, TrainingWatcher

__all__ = ["Watchers", "watchers_of"]


@dataclass(frozen=True)
class _Named:
    """A watcher, and what a warning calls it."""

    name: str
    watcher: TrainingWatcher


class Watchers:
    """Tells all of them what happens; one that fails is named once and set aside.

    Args:
        watching: those who watch.
        failed: what is to be told of some that could not be made.

    Attributes:
        begin: is told before the first event; nothing is told of a training that ends before that.
        warn: called with what failed, in words.
        is_ending: whether a signal may have come; else what looks like one comes from a watcher.
    """

    def __init__(self, watching: list[_Named], failed: list[str]) -> None:
        self._watching, self._failed = watching, failed
        self.begin: BeginEvent | None = None
        self.warn: Callable[[str], object] = warnings.warn
        self.is_ending: Callable[[], bool] = lambda: True

    def tell(self, event: TrainingEvent) -> None:
        """Call the method for an event on each of them."""
        if begin := self.begin:
            if isinstance(event, EndEvent) and event.outcome != "finished":
                return
            self.begin = None
            while self._failed:
                self.warn(self._failed.pop(0))
            self.tell(begin)
        for each in self._watching[:]:
            try:
                getattr(each.watcher, event.method)(event)
            except BaseException as error:
                if self.is_ending() and isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
                self._watching.remove(each)
                self.warn(f"{each.name} failed at {event.method!r} of step {event.step}, {_FATE}: {reason_of(error)}")


_FATE = "and is set aside while training goes on"


def watchers_of(settings: TrainingSettings, registry: Registry | None = None) -> Watchers:
    """Those who watch a training, newly made.

    Args:
        settings: of the training; a logger that they name must work.
        registry: of plugins, whose other watchers need not; everything installed by default.

    Raises:
        PluginError: a logger cannot be made.
        MissingPackageError: a package that it needs is not installed.
    """
    registry = registry or default_registry()
    watching = [
        _Named(f"logger {each.name!r}", _checked(registry.make(each), f"logger {each.name!r}"))
        for each in settings.all_loggers()
    ]
    failed: list[str] = []
    watching += _of_plugins(registry, failed)
    return Watchers(watching, failed)


def _of_plugins(registry: Registry, failed: list[str]) -> Iterator[_Named]:
    for entry in registry.watchers():
        name = f"watcher {entry.part!r} of plugin {entry.owner}"
        try:
            made = import_target(entry.part, "it is to be made by")
            with Guarded(seconds=None):
                watcher = made()
            yield _Named(name, _checked(watcher, name))
        except ZooError as error:
            failed.append(f"{name} cannot be made, {_FATE}: {reason_of(error)}")


def _checked(made: object, name: str) -> TrainingWatcher:
    if not isinstance(made, TrainingWatcher):
        raise PluginError(f"{name} should be a TrainingWatcher, not {type(made).__name__}: derive its class from that")
    return made

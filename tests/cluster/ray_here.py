"""Ray's actors in this process: what they are told is done at once, and they die where a test says."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray._private import state
from ray.exceptions import ActorDiedError, RayError, RayTaskError

from zoo_core.cluster import worker, workers
from zoo_core.cluster.worker import RefusedError


class Killed(BaseException):
    """Raised by a method of an actor: its process is dead, and what it was about to give is lost."""


class Reference:
    """What an actor gives; an error in its place where it failed."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def given(self) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Actor:
    """An object of some class, which is asked as Ray's actors are."""

    def __init__(self, made: Any, node: str) -> None:
        self.made, self.node, self.alive = made, node, True

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=partial(self._done, name), options=partial(self._with_options, name))

    def _with_options(self, name: str, num_returns: int) -> SimpleNamespace:
        if num_returns == 1:
            return SimpleNamespace(remote=partial(self._done, name))
        return SimpleNamespace(remote=lambda *given: self._parts(self._done(name, *given), num_returns))

    @staticmethod
    def _parts(whole: Reference, count: int) -> list[Reference]:
        failed = isinstance(whole.value, Exception)
        return [whole] * count if failed else [Reference(each) for each in whole.value]

    def _done(self, name: str, *given: Any) -> Reference:
        if not self.alive:
            return Reference(ActorDiedError())
        if name == "answer":
            return Reference((self.node, os.getpid()))
        try:
            values = [each.given() if isinstance(each, Reference) else each for each in given]
            return Reference(getattr(self.made, name)(*values))
        except Killed:
            self.alive = False
            return Reference(ActorDiedError())
        except (ValueError, RuntimeError, RayError, RefusedError) as error:
            return Reference(RayTaskError(name, str(error), error, ip="127.0.0.1"))


class RayHere:
    """A cluster in this process.

    Attributes:
        cpus: of its nodes, by id; a worker takes one.
        actors: that were ever made.
    """

    def __init__(self, cpus: int) -> None:
        self.cpus, self.actors = {"a": cpus}, list[Actor]()

    def stand_in(self, patch: pytest.MonkeyPatch) -> None:
        """Be what the module `ray` is."""
        for name in ("remote", "get", "put", "wait", "kill", "nodes"):
            patch.setattr(ray, name, getattr(self, name))
        patch.setattr(workers, "end_worker", lambda actor, place: self.kill(actor))  # noqa: ARG005 -- the signature
        patch.setattr(state, "available_resources_per_node", self.available_resources_per_node)
        patch.setattr(worker, "remove_temporary_files_at_end", lambda: None)  # the process is that of the tests

    def remote(self, **_: object) -> Callable[[type], Any]:
        return lambda kind: SimpleNamespace(
            options=lambda **given: SimpleNamespace(remote=partial(self._new, kind, given["label_selector"]))
        )

    def _new(self, kind: type, selector: dict[str, str] | None, *arguments: object) -> Actor:
        free = self.available_resources_per_node()
        avoided = (selector or {}).get("ray.io/node-id", "!in()").removeprefix("!in(").removesuffix(")").split(",")
        node = max((each for each in free if each not in avoided), key=lambda each: free[each]["CPU"])
        self.actors.append(Actor(kind(*arguments), node))
        return self.actors[-1]

    @staticmethod
    def put(value: Any) -> Reference:
        return Reference(value)

    @staticmethod
    def get(given: Reference | Sequence[Reference]) -> Any:
        return given.given() if isinstance(given, Reference) else [each.given() for each in given]

    @staticmethod
    def wait(given: Sequence[Reference], **_: object) -> tuple[list[Reference], list[Reference]]:
        return list(given), []

    @staticmethod
    def kill(actor: Actor) -> None:
        actor.alive = False

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "NodeID": node, "Resources": {"CPU": float(cpus)}} for node, cpus in self.cpus.items()]

    def available_resources_per_node(self) -> dict[str, dict[str, float]]:
        used = Counter(each.node for each in self.actors if each.alive)
        return {node: {"CPU": float(cpus - used[node])} for node, cpus in self.cpus.items()}

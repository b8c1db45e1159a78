"""A folder with a file for each shard, from which work goes on however it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from zoo_core.cluster.shards import Found
from zoo_core.common.errors import RunError, TrainingError
from zoo_core.common.messages import counted, listed
from zoo_core.common.writing import check_folder_writable, remove_unfinished, replacing, write_text, writing
from zoo_core.training.lock import TrainingLock

__all__ = ["ShardFolder"]

_FACTS, _LOCK, _UNREAD = "work.json", ".lock", ".unreadable.txt"
_STATES = "digests of the pictures of each file"


class ShardFolder:
    """Keeps the shards of one work; each file appears whole or not at all.

    Args:
        folder: made where it is not there.
        facts: what the work is; what the folder holds of other work is not touched.
        states: of the pictures of each shard a digest, which may change as long as they are to be looked at again.
        suffix: of their files.
        replaces: whether files of other work are removed, as nobody has asked for them.

    Raises:
        RunError: it holds something else, is used by another command, or cannot be written.
    """

    def __init__(
        self, folder: Path, facts: Mapping[str, Any], states: Sequence[str], suffix: str, *, replaces: bool = False
    ) -> None:
        self.folder, self._facts, self._states, self._replaces = folder, dict(facts), list(states), replaces
        self._numbers, self._suffix = range(len(states)), suffix
        check_folder_writable(folder, RunError)
        self._is_own = not folder.exists() or (folder / _FACTS).is_file()

    def __enter__(self) -> Self:
        self._lock = TrainingLock(self.folder / _LOCK, "working")
        try:
            self._require_same()
            remove_unfinished(self.folder)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if not self._holds_something:
                (self.folder / _FACTS).unlink(missing_ok=True)  # nothing was found, which hinders no other work
        self._lock.release()
        if self._is_own:
            with suppress(OSError):  # it holds something
                self.folder.rmdir()

    @property
    def _holds_something(self) -> bool:
        own = (_FACTS, _LOCK)
        return any(each.name not in own and not each.match(f".{_FACTS}.*.new") for each in self.folder.iterdir())

    def _require_same(self) -> None:
        file = self.folder / _FACTS
        with writing(file, RunError):
            if self._holds_something:
                if not file.is_file():
                    raise RunError(f"{self.folder}: holds other files; name a new folder")
                self._require_facts(file)
            write_text(file, json.dumps({**self._facts, _STATES: self._states}, indent=1) + "\n")

    def _require_facts(self, file: Path) -> None:
        before = self._read(file)
        states = before.pop(_STATES, [])
        different = _differences(before, self._facts) or self._changed(states)
        if different and self._replaces:
            self.remove()
        elif different:
            raise RunError(
                f"{self.folder}: holds what was found otherwise ({listed(different)}); give the command as it was, "
                "remove the folder, or name another one"
            )

    def _changed(self, before: Any) -> list[str]:
        """In words that pictures have changed in which something was found."""
        states = before if isinstance(before, list) else []
        done = set(self._numbers).difference(self.missing)
        changed = sum(states[each : each + 1] != [self._states[each]] for each in done)
        return [f"pictures of {counted(changed, 'file')} have changed"] if changed else []

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = dict(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            if self._replaces:
                return {}
            raise RunError(f"{file}: is damaged; remove the folder, or name another one") from None
        return facts

    def file(self, number: int) -> Path:
        """The file of a shard."""
        return self.folder / f"{number:06}{self._suffix}"

    def _unread(self, number: int) -> Path:
        return self.folder / f"{number:06}{_UNREAD}"

    @property
    def missing(self) -> list[int]:
        """The shards that are not done; so are those in which something could not be read."""
        return [each for each in self._numbers if not self.file(each).is_file() or self._unread(each).is_file()]

    def keep(self, number: int, found: Found) -> None:
        """Write a shard.

        Raises:
            TrainingError: it cannot be written, as on a full disk; what was written before is kept.
        """
        unread = self._unread(number)
        with writing(self.file(number), TrainingError):
            if found.failures:
                write_text(unread, "".join(f"{each}\n" for each in found.failures))
            with replacing(self.file(number)) as fresh:
                fresh.write_bytes(found.content)
            if not found.failures:
                unread.unlink(missing_ok=True)

    def contents(self) -> Iterator[bytes]:
        """The files of all shards, in order."""
        return (self.file(each).read_bytes() for each in self._numbers)

    def failures(self) -> Iterator[str]:
        """What could not be read, in words, in the order of the pictures."""
        for each in self._numbers:
            if (unread := self._unread(each)).is_file():
                yield from unread.read_text(encoding="utf-8").splitlines()

    def remove(self) -> None:
        """Remove what was found, of this work and of any other."""
        for pattern in (f"*{self._suffix}", f"*{_UNREAD}", _FACTS):
            for each in self.folder.glob(pattern):
                each.unlink(missing_ok=True)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} was {before.get(name, 'not there')}, and is {now.get(name, 'not there')}"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]

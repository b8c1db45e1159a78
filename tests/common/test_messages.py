"""Of random single-letter faults in names and keys nearly all are met with the right suggestion."""

from __future__ import annotations

import random
import string

import pytest

from tests.sampling import one_in
from zoo_core.common.errors import ZooError
from zoo_core.common.messages import closest
from zoo_core.config.detector import DetectorConfig, NmsSettings, Normalization
from zoo_core.config.loading import load_config
from zoo_core.config.training import SSD_AUGMENTATION, TrainingSettings
from zoo_core.parts.components import KINDS
from zoo_core.registry.registry import default_registry

LETTERS = string.ascii_lowercase + string.digits + "_"


def vocabularies() -> list[list[str]]:
    """Every set of names of which one is to be chosen somewhere."""
    registry = default_registry()
    names = [list(registry.detectors()), *(list(registry.components(kind)) for kind in KINDS)]
    models = [DetectorConfig, NmsSettings, Normalization, TrainingSettings, *map(type, SSD_AUGMENTATION)]
    models += [component.settings for kind in KINDS for component in registry.components(kind).values()]
    names += [[name for name in model.model_fields if name != "name"] for model in models]
    return [each for each in names if each]


def faulty(word: str, chance: random.Random) -> str:
    place, letter = chance.randrange(len(word)), chance.choice(LETTERS)
    return chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :] if place else word[1:],
        ]
    )


@pytest.mark.parametrize("seed", range(5))
def test_at_least_95_of_100_faults_are_seen_through(seed):
    chance, right, faults = random.Random(seed), 0, 0
    groups = vocabularies()
    while faults < 200:
        known = chance.choice(groups)
        word = chance.choice(known)
        wrong = faulty(word, chance)
        if wrong and wrong not in known:
            faults += 1
            right += closest(wrong, known) == word
    assert right >= 190


@pytest.mark.parametrize("seed", one_in(3, range(3)))
def test_no_faulty_configuration_ends_in_a_traceback(seed):
    chance = random.Random(seed)
    for _ in range(30):
        table = load_config(chance.choice(list(default_registry().detectors()))).model_dump(mode="json")
        _spoil(table, chance)
        try:
            load_config(table)
        except ZooError as error:
            assert str(error)  # noqa: PT017 -- that it is a ZooError is the point


def _spoil(table: dict, chance: random.Random) -> None:
    """Misspell a key, or replace a value, at any depth."""
    key = chance.choice(list(table))
    if isinstance(table[key], dict) and table[key] and chance.random() < 0.6:
        _spoil(table[key], chance)
    elif chance.random() < 0.5:
        table[faulty(key, chance)] = table.pop(key)
    elif isinstance(table[key], str) and table[key]:
        table[key] = faulty(table[key], chance)
    else:
        table[key] = chance.choice([None, -1, 0, "x", [], {}, [[]], True, float("nan"), 10**30, {"name": "x"}])

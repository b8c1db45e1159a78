from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import BoxFormatError, DatasetError
from zoo_core.config.detector import DetectorConfig, Normalization
from zoo_core.config.training import TrainingSettings
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.data.pipeline.transforms import normalize
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.parts.geometry import ImageSize


def config(**training) -> DetectorConfig:
    """As much of a configuration as loading looks at; no plugin is needed for that."""
    return DetectorConfig.model_construct(
        input_size=ImageSize(48, 64),
        normalization=Normalization(),
        training=TrainingSettings(**{"epochs": 3, "batch_size": 4, "workers": 0} | training),
    )


def shapes(count=10):
    return ShapesReader(ShapesSettings(train_images=count, image_size=64)).train(SHAPES)


def counts(boxes, labels, *_) -> Targets:
    """Targets that tell what was encoded: the labels' sum, and the boxes' sum, of each image."""
    classes = np.array([[int(each.sum())] for each in labels], np.int32)
    offsets = np.stack([each.sum(axis=0, keepdims=True) for each in boxes])
    return Targets(classes, offsets, np.ones_like(offsets))


def flat(batches):
    return [
        (batch.image_ids, batch.images.tobytes(), batch.targets.classes.tobytes(), batch.targets.offsets.tobytes())
        for batch in batches
    ]


def epoch_of(batches, number):
    """Of batches that divide the images."""
    count = int(batches.per_epoch)
    return islice(batches.starting_at(number * count), count)


def all_of(batches):
    return flat(batches.starting_at(0))


def test_batches_are_the_same_for_any_number_of_workers():
    alone = all_of(TrainingBatches(shapes(), config(), counts))
    for workers, first in ((1, 0), (2, 1)):
        batches = TrainingBatches(shapes(), config(workers=workers), counts)
        assert flat(batches.starting_at(first)) == alone[first:]


def test_every_image_comes_once_an_epoch_in_an_order_of_its_own():
    batches = TrainingBatches(shapes(12), config(), counts)
    epochs = [[name for batch in epoch_of(batches, epoch) for name in batch.image_ids] for epoch in range(3)]
    assert all(sorted(names) == sorted(epochs[0]) and len(set(names)) == 12 for names in epochs)
    assert len({tuple(names) for names in epochs}) == 3


def test_the_number_of_a_batch_says_the_size_of_its_images():
    seen = []
    scales = {"smallest": 0.5, "largest": 2, "multiple_of": 16, "every": 2}
    batches = TrainingBatches(shapes(), config(multi_scale=scales, epochs=20), lambda *given: seen.append(given[2]))
    assert [batches[number].images.shape[2:] for number in range(len(batches))] == seen
    assert set(seen) == {(steps * 16, round(steps * 64 / 48) * 16) for steps in range(2, 7)}
    assert seen[::2] == seen[1::2]
    assert seen == [batches.size_of(number) for number in range(len(batches))]
    other = TrainingBatches(shapes(), config(multi_scale=scales, epochs=20, seed=1), counts)
    assert seen != [other.size_of(number) for number in range(len(batches))]


def test_mixup_blends_images_and_weighs_their_objects():
    """Until the last epochs, and in the same way for any number of workers."""
    seen, settings = [], {"augmentation": (), "epochs": 2, "batch_size": 2}
    plain = TrainingBatches(shapes(4), config(**settings), counts)
    batches = TrainingBatches(shapes(4), config(mixup={"until": 0.5}, **settings), lambda *given: seen.append(given))
    pictures = {}
    for batch in (plain[0], plain[1]):
        pictures |= dict(zip(batch.image_ids, batch.images, strict=True))
    blended = batches[0]
    boxes, labels, _, weights = seen[0]
    assert [len(each) for each in boxes] == [len(each) for each in labels] == [len(each) for each in weights]
    for image, image_id, (share, *_, rest) in zip(blended.images, blended.image_ids, weights, strict=True):
        assert share + rest == pytest.approx(1)
        blends = [share * pictures[image_id] + rest * other for other in pictures.values()]
        assert min(np.abs(each - image).max() for each in blends) < 1e-5
    np.testing.assert_array_equal(batches[3].images, plain[3].images)
    assert all((each == 1).all() for each in seen[-1][3])
    alone, several = (
        all_of(TrainingBatches(shapes(4), config(mixup={}, workers=workers, **settings), counts)) for workers in (0, 1)
    )
    assert alone == several


def test_an_image_is_changed_otherwise_in_each_epoch_and_for_each_seed():
    def image(epoch, **training):
        batches = TrainingBatches(shapes(1), config(**training), counts)
        return next(epoch_of(batches, epoch)).images.tobytes()

    assert len({image(0), image(1), image(0, seed=1)}) == 3


@pytest.mark.parametrize("workers", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_training_can_go_on_from_any_batch(workers):
    straight = all_of(TrainingBatches(shapes(), config(), counts))
    batches = TrainingBatches(shapes(), config(workers=workers), counts)
    for number in range(len(batches) + 1) if workers < 2 else [4]:  # processes take a second to begin
        assert flat(batches.starting_at(number)) == straight[number:]
    assert flat([batches[4]]) == [straight[4]]


def test_batches_can_be_left_and_begun_again():
    straight = all_of(TrainingBatches(shapes(), config(), counts))
    batches = TrainingBatches(shapes(), config(workers=1), counts)
    left = batches.starting_at(1)
    assert flat([next(left), next(left)]) == straight[1:3]
    assert flat(batches.starting_at(0)) == straight
    assert flat(left) == straight[3:]


def test_threads_end_when_batches_are_left():
    def preparing():
        return [thread for thread in threading.enumerate() if thread.name.startswith("grain-prefetch")]

    before = preparing()
    batches = TrainingBatches(shapes(), config(workers=1), counts).starting_at(0)
    next(batches)
    ahead = [thread for thread in preparing() if thread not in before]
    assert ahead
    batches.close()
    for thread in ahead:
        thread.join()
    assert set(preparing()) <= set(before)


@pytest.mark.parametrize(
    ("images", "size", "count"), [(10, 4, 7), (8, 4, 6), (3, 3, 3), (4, 4, 3), (5, 4, 3), (1, 1, 3)]
)
def test_batches_run_on_over_the_end_of_an_epoch_and_only_what_fills_none_at_the_end_is_left_out(images, size, count):
    batches = TrainingBatches(shapes(images), config(), counts)
    assert [len(batch.images) for batch in batches.starting_at(0)] == [size] * count == [size] * len(batches)
    names = [name for batch in batches.starting_at(0) for name in batch.image_ids]
    epochs = [names[start : start + images] for start in range(0, len(names), images)]
    assert all(len({*epoch}) == len(epoch) for epoch in epochs)
    assert 3 * images - len(names) < size


@pytest.mark.parametrize(("images", "ends"), [(10, [3, 5, 7]), (8, [2, 4, 6]), (3, [1, 2, 3]), (5, [2, 3])])
def test_the_batch_that_completes_an_epoch_ends_it(images, ends):
    batches = TrainingBatches(shapes(images), config(), counts)
    epochs = [batches.epochs_in(count) for count in range(len(batches) + 1)]
    assert [count for count in range(1, len(epochs)) if epochs[count] > epochs[count - 1]] == ends
    assert epochs[-1] == 3


def test_a_batch_holds_normalised_pixels_and_unit_boxes():
    batches = TrainingBatches(shapes(1), config(augmentation=(), batch_size=1), counts)
    batch, sample = batches[0], shapes(1)[0]
    assert batch.images.shape == (1, 3, 48, 64)
    assert batch.images.dtype == np.float32
    assert batch.image_ids == ("shapes/train/0",)
    assert np.allclose(batch.targets.offsets[0], (sample.boxes / 64).sum(axis=0, keepdims=True), atol=1e-6)
    assert batch.targets.classes.tolist() == [[sample.labels.sum()]]


def test_without_augmentation_an_image_of_the_right_size_is_only_normalised():
    same = config(augmentation=(), batch_size=1).model_copy(update={"input_size": ImageSize(64, 64)})
    assert np.array_equal(
        TrainingBatches(shapes(1), same, counts)[0].images[0], normalize(shapes(1)[0].image, Normalization())
    )


def test_there_are_as_many_batches_as_epochs_have():
    batches = TrainingBatches(shapes(), config(), counts)
    assert len(list(batches)) == len(batches) == 7
    for asked in (
        lambda: batches[7],
        lambda: batches[-1],
        lambda: batches.starting_at(8),
    ):
        with pytest.raises(IndexError, match="does not exist: there are"):
            asked()


def test_nothing_to_train_on_is_said():
    class Empty(Failing):
        def __len__(self):
            return 0

    with pytest.raises(DatasetError, match="no images to train on"):
        TrainingBatches(Empty(None), config(), counts)


class Failing:
    """A data set in which one image cannot be read."""

    class_names = SHAPES

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            raise self.error
        return shapes(4)[index]


@pytest.mark.parametrize("workers", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_image_that_cannot_be_read_is_named(workers):
    batches = TrainingBatches(Failing(DatasetError("cells.jpg: is truncated")), config(workers=workers), counts)
    with pytest.raises(DatasetError, match=r"cells\.jpg: is truncated"):
        list(batches.starting_at(0))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_cannot_be_augmented_is_named(workers):
    class Misshapen(Failing):
        def __getitem__(self, index):
            sample = shapes(4)[index]
            return replace(sample, boxes=sample.boxes[:, :3]) if index == 2 else sample

    batches = TrainingBatches(Misshapen(None), config(workers=workers), counts)
    with pytest.raises(ValueError, match="while augmenting image 'shapes/train/2'"):
        list(batches.starting_at(0))


def test_a_batch_that_cannot_be_encoded_names_its_images():
    def refuse(*_):
        raise BoxFormatError("some are empty")

    with pytest.raises(DatasetError, match="one of the images shapes/train/0 cannot be encoded: some are empty"):
        TrainingBatches(shapes(1), config(), refuse)[0]


LOADING = """
import signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in what it starts in the background
from zoo_core.config.detector import DetectorConfig, Normalization
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.parts.geometry import ImageSize
from zoo_core.config.training import TrainingSettings

class Own:  # a data set that nobody can import
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dataset[index]

config = DetectorConfig.model_construct(
    input_size=ImageSize(64, 64),
    normalization=Normalization(),
    training=TrainingSettings(epochs=100000, batch_size=2, workers=%d),
)
dataset = ShapesReader(ShapesSettings(train_images=8, image_size=64)).train(SHAPES)
batches = TrainingBatches(Own(), config, lambda *_: None).starting_at(0)
"""
"""What a script does that loads, with any number of workers, and guards nothing."""


def running(script: str, workers: int, place: Path) -> subprocess.Popen[str]:
    path = place / "script.py"
    path.write_text(LOADING % workers + script)
    command = [sys.executable, "-W", "error", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


ENGINES_HERE = 'print([name for name in ("mxnet", "jax", "tensorflow", "torch") if name in sys.modules], flush=True)'


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_loading_is_silent_at_its_end(workers, tmp_path):
    process = running(f"next(batches); {ENGINES_HERE}", workers, tmp_path)
    assert process.communicate() == ("[]\n", "")
    assert process.returncode == 0


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def ended(processes: list[int], seconds: float = 10) -> bool:
    """Whether they all end in time."""
    until = time.monotonic() + seconds
    while left := [each for each in processes if Path(f"/proc/{each}").exists()]:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return not left


@pytest.mark.parametrize(
    ("workers", "signal_number"),
    [
        pytest.param(1, signal.SIGINT, marks=pytest.mark.slow),
        (2, signal.SIGINT),
        pytest.param(2, signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_ended_loading_needs_no_engine_and_leaves_nothing_behind(workers, signal_number, tmp_path):
    process = running(f"for batch in batches: {ENGINES_HERE}", workers, tmp_path)
    assert process.stdout.readline() == "[]\n"
    workers_of = children(process)
    assert len(workers_of) == (0 if workers == 1 else workers)
    process.send_signal(signal_number)
    _, said = process.communicate()  # hangs when a thread or a process does
    assert process.returncode == -signal_number
    assert ended(workers_of)
    if signal_number == signal.SIGINT:
        assert said.startswith("Traceback")
        assert said.endswith("KeyboardInterrupt\n")
    assert said.count("Traceback") == (signal_number == signal.SIGINT), "no worker dies with a message of its own"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_memory_stays_flat_over_twenty_epochs(workers, tmp_path):
    script = """
import os
for number, batch in enumerate(batches):
    if number % 40 == 39:
        with open("/proc/self/statm") as file:
            print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"), flush=True)
    if number == 799:
        break
"""
    out, err = running(script, workers, tmp_path).communicate()
    assert err == ""
    resident = [int(line) for line in out.split()]  # after each of 20 times ten epochs
    assert len(resident) == 20
    assert max(resident) - resident[1] < 8e6

"""Batches in parts: a fixed tree adds up what they contribute; whoever computes which of them, the bits are equal."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from tests.combinations.conftest import families  # noqa: F401
from tests.sampling import one_in
from tests.tiny import SMALL_SHAPES
from zoo_core.common.errors import ConfigError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.engines.part_sums import part_seed, part_weight, tree_sum
from zoo_core.prediction.engine import Peers
from zoo_core.registry.registry import default_registry
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for
from zoo_tinyssd.backbone import TinySSDBackbone
from zoo_tinyssd.loss_settings import MultiBoxLossSettings

pytestmark = pytest.mark.usefixtures("families")

TRAINING = {
    "training.epochs": 2,
    "training.batch_size": 8,
    "training.warmup_steps": 0,
    "training.learning_rate": 0.02,
    "training.parts": 4,
    "data.train_images": 8,
    "device": "cpu",
}
CENTER_NET = {
    "input_size": "16x16",  # so that objects share cells
    "anchors": "center_net",
    "head": {"name": "center_net", "channels": 8},
    "targets": "center_net",
    "loss": "center_net",
}
SOLVERS = {
    "sgd, dropout, accumulate": {"training.accumulate": 2, "training.epochs": 4},
    "adam, mean of weights, clipping": {
        "loss": "ssd_multibox",
        "training.optimizer": "adam",
        "training.ema_decay": 0.9,
        "training.clip_norm": 1,
    },
    "another family, whose targets are reconsidered": {
        "detector": "toy_yolo",
        "training.optimizer": "nag",
    },
    "CenterNet, whose class part and box part have divisors of their own": {
        "detector": "toy_centernet",
        **CENTER_NET,
        "training.accumulate": 2,
        "training.optimizer": "adam",
    },
}


@pytest.fixture(autouse=True)
def _with_dropout(monkeypatch):
    """TinySSD draws something at random."""

    def pooled_and_dropped(self, F, images):  # noqa: N803  # gluon's name
        return [F.Dropout(each, p=0.25) for each in plain(self, F, images)]

    plain = TinySSDBackbone.hybrid_forward
    monkeypatch.setattr(TinySSDBackbone, "hybrid_forward", pooled_and_dropped)


def built(engine="mxnet", detector="tinyssd_shapes", **overrides):
    """The detector and its batches."""
    small = SMALL_SHAPES if detector == "tinyssd_shapes" else {}
    detector = zoo.build(detector, {**small, **TRAINING, "engine": engine, **overrides})
    return detector, batches_for(detector, zoo.dataset(detector.config, "train"))


def digest(learner):
    arrays = learner.arrays()
    return sha256(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays))).hexdigest()


def trained(**settings):
    """Losses, and the digest of all that a checkpoint keeps."""
    losses, learner = learned(**settings)
    return losses, digest(learner)


def learned(**settings):
    """Losses, and the learner."""
    detector, batches = built(**settings)
    loop = TrainingLoop(detector.config, detector.engine, batches)
    losses = [(step.class_loss, step.box_loss) for step in loop.steps()]
    return losses, loop._learner


def exactly(learners, pieces, parts):
    """Exchange what learners contribute to a batch; its losses."""
    totals = [each.contribution(*own) for each, *own in zip(learners, pieces, parts, strict=True)]
    return [learner.take(tree_sum(totals)) for learner in learners]


def fast(learners, pieces, parts):
    """The same by their own all-reduce, for which each has a thread; what they compute draws from one generator."""
    for learner, piece, own in zip(learners, pieces, parts, strict=True):
        learner.contribute(piece, own)
    return at_once([each.reduce for each in learners])


def meet(learners):
    """Have learners find each other."""
    listener = socket.create_server(("127.0.0.1", 0))
    peers = [
        Peers(rank, len(learners), "127.0.0.1", listener.getsockname(), None if rank else listener)
        for rank in range(len(learners))
    ]
    at_once([partial(learner.join, each) for learner, each in zip(learners, peers, strict=True)])


def at_once(calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def trained_by(workers, **settings):
    """The same as `trained` by several learners."""
    losses, learner = learned_by(workers, exactly, **settings)
    return losses, digest(learner)


def learned_by(workers, exchange, **settings):
    """The same by several learners, each with its parts of each batch; one is replaced after half of the steps."""
    detectors = [built(**settings) for _ in range(workers)]
    learners = [each.engine.learner(each.config, batches.batch_size) for each, batches in detectors]
    (detector, batches), losses = detectors[0], []
    config = detector.config.training
    own = config.parts // workers
    parts = [range(rank * own, (rank + 1) * own) for rank in range(workers)]
    loop = TrainingLoop(detector.config, detector.engine, batches)
    for step in range(loop.steps_in_all):
        if step == loop.steps_in_all // 2:
            arrays, state = learners[0].arrays(), learners[0].state()
            detectors[-1] = built(**settings)
            learners[-1] = detectors[-1][0].engine.learner(detector.config, batches.batch_size)
            learners[-1].restore(arrays, state, Path("replaced"))
        if exchange is fast and step in (0, loop.steps_in_all // 2):
            meet(learners)
        seed = int(np.random.SeedSequence([config.seed, step]).generate_state(1)[0] >> 1)
        numbers = range(step * config.accumulate, min((step + 1) * config.accumulate, len(batches)))
        for learner in learners:
            learner.seed(seed)
        said = [set(exchange(learners, batches[number].split(workers), parts)).pop() for number in numbers]
        for learner in learners:
            learner.step(config.rate(step + 1, loop.steps_in_all, batches.per_epoch / config.accumulate), len(numbers))
        losses.append(tuple(sum(each) / len(said) for each in zip(*said, strict=True)))
    assert len({digest(learner) for learner in learners}) == 1
    return losses, learners[0]


def test_an_all_reduce_of_two_learners_has_one_order_of_adding_and_thus_the_bits_of_one_process():
    """Their losses divide by what both match."""
    settings = {"engine": "torch", "loss": "ssd_multibox", "training.ema_decay": 0.9}
    losses, learner = learned_by(2, fast, **settings)
    assert (losses, digest(learner)) == trained(**settings)


@pytest.mark.slow
def test_an_all_reduce_ends_with_the_weights_of_one_process_but_for_rounding():
    """Four learners add in another order, of which a choice of hard negatives makes more than rounding."""
    settings = {"engine": "torch", "loss": "ssd_multibox", "training.epochs": 10, "training.learning_rate": 0.002}
    before = built(**settings)[0].engine.arrays()
    losses, alone = learned(**settings)
    losses_of_four, four = learned_by(4, fast, **settings)
    assert len(losses) == 10
    np.testing.assert_allclose(losses_of_four, losses, rtol=2e-2)
    # What was learnt is compared; a plain mean of the parts would be off by a third of it.
    after, expected = four.arrays(), alone.arrays()
    learnt, error = (
        np.sqrt(sum(np.sum((expected[name] - other[name]) ** 2) for name in before)) for other in (before, after)
    )
    assert error < 0.05 * learnt


@pytest.mark.parametrize(("solver", "engine"), one_in(5, product(SOLVERS, ["mxnet", "torch"])))
def test_any_number_of_workers_ends_with_the_same_bits(engine, solver):
    settings = SOLVERS[solver]
    alone = trained(engine=engine, **settings)
    assert trained_by(2, engine=engine, **settings) == alone


@pytest.mark.parametrize("device", ["cpu:0,cpu:1,cpu:2"])
def test_any_number_of_devices_ends_with_the_same_bits(device):
    settings = SOLVERS["adam, mean of weights, clipping"]
    assert trained(device=device, **settings) == trained(**settings)


def turn_and_turn_about(cases):
    """Each case with one engine, and with the other in the slow run."""
    return [
        pytest.param(
            engine, settings, id=f"{name}-{engine}", marks=() if index % 2 == (engine == "torch") else pytest.mark.slow
        )
        for index, (name, settings) in enumerate(cases.items())
        for engine in ("mxnet", "torch")
    ]


@pytest.mark.parametrize(
    ("engine", "settings"),
    turn_and_turn_about(
        {"by images": {}, "by matches": {"loss": "ssd_multibox"}, "another family": {"detector": "toy_yolo"}}
    ),
)
def test_parts_are_batches_of_their_own_weighed_by_what_the_loss_divides_by(engine, settings):
    """By hand: a plain pass over each part, and the mean of what it gives."""
    detector, batches = built(engine=engine, **settings)
    learner, batch = detector.engine.learner(detector.config, 8), batches[0]
    before = learner.arrays()
    learner.seed(5)
    losses = learner.forward_backward(batch)
    gradients, after = gradients_of(learner), learner.arrays()

    other = built(engine=engine, **{**settings, "training.parts": 1})[0]
    alone = other.engine.learner(other.config, 2)
    shares, each_losses, each_gradients, each_after = [], [], [], []
    for index, part in enumerate(batch.split(4)):
        alone.restore(dict(before), alone.state(), Path("before"))
        alone.seed(part_seed(5, 0, index))
        each_losses.append(alone.forward_backward(part))
        each_gradients.append(gradients_of(alone))
        each_after.append(alone.arrays())
        said = part.reconsider(*said_by(alone, part)) if part.reconsider else part.targets
        shares.append(part_weight(said, detector.config.loss.normalizers))
    weights = [share.factors[0, 0] / max(sum(each.added[0] for each in shares), 1) for share in shares]
    assert len(set(weights)) > 1 or not settings
    np.testing.assert_allclose(losses, np.transpose(each_losses) @ weights, rtol=1e-5)
    largest = max(np.abs(each).max() for each in gradients.values())
    for name, found in gradients.items():
        by_hand = sum(weight * each[name] for weight, each in zip(weights, each_gradients, strict=True))
        np.testing.assert_allclose(found, by_hand, rtol=1e-3, atol=1e-5 * largest, err_msg=name)
    statistics = [name for name in after if "running" in name]
    for name in statistics:
        (first, second, third, fourth) = (each[name] for each in each_after)
        np.testing.assert_array_equal(after[name], ((first + second) + (third + fourth)) / np.float32(4), err_msg=name)
        assert (after[name] != before[name]).any()
    assert statistics or settings


@pytest.mark.parametrize(
    ("engine", "settings"),
    turn_and_turn_about(
        {
            "points": {"detector": "toy_fcos"},
            "reconsidered": {"detector": "toy_yolo"},
            "heatmaps": {"detector": "toy_centernet"},
            "two divisors": {"detector": "toy_centernet", **CENTER_NET},
        }
    ),
)
def test_a_batch_teaches_the_same_in_any_number_of_parts(engine, settings):
    """These networks have no batch norm, which sees the images of its part."""
    results = []
    for parts in (1, 2, 4):
        detector, batches = built(engine=engine, **{**settings, "training.parts": parts})
        learner, batch = detector.engine.learner(detector.config, 8), batches[0]
        learner.seed(5)
        losses = learner.forward_backward(batch)
        results.append({"losses": np.array(losses), **gradients_of(learner)})
    whole, *others = results
    for name, values in whole.items():
        for each in others:
            np.testing.assert_allclose(each[name], values, rtol=1e-4, atol=1e-6 * np.abs(values).max(), err_msg=name)
    if "loss" in settings:
        _, (peaks, matches) = part_weight(batch.targets, detector.config.loss.normalizers)
        assert peaks > matches > 0


def gradients_of(learner):
    """Those of the last pass alone, where a learner makes several."""
    learner.wait()
    if hasattr(learner, "_parameters"):
        return {name: each.grad().asnumpy() for name, each in learner._optimization.trained.items()}
    gradients = {name: each.grad for name, each in learner._optimization.trained.items()}
    learner._network.zero_grad()
    return {name: each.numpy() for name, each in gradients.items() if each is not None}


def said_by(learner, part):
    """What a toy network, without batch norm or dropout, says of a part."""
    if hasattr(learner, "_parameters"):
        return [each.asnumpy() for each in learner._network(mx.nd.array(part.images))]
    return [each.detach().numpy() for each in learner._network(learner._here(part.images))]


def test_the_tree_adds_neighbours_first():
    vectors = list(np.random.default_rng(0).normal(size=(8, 100)).astype(np.float32) ** 9)
    a, b, c, d, e, f, g, h = vectors
    np.testing.assert_array_equal(tree_sum(iter(vectors)), ((a + b) + (c + d)) + ((e + f) + (g + h)))
    assert (tree_sum(vectors) != reduce(np.add, vectors)).any()
    np.testing.assert_array_equal(tree_sum([a]), a)


def test_parts_draw_apart_from_each_other_and_from_other_steps():
    seeds = {part_seed(step, batch, part) for step in range(4) for batch in range(4) for part in range(4)}
    assert len(seeds) == 64


@pytest.mark.parametrize("parts", one_in(2, [2, 1]))
def test_what_a_network_draws_does_not_depend_on_where_a_training_resumes(parts):
    """Compiling a network draws, too, and happens in the first step of a process."""
    detector, batches = built(**{"training.parts": parts})
    loop = TrainingLoop(detector.config, detector.engine, batches)
    learner, steps = loop._learner, loop.steps()
    next(steps)
    arrays, state = learner.arrays(), learner.state()
    straight = next(steps), digest(learner)

    detector, batches = built(**{"training.parts": parts})
    resumed = TrainingLoop(detector.config, detector.engine, batches)
    resumed._learner.restore(arrays, state, Path("stopped"))
    resumed.steps_done = 1
    (step,) = resumed.steps()
    assert (step.loss, digest(resumed._learner)) == (straight[0].loss, straight[1])


def test_several_devices_keep_the_statistics_of_the_first_step():
    """Gluon copied those of before the step to all devices, when it first added up gradients."""
    detector, batches = built(device="cpu:0,cpu:1", **{"training.parts": 1, "training.epochs": 1})
    assert len(list(TrainingLoop(detector.config, detector.engine, batches).steps())) == 1
    means = {name: each for name, each in parameters_of(detector.engine.network).items() if "running_mean" in name}
    assert means
    for name, mean in means.items():
        first, second = (each.asnumpy() for each in mean.list_data())
        assert first.any(), name
        assert second.any(), name
        assert (first != second).any(), name


def test_a_loss_that_does_not_say_by_what_it_divides_is_refused(monkeypatch):
    monkeypatch.setattr(MultiBoxLossSettings, "normalizer", None)
    with pytest.raises(ConfigError, match="parts is 4, but loss 'multibox' does not say by what it divides"):
        zoo.load_config("tinyssd_shapes", {"training.parts": 4, "training.batch_size": 8})
    assert zoo.load_config("tinyssd_shapes").training.parts == 1


def test_every_loss_that_is_installed_can_be_computed_in_parts():
    losses = [component.settings for component in default_registry().components("loss").values()]
    assert {"center_net", "yolo3", "retinanet", "fcos", "ssd_multibox", "multibox"} <= {each().name for each in losses}
    assert not [each for each in losses if not each().normalizers]


def test_a_data_set_smaller_than_a_batch_is_told():
    with pytest.raises(
        ConfigError, match=r"training.parts: 4 parts cannot be equal in a batch of 6, and there are only"
    ):
        trained(**{"data.train_images": 6})

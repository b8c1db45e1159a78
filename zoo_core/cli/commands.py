"""The commands of ``zoo``: where each is, and what it is for; nothing of them is imported here."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMMANDS", "GROUPS", "Place"]


class Place(NamedTuple):
    """Where a command is (module of this package, and function), and the first sentence of its help."""

    module: str
    function: str
    help: str


COMMANDS = {
    "list": Place("listing", "list_parts", "List detectors, parts, or published weights."),
    "show": Place("showing", "show", "Show a detector or a configuration with its plan, or a part with its settings."),
    "check": Place("checking", "check", "Check that the parts of a configuration fit together."),
    "anchors": Place(
        "anchors",
        "anchors",
        "Report how well a detector's anchors cover its training images, and propose better ones.",
    ),
    "train": Place("training", "train", "Train a detector, score it, and show some of its detections."),
    "tune": Place("tuning", "tune", "Train a detector with different settings, and keep the best."),
    "eval": Place(
        "evaluating",
        "evaluate_run",
        "Score trained detectors, or detections of other tools, with the metrics of Pascal VOC and COCO.",
    ),
    "predict": Place("predicting", "predict", "Detect objects in pictures and videos, print them, and draw them."),
    "serve": Place(
        "serving", "serve", "Serve detectors over HTTP: a page for people at /, and for programs what /docs explains."
    ),
    "export": Place("exporting", "export", "Export a trained detector to one ONNX file, and verify it."),
    "convert": Place(
        "converting", "convert_run", "Prepare a run, or weights of GluonCV, for PyTorch on machines without MXNet."
    ),
    "bench": Place("benching", "bench_run", "Measure a detector's time, memory and operations on each engine."),
    "data check": Place(
        "data", "check", "Report what is in a data set and what is wrong with it; exit 2 if training would refuse it."
    ),
    "data show": Place("data", "show", "Draw the boxes of a data set on its images, before and after augmentation."),
    "cluster start": Place("cluster", "start", "Print what to run on each machine, so that they become a cluster."),
    "plugins": Place("plugins", "plugins", "List the installed plugins; exit 1 if one is broken."),
    "plugin new": Place("plugin", "new", "Create a working plugin to start from."),
    "doctor": Place("doctor", "doctor", "Check the installation; exit 1 if something is wrong."),
}
"""The commands, of one word or two, in the order of ``zoo --help``, which says what each is for without its import."""

GROUPS = {"data": "Inspect a data set.", "cluster": "Make a cluster of machines.", "plugin": "Create a plugin."}
"""The first words of commands of two, and what those commands are for."""

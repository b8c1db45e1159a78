"""Runs and weights that go on without MXNet: what their network computes is written beside them."""

from __future__ import annotations

from pathlib import Path

from zoo_core.common.arguments import PATH, checked
from zoo_core.common.errors import RunError
from zoo_core.common.files import as_path, is_folder
from zoo_core.common.writing import writing
from zoo_core.config.loading import ConfigSource
from zoo_core.config.overrides import Overrides
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.opening import described, is_exported

__all__ = ["convert"]


@checked(source=PATH, out=PATH)
def convert(
    source: str | Path,
    out: str | Path | None = None,
    overrides: Overrides | None = None,
    config: ConfigSource | None = None,
) -> Path:
    """Write the graph of a network, ``network.json``, with which PyTorch runs and trains it where MXNet is missing.

    New runs have it from their start. MXNet is needed here.

    Args:
        source: a run folder; or weights, as `load` takes them, for which a run folder is made.
        out: a new or empty folder for the run of weights; None for a run folder, which is completed.
        overrides: settings that replace those of the detector of weights.
        config: the detector, where the name of a file of weights does not tell it.

    Returns:
        The run folder.

    Raises:
        RunError: the source is missing, damaged or exported; or `out` is missing for weights, or given for a run.
        MissingPackageError: MXNet is not installed.
    """
    if is_exported(source):
        raise RunError(f"{source}: is an exported file, which runs without MXNet already; pass the run")
    if is_folder(as_path(source)):
        if out is not None or overrides or config is not None:
            raise RunError(f"{source}: is a run folder, which is completed as it is; pass no other folder or settings")
        run = RunFolder.open(as_path(source))
        _write_network(run, run.weights)
        return run.folder
    if out is None:
        raise RunError(f"{source}: is not a run folder; pass a new folder for the run: --out FOLDER")
    settings, weights = described(source, overrides, config)
    run = RunFolder.create(settings, as_path(out))
    _write_network(run, weights)
    return run.folder


def _write_network(run: RunFolder, weights: Path) -> None:
    """Write the graph, and the weights where they are not those of the run."""
    from zoo_core.engines.gluon.engine import GluonEngine

    engine = GluonEngine(run.config.model_copy(update={"device": "cpu"}), weights)
    with writing(run.folder, RunError):
        engine.graphs().write(run.network)
        if weights != run.weights:
            engine.save(run.weights)

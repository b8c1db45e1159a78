"""Checkpoints: weights and the state of the optimiser in one file, so that they always belong together.

The file is one of MXNet's ``.params``, arrays by name, so that reading it runs no code. Beside the
weights under their names stand ``optimizer.PART.PARAMETER`` and ``epochs_done``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo_core.errors import RunError
from zoo_core.files import replacing
from zoo_core.gluon import mx
from zoo_core.gluon.weights import parameters_of, set_weights
from zoo_core.params_file import read_params

__all__ = ["load_checkpoint", "save_checkpoint"]

_EPOCHS = "epochs_done"
_OPTIMIZER = "optimizer"


def save_checkpoint(path: Path, network: Any, trainer: Any, epochs_done: int) -> None:
    """Write weights, optimiser state and the number of epochs done, all or nothing."""
    parameters = parameters_of(network)
    weights = {name: parameter.data() for name, parameter in parameters.items()}
    states = _updater(trainer).states
    state = {
        f"{_OPTIMIZER}.{part}.{name}": array
        for index, name in enumerate(parameters)
        for part, array in enumerate(_parts(states.get(index)))
    }
    with replacing(path) as fresh:
        mx.nd.save(str(fresh), {**weights, **state, _EPOCHS: mx.nd.array([epochs_done], dtype="int64")})


def load_checkpoint(path: Path, network: Any, trainer: Any, steps_per_epoch: int) -> int:
    """Set weights and optimiser state as they were.

    Returns:
        The number of epochs done.

    Raises:
        RunError: there is no such file, it is damaged, or it belongs to another training.
    """
    stored = dict(read_params(path))
    if _EPOCHS not in stored:
        raise RunError(f"{path}: weights, but no checkpoint: it does not say how many epochs are done")
    epochs_done = int(stored.pop(_EPOCHS)[0])
    state = {name: stored.pop(name) for name in list(stored) if name.startswith(f"{_OPTIMIZER}.")}
    set_weights(network, stored, path)
    optimizer, updater = trainer.optimizer, _updater(trainer)
    for index, (name, parameter) in enumerate(parameters_of(network).items()):
        if f"{_OPTIMIZER}.0.{name}" not in state:
            continue  # it is not trained, or its optimiser keeps nothing
        # The optimiser itself says of which parts its state consists.
        updater.states[index] = optimizer.create_state_multi_precision(index, parameter.data())
        updater.states_synced[index] = True
        for part, array in enumerate(_parts(updater.states[index])):
            values = state.pop(f"{_OPTIMIZER}.{part}.{name}", None)
            if values is None or values.shape != array.shape:
                raise _another(path)
            array[:] = mx.nd.array(values, dtype=array.dtype)
    if state:
        raise _another(path)
    optimizer.begin_num_update = optimizer.num_update = epochs_done * steps_per_epoch
    return epochs_done


def _another(path: Path) -> RunError:
    return RunError(f"{path}: the state of another optimiser; training.optimizer is not what it was")


def _updater(trainer: Any) -> Any:
    (updater,) = trainer._updaters  # noqa: SLF001  # gluon offers a pickle of it only, which would run code when read
    return updater


def _parts(state: Any) -> list[Any]:
    """The arrays of the state of one parameter: none, one, or several."""
    if state is None:
        return []
    return list(state) if isinstance(state, tuple | list) else [state]

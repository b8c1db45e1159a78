"""How gradients change the weights: optimiser, weight decay, clipping, on one device or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import counted, listed
from zoo_core.config.training import TrainingSettings
from zoo_core.engines.checkpoint_arrays import OPTIMIZER, refuse_another_optimizer, refuse_unused, taken
from zoo_core.engines.gluon import mx
from zoo_core.engines.weight_decay import is_norm_or_bias
from zoo_core.registry.registry import make

__all__ = ["Optimization"]


class Optimization:
    """Updates the parameters of a network from their gradients.

    Args:
        parameters: by name; those without a gradient stay as they are.
        settings: optimiser, weight decay, clipping; with `parts`, all devices are given the same gradients.
        optimizer: the heavy half of the optimiser; that of everything installed by default.
    """

    def __init__(self, parameters: Mapping[str, Any], settings: TrainingSettings, optimizer: Any = None) -> None:
        self._settings = settings
        names = {parameter: name for name, parameter in reversed([*parameters.items()])}  # several blocks may share one
        self._parameters = {name: each for name, each in parameters.items() if names[each] == name}
        for name, parameter in self._parameters.items():
            spared = not settings.decay_norms_and_biases and is_norm_or_bias(name, parameter.shape)
            parameter.wd_mult = 0.0 if spared else 1.0
        # By position in the network: gluon would sort them by names that depend on what was built before.
        self._trainer = mx.gluon.Trainer(
            list(self._parameters.values()),
            _set(optimizer or make(settings.optimizer), settings),
            kvstore="device" if settings.parts == 1 else None,
            update_on_kvstore=False,
        )
        # Gluon would copy all parameters from the first device to the others when it first adds up gradients, and with
        # them the running statistics of before the first step.
        self._trainer.allreduce_grads()

    def step(self, rate: float, summed: float = 1.0) -> None:
        """Change the weights.

        Args:
            rate: the learning rate.
            summed: by how much the gradients are too large: batches added up, times the scale of the loss.
        """
        self._trainer.set_learning_rate(rate)
        self._trainer.allreduce_grads()
        if self._settings.clip_norm is not None:
            for gradients in zip(*(each.list_grad() for each in self.trained.values()), strict=True):
                longest = self._settings.clip_norm * summed
                mx.gluon.utils.clip_global_norm(list(gradients), longest, check_isfinite=False)
        self._trainer.update(summed)

    @property
    def trained(self) -> dict[str, Any]:
        """The parameters that have gradients."""
        return {name: each for name, each in self._parameters.items() if each.grad_req != "null"}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state that the optimiser keeps for each weight."""
        states = self._updaters[0].states
        return {
            f"{OPTIMIZER}.{part}.{name}": array.asnumpy()
            for index, name in enumerate(self._parameters)
            for part, array in self._named(_parts(states.get(index)))
        }

    def numbers(self) -> dict[str, Any]:
        """The state that it keeps for all weights together."""
        return {"name": self._settings.optimizer.name, "updates": self._optimizer.num_update}

    def restore(self, arrays: dict[str, NDArray[Any]], numbers: Mapping[str, Any]) -> None:
        """Restore what was kept; it is removed from `arrays`.

        Args:
            arrays: those that `arrays` gave, and others.
            numbers: those that `numbers` gave.

        Raises:
            RunError: it is the state of another optimiser, or incomplete.
        """
        updates = numbers["updates"]
        refuse_another_optimizer(numbers["name"], self._settings.optimizer.name)
        for index, (name, parameter) in enumerate(self._parameters.items()):
            if parameter.grad_req == "null" or not updates:
                continue  # nothing was kept for it yet
            for updater, weight in zip(self._updaters, parameter.list_data(), strict=True):
                # The optimiser itself knows of which arrays its state consists.
                updater.states[index] = self._optimizer.create_state_multi_precision(index, weight)
                updater.states_synced[index] = True
            kept = [self._named(_parts(updater.states[index])) for updater in self._updaters]
            for copies in zip(*kept, strict=True):  # of one array, on each device
                part, first = copies[0]
                values = taken(arrays, f"{OPTIMIZER}.{part}.{name}", first.shape)
                for _, array in copies:
                    array[:] = mx.nd.array(np.asarray(values), dtype=array.dtype)
        refuse_unused(arrays)
        self._optimizer.begin_num_update = self._optimizer.num_update = updates

    def _named(self, parts: list[Any]) -> list[tuple[str, Any]]:
        """What is kept for a parameter, with the names that the settings of the optimiser give it."""
        optimizer = self._settings.optimizer
        if len(parts) > len(optimizer.state_names):  # fewer are kept by SGD without momentum, say
            raise PluginError(
                f"optimizer {optimizer.name!r} keeps {counted(len(parts), 'array')} for a weight, but its state_names "
                f"are {listed(optimizer.state_names)}: without a name each checkpoint would lose one"
            )
        return list(zip(optimizer.state_names, parts, strict=False))

    @property
    def _optimizer(self) -> Any:
        return self._trainer.optimizer

    @property
    def _updaters(self) -> list[Any]:
        """One for each device."""
        updaters: list[Any] = self._trainer._updaters  # noqa: SLF001  # gluon offers a pickle only, which would run code
        return updaters


def _set(made: Any, settings: TrainingSettings) -> Any:
    """An optimiser with the settings that are the same for all."""
    made.set_learning_rate(settings.learning_rate)
    made.wd = settings.weight_decay
    made.clip_gradient = settings.clip_gradient
    return made


def _parts(state: Any) -> list[Any]:
    """The arrays of the state of one parameter: none, one, or several."""
    if state is None:
        return []
    return list(state) if isinstance(state, tuple | list) else [state]

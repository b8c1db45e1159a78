"""Tuning against random search: the best score of equally many trials, and what stopping early saves.

The objective is made up: it says what a training would have, so that a hundred studies take minutes. It has one narrow
peak in six settings, of which some matter much and some little, and curves that rise over nine epochs, faster where the
learning rate is higher, so that early scores mislead a little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import optuna
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler

from zoo_core.config.search import SearchRange
from zoo_core.tuning.sampling import SamplerByNumber, drawn_values
from zoo_core.tuning.study import Rules

__all__ = ["main"]

_SPACE = {
    "training.learning_rate": SearchRange(log=(1e-5, 1.0)),
    "training.weight_decay": SearchRange(log=(1e-6, 1e-1)),
    "training.optimizer.momentum": SearchRange(uniform=(0.0, 0.99)),
    "training.warmup_steps": SearchRange(int=(0, 500)),
    "training.batch_size": SearchRange(choice=(8, 16, 32, 64)),
    "loss": SearchRange(choice=("multibox", {"name": "multibox", "negative_mining_ratio": 3}, "ssd_multibox")),
}
_LOSSES = {"multibox": 1.0, "ssd_multibox": 0.93}
_TRIALS, _SEEDS, _EPOCHS = 50, 20, 9


def _score(values: Mapping[str, Any], epoch: int) -> float:
    """What a training with these settings scores after an epoch."""
    rate = math.log10(values["training.learning_rate"])
    batch = math.log2(values["training.batch_size"])
    loss = values["loss"]
    quality = 0.9 * _bell(rate - 0.3 * batch, -3.3, 0.6) * _bell(math.log10(values["training.weight_decay"]), -3.5, 2.0)
    quality *= _bell(values["training.optimizer.momentum"], 0.85, 0.3) * _bell(
        values["training.warmup_steps"], 100, 600
    )
    quality *= _LOSSES[loss] if isinstance(loss, str) else 0.97
    return quality * (1 - math.exp(-epoch / (1.5 - 0.4 * min(0.0, rate + 2))))


def _bell(value: float, middle: float, width: float) -> float:
    return math.exp(-(((value - middle) / width) ** 2) / 2)


def main() -> None:
    """Compare both, over many seeds; fail where tuning is not better."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(
        f"\n{_TRIALS} trials of a made-up objective, whose peak is .900; medians of {_SEEDS} seeds, from least to most"
    )
    print(f"  {'':28} {'best score':>24} {'trials to .75':>14} {'epochs trained':>15}")
    asha = Rules().pruner
    found = {}
    for name, sampler, pruner in (
        ("random search", RandomSampler, NopPruner()),
        ("zoo tune --no-prune", SamplerByNumber, NopPruner()),
        ("random search, pruned", RandomSampler, asha),
        ("zoo tune", SamplerByNumber, asha),
    ):
        found[name] = [_study(sampler(seed), pruner) for seed in range(_SEEDS)]
        scores, needed, epochs = zip(*found[name], strict=True)
        spread = f"{median(scores):.3f} ({min(scores):.3f} to {max(scores):.3f})"
        print(f"  {name:28} {spread:>24} {median(needed):14g} {median(epochs):15g}")
    best = {name: median(each[0] for each in studies) for name, studies in found.items()}
    if best["zoo tune"] <= best["random search"] or best["zoo tune --no-prune"] <= best["random search"]:
        raise SystemExit("tuning is not better than random search")


def _study(sampler: BaseSampler, pruner: BasePruner) -> tuple[float, int, int]:
    """The best score of a complete trial, the trials until one had .75, and the epochs of all."""
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    epochs = 0
    for _ in range(_TRIALS):
        trial = study.ask()
        values = drawn_values(trial, _SPACE)
        for epoch in range(1, _EPOCHS + 1):
            epochs += 1
            trial.report(_score(values, epoch), epoch)
            if trial.should_prune() and epoch < _EPOCHS:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, _score(values, _EPOCHS))
    scores: Sequence[float] = [each.value or 0.0 if each.value is not None else 0.0 for each in study.trials]
    needed = next((number for number, score in enumerate(scores, 1) if score >= 0.75), _TRIALS)
    return max(scores), needed, epochs

"""``zoo tune``: from a search space to the best configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.circumstances import moved
from zoo_core.cli.cluster_options import ClusterOption, InsecureOption, ThreadsOption
from zoo_core.cli.cluster_place import cluster_place, say
from zoo_core.cli.configs import load_and_note
from zoo_core.cli.engines import with_engine
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigArgument, JsonOption, NetworkDeviceOption, NetworkEngineOption, SetOption
from zoo_core.cli.output import print_contents, print_heading, print_json, print_line, print_tables
from zoo_core.common.messages import counted
from zoo_core.common.optional_packages import needing
from zoo_core.config.run_folder import CIRCUMSTANCES
from zoo_core.tuning import running
from zoo_core.tuning.places import Place
from zoo_core.tuning.processes import Processes
from zoo_core.tuning.results import TrialResult, shown_values
from zoo_core.tuning.session import TuningSession
from zoo_core.tuning.study import Rules, Study

__all__ = ["tune"]

_AS_IT_BEGAN = "a resumed study keeps its settings"
_CONTENTS = {
    "best.yaml": "the configuration of the best trial",
    "results.png": "the scores of all trials, and over each setting",
    "results.json": "all trials, with why some failed",
    "trials": "a run folder for each",
}


def tune(
    config: ConfigArgument,
    out: Annotated[Path | None, typer.Option(help="A new folder for the study; by default runs/ and the time.")] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue a stopped study, whose folder is CONFIG, or work on it beside other processes. "
            "If its data has moved: --set data.root=FOLDER.",
        ),
    ] = False,
    trials: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Trials that are trained in all; 20 by default.", show_default=False),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            min=0,
            help="Stop after so many minutes; --resume continues.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Of what is drawn; 0 by default.", show_default=False)
    ] = None,
    prune: Annotated[
        bool | None,
        typer.Option(
            "--prune/--no-prune",
            help="Whether trials with low scores on the way are stopped early; they are by default.",
            show_default=False,
        ),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Trials at a time: 1 by default, on a cluster as many as there is room for.",
            show_default=False,
        ),
    ] = None,
    engine: NetworkEngineOption = None,
    device: NetworkDeviceOption = None,
    cluster: ClusterOption = None,
    threads: ThreadsOption = None,
    insecure: InsecureOption = False,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a detector with different settings, and keep the best.

    What is tried stands in the configuration, as search: {training.learning_rate: {log: [1e-4, 0.1]}}. Each trial is
    checked as by zoo check before it is trained. Ctrl-C ends after a checkpoint, from which --resume continues; a
    second one ends at once.
    """
    overrides = with_engine(engine, overrides, device)
    if resume:
        if out or seed is not None or prune is not None:
            raise typer.BadParameter(f"{_AS_IT_BEGAN}: --out, --seed and --prune cannot be used with --resume")
        prepare = partial(running.resume, Path(config), moved(overrides, CIRCUMSTANCES, _AS_IT_BEGAN), trials)
    else:
        settings = load_and_note(config, overrides)
        rules = Rules(trials or Rules.trials, seed or 0, prune is not False)
        fetch_published(settings.weights.source)
        prepare = partial(running.begin, settings, out, rules)
    with _place(cluster, parallel, threads, insecure) as place:
        study = prepare()
        _announce(study, config)
        session = TuningSession(study, place, timeout)
        try:
            results = session(_Told(study).ended, None, _say_that_it_stops)
        except (KeyboardInterrupt, SystemExit):
            print_line(f"zoo: stopped; continue with: zoo tune {study.folder.path} --resume", error=True)
            raise
    if as_json:
        print_json(results.to_dict())
        return
    print_tables(results)
    print_line()
    print_heading(f"The study is in {results.folder}")
    print_contents(results.folder, _CONTENTS)
    print_line()
    print_line(f"To train the best configuration, longer perhaps: zoo train {results.best_config}")


@contextmanager
def _place(cluster: str | None, parallel: int | None, threads: int | None, insecure: bool) -> Iterator[Place]:
    """Where trials compute, as long as this lasts."""
    place = cluster_place(cluster, insecure, threads)
    if place is None:
        yield Processes(parallel or 1)
        return
    with needing(), ExitStack() as stack:
        from zoo_core.cluster.connecting import connected
        from zoo_core.cluster.tuning import TrialWorkers

        stack.enter_context(connected(place))
        yield TrialWorkers(parallel, place.threads or 1, say)


def _announce(study: Study, name: str) -> None:
    config, rules = study.folder.config, study.rules
    done = sum(each.was_trained and each.outcome != "running" for each in study.results().trials)
    going_on = f", of which {counted(done, 'has', 'have')} ended" if done else ""
    print_line(
        f"{name}: {counted(len(config.search), 'setting')} in {counted(rules.trials, 'trial')}{going_on}, seed "
        f"{rules.seed}; the results go to {study.folder.path}",
        error=True,
    )
    if rules.prune and config.training.score_every is None:
        print_line(
            "zoo: no trial is stopped early, for none is scored on the way: training.score_every=1 would", error=True
        )


class _Told:
    """Says what has come of trials."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def ended(self, trial: TrialResult) -> None:
        best = self._study.results().best
        score = "" if trial.score is None else f" {trial.score:.3f}"
        epochs = f" after {counted(max(trial.scores), 'epoch')}" if trial.scores else ""
        why = f" ({trial.reason.splitlines()[0]})" if trial.reason else ""
        leader = f"; best so far: trial {best.number}, {best.score:.3f}" if best else ""
        print_line(
            f"trial {trial.number}: {trial.outcome}{score}{epochs}{why}: {shown_values(trial.values)}{leader}",
            error=True,
        )


def _say_that_it_stops() -> None:
    print_line("zoo: stopping after a checkpoint; press Ctrl-C again to stop immediately", error=True)

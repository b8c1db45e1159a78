"""What is tried, recorded and kept; trials are a formula."""

from __future__ import annotations

import json

import pytest

import zoo_core as zoo
from tests.tiny import TINY
from tests.tuning.conftest import SPACE, Formula, quality
from zoo_core.tuning import running
from zoo_core.tuning.places import Ended
from zoo_core.tuning.session import TuningSession
from zoo_core.tuning.study import Rules


class KilledError(BaseException):
    """Ends a process as a kill does: nothing is recorded after it."""


def told(results):
    return [(each.number, dict(each.values), each.outcome, each.score, dict(each.scores)) for each in results.trials]


def test_equal_seeds_try_equal_values_and_others_do_not(tuned):
    first = tuned(name="a", trials=13)  # of which the last know of ten others
    assert told(tuned(name="b", trials=13)) == told(first)
    assert tuned(name="c", trials=1, seed=1).trials[0].values != first.trials[0].values
    complete = [each for each in first.trials if each.outcome == "complete"]
    assert first.best == max(complete, key=lambda each: each.score)
    assert {each.outcome for each in first.trials} == {"complete", "stopped"}
    assert {type(each.values["loss"]) for each in first.trials} == {str, dict}


def test_low_scores_are_stopped_early_unless_that_is_unwanted(tuned):
    pruned = tuned(name="a", trials=12)
    stopped = [each for each in pruned.trials if each.outcome == "stopped"]
    assert stopped
    assert all(max(each.scores) < 3 and each.score < pruned.best.score for each in stopped)
    assert {each.outcome for each in tuned(name="b", trials=12, prune=False).trials} == {"complete"}


def test_a_study_that_was_killed_in_each_of_its_moments_ends_as_if_it_had_not_been(tuned, tmp_path, config):
    straight = tuned(name="straight")

    class Dying(Formula):
        """Dies at every fifth event: a trial has four."""

        count = 0

        def next(self, seconds):
            Dying.count += 1
            if Dying.count % 5 == 0:
                raise KilledError
            return super().next(seconds)

    study = running.begin(config, tmp_path / "killed", Rules(trials=6))
    deaths = 0
    while True:
        try:
            results = TuningSession(study, Dying())()
            break
        except KilledError:
            deaths += 1
            with (tmp_path / "killed" / "journal.log").open("ab") as journal:
                journal.write(b'{"op_code": 8, "wor')  # in the middle of a line
            study = running.resume(tmp_path / "killed")
    assert deaths > 2
    assert told(results) == told(straight)
    assert (tmp_path / "killed" / "best.yaml").read_text() == (tmp_path / "straight" / "best.yaml").read_text()


def test_the_best_configuration_is_a_file_that_is_read_as_that_of_the_trial(tuned):
    choices = ["multibox", {"name": "multibox", "box_weight": 3}, {"name": "ssd_multibox"}]
    for number, choice in enumerate(choices):
        base = {**TINY, "loss": {"name": "multibox", "box_weight": 2}, "training": {"clip_norm": 1}}
        space = {"loss": {"choice": [choice]}, "training.clip_norm": {"choice": [None]}, **SPACE}
        space |= {"loss": {"choice": [choice]}}
        results = tuned(name=str(number), changed=zoo.load_config({**base, "search": space}), trials=2)
        best = zoo.load_config(results.best_config)
        assert best == zoo.load_config({**base, "loss": choice}, {**results.best.values, "loss": choice})
        assert "extends: config.yaml" in results.best_config.read_text()
        assert best.search == {}


def test_combinations_that_do_not_fit_are_recorded_and_cost_nothing(tuned, config):
    space = {**SPACE, "input_size": {"choice": [64, 4]}, "training.parts": {"choice": [1, 8]}}
    place = Formula()
    results = tuned(place, changed=zoo.load_config(config, {"search": space}), trials=8)
    refused = [each for each in results.trials if each.outcome == "refused"]
    assert {each.reason.partition(":")[0] for each in refused} == {"input_size", "training.parts"}
    assert all(each.score is None and each.number not in place.started for each in refused)
    assert len(place.started) == 8
    assert f"{len(refused)} combinations refused" in str(results)
    assert "input_size: 4x4 is too small: backbone 'tinyssd' needs at least" in str(results)


def test_a_space_that_is_used_up_ends_the_study(tuned, config, monkeypatch):
    monkeypatch.setattr("zoo_core.tuning.study._MOST_FREE", 12)
    space = {"training.batch_size": {"choice": [2, 4]}, "loss": {"choice": ["multibox"]}}
    results = tuned(changed=zoo.load_config(config, {"search": space}), trials=9)
    assert [each.outcome for each in results.trials if each.was_trained] == ["complete", "stopped"]
    assert "trial 0 has the same values" in {each.reason for each in results.trials}


def test_nothing_that_fits_is_told(tuned, config, monkeypatch):
    monkeypatch.setattr("zoo_core.tuning.study._MOST_FREE", 12)
    space = {"input_size": {"choice": [2, 4]}}
    with pytest.raises(zoo.ConfigError, match=r"search: no combination that was drawn fits(.|\n)*too small"):
        tuned(changed=zoo.load_config(config, {"search": space}))


def test_where_no_network_can_be_made_no_trial_begins(tuned, config, tmp_path, monkeypatch):
    for module in ("config.engines", "engines.opening"):
        monkeypatch.setattr(f"zoo_core.{module}.has_mxnet", lambda: False)
    with pytest.raises(zoo.RunError, match=r"begin from the weights of a run: --set weights\.source=RUN"):
        tuned(name="new")
    with pytest.raises(zoo.MissingPackageError, match="--engine torch"):
        tuned(name="other", changed=zoo.load_config(config, {"engine": "mxnet"}))
    assert not [*tmp_path.iterdir()]
    tuned(name="begun", changed=zoo.load_config(config, {"weights.source": "run"}))
    tuned(name="searched", changed=zoo.load_config(config, {"search.weights.source": {"choice": ["run", "again"]}}))


def test_reasons_are_shown_as_they_are(tuned):
    reason = "pip install 'zoo-core[mxnet]' [/b]"
    results = tuned(Formula(lambda config: quality(config) if config.training.batch_size > 8 else broken(reason)))
    assert reason in str(results)


def broken(reason):
    return Ended(0, "failed", reason=reason)


def test_broken_trials_are_recorded_and_the_others_go_on(tuned, tmp_path):
    def score(config):
        if config.training.batch_size % 2:
            return Ended(0, "failed", reason="the loss is no longer a number at step 3\n  images: a, b")
        return quality(config)

    results = tuned(Formula(score), trials=10)
    failed = [each for each in results.trials if each.outcome == "failed"]
    assert failed
    assert {each.values["training.batch_size"] % 2 for each in failed} == {1}
    assert results.best.values["training.batch_size"] % 2 == 0
    written = json.loads((tmp_path / "study" / "results.json").read_text())
    assert written == json.loads(json.dumps(results.to_dict()))
    assert "the loss is no longer a number at step 3" in str(results)
    with pytest.raises(zoo.TrainingError, match=r"all 3 trials failed\n  3 trials failed \(0, 1, 2\): no memory"):
        tuned(Formula(lambda _: Ended(0, "failed", reason="no memory")), name="none", trials=3)


def test_what_computes_a_trial_may_die_and_the_trial_is_begun_again(tuned):
    deaths = iter([True, False, True, True, False, *[False] * 100])

    class Mortal(Formula):
        def _run(self, job):
            if next(deaths):
                yield Ended(job.number, "lost")
            else:
                yield from super()._run(job)

    place = Mortal()
    results = tuned(place, trials=2)
    assert place.started == [0, 0, 1, 1, 1]
    assert results.trials[0].outcome == "complete"

    results = tuned(
        Formula(lambda config: quality(config) if config.training.batch_size < 9 else Ended(0, "lost")), "b"
    )
    lost = [each for each in results.trials if each.outcome == "failed"]
    assert {each.reason for each in lost} == {"its worker was lost 3 times"}


def test_two_processes_share_a_study(tuned, opened, reopened):
    """Each takes other trials, and none while there are enough."""
    tuned(trials=1)
    first, second = opened(), opened()
    for study in (first, second):
        study.rules = Rules(trials=4)
    taken = [study.claim() for study in (first, second, first, second)]
    assert [each and each.number for each in taken] == [1, 2, 3, None]
    second.complete(2, 0.5)
    first.give_back(1)  # as if it were killed
    assert second.claim().number == 1
    assert first.claim() is None
    assert [each.outcome for each in first.results().trials] == ["complete", "running", "complete", "running"]
    first.give_back_all()
    second.give_back_all()
    place = Formula()
    reopened(place, trials=4)
    assert place.started == [1, 3]


def test_a_study_that_has_ended_goes_on_only_for_more_trials(tuned, reopened):
    before = told(tuned())
    with pytest.raises(zoo.RunError, match=r"all 6 trials have ended.*zoo tune .*study --resume --trials 16"):
        reopened()
    more = reopened(trials=8)
    assert told(more)[:6] == before
    assert more.wanted == len(more.trials) == 8


@pytest.mark.parametrize("missing", ["results.json", "results.png", "best.yaml"])
def test_results_that_could_not_be_written_when_the_last_trial_had_ended_are_written(tuned, reopened, missing):
    """As on a full disk."""
    before = tuned(trials=2)
    (before.folder / missing).unlink()
    assert told(reopened()) == told(before)
    assert (before.folder / missing).is_file()


def test_what_is_no_study_or_has_changed_is_told(tuned, reopened, tmp_path, config, monkeypatch):
    with pytest.raises(zoo.RunError, match="no such folder of a study"):
        reopened()
    tuned()
    with monkeypatch.context() as patched:
        patched.setattr(running, "dataset", None)  # it is told before data is read
        with pytest.raises(zoo.RunError, match="the folder is not empty; name a new folder for the study"):
            running.begin(config, tmp_path / "study", Rules())
    with pytest.raises(zoo.ConfigError, match=r"search: is empty: say what is to be tried, as search: \{training"):
        running.begin(zoo.load_config(TINY), tmp_path / "other", Rules())
    assert not (tmp_path / "other").exists()
    file = tmp_path / "study" / "config.yaml"
    file.write_text(file.read_text().replace("device: auto", "device: cpu"))
    reopened(trials=7)  # where it computes makes no difference
    file.write_text(file.read_text().replace("weight_decay: 0.0005", "weight_decay: 0.001"))
    with pytest.raises(zoo.RunError, match=r"config\.yaml: has changed since the study began"):
        reopened(trials=9)
    (tmp_path / "study" / "journal.log").write_text("{}\n{}\n")
    with pytest.raises(zoo.RunError, match="journal"):
        reopened(trials=9)
    (tmp_path / "study" / "journal.log").unlink()
    with pytest.raises(zoo.RunError, match=r"journal\.log not found: this is not a study of zoo tune"):
        reopened()


def test_time_that_is_over_interrupts_what_runs(tmp_path, config):
    session = TuningSession(running.begin(config, tmp_path / "study", Rules()), Formula(), minutes=1e-9)
    session._begin_trials()
    with pytest.raises(zoo.TrainingError, match=r"no trial is complete yet; continue with: zoo tune .*study --resume"):
        session()
    place = Formula()
    assert TuningSession(running.resume(tmp_path / "study", trials=2), place)().best
    assert place.started == [0, 1]

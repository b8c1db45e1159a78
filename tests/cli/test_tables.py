"""Every table that is printed, in narrow terminals: no number and no name is cut, and no line is too long."""

from __future__ import annotations

import ast
import importlib
import io
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

import zoo_core
from zoo_core.cli import anchors, benching, data, doctor, exporting, listing, output, plans, plugins, training, tuning
from zoo_core.cli.diagnosis import Check
from zoo_core.common.fitted_table import FittedTable
from zoo_core.config.plan import Plan
from zoo_core.data.checks.summary import SIDES, SplitSummary
from zoo_core.engines import parity
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.stages import STAGES
from zoo_core.engines.onnx.report import EngineScore
from zoo_core.engines.parity import Comparison
from zoo_core.evaluation.anchors.report import Group, Unreached
from zoo_core.evaluation.coco import CocoNumbers
from zoo_core.evaluation.report import ClassReport, Report
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.outputs import Scoring
from zoo_core.registry.registry import Plugin, Registry
from zoo_core.tuning.results import TrialResult, TuningResults

LONG = "traffic_light_that_is_far_away_and_red"
CLASSES = [f"{LONG}_{number}" if number % 9 == 0 else f"class {number}" for number in range(80)]
SCORES = CocoNumbers(*(number / 1000 for number in range(121, 133)))
REPORT = Report(
    tuple(ClassReport(name, 0.511, 0.622, 10_000_000 + i, i, 20_000_000, SCORES) for i, name in enumerate(CLASSES)),
    *(0.5, 5000, 129.0, 3.0),
)
ENGINES = tuple(
    EngineReport(
        engine,
        "bfloat16",
        129.3,
        1300.25,
        12345.6,
        dict.fromkeys(STAGES, 118.7),
        98765,
        123456,
        0.5,
        12_345_678,
        10**12,
    )
    for engine in ("mxnet", "torch", "onnxruntime", "openvino")
)
GROUPS = [Group(name, 1_234_567, 1_000_001, 123_456, 111_110, 0.731) for name in ("all", "small", *CLASSES)]
MAPS = tuple(FeatureMap(2048, 1024 >> i, 1024 >> i, 8 << i) for i in range(8))
PLAN = Plan(ImageSize(8192, 8192), MAPS, (4, 6, 6, 6, 6, 4, 4, 4), 1000, Scoring.SOFTMAX, MAPS)


def unreached(number: int) -> Unreached:
    return Unreached(number, f"JPEGImages/{LONG}/{number:012}.jpg", CLASSES[number], (), 0.125, (), missed=True)


def crowded_registry() -> Registry:
    registry = Registry()
    registry.plugins = [
        Plugin(f"plugin_{name}", f"zoo-{name}", "10.20.30.dev40", problem=f"ImportError: no {name} 123456")
        for name in ("short", LONG)
    ]
    return registry


def summary() -> SplitSummary:
    split = SplitSummary()
    split.add([(name, (0, 0, 30, 30)) for name in CLASSES])
    return split


def data_report() -> SimpleNamespace:
    return SimpleNamespace(splits=dict.fromkeys(("train", "validation", "test_of_2026"), summary()), total=summary())


def anchor_report() -> SimpleNamespace:
    return SimpleNamespace(
        plan=PLAN,
        overall=GROUPS[0],
        by_size=GROUPS[1:2],
        by_class=GROUPS[2:],
        positives=(987_654_321,) * 8,
        images=1,
        threshold=0.5,
        encoder_has_threshold=True,
        unreached=(),
        proposal=None,
        can_be_fitted=True,
    )


def of_folders(folder: Path) -> None:
    for contents in (training._CONTENTS, tuning._CONTENTS):
        for name in contents:
            (folder / name).touch()
        output.print_contents(folder, contents)


def of_study(folder: Path) -> None:
    paths = ("training.learning_rate", "loss", "training.optimizer.momentum", "backbone", "nms.iou", LONG)
    values = dict(zip(paths, (1.234e-05, {"name": LONG, "box_weight": 2.5}, 0.9876, LONG, 0.5, [16, 32]), strict=True))
    trials = [
        TrialResult(1000 + number, values, outcome, 0.512, {999_999: 0.5}, f"{LONG}: 123456" if number else "", folder)
        for number, outcome in enumerate(("complete", "stopped", "failed", "refused"))
    ]
    Console().print(TuningResults(folder, paths, trials, 2000))


def of_registry(module, name: str, call) -> object:
    def printed(_: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, crowded_registry)
            call()

    return printed


CHECKS = [
    Check(f"{LONG} 1.2.3", f"/usr/lib/{LONG}/{LONG}/python3.11 and 123456 more", f"pip install '{LONG}[onnx]>=1.20'")
] * 3


def examined(_: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor, "examine", lambda: CHECKS)
        doctor.doctor()


def compared(_: Path) -> None:
    far = Comparison("PyTorch on gpu:12", "PyTorch on cpu", "gradients in float64", 1.2e300, 1e-7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "compare", lambda *_: [far] * 14)
        doctor._compare("runs/x", "gpu:12", as_json=False)


TABLES = {
    "cli.anchors:_print_groups": lambda _: anchors._print_groups(GROUPS),
    "cli.anchors:_print_report": lambda _: anchors._print_report("x", anchor_report(), Path("x.png")),
    "cli.anchors:_print_unreached": lambda _: anchors._print_unreached(tuple(map(unreached, range(12))), Path("x.png")),
    "cli.benching:_print_report": lambda _: benching._print_report(
        BenchReport("runs/x", "this", "375x500", 128, 30, 2, ENGINES, {}), None
    ),
    "cli.data:_print_bars": lambda _: data._print_bars(SIDES.of([5] * 999_999 + [100] * 12)),
    "cli.data:_print_splits": lambda _: data._print_splits(data_report()),
    "cli.doctor:_compare": compared,
    "cli.doctor:doctor": examined,
    "cli.exporting:_print_scores": lambda _: exporting._print_scores(
        SimpleNamespace(scores=(EngineScore("onnxruntime", "bfloat16", 0.123456, 12345.6),) * 3)
    ),
    "cli.listing:list_parts": lambda _: listing.list_parts(),
    "cli.plans:print_plan": lambda _: plans.print_plan(PLAN),
    "cli.plugins:plugins": of_registry(plugins, "examined_registry", plugins.plugins),
    "cli.output:print_contents": of_folders,
    "tuning.results:_parts": of_study,
    "cli.training:_print_next_commands": training._print_next_commands,
    "evaluation.report:_by_class": lambda _: Console().print(REPORT._by_class()),
    "evaluation.report:_summary": lambda _: Console().print(REPORT._summary()),
}
"""What prints each table with the longest names and the largest numbers, by the function that makes it."""
MAKERS = {"print_table", "FittedTable", "Table"}
THE_PLACE = {"common.fitted_table:_table", "cli.output:_print_fitted"}
"""The one place that makes them."""


def makers() -> set[str]:
    """The functions of the core in which a table is made."""
    root = Path(zoo_core.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        if "templates" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for function in ast.walk(ast.parse(text)) if any(each in text for each in MAKERS) else ():
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in MAKERS
                for each in ast.walk(function)
            ):
                found.add(f"{'.'.join(path.relative_to(root).with_suffix('').parts)}:{function.name}")
    return found


def test_no_table_is_forgotten():
    assert makers() - THE_PLACE == TABLES.keys()
    for name in TABLES:
        module = importlib.import_module(f"zoo_core.{name.partition(':')[0]}")
        assert module.__name__.startswith("zoo_core.cli.") or hasattr(module, "FittedTable")


@pytest.fixture
def terminal(monkeypatch):
    """Gives the tables that are printed in a terminal of some width, and everything that is printed."""
    tables = []
    render = FittedTable.__rich_console__

    def noticed(self, console, options):
        tables.append((self, options.max_width))
        return render(self, console, options)

    monkeypatch.setattr(FittedTable, "__rich_console__", noticed)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    def of_width(width: int, call) -> tuple[list, str]:
        tables.clear()
        screen = io.StringIO()
        screen.isatty = lambda: True
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("sys.stdout", screen)
        call()
        return [*tables], re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue())

    return of_width


def rendered(table: FittedTable, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, pytest.param(80, marks=pytest.mark.slow), 120])
@pytest.mark.parametrize("name", TABLES)
def test_every_number_and_name_is_whole_in_a_terminal(name, width, terminal, tmp_path):
    tables, printed = terminal(width, lambda: TABLES[name](tmp_path))
    assert tables
    for table, room in tables:
        assert width - 2 <= room <= width
        lines = rendered(table, room)
        assert max(map(len, lines)) <= room
        shown = Counter(word for line in lines for word in line.split())
        whole = Counter(
            word for row in table.rows for cell in row for word in cell.split() if len(word) <= (room - 2) // 2
        )
        assert not whole - shown
        assert whole.keys() <= set(printed.split())
        headings = {word for heading in table.columns for word in heading.split()}
        assert headings <= shown.keys()


def test_longer_words_than_the_screen_go_on_in_the_next_line():
    table = FittedTable([[LONG * 3, "129"], ["b", "7"]], ["class", "objects"])
    lines = rendered(table, 40)
    assert "".join(line.removesuffix("129").strip() for line in lines if "traffic" in line or "_" in line) == LONG * 3
    assert {"129", "7"} <= {word for line in lines for word in line.split()}


def test_columns_go_below_each_other_with_the_first_one():
    table = FittedTable([["a", *map(str, range(1000, 1012))], ["b", *map(str, range(12))]], list("nabcdefghijkl"))
    assert [line.split() for line in rendered(table, 40)][:3] == [
        ["n", *"abcdef"],
        ["a", "1000", "1001", "1002", "1003", "1004", "1005"],
        ["b", "0", "1", "2", "3", "4", "5"],
    ]
    assert [line.split()[0] for line in rendered(table, 40) if line.strip()] == ["n", "a", "b", "n", "a", "b"]
    assert len(rendered(table, 200)) == 3


def test_wide_letters_count_as_two():
    table = FittedTable([["猫" * 12, "129"], ["犬", "7"]], ["class", "objects"])
    assert any("129" in line for line in rendered(table, 34))

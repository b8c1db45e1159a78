"""The kit as plugin authors meet it: how a contract is used, what it needs, what its page says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampling import one_in
from zoo_core.testing import CONTRACTS, BlockContract, ComponentContract, WeightsContract
from zoo_core.testing.decoding import DecodingContract

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
SUBCLASSES = """
import pytest

from zoo_core.testing import AnchorContract
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings


class TestOne(AnchorContract):
    settings = MultiBoxPriorSettings()


class TestSeveral(AnchorContract):
    settings = [MultiBoxPriorSettings(), MultiBoxPriorSettings(clip=True)]


class TestFixture(AnchorContract):
    @pytest.fixture
    def settings(self, tmp_path):
        return MultiBoxPriorSettings()


class TestNothing(AnchorContract):
    pass
"""


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_settings_are_one_or_several_or_a_fixture(tmp_path):
    (tmp_path / "test_it.py").write_text(SUBCLASSES)
    words = [sys.executable, "-m", "pytest", "-v", "-k", "boxes", "--continue-on-collection-errors"]
    done = subprocess.run([*words, tmp_path], capture_output=True, text=True, check=False, cwd=tmp_path)
    passed = {line.partition(" ")[0].partition("::")[2] for line in done.stdout.splitlines() if "PASSED" in line}
    check = "test_anchors_are_boxes"
    assert passed == {
        f"TestOne::{check}[multibox_prior]",
        f"TestSeveral::{check}[multibox_prior0]",
        f"TestSeveral::{check}[multibox_prior1]",
        f"TestFixture::{check}",
    }
    assert "TestNothing does not say what it checks: settings = MySettings()" in done.stdout


def test_importing_the_kit_imports_no_engine():
    done = python("import sys, zoo_core.testing; print({'mxnet', 'gluoncv'} & set(sys.modules))")
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("package", one_in(2, ["hypothesis", "pytest"]))
def test_what_is_missing_is_told_with_its_remedy(package):
    done = python(f"import sys; sys.modules[{package!r}] = None; import zoo_core.testing")
    assert done.stderr.splitlines()[-1] == (
        f"zoo_core.common.errors.MissingPackageError: the conformance kit needs {package}, which is not installed: "
        "pip install 'zoo-core[testing]'"
    )


def lines_of(contract):
    """The lines of the page for a contract: its checks in the order of the code."""
    checks = [(name, check) for name, check in vars(contract).items() if name.startswith("test_")]
    return [f"| `{name.removeprefix('test_')}` | {inspect.getdoc(check)} |" for name, check in checks]


@pytest.mark.parametrize(
    "contract", [ComponentContract, BlockContract, DecodingContract, *CONTRACTS.values(), WeightsContract]
)
def test_the_page_lists_every_check_as_the_code_says_it(contract):
    expected = "\n".join(["| check | what it verifies |", "|---|---|", *lines_of(contract)])
    assert expected in PAGE.read_text(encoding="utf-8"), f"the table of {contract.__name__} should be:\n{expected}"


@pytest.mark.parametrize("contract", CONTRACTS.values())
def test_every_contract_has_all_checks_of_every_kind(contract):
    overwritten = vars(ComponentContract).keys() & vars(contract).keys()
    assert not {name for name in overwritten if name.startswith("test_")}

"""MXNet on today's Python: quiet, with all cores, and without any effect when it is not used."""

import importlib
import json
import os
import subprocess
import sys
import textwrap

import pytest

from zoo_core.common.cores import usable_cores
from zoo_core.engines.gluon import compatibility


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.fixture(scope="module")
def started():
    """A program that has imported both, computed and written a graph down, and tells of it in the end."""
    return python("""
        import json
        from zoo_core.engines.bench.memory import resident_megabytes
        from zoo_core.engines.gluon import mx
        from zoo_core.engines.gluon.compatibility import applied_fixes, import_quietly

        gluoncv = import_quietly("gluoncv")
        assert mx.nd.array([1.0, 2.0]).sum().asscalar() == 3
        assert gluoncv.model_zoo.get_model("mobilenet0.25", pretrained=False)
        import sys, mxnet.test_utils
        assert "scipy.stats" not in sys.modules and mxnet.test_utils.ss.norm.cdf(0) == 0.5

        graph = mx.sym.var("data")
        for _ in range(500):
            graph = mx.sym.relu(graph)
        assert graph.tojson() == graph.tojson(remove_amp_cast=False)
        before = resident_megabytes()
        for _ in range(100):
            graph.tojson()
        lost = resident_megabytes() - before
        halved = mx.sym.relu(mx.sym.amp_cast(graph, dtype="float16"))
        assert "amp_cast" not in halved.tojson() and "amp_cast" in halved.tojson(remove_amp_cast=False)
        print(json.dumps({"fixes": applied_fixes, "lost": lost}))
    """)


def test_mxnet_and_gluoncv_import_and_compute_without_a_word(started):
    assert (started.returncode, started.stdout.count("\n"), started.stderr) == (0, 1, "")


def test_the_fixes_are_told(started):
    fixes = "\n".join(json.loads(started.stdout)["fixes"])
    assert "numpy bool, int, float, object" in fixes
    assert "OMP_NUM_THREADS=" in fixes


def test_writing_a_graph_down_loses_no_memory(started):
    assert json.loads(started.stdout)["lost"] < 5  # MXNet's own loses about half a megabyte each time


@pytest.mark.slow
def test_a_users_own_number_of_threads_is_kept(monkeypatch):
    monkeypatch.delitem(sys.modules, "mxnet", raising=False)
    monkeypatch.setattr(compatibility, "applied_fixes", [])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    compatibility._use_all_cores()
    assert (os.environ["OMP_NUM_THREADS"], compatibility.applied_fixes) == ("1", [])
    monkeypatch.delenv("OMP_NUM_THREADS")
    compatibility._use_all_cores()
    assert os.environ["OMP_NUM_THREADS"] == str(usable_cores())
    assert len(compatibility.applied_fixes) == 1


@pytest.mark.slow
def test_it_is_kept_by_a_program_that_imports_mxnet():
    done = python(
        "import os; from zoo_core.engines.gluon import mx; print(os.environ['OMP_NUM_THREADS'])", OMP_NUM_THREADS="1"
    )
    assert done.stdout == "1\n", done.stderr


def test_nothing_is_patched_when_mxnet_is_not_used():
    done = python("""
        import os, numpy, zoo_core as zoo
        zoo.plan(zoo.load_config("tinyssd_shapes"))
        assert "bool" not in vars(numpy) or numpy.__version__ >= "2"
        assert "OMP_NUM_THREADS" not in os.environ
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("sabotage", "remedy"),
    [
        ("sys.modules['mxnet'] = None", "needs mxnet, which is not installed: pip install 'zoo-core[mxnet]'"),
        ("numpy.__version__ = '2.1.0'", "cannot run with numpy 2.1.0"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(sabotage, remedy):
    done = python(f"""
        import sys, numpy
        from zoo_core.common.errors import MissingPackageError
        {sabotage}
        try:
            from zoo_core.engines.gluon import mx
        except MissingPackageError as error:
            print(error)
    """)
    assert remedy in done.stdout, done.stderr


def test_mxnet_is_still_given_at_its_former_place():
    from zoo_core.plugin_api import mx

    former = importlib.import_module("zoo_core.gluon")
    with pytest.warns(DeprecationWarning, match=r"zoo_core\.gluon has moved, .*: import mx from zoo_core\.plugin_api"):
        assert former.mx is mx

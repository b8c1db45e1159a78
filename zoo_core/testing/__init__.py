"""The conformance kit: every check that a part of the zoo must pass, for the tests of plugin authors.

A contract is subclassed in a test module, and pytest runs each of its checks::

    from zoo_core.testing import BackboneContract

    class TestMyBackbone(BackboneContract):
        settings = MyBackboneSettings()

Nothing here imports mxnet before a check needs it, and nothing else in the zoo imports
this package.
"""

from __future__ import annotations

from zoo_core.errors import MissingPackageError

try:
    import hypothesis as _hypothesis  # noqa: F401 -- only to say plainly what is missing
    import pytest as _pytest
except ModuleNotFoundError as error:
    raise MissingPackageError(
        f"the conformance kit needs {error.name}, which is not installed: pip install 'zoo-core[testing]'"
    ) from error

# Before the contracts are imported, so that a failing check shows the values that it compared.
_pytest.register_assert_rewrite("zoo_core.testing")

from zoo_core.testing.anchors import AnchorContract  # noqa: E402
from zoo_core.testing.backbone import BackboneContract  # noqa: E402
from zoo_core.testing.contract import ComponentContract  # noqa: E402
from zoo_core.testing.dataset import DatasetContract  # noqa: E402
from zoo_core.testing.encoder import EncoderContract  # noqa: E402
from zoo_core.testing.installed import CONTRACTS, installed_contracts  # noqa: E402
from zoo_core.testing.loss import LossContract  # noqa: E402

__all__ = [
    "CONTRACTS",
    "AnchorContract",
    "BackboneContract",
    "ComponentContract",
    "DatasetContract",
    "EncoderContract",
    "LossContract",
    "installed_contracts",
]

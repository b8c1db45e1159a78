"""The conformance kit: every check that a part of the zoo must pass, for the tests of plugin authors.

A contract is subclassed in a test module, and pytest runs each of its checks::

    from zoo_core.testing import BackboneContract

    class TestMyBackbone(BackboneContract):
        settings = MyBackboneSettings()

Nothing here imports mxnet before a check needs it, and nothing else in the zoo imports
this package.
"""

from __future__ import annotations

from zoo_core.common.errors import MissingPackageError

try:
    from zoo_core.testing.anchors import AnchorContract
    from zoo_core.testing.augmentation import AugmentationContract
    from zoo_core.testing.backbone import BackboneContract
    from zoo_core.testing.blocks import BlockContract
    from zoo_core.testing.contract import ComponentContract
    from zoo_core.testing.dataset import DatasetContract
    from zoo_core.testing.encoder import EncoderContract
    from zoo_core.testing.head import HeadContract
    from zoo_core.testing.installed import CONTRACTS, installed_contracts
    from zoo_core.testing.logger import LoggerContract
    from zoo_core.testing.loss import LossContract
    from zoo_core.testing.neck import NeckContract
    from zoo_core.testing.optimizer import OptimizerContract
    from zoo_core.testing.resize import ResizeContract
    from zoo_core.testing.schedule import ScheduleContract
    from zoo_core.testing.weights import WeightsContract
except ModuleNotFoundError as error:
    raise MissingPackageError(
        f"the conformance kit needs {error.name}, which is not installed: pip install 'zoo-core[testing]'"
    ) from error

__all__ = [
    "CONTRACTS",
    "AnchorContract",
    "AugmentationContract",
    "BackboneContract",
    "BlockContract",
    "ComponentContract",
    "DatasetContract",
    "EncoderContract",
    "HeadContract",
    "LoggerContract",
    "LossContract",
    "NeckContract",
    "OptimizerContract",
    "ResizeContract",
    "ScheduleContract",
    "WeightsContract",
    "installed_contracts",
]

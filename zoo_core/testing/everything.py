"""The contracts of everything that is installed: ``pytest --pyargs zoo_core.testing.everything -k NAME``."""

from __future__ import annotations

from zoo_core.testing.installed import installed_contracts

globals().update(installed_contracts())

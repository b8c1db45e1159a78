"""What a fresh Python has imported after it has used the light half of a part."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from zoo_core.parts.components import ComponentSettings

__all__ = ["imports_of"]

_CHILD = """\
import importlib, json, sys
request = json.load(sys.stdin)
sys.path[:] = request["path"]
for module in request["modules"]:
    importlib.import_module(module)
settings = getattr(sys.modules[request["modules"][-1]], request["class"]).model_validate_json(request["settings"])
eval(request["question"])
print()
print(*{name.partition(".")[0] for name in sys.modules})
"""


def imports_of(settings: ComponentSettings, question: str, modules: Sequence[str] = ()) -> set[str]:
    """The top-level packages that a fresh interpreter has imported in the end.

    Args:
        settings: created again there.
        question: Python that asks ``settings`` what a light half must answer.
        modules: imported before the module of the settings.

    Raises:
        AssertionError: it failed; the message is the end of its output.
    """
    group = type(settings)
    request = {
        "path": sys.path,
        "modules": [*modules, group.__module__],
        "class": group.__qualname__,
        "settings": settings.model_dump_json(),
        "question": question,
    }
    done = subprocess.run(  # noqa: S603 -- this Python, and the text above
        [sys.executable, "-c", _CHILD], input=json.dumps(request), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise AssertionError(f"the light half of {settings.name!r} cannot be used in a fresh Python: {last}")
    return set(done.stdout.splitlines()[-1].split())

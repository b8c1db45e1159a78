"""The process of a trial: ``python -m zoo_core.tuning.worker``, told what to train by its standard input.

What the trial has to say goes as lines of JSON to what was the standard output; whatever is printed goes to the
standard error. When the standard input ends, the command has died, and so does this process.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from zoo_core.config.loading import load_config
from zoo_core.tuning.trial import trained

__all__ = ["main"]


def main() -> None:
    """Train one trial."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = json.loads(sys.stdin.readline())
    answers: queue.Queue[bool] = queue.Queue()
    threading.Thread(target=_listen, args=[answers], daemon=True).start()

    def tell(**event: Any) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    def go_on(epoch: int, score: float) -> bool:
        tell(epoch=epoch, score=score)
        return answers.get()

    try:
        end = trained(load_config(job["config"]), Path(job["folder"]), go_on)
    except (KeyboardInterrupt, SystemExit):
        tell(how="interrupted", score=None, reason="")
    except BaseException:
        traceback.print_exc()
        raise
    else:
        tell(**end._asdict())


def _listen(answers: queue.Queue[bool]) -> None:
    for line in sys.stdin:
        answers.put(json.loads(line))
    os._exit(1)


if __name__ == "__main__":
    main()

"""``zoo check``: whether a configuration fits together, reported without building anything."""

from __future__ import annotations

from zoo_core.cli.configs import load_and_note
from zoo_core.cli.options import ConfigArgument, JsonOption, SetOption
from zoo_core.cli.output import print_heading, print_json, print_line
from zoo_core.cli.plans import plan_as_json, print_plan
from zoo_core.common.messages import counted
from zoo_core.config.plan import plan

__all__ = ["check"]


def check(config: ConfigArgument, overrides: SetOption = None, as_json: JsonOption = False) -> None:
    """Check that the parts of a configuration fit together.

    Nothing is built: it reports what would be made, or everything that is wrong.
    """
    settings = load_and_note(config, overrides)
    made = plan(settings)
    if as_json:
        print_json({"ok": True, "config": config, **plan_as_json(made)})
        return
    print_heading(f"{config}: OK")
    parts = (settings.backbone, settings.neck, settings.anchors, settings.head, settings.targets, settings.loss)
    names = " + ".join(each.name for each in parts if each)
    print_line(f"  {names}: {counted(len(made.feature_maps), 'feature map')}, {made.anchor_count} anchors")
    print_line()
    print_plan(made)

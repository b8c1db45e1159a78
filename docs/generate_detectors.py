"""Writes the table of docs/detectors.md; a test compares the page with what this makes.

python docs/generate_detectors.py

Anchors, parameters and operations are worked out from the configurations, latencies were
measured by `python -m benchmarks latency`, scores are those that GluonCV published.
"""

from __future__ import annotations

import json
from pathlib import Path

import zoo_core as zoo
from zoo_core.engines.gluon.costs import costs

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "detectors.md"
BEGIN, END = "<!-- made by docs/generate_detectors.py -->\n", "<!-- to here -->\n"

PUBLISHED = {
    "ssd_300_vgg16_atrous_voc": "77.6",
    "ssd_512_vgg16_atrous_voc": "79.2",
    "ssd_512_resnet50_v1_voc": "80.1",
    "ssd_512_mobilenet1.0_voc": "75.4",
    "ssd_300_vgg16_atrous_coco": "25.1",
    "ssd_512_vgg16_atrous_coco": "28.9",
    "ssd_300_resnet34_v1b_coco": "25.1",
    "ssd_512_resnet50_v1_coco": "30.6",
    "ssd_512_mobilenet1.0_coco": "21.7",
    "yolo3_darknet53_voc": "81.5",
    "yolo3_mobilenet1.0_voc": "75.8",
    "yolo3_darknet53_coco": "36.0",
    "yolo3_mobilenet1.0_coco": "28.6",
    "center_net_resnet18_v1b_voc": "66.8",
    "center_net_resnet50_v1b_voc": "71.8",
    "center_net_resnet101_v1b_voc": "75.5",
    "center_net_resnet18_v1b_coco": "26.6",
    "center_net_resnet50_v1b_coco": "32.1",
    "center_net_resnet101_v1b_coco": "34.5",
}
"""Of the weights in GluonCV's store: mAP by VOC07's rule, or AP of IoU .5 to .95 by COCO's, in percent.

Source: GluonCV's model zoo, docs/model_zoo/csv_tables/Detections/{Pascal,MSCOCO}_{SSD,YOLO-v3,CenterNet}.csv;
CenterNet's without the mirrored image.
"""


def table() -> str:
    """The table in Markdown."""
    measured = json.loads((ROOT / "benchmarks" / "latency.json").read_text(encoding="utf-8"))
    lines = [
        "| detector | input | anchors | parameters | multiply-adds | CPU latency | published score |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    others = {name: None for name in zoo.detectors() if name.startswith(("yolo3_", "center_net_"))}
    for name, milliseconds in {**measured["milliseconds"], **others}.items():
        config = zoo.load_config(name)
        plan = zoo.plan(config)
        parameters, operations = costs(config)
        latency = "not measured" if milliseconds is None else f"{milliseconds:.0f} ms"
        score = f"{PUBLISHED[name]} {'mAP' if name.endswith('voc') else 'AP'}" if name in PUBLISHED else ""
        lines.append(
            f"| `{name}` | {config.input_size} | {plan.anchor_count} | {parameters / 1e6:.1f} M | "
            f"{operations / 1e9:.1f} G | {latency} | {score} |"
        )
    return "\n".join([*lines, "", f"Latencies are those of {measured['machine']}.", ""])


def page() -> str:
    """The whole page with its table made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

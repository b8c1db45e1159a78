"""Writes torchvision.json: what torchvision says of small inputs, to which test_torchvision.py holds this plugin.

python plugins/dense/tests/generate_torchvision.py

It needs torch 2.13.0 and torchvision 0.28.0 beside NumPy, and nothing of the zoo; the tests need neither.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torchvision.models.detection import _utils, anchor_utils, fcos, image_list, retinanet
from torchvision.ops import boxes as box_ops
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

FACTS = Path(__file__).with_name("torchvision.json")
HEIGHT, WIDTH, CLASSES = 48, 64, 2
STRIDES = {"retinanet": (8, 16), "fcos": (4, 8, 16)}
SIZES, SCALES, RATIOS = (12.0, 24.0), (1.0, 2 ** (1 / 3)), (0.5, 1.0, 2.0)
BOXES = [
    [3.1, 5.3, 11.4, 12.7],
    [20.3, 3.9, 61.2, 44.3],
    [28.4, 15.7, 40.9, 30.2],
    [2.2, 30.1, 30.5, 46.3],
    [47.7, 33.2, 62.1, 37.8],
]
LABELS = [0, 1, 0, 1, 1]
ROUND = 1000
"""torchvision rounds the sides of anchors to whole pixels: what is so many times as large is rounded less."""

random = np.random.default_rng(17)


def main() -> None:
    """Write the facts."""
    facts = {
        "image": [HEIGHT, WIDTH],
        "strides": STRIDES,
        "boxes": BOXES,
        "labels": LABELS,
        "focal": focal(),
        "generalized_iou": generalized_iou(),
        "retinanet": of_retinanet(),
        "fcos": of_fcos(),
    }
    text = json.dumps(facts, separators=(",", ":"))
    FACTS.write_text(text.replace('],"', '],\n"').replace('},"', '},\n"') + "\n", encoding="utf-8")


def focal() -> list[dict[str, object]]:
    """The focal loss of each score, for three pairs of alpha and gamma."""
    scores, wanted = drawn(12, scale=4), random.integers(0, 2, 12)
    inputs = torch.tensor(scores), torch.tensor(wanted, dtype=torch.float64)
    return [
        {
            "scores": scores,
            "wanted": wanted.tolist(),
            "alpha": alpha,
            "gamma": gamma,
            "loss": sigmoid_focal_loss(*inputs, alpha, gamma).tolist(),
        }
        for alpha, gamma in ((0.25, 2), (0.5, 0), (0.9, 1.5))
    ]


def generalized_iou() -> dict[str, object]:
    """Of boxes around the origin, by their distances to the left, upper, right and lower side."""
    pairs = np.exp(np.array(drawn(2, 8, 4))).round(3)
    boxes = torch.tensor(pairs * [-1, -1, 1, 1])
    return {"first": pairs[0].tolist(), "second": pairs[1].tolist(), "loss": generalized_box_iou_loss(*boxes).tolist()}


def of_retinanet() -> dict[str, object]:
    """Anchors, which object each answers for (-1 background, -2 ignored), and the losses of random outputs."""
    strides = STRIDES["retinanet"]
    anchors = anchors_of(strides, [tuple(size * scale for scale in SCALES) for size in SIZES], RATIOS)
    matcher = _utils.Matcher(0.5, 0.4, allow_low_quality_matches=True)
    overlaps = box_ops.box_iou(torch.tensor(BOXES, dtype=torch.float64), anchors)
    strict = _utils.Matcher(0.5, 0.4, allow_low_quality_matches=False)
    matched = matcher(overlaps)
    scores, numbers = drawn(len(anchors), CLASSES), drawn(len(anchors), 4)
    head = retinanet.RetinaNetHead(8, 6, CLASSES)
    losses = head.compute_loss(
        [targets()],
        {"cls_logits": torch.tensor([scores]), "bbox_regression": torch.tensor([numbers])},
        [anchors],
        [matched],
    )
    return {
        "sizes": SIZES,
        "scales": SCALES,
        "ratios": RATIOS,
        "anchors": anchors.numpy().round(4).tolist(),
        "matched": matched.tolist(),
        "matched_without_low_quality": strict(overlaps).tolist(),
        "scores": scores,
        "numbers": numbers,
        "class_loss": losses["classification"].item(),
        "box_loss": losses["bbox_regression"].item(),
    }


def of_fcos() -> dict[str, object]:
    """Which object each point answers for, and the losses of random outputs."""
    strides = STRIDES["fcos"]
    points = anchors_of(strides, [(float(stride),) for stride in strides], (1.0,))
    scores, centers, sides = drawn(len(points), CLASSES), drawn(len(points)), np.exp(drawn(len(points), 4)).round(3)
    head = fcos.FCOSHead(32, 1, CLASSES)
    matches: list[object] = []

    def spying(of_images: object, outputs: object, anchors: object, matched: list[torch.Tensor]) -> object:
        matches.extend(matched[0].tolist())
        return head.compute_loss(of_images, outputs, anchors, matched)

    network = SimpleNamespace(head=SimpleNamespace(compute_loss=spying), center_sampling_radius=1.5)
    losses = fcos.FCOS.compute_loss(
        network,
        [targets()],
        {
            "cls_logits": torch.tensor([scores]),
            "bbox_ctrness": torch.tensor([centers])[..., None],
            "bbox_regression": torch.tensor(sides[None]),
        },
        [points],
        [cells(stride) for stride in strides],
    )
    return {
        "matched": matches,
        "scores": scores,
        "centers": centers,
        "sides": sides.tolist(),
        "class_loss": losses["classification"].item(),
        "center_loss": losses["bbox_ctrness"].item(),
        "box_loss": losses["bbox_regression"].item(),
    }


def anchors_of(strides: tuple[int, ...], sizes: list[tuple[float, ...]], ratios: tuple[float, ...]) -> torch.Tensor:
    """Anchors (N, 4) corner/pixel, whose centres torchvision puts into the corner of each cell, moved to its middle."""
    large = [tuple(size * ROUND for size in each) for each in sizes]
    generator = anchor_utils.AnchorGenerator(tuple(large), (ratios,) * len(large))
    maps = [torch.zeros(1, 1, HEIGHT // stride, WIDTH // stride, dtype=torch.float64) for stride in strides]
    images = torch.zeros(1).expand(1, 1, HEIGHT * ROUND, WIDTH * ROUND)
    (anchors,) = generator(image_list.ImageList(images, [images.shape[-2:]]), maps)
    half = np.repeat(strides, [cells(stride) * len(sizes[0]) * len(ratios) for stride in strides]) / 2
    return anchors / ROUND + torch.tensor(half)[:, None]


def cells(stride: int) -> int:
    """Of the map of a stride."""
    return (HEIGHT // stride) * (WIDTH // stride)


def targets() -> dict[str, torch.Tensor]:
    """The objects as torchvision wants them."""
    return {"boxes": torch.tensor(BOXES, dtype=torch.float64), "labels": torch.tensor(LABELS)}


def drawn(*shape: int, scale: float = 1) -> list[object]:
    """Random numbers of three digits."""
    return (random.normal(size=shape) * scale).round(3).tolist()


if __name__ == "__main__":
    main()

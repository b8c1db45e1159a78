"""Examples that stand below the help of each command."""

from __future__ import annotations

__all__ = ["EXAMPLES"]

EXAMPLES: dict[str, tuple[str, ...]] = {
    "list": ("zoo list", "zoo list backbones --json"),
    "show": ("zoo show tinyssd_256_voc", "zoo show multibox_prior"),
    "check": ("zoo check mine.yaml", "zoo check ssd_300_vgg16_atrous_voc --set input_size=512"),
    "anchors": ("zoo anchors mine.yaml", "zoo anchors tinyssd_256_voc --set data.root=VOC2007 --out unreached.png"),
    "train": (
        "zoo train mine.yaml --out runs/cells",
        "zoo train tinyssd_shapes --set training.epochs=3 --set training.batch_size=16",
        "zoo train runs/cells --resume",
    ),
    "eval": (
        "zoo eval runs/cells --report report",
        "zoo eval runs/cells runs/other --data photos --report comparison",
        "zoo eval found.json --config mine.yaml",
    ),
    "predict": (
        "zoo predict runs/cells picture.jpg",
        "zoo predict runs/cells 'photos/**/*.jpg' --score 0.3 --csv found.csv --no-draw",
        "zoo predict model.onnx film.mp4 --classes cat,dog",
    ),
    "export": ("zoo export runs/cells model.onnx", "zoo export runs/cells small.onnx --int8 photos --limit 0.5"),
    "convert": (
        "zoo convert runs/cells",
        "zoo convert ssd_512_mobilenet1.0_voc.params --config ssd_512_mobilenet1.0_voc --out runs/voc",
    ),
    "bench": ("zoo bench runs/cells", "zoo bench tinyssd_256_voc --batch 16 --plot cost.png"),
    "data check": ("zoo data check photos", "zoo data check photos --format voc --classes cat,dog"),
    "data show": ("zoo data show photos --count 4", "zoo data show photos --split test --out boxes.png"),
    "plugins": ("zoo plugins", "zoo plugins --json"),
    "plugin new": ("zoo plugin new zoo-resnet --kind backbone",),
    "doctor": ("zoo doctor", "zoo doctor --parity runs/cells --device gpu"),
}

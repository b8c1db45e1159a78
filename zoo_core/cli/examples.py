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
        "zoo train mine.yaml --set training.parts=4 --cluster 10.0.0.1:6379 --workers 4",
    ),
    "tune": (
        "zoo tune mine.yaml --out runs/tuned --trials 30",
        "zoo tune tinyssd_shapes --set 'search.training.learning_rate={log: [1e-3, 0.3]}' --timeout 60",
        "zoo tune runs/tuned --resume",
    ),
    "eval": (
        "zoo eval runs/cells --report report",
        "zoo eval runs/cells runs/other --data photos --report comparison",
        "zoo eval found.json --config mine.yaml",
    ),
    "predict": (
        "zoo predict runs/cells picture.jpg",
        "zoo predict runs/cells 'photos/**/*.jpg' --score 0.3 --csv found.csv --no-draw",
        "zoo predict model.onnx film.mp4 --classes cat,dog --engine openvino",
        "zoo predict runs/cells slide.tif --slice 640 --overlap 128",
        "zoo predict runs/cells rtsp://192.168.0.7/door --track --json --no-draw",
        "zoo predict model.onnx s3://bucket/photos --cluster 10.0.0.1:6379 --out found",
    ),
    "serve": (
        "zoo serve runs/cells",
        "zoo serve small=small.onnx large=large.onnx --port 9000",
        "zoo serve runs/cells --host 0.0.0.0 --token SECRET",
    ),
    "export": ("zoo export runs/cells model.onnx", "zoo export runs/cells small.onnx --int8 photos --limit 0.5"),
    "convert": (
        "zoo convert runs/cells",
        "zoo convert ssd_512_mobilenet1.0_voc.params --config ssd_512_mobilenet1.0_voc --out runs/voc",
    ),
    "bench": (
        "zoo bench runs/cells --data cells",
        "zoo bench tinyssd_256_voc --engine mxnet --engine torch --plot cost.png",
    ),
    "data check": ("zoo data check photos", "zoo data check photos --format voc --classes cat,dog"),
    "data show": ("zoo data show photos --count 4", "zoo data show photos --split test --out boxes.png"),
    "cluster start": ("zoo cluster start --nodes 10.0.0.1,10.0.0.2",),
    "plugins": ("zoo plugins", "zoo plugins --json"),
    "plugin new": ("zoo plugin new zoo-resnet --kind backbone",),
    "doctor": (
        "zoo doctor",
        "zoo doctor --cluster 10.0.0.1:6379",
        "zoo doctor --parity runs/cells --device gpu",
    ),
}

"""Writes a detector to an ONNX file, and proves it before the file is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import ExportError
from zoo_core.common.versions import core_version
from zoo_core.common.writing import replacing, writing
from zoo_core.config.engines import chosen_engine
from zoo_core.engines.onnx.assembling import assemble
from zoo_core.engines.onnx.drawn import drawn_pictures
from zoo_core.engines.onnx.exportable import FileAnchors, onnx_decode_of
from zoo_core.engines.onnx.graph import OPSET
from zoo_core.engines.onnx.judging import PostProcessing
from zoo_core.engines.onnx.metadata import Description
from zoo_core.engines.onnx.quantization import Quantization, quantized
from zoo_core.engines.onnx.raw_file import RawFile
from zoo_core.engines.onnx.report import EngineScore, ExportReport, Loss, Parity
from zoo_core.engines.onnx.resizing import FilePictures, ResizedFirst, Taken, as_taken, pictures_of
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.engines.onnx.scoring import on_openvino, scored
from zoo_core.engines.onnx.verification import verify_boxes, verify_pictures
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["Export"]

_PICTURES = 8
"""How many pictures of a data set are looked at to verify a file."""
_CALIBRATION = 100
"""How many are looked at to quantise a network."""


@dataclass(frozen=True)
class Export:
    """A detector to be written to a file; `zoo_core.export` says more.

    Attributes:
        detector: that is exported, on any engine.
        network: its network, as `zoo_core.engines.onnx.exported_network` writes it.
        raw: whether decoding and suppression are left out.
        picture: the size of all pictures; None for pictures of every size.
        known: images of the kind that the detector was made for, on some of which the file is verified.
        validation_set: images on which both are scored.
        quantization: how the network is quantised; None for float32. Needs `validation_set`.
        progress: called while scoring.
    """

    detector: Detector
    network: Any
    raw: bool = False
    picture: ImageSize | None = None
    known: Dataset | None = None
    validation_set: Dataset | None = None
    quantization: Quantization | None = None
    progress: Callable[[int, int], None] | None = None

    def write(self, path: Path) -> ExportReport:
        """Write the file, if it does what the detector does.

        Raises:
            ExportError: it does not, it loses too much, it cannot be written, or the detector cannot be exported;
                no file is left.
        """
        model = self._model()
        with writing(path, ExportError), replacing(path) as fresh:
            onnx.save(model, fresh)
            parity = self._verified(onnx.load(fresh))
            if self.quantization:
                onnx.save(self._quantized(model, self.quantization), fresh)
                self._boxes_verified(onnx.load(fresh))
            scores = self._scores(fresh)
            loss = self._loss(*scores[:2])
            if self.quantization and loss:
                self.quantization.check(loss)
        size = path.stat().st_size
        network = self._pictures.network if self._pictures.resized else None
        return ExportReport(
            path, size, OPSET, self._outputs, self._precision, self.picture, parity, loss, network, scores
        )

    @property
    def _outputs(self) -> str:
        return "raw" if self.raw else "boxes"

    @property
    def _precision(self) -> str:
        return "int8" if self.quantization else "float32"

    @property
    def _pictures(self) -> FilePictures:
        return pictures_of(self.detector.config, self.picture)

    def _model(self) -> Any:
        detector, config = self.detector, self.detector.config
        decode, pictures = None if self.raw else onnx_decode_of(detector.encoder), self._pictures
        anchors = FileAnchors.of(detector.anchors_at(pictures.network), detector.encoder)
        model = assemble(self.network, config, anchors, decode, pictures)
        helper.set_model_props(model, self._description().to_metadata())
        return model

    def _description(self) -> Description:
        config, pictures = self.detector.config, self._pictures
        table = config.model_dump(mode="json")
        return Description(
            config.classes, pictures.network, self._outputs, self._precision, table, core_version(), pictures.resized
        )

    def _quantized(self, model: Any, quantization: Quantization) -> Any:
        small = quantized(model, map(self._taken, self._some(quantization.pictures, _CALIBRATION)))
        helper.set_model_props(small, self._description().to_metadata())
        return small

    def _taken(self, image: NDArray[np.uint8]) -> Taken:
        """A picture as the file takes it."""
        if not self._pictures.resized:
            return image
        return as_taken(image, self.detector.config.resize, self.detector.placement(ImageSize(*image.shape[:2])))

    def _opened(self, file: Path) -> ImagePredictor:
        return self._opened_raw(file, self.detector) if self.raw else ExportedDetector(file)

    def _opened_raw(self, file: Path, detector: Detector) -> ImagePredictor:
        raw = RawFile(file, detector)
        return ResizedFirst(raw, detector.config.resize, detector.placement) if self._pictures.resized else raw

    def _verified(self, model: Any) -> Parity:
        """How near a model is to its detector, on pictures of the data set and on drawn ones."""
        pictures = (each[None] for each in self._some(self.known or self.validation_set, _PICTURES))
        batches = chain(pictures, drawn_pictures(self.picture))
        parity = verify_pictures(self.detector, self._post_processing, model, batches, self._taken)
        return parity + self._boxes_verified(model)

    def _boxes_verified(self, model: Any) -> Parity:
        """The boxes that a model makes, which 8 bits do not change."""
        boxes = 0 if self.raw else verify_boxes(self._post_processing, model, self._pictures.size)
        return Parity(self.detector.engine.library, detections=boxes)

    @property
    def _post_processing(self) -> PostProcessing:
        detector = self.detector
        anchors = detector.anchors_at(self._pictures.network)
        config = detector.config
        return PostProcessing(anchors, detector.encoder, config.nms, config.classes, config.loss.scoring)

    def _some(self, dataset: Dataset | None, most: int) -> Iterator[NDArray[np.uint8]]:
        """Some pictures, evenly spread over a data set, in the size for which the file is made."""
        count = len(dataset) if dataset else 0
        for index in np.linspace(0, count - 1, min(most, count)).astype(int):
            image = dataset[int(index)].image  # type: ignore[index]  # of None there are none
            yield image if self.picture is None else cv2.resize(image, self.picture[::-1])

    def _scores(self, file: Path) -> tuple[EngineScore, ...]:
        """The first is that of the detector, the second that of the file on ONNX Runtime."""
        if self.validation_set is None:
            return ()
        runs = [
            (chosen_engine(self.detector.config.engine), "float32", self.detector),
            ("onnxruntime", self._precision, self._opened(file)),
            *([] if self.raw else (("openvino", *each) for each in on_openvino(file, self._precision))),
        ]
        return tuple(scored(*each, self.validation_set, self.progress) for each in runs)

    def _loss(self, *scores: EngineScore) -> Loss | None:
        if self.validation_set is None:
            return None
        return Loss(self.detector.engine.library, len(self.validation_set), *(each.score for each in scores))

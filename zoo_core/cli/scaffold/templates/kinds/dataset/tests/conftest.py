"""A data set of grey images with a dark square in each."""

import numpy as np
import pytest
from zoo_core.plugin_api import write_image

HEADER = "image,class,x1,y1,x2,y2"


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for split in ("train", "validation"):
        rows = [_draw(folder / f"{split}_{number}.png", 8 * number) for number in range(4)]
        (folder / f"{split}.csv").write_text("\n".join([HEADER, *rows, f"{split}_0.png,,,,,"]), encoding="utf-8")
    return folder


def _draw(path, corner):
    image = np.full((96, 128, 3), 180, np.uint8)
    image[corner : corner + 40, corner : corner + 40] = 20
    write_image(image, path)
    return f"{path.name},square,{corner},{corner},{corner + 40},{corner + 40}"

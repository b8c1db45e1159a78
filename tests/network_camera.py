"""A camera that sends its pictures over HTTP, and now and then hangs up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import cv2
import numpy as np

from tests.local_server import serving

_CONNECTIONS = 3
"""So many are answered: the first by whoever asks what there is."""


@contextmanager
def network_camera(each: int) -> Iterator[str]:
    """Its address, of which the name is ``door``.

    Args:
        each: pictures that a connection gives before it is cut; after three connections the camera is gone.
    """
    connections = 0

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal connections
            connections += 1
            if connections > _CONNECTIONS:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for _ in range(each):
                image = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
                content = cv2.imencode(".jpg", image)[1].tobytes()
                header = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(content)}\r\n\r\n"
                try:
                    self.wfile.write(header.encode() + content + b"\r\n")
                except OSError:  # whoever asked has hung up
                    return
                time.sleep(0.02)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as address:
        yield f"{address}/door"

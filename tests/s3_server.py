"""As much of S3 as reading pictures takes, on 127.0.0.1: buckets, lists, whole objects and ranges; nobody is refused.

Not S3, and no proof that S3 is read: ``ZOO_S3_ADDRESS`` names a server to be asked in its place, as of moto.
"""

from __future__ import annotations

import os
import re
import secrets
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.local_server import serving

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_LIST = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>false</IsTruncated><KeyCount>{}</KeyCount>{}</ListBucketResult>"""
_OBJECT = "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
_FOLDER = "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address; it has nothing yet."""
    if named := os.environ.get("ZOO_S3_ADDRESS"):
        yield named
        return
    with serving(_Handler, _Server) as address:
        yield address


def new_bucket(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a new bucket, to which the environment leads from now on."""
    for name, value in {**_CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    bucket = f"zoo-{secrets.token_hex(4)}"
    put(address, bucket)
    return bucket


def put(address: str, name: str, content: bytes = b"") -> None:
    """Make a bucket, or an object in one."""
    target, kind = f"{address}/{urllib.parse.quote(name)}", {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(target, content, kind, method="PUT")  # noqa: S310 -- http
    urllib.request.urlopen(request).close()  # noqa: S310 -- likewise


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # clients keep connections open

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.objects: dict[str, bytes | None] = {}  # by bucket/key; None of a bucket


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(content))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    @property
    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urllib.parse.urlsplit(self.path)
        return urllib.parse.unquote(parts.path).strip("/"), dict(urllib.parse.parse_qsl(parts.query))

    def do_PUT(self) -> None:
        name, content = self._asked[0], self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.objects[name] = content if "/" in name else None
        self._answer(200)

    def do_GET(self) -> None:
        name, query = self._asked
        objects = self.server.objects
        if name not in objects:
            self._answer(404)
        elif objects[name] is None:
            self._answer(200, _listed(objects, name, query).encode(), Content_Type="application/xml")
        elif wanted := re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            whole = objects[name]
            first, last = int(wanted[1]), min(int(wanted[2] or len(whole)), len(whole) - 1)
            there = f"bytes {first}-{last}/{len(whole)}"
            self._answer(206, whole[first : last + 1], Content_Range=there)
        else:
            self._answer(200, objects[name], Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _listed(objects: dict[str, bytes | None], bucket: str, query: dict[str, str]) -> str:
    prefix, delimiter, folders, found = query.get("prefix", ""), query.get("delimiter"), dict[str, None](), []
    for name, content in sorted(objects.items()):
        key = name.removeprefix(f"{bucket}/")
        if content is None or key == name or not key.startswith(prefix):
            continue
        inside, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if cut:
            folders[prefix + inside + cut] = None
        else:
            found.append(_OBJECT.format(escape(key), len(content)))
    entries = [*found, *map(_FOLDER.format, map(escape, folders))]
    return _LIST.format(len(entries), "".join(entries))

"""HTTP as clients of the cluster use it."""

import base64
import http.client
import json
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class WebError(Exception):
    """No answer, or a truncated one."""


@dataclass(frozen=True)
class Answer:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""
    seconds: float = 0
    trailers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    """The HTTP version that was used, if known."""

    def objects(self) -> list[Any]:
        """The JSON objects of the body, one per line; a list is split into its elements."""
        found: list[Any] = []
        for line in self.body.decode(errors="replace").splitlines():
            if line.strip():
                value = json.loads(line)
                found += value if isinstance(value, list) else [value]
        return found


@dataclass(frozen=True)
class Credentials:
    """A user name and a password, or a token."""

    username: str = ""
    password: str = ""
    token: str = ""

    def header(self) -> str:
        """The value of Authorization."""
        if self.token:
            return f"Bearer {self.token}"
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class Web:
    """An HTTP client. ``origins`` redirects requests for one origin to another, ``*`` for every one, for tests without an edge."""

    def __init__(self, origins: Mapping[str, str] | None = None) -> None:
        self._origins = dict(origins or {})

    def located(self, url: str) -> str:
        """The URL that is really requested."""
        parts = urllib.parse.urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        instead = self._origins.get(origin) or self._origins.get("*")
        return instead + url.removeprefix(origin) if instead else url

    def request(
        self,
        method: str,
        url: str,
        *,
        credentials: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        timeout: float = 120,
    ) -> Answer:
        """Sends one request. An iterable body is sent in chunks, as it arrives. Raises WebError."""
        parts = urllib.parse.urlsplit(self.located(url))
        given = {"User-Agent": "ipfs-cluster-accept", **(headers or {})}
        if credentials is not None:
            given["Authorization"] = credentials.header()
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=ssl.create_default_context())
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        began = time.monotonic()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            chunked = body is not None and not isinstance(body, bytes)
            connection.request(method, target, body=body, headers=given, encode_chunked=chunked)
            answer = connection.getresponse()
            content = answer.read()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content, time.monotonic() - began)
        except (OSError, http.client.HTTPException) as error:
            raise WebError(f"{method} {parts.path}: {type(error).__name__} {error} after {time.monotonic() - began:.1f} s") from None
        finally:
            connection.close()

    def by_curl(self, url: str, version: str, credentials: Credentials, form: bytes | None = None, timeout: float = 120) -> Answer:
        """Sends a request with curl, a documented client that shows trailer fields; ``version`` is 1.1 or 2. Raises WebError."""
        if not shutil.which("curl"):
            raise WebError("curl is not installed")
        with tempfile.TemporaryDirectory() as folder:
            head, body, file = (Path(folder) / name for name in ("head", "body", "file"))
            # Not on the command line, which other users of the machine can see.
            (Path(folder) / "config").write_text(f'header = "Authorization: {credentials.header()}"\n')
            command = ["curl", "-sS", "--max-time", f"{timeout:g}", "--config", f"{folder}/config", "--dump-header", str(head), "--output", str(body)]
            command += [f"--http{version}", "--write-out", "%{http_code} %{http_version}"]
            if form is not None:
                file.write_bytes(form)
                command += ["-F", f"file=@{file}"]
            began = time.monotonic()
            done = subprocess.run([*command, self.located(url)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                raise WebError(f"curl ended with {done.returncode}: {done.stderr.strip()}")
            status, _, spoken = done.stdout.partition(" ")
            headers, trailers = _heads(head.read_text())
            return Answer(int(status), headers, body.read_bytes() if body.exists() else b"", time.monotonic() - began, trailers, spoken)


def _heads(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The header fields of the last answer, and the trailer fields, which curl writes after the empty line."""
    headers: dict[str, str] = {}
    trailers: dict[str, str] = {}
    filling = headers
    for line in text.splitlines():
        if line.startswith("HTTP/"):
            headers, trailers = {}, {}
            filling = headers
        elif not line.strip():
            filling = trailers
        else:
            name, _, value = line.partition(":")
            filling[name.strip().lower()] = value.strip()
    return headers, trailers


def multipart(content: bytes, name: str = "file") -> tuple[bytes, str]:
    """The body of an add of one file, and its content type."""
    boundary = "ipfs-cluster-accept-4c1f9a"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"

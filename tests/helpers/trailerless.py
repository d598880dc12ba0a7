"""A proxy that loses HTTP trailers, as CloudFront does (Developer Guide, "HTTP response headers that CloudFront removes or updates")."""

import contextlib
import http.client
import http.server
from collections.abc import Callable, Iterator

from tests.helpers.serving import serving

_HOP_BY_HOP = {"connection", "te", "trailer", "transfer-encoding"}


class Proxy:
    """Passes requests on to a port of this machine as they come in, and answers as they come back."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, 0
        self.half_way: Callable[[], None] | None = None
        """What to do once, when an upload's first megabyte has been passed on."""

    def passed_on(self, bytes_: int) -> None:
        if self.half_way is not None and bytes_ >= 1_000_000:
            do, self.half_way = self.half_way, None
            do()


@contextlib.contextmanager
def trailerless(target: int) -> Iterator[Proxy]:
    proxy = Proxy(target)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

        def pass_on(self) -> None:
            upstream = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=120)
            try:
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                chunked = "chunked" in self.headers.get("Transfer-Encoding", "")
                for name, value in self.headers.items():
                    if name.lower() not in _HOP_BY_HOP | {"expect"}:
                        upstream.putheader(name, value)
                if chunked:
                    upstream.putheader("Transfer-Encoding", "chunked")
                upstream.endheaders()
                sent = 0
                for piece in self._chunks() if chunked else self._body():
                    upstream.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                    sent += len(piece)
                    proxy.passed_on(sent)
                if chunked:
                    upstream.send(b"0\r\n\r\n")
                self._answer(upstream.getresponse())
            finally:
                upstream.close()

        do_GET = do_POST = do_DELETE = pass_on  # noqa: N815 (the server's names)

        def _body(self) -> Iterator[bytes]:
            left = int(self.headers.get("Content-Length", 0))
            while left and (piece := self.rfile.read(min(left, 65536))):
                left -= len(piece)
                yield piece

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass

        def _answer(self, answer: http.client.HTTPResponse) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            chunked = answer.status != 204 and answer.getheader("Content-Length") is None
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
            if chunked:
                self.wfile.write(b"0\r\n\r\n")  # and no trailer

    with serving(Handler) as proxy.port:
        yield proxy

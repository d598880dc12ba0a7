"""Requests that are repeated where that is safe, and whose failures are sentences."""

import json
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

import httpx

from . import streams
from .errors import CommandError, Exit
from .streams import Stream
from .where import Credentials
from .words import capital

_T = TypeVar("_T")

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed: a node that stops, a load balancer without a node, too many requests."""
AGENT = "ipfs-cluster-cli"

Body = Callable[[], Iterable[bytes]]
"""Makes the body of a request anew for each attempt."""


@dataclass(frozen=True)
class Patience:
    """How often a request is repeated, and after how many seconds."""

    attempts: int = 7
    first: float = 0.5
    longest: float = 20.0
    jitter: Callable[[], float] = random.random

    def seconds(self, attempt: int, asked: float = 0.0) -> float:
        """The pause after a failed attempt (the first is 0): twice as long each time, half of it at random, and no shorter than the server asked."""
        step: float = min(self.first * 2**attempt, self.longest)
        return max(step / 2 + self.jitter() * step / 2, min(asked, 3 * self.longest))


class StatusError(CommandError):
    """The server answered with an error."""

    def __init__(self, sentence: str, status: int, code: Exit = Exit.FAILED, after: float = 0.0) -> None:
        super().__init__(sentence, code)
        self.status, self.after = status, after
        """The status, and after how many seconds the server asks to be asked again."""


class SilenceError(CommandError):
    """There was no answer, or only a part of one."""


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    value: Any = None
    """The JSON value of the body, if it was asked for."""


class Web:
    """A service: requests are repeated within the given patience, by any number of threads."""

    def __init__(self, name: str, url: str, credentials: Credentials | None, patience: Patience | None = None, timeout: float = 150.0, host: str = "") -> None:
        """``timeout`` is in seconds for each step of a request; ``host`` is asked for in place of the URL's, at the URL's address."""
        self.name, self.url, self.credentials = f"the {name} at {url}", url, credentials
        self.patience = patience or Patience()
        self._headers = {"User-Agent": AGENT, **({"Authorization": credentials.authorization} if credentials else {}), **({"Host": host} if host else {})}
        # The certificate has to be that host's, too.
        self._extensions = {"sni_hostname": host} if host else {}
        self._timeout = timeout
        # Longer than CloudFront (120 s) waits for an answer: its own error says more than a time-out here.
        self._client = httpx.Client(headers=self._headers, timeout=httpx.Timeout(timeout, connect=10.0), follow_redirects=False)
        self.stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        accepted: Iterable[int] = (),
        kind: type | None = None,
        attempts: int = 0,
    ) -> Answer:
        """A successful answer, or one with an accepted status. It must be safe to repeat the request.

        With ``kind``, the body of a success is JSON of that type. Raises StatusError, SilenceError, CommandError for what is not JSON.
        """

        def once() -> Answer:
            answer = self._once(method, path, params, body, headers, frozenset(accepted))
            return answer if kind is None or answer.status >= 300 else replace(answer, value=self._value(answer.body, kind))

        return self.repeated(once, attempts)

    def repeated(self, once: Callable[[], _T], attempts: int = 0) -> _T:
        """The result of the first attempt that succeeds. Raises the error of the last one, or one that no further attempt would change."""
        attempt = 0
        while True:
            try:
                return once()
            except (StatusError, SilenceError) as error:
                status, after = (error.status, error.after) if isinstance(error, StatusError) else (503, 0.0)
                if status not in TRANSIENT or attempt + 1 >= (attempts or self.patience.attempts):
                    raise
                # A user's interruption ends the pause, and with it the attempts.
                if self.stopped.wait(self.patience.seconds(attempt, after)):
                    raise
                attempt += 1

    def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, body: Body | None, headers: Mapping[str, str] | None, accepted: frozenset[int]
    ) -> Answer:
        try:
            answer = self._client.request(
                method, f"{self.url}/{path}", params=params, content=body() if body else None, headers=headers, extensions=self._extensions
            )
        except httpx.HTTPError as error:
            raise SilenceError(f"{capital(self.name)} does not answer: {_reason(error)}.") from error
        if answer.status_code < 300 or answer.status_code in accepted:
            return Answer(answer.status_code, answer.content, {name.lower(): value for name, value in answer.headers.items()})
        raise self.refusal(answer.status_code, answer.content, f"{method} /{path}", _seconds(answer.headers.get("Retry-After", "")))

    def stream(self, path: str) -> Stream:
        """An answer that is read piece by piece, with its trailers unless a proxy is in between. Raises SilenceError; CutError while it is read."""
        url = f"{self.url}/{path}"
        if streams.proxied(url):
            answer = self._client.send(self._client.build_request("GET", url), stream=True)
            return Stream(answer.status_code, _uncut(answer))
        try:
            return streams.get(url, self._headers, self._timeout)
        except streams.CutError as error:
            raise SilenceError(f"{capital(self.name)} does not answer: {error}.") from error

    def _value(self, body: bytes, kind: type) -> Any:
        try:
            if isinstance(found := json.loads(body), kind):
                return found
        except ValueError:
            if body[:1] in (b"{", b"["):
                raise SilenceError(f"{capital(self.name)} gave only the beginning of an answer.") from None
        raise CommandError(f"{capital(self.name)} gives an answer of another kind: {words(body)[:80]}. Is this the right address?")

    def refusal(self, status: int, body: bytes, asked: str, after: float = 0.0) -> StatusError:
        """The error of an answer that is not a success."""
        said = words(body)
        if status == 401:
            given = f"does not accept {self.credentials.source}" if self.credentials else "asks for credentials, and none are known"
            return StatusError(f"{capital(self.name)} {given} (401{': ' + said if said else ''}).", status, Exit.CREDENTIALS)
        if status in (301, 302, 303, 307, 308):
            return StatusError(f"{capital(self.name)} redirects to another address ({status}): give that one.", status, Exit.USAGE)
        return StatusError(f"{capital(self.name)} answers {status} to {asked}: {said or 'nothing more'}.", status, after=after)


def _uncut(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes()
    except httpx.HTTPError as error:
        raise streams.CutError(_reason(error)) from error
    finally:
        answer.close()


def words(body: bytes) -> str:
    """What an error's body says: the message of ipfs-cluster, else the text without markup, in one line of at most 300 characters."""
    text = body[:20000].decode(errors="replace")
    try:
        said = json.loads(text)
        text = str(said.get("message", "")) if isinstance(said, dict) else text
    except ValueError:
        text = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^>]*>", " ", text)
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 300 else line[:297] + "…"


def _seconds(value: str) -> float:
    return float(value) if value.isdecimal() else 0.0


def _reason(error: Exception) -> str:
    names: dict[type[Exception], str] = {
        httpx.ConnectTimeout: "no connection within 10 seconds",
        httpx.ReadTimeout: "the answer takes too long",
        httpx.WriteTimeout: "it takes nothing more",
        httpx.RemoteProtocolError: "the connection was cut",
        httpx.ReadError: "the connection was cut",
        httpx.WriteError: "the connection was cut",
    }
    text = " ".join(str(error).split()).rstrip(".")
    known = names.get(type(error), "")
    return f"{known} ({text})" if known and text else known or text or type(error).__name__

"""A small model of CloudFront's cache, by what was registered: behavior, cache policy, edge functions.

What it does is in the CloudFront Developer Guide: "Understand the cache key", "Manage how long content stays in the cache", "Request and
response behavior for custom origins" (conditional requests, dropped connections, headers that it removes) and "Restrictions on all edge
functions". Trailers are lost; a body that is shorter than its Content-Length, or whose chunks do not end, is not kept.
"""

import http.client
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.edge_functions import lambda_folder, run_cloudfront_function, run_lambda
from tests.helpers.support import Deployed, inputs_of

_DOMAIN = "d1.cloudfront.net"

Headers = dict[str, str]
"""By lower-case name."""

Origin = Callable[[str, str, Headers], tuple[int, Headers, bytes]]
"""What the origin answers to method, path with query, and headers. Raises http.client.IncompleteRead for a body that is cut off."""


@dataclass
class _Copy:
    status: int
    headers: Headers
    body: bytes
    expires: float


@dataclass
class Cache:
    """One edge location in front of an origin. ``now`` is its clock, in seconds."""

    policy: Mapping[str, Any]
    """The cache policy's inputs."""
    origin: Origin
    viewer_functions: Mapping[str, str] = field(default_factory=dict)
    """The code of CloudFront Functions by event."""
    lambdas: Mapping[str, Path] = field(default_factory=dict)
    """The files of Lambda@Edge functions by event."""
    tokens: Mapping[str, Any] = field(default_factory=dict)
    """What stands for ``<name>`` in requests to those."""
    now: float = 0
    copies: dict[tuple[Any, ...], _Copy] = field(default_factory=dict)
    asked: int = 0
    """How often the origin was asked."""
    _requests: int = 0

    @classmethod
    def of(cls, stack: Deployed, origin: Origin, folder: Path, tokens: Mapping[str, Any] | None = None) -> "Cache":
        """The gateway's cache as a deployment registered it."""
        behavior = stack.inputs("aws:cloudfront/distribution:Distribution", "ipfs-edge-gateway")["defaultCacheBehavior"]
        policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", "ipfs-edge-gateway")
        cloudfront = stack.client("cloudfront")
        code = {}
        for association in behavior.get("functionAssociations", []):
            name = association["functionArn"].rpartition("/")[2]
            code[association["eventType"]] = cloudfront.get_function(Name=name)["FunctionCode"].read().decode()
        lambdas = {}
        for association in behavior.get("lambdaFunctionAssociations", []):
            (function,) = stack.registered("aws:lambda/function:Function")
            target = folder / association["eventType"]
            target.mkdir()
            lambdas[association["eventType"]] = lambda_folder(inputs_of(function)["code"].assets, target)
        return cls(policy, origin, code, lambdas, tokens or {})

    def get(self, path: str, **headers: str) -> tuple[int, Headers, bytes]:
        """What a viewer gets. Header names are written with underscores."""
        self._requests += 1
        sent = {"host": _DOMAIN, **{name.lower().replace("_", "-"): value for name, value in headers.items()}}
        uri, _, query = path.partition("?")
        request = self._viewer_request(uri, query, sent)
        if isinstance(request, tuple):
            return request
        sent, given = request, self._forwarded(query)
        keyed = self.policy["parametersInCacheKeyAndForwardedToOrigin"]["headersConfig"]["headers"]["items"]
        forwarded = {name.lower(): sent[name.lower()] for name in keyed if name.lower() in sent}
        key = (uri, given, tuple(sorted(forwarded.items())))
        copy = self.copies.get(key)
        if copy is None or copy.expires <= self.now:
            copy = self._from_origin(key, f"{uri}?{given}" if given else uri, forwarded, sent, copy)
        if copy.status == 200 and sent.get("if-none-match") == copy.headers.get("etag", "none"):
            copy = _Copy(304, {name: value for name, value in copy.headers.items() if name in ("etag", "cache-control")}, b"", copy.expires)
        return self._viewer_response(uri, query, sent, copy)

    def _from_origin(self, key: tuple[Any, ...], path: str, forwarded: Headers, sent: Headers, old: _Copy | None) -> _Copy:
        conditional = {"if-none-match": old.headers["etag"]} if old and "etag" in old.headers else {}
        if not old:
            conditional = {name: sent[name] for name in ("if-none-match", "if-modified-since") if name in sent}
        self.asked += 1
        try:
            status, headers, body = self.origin("GET", path, {**forwarded, **conditional})
        except http.client.IncompleteRead as cut:
            return _Copy(200, {"x-cut-off": "yes"}, cut.partial, 0)
        headers = self._origin_response(path, forwarded, status, {name: value for name, value in headers.items() if name != "trailer"})
        if status == 304 and old:
            old.headers |= headers
            old.expires = self._expiry(old.headers)
            return old
        copy = _Copy(status, headers, body, self._expiry(headers))
        if status == 200 and copy.expires > self.now:
            self.copies[key] = copy
        return copy

    def _expiry(self, headers: Headers) -> float:
        control = headers.get("cache-control", "")
        if any(word in control for word in ("no-store", "no-cache", "private")):
            return self.now + float(self.policy["minTtl"])
        ages = [int(word.partition("=")[2]) for word in control.replace(" ", "").split(",") if word.startswith(("max-age=", "s-maxage="))]
        seconds = min(max(ages[-1], self.policy["minTtl"]), self.policy["maxTtl"]) if ages else self.policy["defaultTtl"]
        return self.now + float(seconds)

    def _forwarded(self, query: str) -> str:
        listed = self.policy["parametersInCacheKeyAndForwardedToOrigin"]["queryStringsConfig"]["queryStrings"]["items"]
        return "&".join(part for part in query.split("&") if part.partition("=")[0] in listed)

    def _viewer_request(self, uri: str, query: str, headers: Headers) -> Headers | tuple[int, Headers, bytes]:
        if "viewer-request" in self.viewer_functions:
            event = self._event("viewer-request", uri, query, headers)
            (result,) = run_cloudfront_function(self.viewer_functions["viewer-request"], [event])
            if "statusCode" in result:
                return result["statusCode"], {name: one["value"] for name, one in result["headers"].items()}, b""
            return {name: one["value"] for name, one in result["headers"].items()}
        if "viewer-request" in self.lambdas:
            (result,) = run_lambda(self.lambdas["viewer-request"], self.tokens, [self._record("viewer-request", uri, query, headers)])
            found = {name: many[0]["value"] for name, many in result["headers"].items()}
            return (int(result["status"]), found, b"") if "status" in result else found
        return headers

    def _origin_response(self, path: str, forwarded: Headers, status: int, headers: Headers) -> Headers:
        if "origin-response" not in self.lambdas:
            return headers
        uri, _, query = path.partition("?")
        record = self._record("origin-response", uri, query, forwarded)
        record["Records"][0]["cf"]["response"] = {"status": str(status), "headers": _listed(headers)}
        (result,) = run_lambda(self.lambdas["origin-response"], self.tokens, [record])
        return {name: many[0]["value"] for name, many in result["headers"].items()}

    def _viewer_response(self, uri: str, query: str, sent: Headers, copy: _Copy) -> tuple[int, Headers, bytes]:
        headers = dict(copy.headers)
        if "viewer-response" in self.viewer_functions and copy.status < 400:
            event = self._event("viewer-response", uri, query, sent)
            event["response"] = {"statusCode": copy.status, "headers": {name: {"value": value} for name, value in headers.items()}, "cookies": {}}
            (result,) = run_cloudfront_function(self.viewer_functions["viewer-response"], [event])
            headers = {name: one["value"] for name, one in result["headers"].items()}
        if "viewer-response" in self.lambdas and copy.status < 400:
            record = self._record("viewer-response", uri, query, sent)
            record["Records"][0]["cf"]["response"] = {"status": str(copy.status), "headers": _listed(headers)}
            (result,) = run_lambda(self.lambdas["viewer-response"], self.tokens, [record])
            headers = {name: many[0]["value"] for name, many in result["headers"].items()}
        return copy.status, headers, copy.body

    def _event(self, kind: str, uri: str, query: str, headers: Headers) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for part in query.split("&") if query else []:
            name, _, value = part.partition("=")
            fields[name] = {"value": value}
        request = {"method": "GET", "uri": uri, "querystring": fields, "headers": {name: {"value": value} for name, value in headers.items()}, "cookies": {}}
        return {
            "version": "1.0",
            "context": {"distributionDomainName": _DOMAIN, "eventType": kind, "requestId": f"request-{self._requests}"},
            "request": request,
        }

    def _record(self, kind: str, uri: str, query: str, headers: Headers) -> dict[str, Any]:
        config = {"distributionDomainName": _DOMAIN, "eventType": kind, "requestId": f"request-{self._requests}"}
        return {"Records": [{"cf": {"config": config, "request": {"method": "GET", "uri": uri, "querystring": query, "headers": _listed(headers)}}}]}


def _listed(headers: Headers) -> dict[str, list[dict[str, str]]]:
    return {name: [{"key": name.title(), "value": value}] for name, value in headers.items()}


def server(port: int) -> Origin:
    """An origin that is a server on this machine. Trailers are not read."""

    def ask(method: str, path: str, headers: Headers) -> tuple[int, Headers, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, urllib.parse.quote(path, safe="/?&=%;:.,-_~"), headers=headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return ask

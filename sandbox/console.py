"""The console on this machine, pure: HAProxy serves what the distribution of the REST API would, from what moto holds of CloudFront and S3."""

import base64
import gzip
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .account.s3 import past_policy
from .account.values import Inputs

ORIGIN = "console"
_INDEX = "index.html"
CODE = "/tmp/console.lua"  # noqa: S108 (in a container)
# Linux takes no longer string of an environment (execve(2), MAX_ARG_STRLEN: 128 KiB).
_LONGEST_VARIABLE = 100_000


@dataclass(frozen=True)
class File:
    """A file of the console."""

    path: str
    """What a browser asks for: ``/console/index.html``."""
    content: bytes
    content_type: str
    cache_control: str


@dataclass(frozen=True)
class Site:
    """The console as the distribution serves it."""

    path: str
    """Where it is: ``/console``."""
    files: Sequence[File]
    headers: Mapping[str, str]
    """What the response headers policy adds to each answer."""

    def replaced(self, addresses: Mapping[str, str]) -> "Site":
        """The same with other addresses, in what the page is told and in the headers."""

        def changed(text: str) -> str:
            for old, new in addresses.items():
                text = text.replace(old, new)
            return text

        def file(one: File) -> File:
            return replace(one, content=changed(one.content.decode()).encode()) if one.content_type == "application/json" else one

        return Site(self.path, [file(one) for one in self.files], {name: changed(value) for name, value in self.headers.items()})


def read(client: Callable[[str], Any], recorded: Sequence[tuple[str, str, Inputs]], foreign: Collection[str] = ()) -> Site | None:
    """The console of an account, if it has one. ``recorded`` are the resources that moto does not hold, with type, name and inputs, ``foreign`` the
    IDs of other stacks' distributions.
    """
    distributions = [one for one in client("cloudfront").list_distributions()["DistributionList"].get("Items", []) if one["Id"] not in foreign]
    for distribution in distributions:
        config = client("cloudfront").get_distribution(Id=distribution["Id"])["Distribution"]["DistributionConfig"]
        origins = {origin["Id"]: origin["DomainName"] for origin in config["Origins"]["Items"]}
        behaviors = [behavior for behavior in config["CacheBehaviors"].get("Items", []) if behavior["TargetOriginId"] == ORIGIN]
        if behaviors:
            policy = behaviors[-1]["ResponseHeadersPolicyId"]
            path = behaviors[-1]["PathPattern"].removesuffix("/*")
            return Site(path, _files(client("s3"), origins[ORIGIN].partition(".")[0]), _headers(policy, recorded))
    return None


def _files(s3: Any, bucket: str) -> list[File]:
    found = []
    with past_policy(s3, bucket):
        for held in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            got = s3.get_object(Bucket=bucket, Key=held["Key"])
            found.append(File(f"/{held['Key']}", got["Body"].read(), got["ContentType"], got["CacheControl"]))
    return found


def _headers(policy: str, recorded: Sequence[tuple[str, str, Inputs]]) -> dict[str, str]:
    """The headers of a response headers policy, as CloudFront writes them."""
    (inputs,) = [inputs for type_, name, inputs in recorded if type_.endswith(":ResponseHeadersPolicy") and policy.rpartition("-")[0] == name]
    security = inputs["securityHeadersConfig"]
    return {
        "Content-Security-Policy": security["contentSecurityPolicy"]["contentSecurityPolicy"],
        "Referrer-Policy": security["referrerPolicy"]["referrerPolicy"],
        "Strict-Transport-Security": f"max-age={security['strictTransportSecurity']['accessControlMaxAgeSec']}",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["frameOptions"]["frameOption"],
        **{item["header"]: item["value"] for item in inputs["customHeadersConfig"]["items"]},
    }


def rules(site: Site) -> str:
    """What HAProxy's frontend does with the console's paths, as the distribution's behaviors and its function."""
    return f"""\
    acl console path -m reg ^{site.path}(/|$)
    http-request deny deny_status 403 if console !METH_GET
    http-request redirect code 302 location {site.path}/ if console !{{ path {site.path}/ }} !{{ path -m reg [.][^/]*$ }}
    http-request use-service lua.console if console
"""


def code(site: Site) -> str:
    """The files and headers as a program for HAProxy, in Lua: `http-request return` takes no file that is larger than a buffer."""
    files = [
        f"[{_text(file.path.encode())}] = {{{_text(file.content)}, {_text(file.content_type.encode())}, {_text(file.cache_control.encode())}}}"
        for file in site.files
    ]
    headers = [f"    applet:add_header({_text(name.encode())}, {_text(value.encode())})" for name, value in site.headers.items()]
    return "\n".join(
        [
            "local files = {",
            *(f"    {file}," for file in files),
            "}",
            'core.register_service("console", "http", function(applet)',
            f"    local path = applet.path == {_text(f'{site.path}/'.encode())} and {_text(f'{site.path}/{_INDEX}'.encode())} or applet.path",
            '    local file = files[path] or {"There is no such file.\\n", "text/plain", "no-store"}',
            "    applet:set_status(files[path] and 200 or 404)",
            '    applet:add_header("Content-Type", file[2])',
            '    applet:add_header("Cache-Control", file[3])',
            '    applet:add_header("Content-Length", tostring(#file[1]))',
            *headers,
            "    applet:start_response()",
            '    if applet.method ~= "HEAD" then applet:send(file[1]) end',
            "end)",
            "",
        ]
    )


def _text(content: bytes) -> str:
    plain = {byte: chr(byte) for byte in range(0x20, 0x7F) if byte not in b'"\\'}
    return '"' + "".join(plain.get(byte) or f"\\{byte:03}" for byte in content) + '"'


def variables(site: Site) -> dict[str, str]:
    """The program as variables of the container's environment, as text."""
    packed = base64.b64encode(gzip.compress(code(site).encode(), mtime=0)).decode()
    parts = [packed[start : start + _LONGEST_VARIABLE] for start in range(0, len(packed), _LONGEST_VARIABLE)]
    return {f"CONSOLE_{number}": part for number, part in enumerate(parts)}


def unpacking(names: Sequence[str]) -> str:
    """The command that makes the program's file from the variables."""
    values = " ".join(f'"${name}"' for name in names)
    return f"printf %s {values} | base64 -d | gunzip > {CODE}"

"""The console on this machine: what HAProxy is given of it."""

import base64
import gzip
import json
import os
import re
from dataclasses import replace

from sandbox import compose, console, front
from tests.helpers.support import Deployed
from tests.helpers.support import deployed_small as deployed

GATEWAY = "http://127.0.0.1:8080"


def read(stack: Deployed) -> front.Front:
    names = {node.name: node.dns_name for node in compose.read_nodes(stack.account.client)}
    found, site = front.read_front(stack.account.client, names), console.read(stack.client, stack.account.recorded)
    assert found is not None
    return replace(found, console=site.replaced({stack.output("gateway_url"): GATEWAY}) if site else None)


def test_the_apis_entrance_serves_it_and_no_other() -> None:
    with deployed({"api": {"pinningService": True}}) as stack:
        made = front.configuration(read(stack))
        assert made.count("lua.console") == 1
        entrance = made.partition("\nfrontend cloudfront-api\n")[2].partition("\n\n")[0].split("\n")
        assert entrance == [
            "    bind :19094",
            "    acl console path -m reg ^/console(/|$)",
            "    http-request deny deny_status 403 if console !METH_GET",
            "    http-request redirect code 302 location /console/ if console !{ path /console/ } !{ path -m reg [.][^/]*$ }",
            "    http-request use-service lua.console if console",
            "    default_backend cloudfront-api",
        ]
        assert "    lua-load /tmp/console.lua" in made.partition("\n\n")[0].split("\n")


def test_its_addresses_are_those_of_this_machine() -> None:
    with deployed() as stack:
        site = read(stack).console
        assert site is not None
        (told,) = [json.loads(file.content) for file in site.files if file.path == "/console/config.json"]
        assert told["gateway"] == GATEWAY
        assert f"connect-src 'self' {GATEWAY};" in site.headers["Content-Security-Policy"]
        assert stack.output("gateway_url") not in json.dumps(site.headers)


def test_it_comes_in_variables_that_linux_takes() -> None:
    with deployed() as stack:
        found = read(stack)
    assert found.console is not None
    large = replace(found.console, files=[replace(file, content=os.urandom(50_000)) for file in found.console.files])
    for site in (found.console, large):
        service = front.service(replace(found, console=site), {"gateway": 8080, "api": 9094})
        parts = [service["environment"][f"CONSOLE_{number}"] for number in range(len(service["environment"]) - 1)]
        assert all(len(part) < 128 * 1024 - len("CONSOLE_00=") for part in parts)
        assert gzip.decompress(base64.b64decode("".join(parts))).decode() == console.code(site)
        (command,) = service["command"]
        given = " ".join(f'"$$CONSOLE_{number}"' for number in range(len(parts)))
        assert command.startswith(f"printf %s {given} | base64 -d | gunzip > /tmp/console.lua && ")
    assert len(parts) > 1


def test_the_files_stand_in_the_program_byte_by_byte() -> None:
    content = bytes(range(256)) + b'"quoted" \\ back\nslash 123'
    site = console.Site("/console", [console.File("/console/x.js", content, "text/javascript", "no-cache")], {"X-Frame-Options": "DENY"})
    made = console.code(site)
    assert made.isascii()
    (literal,) = re.findall(r'\["/console/x\.js"\] = \{"((?:[^"\\]|\\\d{3})*)", "text/javascript", "no-cache"\}', made)
    assert b"".join(bytes([int(code)]) if code else text.encode() for code, text in re.findall(r"\\(\d{3})|(.)", literal)) == content
    assert '    applet:add_header("X-Frame-Options", "DENY")' in made.split("\n")


def test_without_it_the_entrance_stays_as_it_was() -> None:
    with deployed({"edge": {"console": False}}) as stack:
        found = read(stack)
        assert found.console is None
        assert "console" not in front.configuration(found)
        assert "CONSOLE_0" not in front.service(found, {"gateway": 8080, "api": 9094})["environment"]

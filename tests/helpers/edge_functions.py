"""Runs edge functions on events as CloudFront makes them: in Node.js, and those of CloudFront in njs too, which its runtime was made of."""

import atexit
import functools
import json
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.support import ROOT

NODE, NJS = shutil.which("node"), shutil.which("njs")
FUNCTIONS = ROOT / "components" / "ipfs_cluster" / "edge" / "functions"
_RUN = Path(__file__).parent / "run.mjs"
_IN_NJS = """
JSON.parse(EVENTS).forEach((event) => {
    try {
        console.log(JSON.stringify(handler(event)));
    } catch (error) {
        console.log(JSON.stringify({ error: String(error) }));
    }
});
"""
# As in run.mjs. The njs of Debian has no such module.
_CF_IN_NJS = """
var EDGE = {};
var cf = {
    kvs: () => {
        if (EDGE.keys === undefined) {
            throw new Error('no store is associated');
        }
        return {
            get: async (key) => {
                if (EDGE.keys[key] === undefined) {
                    throw new Error('KeyNotFound');
                }
                return EDGE.keys[key];
            },
        };
    },
    selectRequestOriginById: (id) => { EDGE.asked.push(id); },
    createRequestOriginGroup: (group) => { EDGE.asked.push(group); },
};
"""
_ROUTED_IN_NJS = """
async function all() {
    const events = JSON.parse(EVENTS);
    const edges = JSON.parse(EDGES);
    for (let place = 0; place < events.length; place++) {
        EDGE = Object.assign({ asked: [] }, edges[place]);
        cf.edgeLocation = EDGE.region === undefined ? undefined : { name: 'SEA', serverIp: '203.0.113.9', region: EDGE.region };
        try {
            const answer = await handler(events[place]);
            console.log(JSON.stringify({ answer: answer, asked: EDGE.asked }));
        } catch (error) {
            console.log(JSON.stringify({ error: String(error) }));
        }
    }
}
all();
"""
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def run_cloudfront_function(code: str, events: list[dict[str, Any]], runtime: str = "node") -> list[Any]:
    """What a CloudFront Function makes of events."""
    if runtime == "node":
        return _node().ask({"code": code, "events": events})
    return _in_njs(f"{code}\nconst EVENTS = {json.dumps(json.dumps(events))};\n{_IN_NJS}")


def _in_njs(script: str) -> list[Any]:
    done = subprocess.run([NJS or "njs", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def run_routed_function(code: str, events: list[dict[str, Any]], edges: list[dict[str, Any]], runtime: str = "node") -> list[Any]:
    """What a CloudFront Function that chooses a Region makes of events: its answer, and what it asked CloudFront for.

    ``edges`` are the places of the events: the Region of the edge location, and the keys of the store; each may be left out.
    """
    if runtime == "node":
        return _node().ask({"code": code, "events": events, "edges": edges})
    own = code.replace("import cf from 'cloudfront';\n", "")
    given = f"const EVENTS = {json.dumps(json.dumps(events))};\nconst EDGES = {json.dumps(json.dumps(edges))};\n"
    return _in_njs(f"{_CF_IN_NJS}\n{own}\n{given}{_ROUTED_IN_NJS}")


def run_lambda(file: Path, tokens: Mapping[str, Any], events: list[dict[str, Any]], keys: str = "cached") -> list[Any]:
    """What a function of Lambda@Edge makes of events, in which ``<name>`` stands for one of the tokens. ``keys`` are cached or unreachable."""
    return _node().ask({"file": str(file), "tokens": tokens, "events": events, "keys": keys})


class _Node:
    """A Node.js that runs functions until the tests end: its start takes longer than what most of them do."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([NODE or "node", str(_RUN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self._end)

    def ask(self, given: Mapping[str, Any]) -> list[Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "Node.js has ended; what it said is above"
        return list(json.loads(answer))

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()


@functools.cache
def _node() -> _Node:
    return _Node()


def lambda_folder(assets: Mapping[str, Any], folder: Path) -> Path:
    """Unpacks a function's archive; gives the file with its handler."""
    for name, asset in assets.items():
        if hasattr(asset, "text"):
            (folder / name).write_text(asset.text)
        else:
            with tarfile.open(asset.path) as packed:
                packed.extractall(folder / name, filter="data")
    return folder / "index.mjs"

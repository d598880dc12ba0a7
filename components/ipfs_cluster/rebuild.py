"""Empties a node and lets it fetch everything from the others: ``pulumi stack output --json --show-secrets | python -m ipfs_cluster.rebuild eu-west-1a``.

For a node whose datastore or pinset is damaged, or that should get another datastore. It needs the stack's outputs, the AWS credentials
that the environment gives, and boto3 (``pip install boto3``).
"""

import argparse
import sys
import time
from collections.abc import Mapping
from typing import Any

from . import one_off
from .check import CheckFailedError, Say, Service, read_outputs, services, well
from .one_off import DONE, Node, NodeFailedError

EMPTY = f"cd /data && rm -rf ipfs/* ipfs/.[!.]* ipfs-cluster/* ipfs-cluster/.[!.]* && exit {DONE}; exit 1"
"""What the configure container runs in place of its own script."""
_START_SECONDS = 30 * 60
"""How long the node may take until it answers the others."""
_IDLE_SECONDS = 15 * 60
"""After how long without a new pin there is said to be no progress."""


class RebuildFailedError(NodeFailedError):
    """The node cannot be rebuilt; the text says why and how the node was left."""


def rebuild(outputs: Mapping[str, Any], node: str, ecs: Any, say: Say = print, *, force: bool = False) -> None:
    """Rebuilds a node, saying a line of each step. ``ecs`` is a boto3 client of ECS in the stack's Region.

    It refuses while another node is not well or does not hold what this one is to hold, unless ``force`` is set. Interrupted, it can be
    run again. Raises NodeFailedError; the node's service is then started again in any case.
    """
    peers = {name: str(peer) for name, peer in outputs.get("cluster_peer_ids", {}).items()}
    if node not in peers:
        raise RebuildFailedError(f"there is no node {node}; the nodes are {', '.join(peers) or 'not in the outputs'}")
    api, _ = services(outputs)
    if force:
        say("the other nodes are not asked (--force)")
    else:
        say(_others_hold(api, node, peers))
    stopped = Node(node, ecs, outputs["cluster_arn"])
    say(f"stopping {stopped.service}")
    try:
        stopped.stop()
        task = stopped.run(EMPTY)
        say(f"emptying the node: {task}")
        code = stopped.exit_code(task)
        if code != DONE:
            raise RebuildFailedError(f"the node was not emptied: exit code {code}; see its configure log. The node starts again")
    finally:
        say(f"starting {stopped.service}")
        stopped.start()
    _follow(api, peers[node], say)


def _others_hold(api: Service, node: str, peers: Mapping[str, str]) -> str:
    """That the others are well, and hold what the node is to hold. Raises RebuildFailedError."""
    answering = well(api.objects("peers"))
    down = [name for name, peer in peers.items() if name != node and peer not in answering]
    if down:
        raise RebuildFailedError(
            f"{', '.join(down)} cannot be reached or lacks its kubo: rebuild one node at a time, while all others are well (--force does it anyway)"
        )
    only_here, pins = [], 0
    for status in api.objects("pins"):
        pins += 1
        if not any(state["status"] == "pinned" for peer, state in status["peer_map"].items() if peer != peers[node]):
            only_here.append(status["cid"])
    if only_here:
        raise RebuildFailedError(f"no other node holds {len(only_here)} of {pins} pins, such as {', '.join(only_here[:3])} (--force does it anyway)")
    return f"all other nodes are well, and hold all {pins} pins"


def _follow(api: Service, peer: str, say: Say) -> None:
    """Says how many pins the node holds, until it holds what it is to hold."""
    begun = changed = time.monotonic()
    before: tuple[int, int] | None = None
    while True:
        held = total = 0
        try:
            for status in api.objects("pins"):
                state = status["peer_map"].get(peer, {}).get("status")
                total += state != "remote"
                held += state == "pinned"
        except CheckFailedError as error:  # the load balancer may still ask the node
            say(f"waiting: {error}")
        else:
            if held == total and (total or time.monotonic() - begun > one_off.POLL_SECONDS):
                say(f"the node holds all {total} pins")
                return
            if (held, total) != before:
                say(f"the node holds {held} of {total} pins")
                before, changed = (held, total), time.monotonic()
        if time.monotonic() - changed > (_IDLE_SECONDS if held else _START_SECONDS):
            raise RebuildFailedError("the node fetches nothing any more; see its logs")
        time.sleep(one_off.POLL_SECONDS)


def main(arguments: list[str]) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ipfs_cluster.rebuild", description="Empties a node and lets it fetch everything from the others.")
    parser.add_argument("node", help="the node's name, such as eu-west-1a")
    parser.add_argument("outputs", nargs="?", default="-", help="file with the stack's outputs as JSON (default: standard input)")
    parser.add_argument("--force", action="store_true", help="also if other nodes are down or lack pins")
    options = parser.parse_args(arguments)

    def work() -> None:
        outputs = read_outputs(options.outputs)
        rebuild(outputs, options.node, one_off.ecs_of(outputs), lambda line: print(line, flush=True), force=options.force)

    return one_off.exit_code(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

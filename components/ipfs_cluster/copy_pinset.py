"""Copies a node's pinset, with its history, to a node of another Region: ``python -m ipfs_cluster.copy_pinset <outputs> <node> <outputs> <node>``.

For a new Region of a large cluster. A node learns a pinset by its history, one update after another and each a round trip: 100,000 updates that
were not in batches take hours from another Region. The copy has all of it, also what was unpinned, so that nothing comes back; identities and
content stay where they are. Both nodes are stopped meanwhile. It needs the outputs of both stacks, the AWS credentials that the environment
gives, and boto3 (``pip install boto3``).
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from .check import CheckFailedError, Say, read_outputs, services, well
from .one_off import DONE, Node, NodeFailedError, ecs_of, exit_code, until

_PORT = 8080
"""The gateway's, which is free while the node is stopped, and which the nodes of other Regions may reach."""
_START_SECONDS = 30 * 60
"""How long a node may take until it answers the others."""

# The sums come last: who has them, and finds them right, has all. Again and again, should a connection break.
SERVE = f"cd /data/ipfs-cluster && [ -d leveldb ] || exit 4; sha256sum leveldb/* > /tmp/sums && while :; do tar -c leveldb /tmp/sums | nc -l -p {_PORT}; done"
"""What the node that has the pinset runs: it gives the pinset to whoever connects, until its task is stopped."""
# nc takes the end of its input for the end of all, so its input is a pipe to which nobody writes.
FETCH = (
    "cd /data/ipfs-cluster && mkfifo /tmp/never && exec 7<> /tmp/never || exit 1; n=0; while :; do "
    f"rm -rf incoming && mkdir incoming && nc -w 10 {{address}} {_PORT} <&7 | tar -x -C incoming && "
    "(cd incoming && sha256sum -c tmp/sums > /dev/null) && break; "
    "n=$((n + 1)); [ $n -lt 60 ] || exit 5; sleep 5; done; "
    f"rm -rf leveldb pebble && mv incoming/leveldb leveldb && rm -rf incoming && exit {DONE}; exit 1"
)
"""What the other one runs. It keeps its own pinset until it has all of the copy."""

_MEANING = {4: "the node has no pinset in leveldb", 5: "no complete copy came through: is the link of the Regions up?"}


def copy_pinset(
    source: Node, target: Node, source_outputs: Mapping[str, Any], target_outputs: Mapping[str, Any], say: Say = print, *, force: bool = False
) -> None:
    """Copies the pinset of ``source`` to ``target``, saying a line of each step.

    It refuses while another node of the source's Region is not well, or if the target's Region has pins that the source's has not, unless
    ``force`` is set. Interrupted, it can be run again. Raises NodeFailedError; both nodes are started again in any case.
    """
    for node, outputs in ((source, source_outputs), (target, target_outputs)):
        if node.name not in outputs.get("cluster_peer_ids", {}):
            raise NodeFailedError(f"there is no node {node.name}; the nodes are {', '.join(outputs.get('cluster_peer_ids', {})) or 'not in the outputs'}")
    if force:
        say("the nodes are not asked (--force)")
    else:
        say(_safe(source, target, source_outputs, target_outputs))
    try:
        for node in (source, target):
            say(f"stopping {node.service}")
            node.stop()
        serving = source.run(SERVE)
        try:
            address = source.address(serving)
            say(f"{source.name} gives its pinset at {address}")
            fetching = target.run(FETCH.format(address=address))
            try:
                code = target.exit_code(fetching)
            except BaseException:
                target.end(fetching, wait=True)  # it must not change the pinset of a node that runs again
                raise
        finally:
            source.end(serving)
        if code != DONE:
            raise NodeFailedError(f"{target.name} keeps its own pinset: {_MEANING.get(code or 0, f'exit code {code}')}; see its configure log")
        say(f"{target.name} has the pinset of {source.name}")
    finally:
        for node in (source, target):
            say(f"starting {node.service}")
            node.start()
    api, _ = services(target_outputs)
    peer = str(target_outputs["cluster_peer_ids"][target.name])
    until(f"{target.name} does not answer", _START_SECONDS, lambda: _is_well(api, peer))
    say(f"{target.name} is back; `ipfs-cluster status --watch` shows how it fetches the content")


def _is_well(api: Any, peer: str) -> bool:
    try:
        return peer in well(api.objects("peers"))
    except CheckFailedError:  # the load balancer may still ask the node
        return False


def _safe(source: Node, target: Node, source_outputs: Mapping[str, Any], target_outputs: Mapping[str, Any]) -> str:
    """That no one misses the source, and nothing is lost at the target. Raises NodeFailedError."""
    here, there = services(source_outputs)[0], services(target_outputs)[0]
    answering = well(here.objects("peers"))
    down = [name for name, peer in source_outputs["cluster_peer_ids"].items() if name != source.name and str(peer) not in answering]
    if down:
        raise NodeFailedError(f"{', '.join(down)} cannot be reached or lacks its kubo: wait until all others of the Region are well (--force does it anyway)")
    known = {pin["cid"] for pin in here.objects("allocations?filter=all")}
    own = {pin["cid"] for pin in there.objects("allocations?filter=all")} - known
    if own:
        raise NodeFailedError(
            f"{len(own)} pins of {target.name}'s Region, such as {', '.join(sorted(own)[:3])}, are not known in that of {source.name}: wait until they are "
            "(--force does it anyway)"
        )
    return f"all other nodes of the Region are well; {len(known)} pins"


def main(arguments: list[str]) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ipfs_cluster.copy_pinset", description="Copies a node's pinset to a node of another Region.")
    parser.add_argument("source_outputs", help="file with the outputs (JSON) of the stack that has the pinset")
    parser.add_argument("source", help="the node that has it, such as eu-west-1b")
    parser.add_argument("target_outputs", help="file with the outputs of the other Region's stack")
    parser.add_argument("target", help="the node that gets it, such as us-east-1a")
    parser.add_argument("--force", action="store_true", help="also if other nodes are down, or the target has pins of its own")
    options = parser.parse_args(arguments)

    def work() -> None:
        here, there = read_outputs(options.source_outputs), read_outputs(options.target_outputs)
        source, target = (Node(name, ecs_of(outputs), str(outputs["cluster_arn"])) for name, outputs in ((options.source, here), (options.target, there)))
        copy_pinset(source, target, here, there, lambda line: print(line, flush=True), force=options.force)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Faults of a node's network, in the network namespace of its task.

Packets to an address are lost when the address belongs to a hardware address that nobody has: a lasting entry in the sender's ARP table. That needs
nothing but busybox, which kubo's image has. Random loss and delay need the kernel's packet filter and scheduler, with their tools on this machine.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from sandbox.engine import EngineError

from .cluster import TASK, Cluster
from .plan import FRONT, Fault

_NOBODY = "02:00:00:00:00:01"
_TOOLS = {"loss": "iptables", "delay": "tc", "slow-network": "tc"}
_TRIALS = {
    "loss": ["iptables", "-A", "INPUT", "-i", "eth0", "-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP"],
    "delay": ["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"],
    "slow-network": ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "32kbit", "latency", "400ms"],
}


def impossible() -> dict[str, str]:
    """The kinds of faults that this machine cannot do, each with the reason."""
    found = {}
    for kind, tool in _TOOLS.items():
        if sys.platform != "linux" or os.geteuid() != 0:
            found[kind] = "it needs root on Linux"
        elif missing := [name for name in ("nsenter", "unshare", tool) if shutil.which(name) is None]:
            found[kind] = f"{' and '.join(missing)} not found"
        else:
            done = subprocess.run(["unshare", "--net", *_TRIALS[kind]], capture_output=True, text=True, check=False)
            if done.returncode:
                found[kind] = f"the kernel refuses it: {(done.stderr.strip().splitlines() or ['no reason'])[0]}"
    return found


def inject(cluster: Cluster, fault: Fault) -> None:
    """Begins a fault. Raises EngineError."""
    if fault.kind in ("partition", "one-way"):
        _cut(cluster, fault)
    else:
        for node in fault.nodes:
            _enter(cluster, node, _command(fault))


def _cut(cluster: Cluster, fault: Fault) -> None:
    here = {node: cluster.address(node) for node in fault.nodes}
    there = {node: cluster.address(node) for node in fault.against if node != FRONT}
    beyond = [*there.values(), *([cluster.front_address()] if FRONT in fault.against else [])]
    for node in here:
        _lose(cluster, node, beyond)
    if fault.kind == "partition":
        for node in there:
            _lose(cluster, node, list(here.values()))


def _lose(cluster: Cluster, node: int, addresses: Sequence[str]) -> None:
    _arp(cluster, node, " && ".join(f"arp -s {address} {_NOBODY}" for address in addresses))


def _arp(cluster: Cluster, node: int, script: str) -> None:
    task = cluster.containers(node)[TASK].id
    image = cluster.docker("inspect", "--format", "{{.Config.Image}}", task).strip()
    shell = ["--network", f"container:{task}", "--cap-add", "NET_ADMIN", "--user", "0:0", "--entrypoint", "/bin/sh", image, "-c", script]
    cluster.docker("run", "--rm", "--tmpfs", "/data/ipfs", *shell)


def _command(fault: Fault) -> list[str]:
    if fault.kind == "loss":
        return ["iptables", "-A", "INPUT", "-i", "eth0", "-m", "statistic", "--mode", "random", "--probability", str(fault.amount), "-j", "DROP"]
    if fault.kind == "delay":
        return ["tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", f"{fault.amount:g}ms", f"{fault.amount / 4:g}ms"]
    return ["tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", f"{fault.amount:g}kbit", "burst", "32kbit", "latency", "1s"]


def undo(cluster: Cluster, fault: Fault) -> None:
    """Ends a fault. Raises EngineError."""
    if fault.kind in ("partition", "one-way"):
        for node in {*fault.nodes, *fault.against} - {FRONT}:
            heal(cluster, node)
    else:
        for node in fault.nodes:
            _enter(cluster, node, ["iptables", "-F", "INPUT"] if fault.kind == "loss" else ["tc", "qdisc", "del", "dev", "eth0", "root"])


def heal(cluster: Cluster, node: int) -> None:
    """Every address may be reached again."""
    forget = f"arp -n | grep -i {_NOBODY} | sed 's/.*(\\(.*\\)).*/\\1/' | while read -r address; do arp -d \"$address\"; done"
    _arp(cluster, node, forget)


def _enter(cluster: Cluster, node: int, command: Sequence[str]) -> None:
    process = json.loads(cluster.docker("inspect", cluster.containers(node)[TASK].id))[0]["State"]["Pid"]
    done = subprocess.run(["nsenter", "--net", "--target", str(process), *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"{' '.join(command)}: {done.stderr.strip()}")

"""A stand-in for ipfs-cluster-ctl as daemons/regions.sh calls it. It allocates as ipfs-cluster 1.1.6 does (allocate.go, obtainAllocations)."""

import sys

STAND_IN = r"""#!PYTHON
import json, os, sys
from pathlib import Path

folder = Path(os.environ["WORLD"])
world = json.loads((folder / "world.json").read_text())
arguments = sys.argv[1:]
assert arguments[:3] == ["--force-http", "--enc", "json"], arguments
arguments = arguments[3:]
host = world["own"]
if arguments[0] == "--host":
    host = {"127.0.0.1": world["own"]}.get(arguments[1].split("/")[2], arguments[1].split("/")[2].removesuffix(".example"))
    arguments = arguments[2:]


def put(value):
    print(json.dumps(value, indent=4, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def peer(node, said):
    kubo = said.startswith("kubo: ")
    ipfs = {"id": "K", "error": said if kubo else ""}
    return {"id": node, "addresses": ["/ip4/10.0.0.1/tcp/1"], "error": "" if kubo else said, "ipfs": ipfs, "peername": node}


def missing():
    put({"code": 404, "message": "pin is not part of the pinset"})
    sys.exit(2)


def option(name):
    found = [a.split("=", 1)[1] for a in arguments if a.startswith(f"--{name}=")]
    return found[0] if found else ""


if arguments == ["peers", "ls"]:
    for node, said in world["peers"].items():
        if said != "gone":
            put(peer(node, said))
elif arguments == ["id"]:
    if host not in world["readers"]:
        sys.exit("no answer")
    put(peer(host, world["readers"][host]))
elif arguments == ["health", "bandwidth"]:
    put({"": {"total_in": 1, "total_out": 0, "rate_out": 0}, "/ipfscluster/1.0/rpc": {"total_in": 7, "total_out": world["bandwidth"], "rate_out": 9}})
elif arguments == ["pin", "ls"]:
    for pin in world["pins"].values():
        put(pin)
elif arguments[:2] == ["pin", "ls"]:
    cid = arguments[2]
    if cid in world["behind"].get(host, []) or cid in world.get("gone_when_asked", []) or cid not in world["pins"]:
        missing()
    put(world["pins"][cid])
else:
    assert arguments[:2] == ["pin", "add"], arguments
    with (folder / "pinned").open("a") as file:
        file.write(json.dumps(arguments[2:]) + "\n")
    if world["refuses"]:
        put({"code": 500, "message": world["refuses"]})
        sys.exit(2)
    pin, least, most = world["pins"][arguments[-1]], int(option("replication-min")), int(option("replication-max"))
    current = [node for node in pin["allocations"] if world["peers"].get(node) == ""]
    preferred = [node for node in option("allocations").split(",") if node and node not in current]
    others = [node for node in world["peers"] if node not in current and node not in preferred]
    if most < len(current):
        pin["allocations"] = current[:most]
    elif least > len(current):
        pin["allocations"] = [*current, *(preferred + others)[: most - len(current)]]
    pin["replication_factor_min"], pin["replication_factor_max"] = least, most
    if arguments[-1] in world.get("pinned_meanwhile", {}):
        pin["replication_factor_min"], pin["replication_factor_max"] = world["pinned_meanwhile"][arguments[-1]]
    (folder / "world.json").write_text(json.dumps(world))
""".replace("PYTHON", sys.executable)

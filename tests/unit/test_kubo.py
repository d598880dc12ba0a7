import ipaddress
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.daemons import kubo
from ipfs_cluster.daemons.kubo import Kubo, Peer
from ipfs_cluster.inputs import owned
from ipfs_cluster.spelling import as_in_python, camel_case

PUBLIC = Kubo(
    private=False,
    peers=[Peer("12D3KooWother", "ipfs-node-b.example")],
    vpc_cidrs=["10.94.0.0/16"],
    bootstrap_peers=["/dns4/example.com/tcp/4001/p2p/12D3KooWboot"],
    routing="dht",
    no_fetch=True,
    storage_max_gib=100,
    max_memory_mib=512,
    low_water=32,
    high_water=96,
    gateway_requests=102,
)
PRIVATE = replace(PUBLIC, private=True, bootstrap_peers=[])


def _blocks(addresses: list[str]) -> list[ipaddress.IPv4Network]:
    parts = [address.split("/") for address in addresses if address.startswith("/ip4/")]
    return [ipaddress.IPv4Network(f"{part[2]}/{part[4]}") for part in parts]


def test_every_host_but_the_gateways_own_is_a_website() -> None:
    host = "gateway.example.com"
    plain = kubo.config(PUBLIC)
    made = kubo.config(replace(PUBLIC, gateway_host=host))
    known = {host: {"UseSubdomains": False, "Paths": ["/ipfs", "/ipns"], "NoDNSLink": True}}
    assert made["Gateway"] == {**plain["Gateway"], "NoDNSLink": False, "PublicGateways": known}
    assert {**made, "Gateway": None} == {**plain, "Gateway": None}
    with_subdomains = kubo.config(replace(PUBLIC, subdomain_gateway=host))
    both = kubo.config(replace(PUBLIC, gateway_host=host, subdomain_gateway=host))
    assert both["Gateway"] == {**with_subdomains["Gateway"], "NoDNSLink": False}
    assert both["Gateway"]["PublicGateways"][host]["NoDNSLink"] is True, "else each request for the gateway would look up its DNSLink"


def test_the_public_configuration() -> None:
    config = kubo.config(PUBLIC)
    swarm = config.pop("Swarm")
    filters = swarm.pop("AddrFilters")
    no_announce = config["Addresses"].pop("NoAnnounce")
    assert config == {
        "Addresses": {
            "API": ["/ip4/127.0.0.1/tcp/5001"],
            "Gateway": ["/ip4/0.0.0.0/tcp/8080"],
            "Swarm": ["/ip4/0.0.0.0/tcp/4001", "/ip4/0.0.0.0/udp/4001/quic-v1"],
        },
        "AutoConf": {"Enabled": False},
        "AutoTLS": {"Enabled": False},
        "Bootstrap": ["/dns4/example.com/tcp/4001/p2p/12D3KooWboot"],
        "Datastore": {"StorageMax": "100GiB", "StorageGCWatermark": 90, "GCPeriod": "1h", "HashOnRead": True},
        "Discovery": {"MDNS": {"Enabled": False}},
        "Gateway": {"NoFetch": True, "NoDNSLink": True, "ExposeRoutingAPI": False, "MaxConcurrentRequests": 102},
        "HTTPRetrieval": {"Enabled": True},
        "Internal": {"ShutdownTimeout": "100s", "NonPublicAddrPublishing": False},
        "Ipns": {"ResolveCacheSize": 128},
        "Mounts": {"IPFS": "/ipfs", "IPNS": "/ipns", "MFS": "/mfs"},
        "Peering": {"Peers": [{"ID": "12D3KooWother", "Addrs": ["/dns4/ipfs-node-b.example/tcp/4001"]}]},
        "Provide": {"Enabled": True, "Strategy": "pinned+mfs+unique"},
        "Routing": {"Type": "dht"},
    }
    assert swarm == {
        "DisableNatPortMap": True,
        "ConnMgr": {"LowWater": 32, "HighWater": 96},
        "ResourceMgr": {"MaxMemory": "512MiB"},
        "RelayService": {"Enabled": False},
        "Transports": {"Network": {"WebTransport": False, "WebRTCDirect": False}},
    }
    vpc = ipaddress.IPv4Network("10.94.0.0/16")
    assert not any(block.overlaps(vpc) for block in _blocks(filters))
    assert any(block.supernet_of(vpc) for block in _blocks(no_announce)), "the nodes' private addresses are of no use to others"


def test_the_private_configuration_filters_nothing_and_asks_no_one_outside() -> None:
    config = kubo.config(PRIVATE)
    assert config["Swarm"]["AddrFilters"] == config["Addresses"]["NoAnnounce"] == config["Bootstrap"] == []
    assert config["Addresses"]["Swarm"] == ["/ip4/0.0.0.0/tcp/4001"]
    assert config["Swarm"]["Transports"]["Network"] == {"QUIC": False, "WebTransport": False, "WebRTCDirect": False, "Websocket": False}
    assert config["Swarm"]["RelayClient"] == {"Enabled": False}
    assert config["HTTPRetrieval"] == {"Enabled": False}
    assert [config[section]["Enabled"] for section in ("AutoConf", "AutoTLS")] == [False, False]


def test_without_routing_nothing_is_provided() -> None:
    assert kubo.config(replace(PUBLIC, routing="none"))["Provide"]["Enabled"] is False


@pytest.mark.parametrize(
    "vpc",
    [
        ["10.94.0.0/16"],
        ["172.31.0.0/16"],
        ["192.168.0.0/16"],
        ["100.64.0.0/10"],
        ["10.0.0.0/16", "10.1.0.0/16", "100.65.0.0/16"],
        ["10.0.0.0/8"],
        ["172.0.0.0/8"],
        ["52.1.0.0/16"],
    ],
)
def test_every_private_address_is_filtered_but_the_vpcs(vpc: list[str]) -> None:
    own = [ipaddress.IPv4Network(cidr) for cidr in vpc]
    filtered = _blocks(kubo.not_public_ranges(vpc))
    everything = _blocks(kubo.not_public_ranges([]))
    assert not any(block.overlaps(cidr) for block in filtered for cidr in own)
    size = sum(block.num_addresses for block in everything)
    cut = sum(part.num_addresses for block in everything for cidr in own if block.overlaps(cidr) for part in [cidr if cidr.subnet_of(block) else block])
    assert sum(block.num_addresses for block in filtered) == size - cut


@pytest.mark.parametrize("setting", ["Identity.PrivKey", "Swarm.AddrFilters", "Swarm", "Addresses.Swarm", "Routing.Type", "Routing", "Gateway.NoFetch"])
def test_owned_settings_say_what_to_use(setting: str) -> None:
    assert owned.instead_of_kubo_setting(setting)


@pytest.mark.parametrize("setting", ["Gateway.MaxConcurrentRequests", "Datastore.BlockKeyCacheSize", "Swarm.RelayService.Enabled", "Routing.Methods"])
def test_other_settings_are_the_users(setting: str) -> None:
    assert not owned.instead_of_kubo_setting(setting)


# --- the script, with a stand-in for kubo -----------------------------------------------------------------------------

# It does what the script needs of kubo: `init` makes a repository of a settings file, `config` sets one, `repo migrate` is recorded.
FAKE_KUBO = r"""#!/bin/sh
case "$1 $2" in
  "init "*)
    if [ -e "$INIT_FAILS" ]; then cat "$INIT_FAILS" >&2; exit 1; fi
    mkdir -p "$IPFS_PATH"; for last; do :; done; cp "$last" "$IPFS_PATH/config"
    echo 18 > "$IPFS_PATH/version"; echo spec > "$IPFS_PATH/datastore_spec" ;;
  "config "*) case "$3" in Unknown*) echo "Error: $3 not found" >&2; exit 1;; esac; printf '\n%s=%s\n}' "$3" "$4" >> "$IPFS_PATH/config" ;;
  "repo migrate") if [ -e "$IPFS_PATH/no-migration" ]; then echo "Error: no such migration" >&2; exit 1; fi; echo migrate >> "$IPFS_PATH/migrations" ;;
esac
"""


class Configure:
    """The configure container, on this machine's shell."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.repo = folder / "repo"
        self.repo.mkdir()
        (folder / "bin").mkdir()
        (folder / "tmp").mkdir()
        (folder / "bin" / "ipfs").write_text(FAKE_KUBO)
        (folder / "bin" / "ipfs").chmod(0o755)
        self.folder, self.shell = folder, shell

    def run(
        self, mode: str = "public", settings: str = '{"A":1}', further: dict[str, Any] | None = None, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "TMPDIR": str(self.folder / "tmp"),
            "IPFS_PATH": str(self.repo),
            "INIT_FAILS": str(self.folder / "init-fails"),
            "NODE": "eu-west-1a",
            "KUBO_CONFIG": settings,
            "KUBO_PEER_ID": "12D3KooWme",
            "KUBO_PRIVATE_KEY": "CAESQsecret",
            "KUBO_PROFILES": "flatfs",
            "SWARM_MODE": mode,
            **(more or {}),
            **({"SWARM_KEY": "/key/swarm/psk/1.0.0/\n/base16/\nabc"} if mode == "private" else {}),
        }
        return subprocess.run(
            [*self.shell, "-c", kubo.configure_script(further or {}, as_in_python)], env=environment, capture_output=True, text=True, check=False
        )

    def config(self) -> str:
        return (self.repo / "config").read_text()


SHELLS = [["dash"], ["busybox", "sh"], ["sh"]]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def configure(tmp_path: Path, request: pytest.FixtureRequest) -> Configure:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    return Configure(tmp_path, request.param)


def test_a_new_repository_is_made(configure: Configure) -> None:
    done = configure.run(settings='{"A":"$HOME \\"x\\""}')
    assert done.returncode == 0, done.stderr
    assert json.loads(configure.config()) == {"Identity": {"PeerID": "12D3KooWme", "PrivKey": "CAESQsecret"}, "A": '$HOME "x"'}
    assert (configure.repo / "version").read_text() == "18\n"
    assert (configure.repo / "datastore_spec").exists()
    assert not (configure.repo / "swarm.key").exists()
    assert (configure.repo / "config").stat().st_mode & 0o077 == 0
    assert list((configure.folder / "tmp").iterdir()) == [], "the private key stays on no disk but the repository's"
    assert "CAESQsecret" not in done.stdout + done.stderr


def test_changed_settings_reach_an_existing_repository(configure: Configure) -> None:
    configure.run(settings='{"A":1}', further={"Gateway.X": 1})
    done = configure.run(settings='{"A":2}')
    assert done.returncode == 0, done.stderr
    assert json.loads(configure.config())["A"] == 2, "and the setting that is no longer given is gone"
    assert (configure.repo / "migrations").read_text() == "migrate\n"
    assert "settings are written" in done.stdout


@pytest.mark.parametrize("left", ["", '{"A":'])
def test_a_damaged_configuration_is_written_anew(configure: Configure, left: str) -> None:
    configure.run(settings='{"A":1}')
    (configure.repo / "config").write_text(left)
    done = configure.run(settings='{"A":1}')
    assert done.returncode == 0, done.stderr
    assert json.loads(configure.config())["A"] == 1
    assert "the configuration is damaged" in done.stdout
    assert (configure.repo / "migrations").exists()


def test_a_repository_of_empty_files_is_made_anew(configure: Configure) -> None:
    configure.run()
    for name in ("config", "version", "datastore_spec"):
        (configure.repo / name).write_text("")
    done = configure.run()
    assert done.returncode == 0, done.stderr
    assert "creating a repository" in done.stdout
    assert (configure.repo / "version").read_text() == "18\n"
    assert (configure.repo / "datastore_spec").read_text() == "spec\n"
    assert json.loads(configure.config())["A"] == 1


@pytest.mark.parametrize("left", [None, "", "1x"])
def test_a_repository_of_no_known_version_is_to_be_rebuilt(configure: Configure, left: str | None) -> None:
    configure.run()
    (configure.repo / "version").unlink()
    if left is not None:
        (configure.repo / "version").write_text(left)
    done = configure.run()
    assert done.returncode == 1
    assert "the repository's version is damaged" in done.stderr
    assert "Rebuild a node" in done.stderr
    assert not (configure.repo / "migrations").exists()


def test_a_repository_with_another_datastore_is_refused_and_left_alone(configure: Configure) -> None:
    configure.run(settings='{"A":1}')
    (configure.repo / "datastore_spec").write_text('{"type":"other"}')
    done = configure.run(settings='{"A":2}')
    assert done.returncode == 1
    assert 'was created with another datastore than storage.datastore asks for, and none is ever converted: it has {"type":"other"}' in done.stderr
    assert json.loads(configure.config())["A"] == 1
    assert not (configure.repo / "migrations").exists()


def test_a_migration_that_fails_stops_the_node_and_says_so(configure: Configure) -> None:
    configure.run(settings='{"A":1}')
    (configure.repo / "no-migration").touch()
    done = configure.run(settings='{"A":2}')
    assert done.returncode == 1
    assert "the repository could not be migrated (above); the previous image still works with it" in done.stderr
    assert json.loads(configure.config())["A"] == 1


IN_S3 = json.dumps(kubo.config(replace(PUBLIC, blocks=kubo.Bucket("blocks-of-a", "eu-west-1"))))


def test_the_address_of_the_tasks_credentials_is_written_at_each_start(configure: Configure) -> None:
    for uri, endpoint in (
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1-2"}, "http://169.254.170.2/v2/credentials/1-2"),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/3"}, "http://169.254.170.2/v2/credentials/3"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1?a=1&b=2"}, "http://169.254.170.23/v1?a=1&b=2"),
    ):
        done = configure.run(settings=IN_S3, more=uri)
        assert done.returncode == 0, done.stderr
        datastore = json.loads(configure.config())["Datastore"]
        assert datastore["Spec"]["mounts"][0]["child"]["credentialsEndpoint"] == endpoint
        assert datastore["Spec"]["mounts"][0]["child"]["bucket"] == "blocks-of-a"


def test_an_image_without_the_s3_datastore_is_named_as_what_is_wrong(configure: Configure) -> None:
    (configure.folder / "init-fails").write_text("Error: unknown datastore type: s3ds\n")
    done = configure.run(settings=IN_S3)
    assert done.returncode == 1
    assert "the image of nodes.kubo_image has no s3ds datastore, which storage.datastore s3 needs: see docs/configuration.md" in done.stderr


def test_unchanged_settings_write_nothing(configure: Configure) -> None:
    configure.run()
    before = (configure.repo / "config").stat().st_ino
    assert "settings are unchanged" in configure.run().stdout
    assert (configure.repo / "config").stat().st_ino == before


def test_further_settings_come_last(configure: Configure) -> None:
    done = configure.run(further={"Gateway.HTTPHeaders": {"X": ["it's $HOME"]}, "Datastore.BloomFilterSize": 1})
    assert done.returncode == 0, done.stderr
    written = [line for line in configure.config().splitlines()[1:] if line != "}"]
    assert written == ["Datastore.BloomFilterSize=1", 'Gateway.HTTPHeaders={"X": ["it\'s $HOME"]}']


def test_a_setting_that_kubo_does_not_know_stops_the_node(configure: Configure) -> None:
    configure.run()
    before = configure.config()
    done = configure.run(further={"Unknown.Setting": True})
    assert done.returncode == 1
    assert "kubo does not take nodes.kubo_config Unknown.Setting = true" in done.stderr
    assert configure.config() == before


def test_a_private_node_has_its_key_before_anything_else(configure: Configure) -> None:
    done = configure.run(mode="private")
    assert done.returncode == 0, done.stderr
    key = configure.repo / "swarm.key"
    assert key.read_text() == "/key/swarm/psk/1.0.0/\n/base16/\nabc\n"
    assert key.stat().st_mode & 0o777 == 0o400
    assert configure.run(mode="private").returncode == 0, "a second start replaces the read-only file"


def test_a_private_node_refuses_to_become_public(configure: Configure) -> None:
    configure.run(mode="private", settings='{"A":1}')
    done = configure.run(mode="public", settings='{"A":2}')
    assert done.returncode == 1
    assert "belongs to a private swarm" in done.stderr
    assert json.loads(configure.config())["A"] == 1
    (configure.repo / "swarm.key").unlink()
    assert configure.run(mode="public", settings='{"A":2}').returncode == 0, "once its key is taken away on purpose"


def test_a_public_node_becomes_private(configure: Configure) -> None:
    configure.run(mode="public")
    assert configure.run(mode="private").returncode == 0
    assert (configure.repo / "swarm.key").exists()


def test_a_first_start_that_broke_off_begins_again(configure: Configure) -> None:
    (configure.repo / "version").write_text("18\n")
    done = configure.run()
    assert done.returncode == 0, done.stderr
    assert (configure.repo / "config").exists()
    assert (configure.repo / "datastore_spec").exists()


def test_the_script_spells_inputs_as_the_caller_does() -> None:
    python, other = kubo.configure_script({}, as_in_python), kubo.configure_script({}, camel_case)
    assert "kubo does not take nodes.kubo_config $1 = $2" in python
    assert "kubo does not take nodes.kuboConfig $1 = $2" in other
    assert not re.search(r"@[a-z]+\.[a-z_]+@", python + other)
    assert python.startswith("set -eu\n")

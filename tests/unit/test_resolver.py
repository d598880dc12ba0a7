"""The process with the DNS records of the sandbox's websites: its answers, its clients of AWS, its start and stop."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from dnslib import QTYPE, RCODE, DNSRecord  # type: ignore[import-untyped]

from sandbox.background import BackgroundError
from sandbox.resolver import names, process
from sandbox.resolver.names import Record, ZoneResolver
from sandbox.resolver.settings import Settings, Zone, zone_of
from tests.helpers.waiting import until

ZONE = Zone("Z0123456789ABC", "example.com")
RECORDS = [
    Record("_dnslink.www.example.com", 60, ['"dnslink=/ipfs/bafkqaaa"']),
    Record("_dnslink.long.example.com", 60, [f'"{"a" * 255}" "b \\"c\\""', '"other"']),
]


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ({}, None),
        ({"domain": "ipfs.example.com"}, None),
        ({"domain": "ipfs.example.com", "zoneId": "Z1"}, Zone("Z1", "ipfs.example.com")),
        ({"domain": "ipfs.example.com", "zoneId": "Z1", "websites": ["www.example.com"]}, Zone("Z1", "example.com")),
        ({"domain": "ipfs.example.com", "zoneId": "Z1", "websites": ["www.ipfs.example.com", "example.com"]}, Zone("Z1", "example.com")),
        ({"domain": "ipfs.example.com", "zoneId": "Z1", "websites": ["www.example.org"]}, Zone("Z1", "ipfs.example.com")),
        ({"domain": "a.example.com", "zoneId": "Z1", "websites": ["www.b.org", "b.example.com"]}, Zone("Z1", "example.com")),
    ],
)
def test_the_zone_that_a_configuration_refers_to(edge: dict[str, Any], expected: Zone | None) -> None:
    assert zone_of(edge) == expected


def answer(name: str, type_: str = "TXT", upstream: str = "") -> Any:
    return ZoneResolver("example.com", lambda: RECORDS, upstream).resolve(DNSRecord.question(name, type_), None)


def test_txt_records_of_the_zone() -> None:
    reply = answer("_DNSLINK.www.example.com")
    (found,) = reply.rr
    assert (found.rtype, found.ttl, found.rdata.data) == (QTYPE.TXT, 60, [b"dnslink=/ipfs/bafkqaaa"])
    assert reply.header.id != 0
    assert [record.rdata.data for record in answer("_dnslink.long.example.com").rr] == [[b"a" * 255, b'b "c"'], [b"other"]]


@pytest.mark.parametrize(
    ("name", "type_", "code"),
    [
        ("_dnslink.example.com", "TXT", RCODE.NXDOMAIN),
        ("example.com", "TXT", RCODE.NXDOMAIN),
        ("_dnslink.www.example.com", "A", RCODE.NOERROR),
        ("_dnslink.www.badexample.com", "TXT", RCODE.SERVFAIL),
        ("example.org", "A", RCODE.SERVFAIL),
    ],
)
def test_what_it_has_no_record_of(name: str, type_: str, code: int) -> None:
    reply = answer(name, type_)
    assert (reply.header.rcode, reply.rr) == (code, [])


def test_an_upstream_that_does_not_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_PATIENCE_SECONDS", 0.01)
    assert answer("example.org", "A", "127.0.0.1").header.rcode == RCODE.SERVFAIL


def test_this_machines_own_resolver(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    assert names.own_upstream(file) == ""
    file.write_text("# nameserver 1.1.1.1\nsearch a.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n")
    assert names.own_upstream(file) == "192.0.2.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings() -> Settings:
    # An address that this machine does not have, as where the engine has a machine of its own.
    return Settings(ZONE, ["E1", "E2"], "192.0.2.1", free_port(), free_port())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    process.stop(tmp_path)


def client(service: str, settings: Settings) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=f"http://127.0.0.1:{settings.aws_port}",
        region_name="us-east-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )


def change(settings: Settings, action: str, value: str) -> None:
    record = {"Name": "_dnslink.www.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"{value}"'}]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    done = client("route53", settings).change_resource_record_sets(HostedZoneId=ZONE.id, ChangeBatch=batch)
    assert client("route53", settings).get_change(Id=done["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC"


def asked(settings: Settings) -> list[bytes]:
    reply = DNSRecord.parse(DNSRecord.question("_dnslink.www.example.com", "TXT").send("127.0.0.1", settings.dns_port, tcp=True))
    return [b"".join(record.rdata.data) for record in reply.rr]


def test_what_clients_of_aws_set_is_what_nodes_resolve(folder: Path, settings: Settings) -> None:
    process.start(folder, settings)
    assert asked(settings) == []
    change(settings, "UPSERT", "dnslink=/ipfs/one")
    assert asked(settings) == [b"dnslink=/ipfs/one"]
    change(settings, "UPSERT", "dnslink=/ipfs/two")
    assert asked(settings) == [b"dnslink=/ipfs/two"]
    cloudfront = client("cloudfront", settings)
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "one"}
    made = cloudfront.create_invalidation(DistributionId="E1", InvalidationBatch=batch)["Invalidation"]["Id"]
    cloudfront.get_waiter("invalidation_completed").wait(DistributionId="E1", Id=made)
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        cloudfront.create_invalidation(DistributionId="E3", InvalidationBatch=batch)


def test_records_outlive_the_process_and_other_settings(folder: Path, settings: Settings) -> None:
    process.start(folder, settings)
    first = process.running(folder)
    change(settings, "UPSERT", "dnslink=/ipfs/one")
    process.start(folder, settings)
    assert process.running(folder) == first, "there is nothing to change"
    others = Settings(ZONE, ["E3"], "192.0.2.1", settings.dns_port, settings.aws_port)
    process.start(folder, others)
    assert process.running(folder) not in (0, first)
    assert asked(settings) == [b"dnslink=/ipfs/one"]
    pid = process.running(folder)
    os.kill(pid, signal.SIGKILL)
    until("it is gone", lambda: process.running(folder) == 0)
    process.start(folder, others)
    assert asked(settings) == [b"dnslink=/ipfs/one"]
    assert process.stop(folder)
    assert not process.stop(folder), "there is none any more"
    assert process.running(folder) == 0


def test_a_port_that_is_taken_is_named(folder: Path, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.aws_port))
        taken.listen()
        with pytest.raises(BackgroundError, match=r"did not start; the end of .*resolver\.log:\n[^$]*Address already in use"):
            process.start(folder, settings)
    assert process.running(folder) == 0

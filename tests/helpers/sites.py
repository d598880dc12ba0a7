"""Websites of the sandbox, as those who publish and those who read have them."""

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

from tests.helpers.daemons import Cluster, get
from tests.helpers.waiting import until

ZONE = "Z0123456789ABC"


def client(cluster: Cluster, service: str) -> Any:
    """A client of the sandbox's AWS."""
    url = f"http://127.0.0.1:{cluster.sandbox.resolver_ports['aws']}"
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # type: ignore[call-overload]


def added(cluster: Cluster, files: Mapping[str, bytes]) -> str:
    """The CID of a site, pinned on all nodes."""
    folder = cluster.folder / os.urandom(4).hex()
    fields: list[str] = []
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        fields += ["-F", f"file=@{file};filename=site/{name}"]
    url = f"http://127.0.0.1:{cluster.front('api')}/add?cid-version=1&stream-channels=false"
    done = subprocess.run(["curl", "-sS", "--config", cluster.sandbox.curl_file, *fields, url], capture_output=True, check=True)
    cid = str(json.loads(done.stdout)[-1]["cid"])
    until("all nodes have it", lambda: all(cid in cluster.held(node) for node in cluster.names))
    return cid


def point(cluster: Cluster, host: str, cid: str) -> None:
    """Sets a website's DNSLink record."""
    record = {"Name": f"_dnslink.{host}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": f'"dnslink=/ipfs/{cid}"'}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    client(cluster, "route53").change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)


def read(cluster: Cluster, host: str, path: str = "/") -> tuple[int, dict[str, str], bytes]:
    """What a website answers, redirects not followed."""
    return get(cluster.front("gateway"), path, Host=host)


class Reader:
    """Reads a page over and over, and notes the length of each answer and the letters in it: a page of a version is one letter, many times."""

    def __init__(self, cluster: Cluster, host: str, path: str) -> None:
        self._asked = (cluster, host, path)
        self._end, self._epoch = threading.Event(), 0
        self._problems: list[str] = []
        self.answers: list[tuple[int, int, bytes]] = []
        """The epoch in which each was asked for, its length, its letters."""

    def _work(self) -> None:
        while not self._end.is_set():
            epoch = self._epoch
            try:
                status, _, body = read(*self._asked)
            except OSError as error:
                self._problems.append(str(error))
                continue
            self.answers.append((epoch, len(body), bytes(sorted(set(body)))))
            if status != 200:
                self._problems.append(f"status {status}")

    @contextlib.contextmanager
    def at_work(self) -> Iterator["Reader"]:
        """Reads meanwhile. Every answer must be a page."""
        workers = [threading.Thread(target=self._work) for _ in range(3)]
        for worker in workers:
            worker.start()
        try:
            yield self
        finally:
            self._end.set()
            for worker in workers:
                worker.join()
        assert self._problems == []

    def from_now_on(self) -> set[tuple[int, bytes]]:
        """Length and letters of some answers to what is asked from now on."""
        self._epoch += 1
        epoch = self._epoch

        def found() -> list[tuple[int, bytes]]:
            return [(length, letters) for begun, length, letters in list(self.answers) if begun == epoch]

        until("it was answered", lambda: len(found()) > 9)
        return set(found())

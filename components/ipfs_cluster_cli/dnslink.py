"""DNSLink records in Route 53, through boto3, which finds the credentials."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .aws import client as aws_client
from .aws import explained as of_aws

_POLICY = "The output publisher_policy has the policy that does."

TTL_SECONDS = 60
"""For how long resolvers keep a record."""
PREFIX = "dnslink="


def name_of(host: str) -> str:
    """The name of a website's record."""
    return f"_dnslink.{host}"


def text_of(cid: str) -> str:
    """The text of a record."""
    return f"{PREFIX}/ipfs/{cid}"


@dataclass(frozen=True)
class Record:
    """A DNSLink record as it is."""

    texts: tuple[str, ...] = ()
    """All texts of the name, as Route 53 has them: in double quotes."""
    ttl: int = 0

    @property
    def cid(self) -> str:
        """The CID that it shows; empty if it shows none."""
        found = [text.strip('"').removeprefix(PREFIX) for text in self.texts if text.startswith(f'"{PREFIX}')]
        return found[0].removeprefix("/ipfs/").strip("/") if found and found[0].startswith("/ipfs/") else ""


class Route53:
    """The records of one hosted zone. Each method raises CommandError."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._client = aws_client("route53", _POLICY)

    def read(self, host: str) -> Record:
        """The record of a website; an empty one if there is none."""
        name = name_of(host)
        with _explained(f"read {name} in the hosted zone {self._zone}"):
            answer = self._client.list_resource_record_sets(HostedZoneId=self._zone, StartRecordName=name, StartRecordType="TXT", MaxItems="1")
        for found in answer["ResourceRecordSets"]:
            if found["Name"].rstrip(".") == name and found["Type"] == "TXT":
                return Record(tuple(record["Value"] for record in found.get("ResourceRecords", ())), found.get("TTL", 0))
        return Record()

    def show(self, host: str, cid: str, before: Record) -> str:
        """Lets a website's record show a CID, and leaves other texts of its name as they are. Gives the change's ID."""
        others = [text for text in before.texts if not text.startswith(f'"{PREFIX}')]
        values = [f'"{text_of(cid)}"', *others]
        with _explained(f"change {name_of(host)} in the hosted zone {self._zone}"):
            answer = self._client.change_resource_record_sets(
                HostedZoneId=self._zone,
                ChangeBatch={
                    "Changes": [
                        {
                            "Action": "UPSERT",
                            "ResourceRecordSet": {
                                "Name": name_of(host),
                                "Type": "TXT",
                                "TTL": TTL_SECONDS,
                                "ResourceRecords": [{"Value": value} for value in values],
                            },
                        }
                    ]
                },
            )
        return str(answer["ChangeInfo"]["Id"])

    def is_everywhere(self, change: str) -> bool:
        """Whether all of Route 53's servers answer with a change."""
        with _explained("ask Route 53 for the change"):
            return bool(self._client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")


def invalidate(distribution: str, reference: str) -> Callable[[], bool]:
    """Lets CloudFront forget what it holds; the result says whether it has. Raises CommandError."""
    client = aws_client("cloudfront", _POLICY)
    batch: Any = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
    with _explained(f"invalidate what the distribution {distribution} holds"):
        number = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]["Id"]

    def is_done() -> bool:
        with _explained("ask CloudFront for the invalidation"):
            return bool(client.get_invalidation(DistributionId=distribution, Id=number)["Invalidation"]["Status"].lower() == "completed")

    return is_done


def _explained(what: str) -> Any:
    return of_aws(what, _POLICY)

"""DNSLink records in Route 53, through boto3, which finds the credentials."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .errors import CommandError, Exit

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
        self._client = _client("route53")

    def read(self, host: str) -> Record:
        """The record of a website; an empty one if there is none."""
        name = name_of(host)
        with explained(f"read {name} in the hosted zone {self._zone}"):
            answer = self._client.list_resource_record_sets(HostedZoneId=self._zone, StartRecordName=name, StartRecordType="TXT", MaxItems="1")
        for found in answer["ResourceRecordSets"]:
            if found["Name"].rstrip(".") == name and found["Type"] == "TXT":
                return Record(tuple(record["Value"] for record in found.get("ResourceRecords", ())), found.get("TTL", 0))
        return Record()

    def show(self, host: str, cid: str, before: Record) -> str:
        """Lets a website's record show a CID, and leaves other texts of its name as they are. Gives the change's ID."""
        others = [text for text in before.texts if not text.startswith(f'"{PREFIX}')]
        values = [f'"{text_of(cid)}"', *others]
        with explained(f"change {name_of(host)} in the hosted zone {self._zone}"):
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
        with explained("ask Route 53 for the change"):
            return bool(self._client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")


def invalidate(distribution: str, reference: str) -> Callable[[], bool]:
    """Lets CloudFront forget what it holds; the result says whether it has. Raises CommandError."""
    client = _client("cloudfront")
    batch: Any = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
    with explained(f"invalidate what the distribution {distribution} holds"):
        number = client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]["Id"]

    def is_done() -> bool:
        with explained("ask CloudFront for the invalidation"):
            return bool(client.get_invalidation(DistributionId=distribution, Id=number)["Invalidation"]["Status"].lower() == "completed")

    return is_done


def _client(service: Any) -> Any:
    import boto3
    from botocore.config import Config

    with explained(f"reach {service}"):
        session = boto3.Session()
        # Both services are global; what is asked for at an address of its own still needs a Region.
        return session.client(service, region_name=session.region_name or "us-east-1", config=Config(retries={"mode": "standard", "max_attempts": 6}))


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turns errors of AWS into sentences."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise CommandError(
            f"There are no AWS credentials, which are needed to {what}. Set AWS_PROFILE, or the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            Exit.USAGE,
        ) from None
    except ClientError as error:
        told = error.response.get("Error", {})
        code, said = told.get("Code", ""), told.get("Message", "")
        if code == "NoSuchHostedZone":
            raise CommandError(f"It is not possible to {what}: the account of these AWS credentials has no such zone.", Exit.USAGE) from None
        if code in ("AccessDenied", "AccessDeniedException"):
            raise CommandError(
                f"The AWS credentials do not allow to {what}. The output publisher_policy has the policy that does. {said}", Exit.USAGE
            ) from None
        if code in ("InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch"):
            raise CommandError(f"AWS does not accept the credentials, which are needed to {what}: {said}", Exit.CREDENTIALS) from None
        raise CommandError(f"AWS refuses to {what} ({code}): {said}", Exit.WEBSITE) from None
    except BotoCoreError as error:
        raise CommandError(f"It is not possible to {what}: {str(error).rstrip('.')}.", Exit.WEBSITE) from None

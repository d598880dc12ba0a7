"""AWS, through boto3, which finds the credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import CommandError, Exit


def client(service: Any, policy: str) -> Any:
    """A client of a service that has no Regions; its own errors are explained as by `explained`."""
    import boto3
    from botocore.config import Config

    with explained(f"reach {service}", policy):
        session = boto3.Session()
        # The services are global; what is asked for at an address of its own still needs a Region.
        return session.client(service, region_name=session.region_name or "us-east-1", config=Config(retries={"mode": "standard", "max_attempts": 6}))


@contextmanager
def explained(what: str, policy: str) -> Iterator[None]:
    """Turns errors of AWS into sentences: ``what`` could not be done, and ``policy`` says where a policy is that allows it."""
    from botocore.exceptions import BotoCoreError, ClientError, MissingDependencyException, NoCredentialsError, PartialCredentialsError

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
            raise CommandError(f"The AWS credentials do not allow to {what}. {policy} {said}", Exit.USAGE) from None
        if code in ("InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch"):
            raise CommandError(f"AWS does not accept the credentials, which are needed to {what}: {said}", Exit.CREDENTIALS) from None
        raise CommandError(f"AWS refuses to {what} ({code}): {said}", Exit.WEBSITE) from None
    except MissingDependencyException:
        raise CommandError(f"To {what}, requests are signed with awscrt, which is not installed: pip install 'ipfs-cluster-pulumi[cli]'.", Exit.USAGE) from None
    except BotoCoreError as error:
        raise CommandError(f"It is not possible to {what}: {str(error).rstrip('.')}.", Exit.WEBSITE) from None

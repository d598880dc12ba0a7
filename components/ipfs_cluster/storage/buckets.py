"""S3 buckets without public access, with a policy and a lifecycle."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Tags
from ..permissions import Policy


def closed_bucket(
    name: str, parent: pulumi.Resource, tags: Tags, *, retain: bool, rule: Any | None, policy: Callable[[str], Policy], versioned: bool = False
) -> tuple[aws.s3.Bucket, aws.s3.BucketPolicy]:
    """A bucket, and what must be there before anyone writes to it.

    ``retain`` keeps it with all that is in it when the stack is destroyed; otherwise both are deleted. ``rule`` is its lifecycle's, if anything
    in it expires, ``policy`` makes its policy from its ARN.
    """
    bucket, closed = unopened_bucket(name, parent, tags, retain=retain, rule=rule, versioned=versioned)
    return bucket, bucket_policy(name, bucket, closed, policy, pulumi.ResourceOptions(parent=parent, retain_on_delete=retain))


def unopened_bucket(
    name: str, parent: pulumi.Resource, tags: Tags, *, retain: bool, rule: Any | None = None, versioned: bool = False
) -> tuple[aws.s3.Bucket, aws.s3.BucketPublicAccessBlock]:
    """A bucket that still needs its policy, and what must be there before that. The arguments are as for `closed_bucket`.

    Uploads that broke off end after a week. It is encrypted by S3's own keys: a load balancer can write to no other.
    """
    # A bucket that is kept keeps what protects it: the provider's deletes would open it to public policies and requests in clear, end
    # its lifecycle and suspend its versions.
    own = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    bucket = aws.s3.Bucket(name, force_destroy=not retain, tags=tags.named(name), opts=own)
    closed = aws.s3.BucketPublicAccessBlock(
        name, bucket=bucket.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True, opts=own
    )
    encryption: Any = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    aws.s3.BucketServerSideEncryptionConfiguration(name, bucket=bucket.id, rules=[encryption], opts=own)
    # Parts of an upload that broke off are paid for and not listed with the objects.
    broken: Any = {"abort_incomplete_multipart_upload": {"days_after_initiation": 7}}
    enabled: Any = {"id": "broken-uploads", "status": "Enabled", "filter": {"prefix": ""}, **broken, **(rule or {})}
    aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[enabled], opts=own)
    if versioned:
        aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=own)
    return bucket, closed


def bucket_policy(
    name: str,
    bucket: aws.s3.Bucket,
    closed: aws.s3.BucketPublicAccessBlock,
    policy: Callable[[str], pulumi.Input[Policy]],
    opts: pulumi.ResourceOptions,
) -> aws.s3.BucketPolicy:
    """A bucket's policy, made from its ARN, after what ``closed`` it to the public."""
    return aws.s3.BucketPolicy(
        name,
        bucket=bucket.id,
        policy=pulumi.Output.json_dumps(bucket.arn.apply(policy)),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[closed])),
    )

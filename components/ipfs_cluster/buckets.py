"""Buckets: closed to the public, with a policy and a lifecycle."""

from collections.abc import Callable
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from .permissions import Policy
from .tags import Tags


def closed_bucket(
    name: str, parent: pulumi.Resource, tags: Tags, *, retain: bool, rule: Optional[Any], policy: Callable[[str], Policy]
) -> tuple[aws.s3.Bucket, aws.s3.BucketPolicy]:
    """A bucket, and what must be there before anyone writes to it.

    ``retain`` keeps it with all that is in it when the stack is destroyed, else both go. ``rule`` is its lifecycle's, if it has one,
    ``policy`` makes its policy from its ARN. It is encrypted by S3's own keys: a load balancer can write to no other.
    """
    own = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(name, force_destroy=not retain, tags=tags.named(name), opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain))
    closed = aws.s3.BucketPublicAccessBlock(
        name, bucket=bucket.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True, opts=own
    )
    encryption: Any = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    aws.s3.BucketServerSideEncryptionConfiguration(name, bucket=bucket.id, rules=[encryption], opts=own)
    if rule is not None:
        enabled: Any = {"status": "Enabled", "filter": {"prefix": ""}, **rule}
        aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[enabled], opts=own)
    made = aws.s3.BucketPolicy(
        name, bucket=bucket.id, policy=pulumi.Output.json_dumps(bucket.arn.apply(policy)), opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed])
    )
    return bucket, made

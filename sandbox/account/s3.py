"""S3 buckets, their settings, and objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@contextmanager
def past_policy(s3: Any, bucket: str) -> Iterator[None]:
    """Takes a bucket's policy away meanwhile: moto denies what a policy denies under a condition, whether that holds or not."""
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)


@creates("aws:s3/bucket:Bucket", reads=("tags",), ignored={"forceDestroy": "only the provider uses it, when it deletes the resource"})
def _bucket(aws: Aws, name: str, inputs: Inputs) -> Created:
    bucket = physical_name(name)
    # S3 does not accept us-east-1 as a location.
    location = {} if aws.region == "us-east-1" else {"createBucketConfiguration": {"locationConstraint": aws.region}}
    aws.send("s3", "create_bucket", {"bucket": bucket, **location})
    aws.send("s3", "put_bucket_tagging", {"bucket": bucket, "tagging": {"tagSet": inputs.get("tags", {})}})
    return bucket, {"arn": f"arn:aws:s3:::{bucket}", "bucket": bucket, "bucketRegionalDomainName": f"{bucket}.s3.{aws.region}.amazonaws.com"}


@creates(
    "aws:s3/bucketObjectv2:BucketObjectv2",
    reads=("bucket", "cacheControl", "content", "contentType", "key", "source"),
    ignored={"overrideProvider": "tells the provider alone that there are no tags"},
)
def _object(aws: Aws, name: str, inputs: Inputs) -> Created:
    source, content = inputs.pop("source", None), inputs.pop("content", "")
    body = content.encode() if source is None else Path(source.path).read_bytes()
    try:
        aws.send("s3", "put_object", {**inputs, "body": body})
    except ClientError:
        with past_policy(aws.client("s3"), inputs["bucket"]):
            aws.send("s3", "put_object", {**inputs, "body": body})
    return f"{inputs['bucket']}/{inputs['key']}", {"arn": f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"}


@creates(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    reads=("blockPublicAcls", "blockPublicPolicy", "bucket", "ignorePublicAcls", "restrictPublicBuckets"),
)
def _public_access_block(aws: Aws, name: str, inputs: Inputs) -> Created:
    bucket = inputs.pop("bucket")
    aws.send("s3", "put_public_access_block", {"bucket": bucket, "publicAccessBlockConfiguration": inputs})
    return bucket, {}


@creates("aws:s3/bucketPolicy:BucketPolicy", reads=("bucket", "policy"))
def _policy(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("s3", "put_bucket_policy", inputs)
    return inputs["bucket"], {}


@creates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", reads=("bucket", "rules"))
def _lifecycle(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("s3", "put_bucket_lifecycle_configuration", {"bucket": inputs["bucket"], "lifecycleConfiguration": {"rules": inputs["rules"]}})
    return inputs["bucket"], {}


@creates("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", reads=("bucket", "rules"))
def _encryption(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("s3", "put_bucket_encryption", {"bucket": inputs["bucket"], "serverSideEncryptionConfiguration": {"rules": inputs["rules"]}})
    return inputs["bucket"], {}


@creates("aws:s3/bucketVersioning:BucketVersioning", reads=("bucket", "versioningConfiguration"))
def _versioning(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("s3", "put_bucket_versioning", inputs)
    return inputs["bucket"], {}

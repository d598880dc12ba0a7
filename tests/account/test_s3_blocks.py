"""Blocks in S3: a bucket for each node, which only this node may use."""

import json

from tests.helpers.account import NODES, existing_file_system, policies, task_definition
from tests.helpers.iam import allowed
from tests.helpers.support import deployed, deployed_small

S3 = {"storage": {"datastore": "s3"}, "nodes": {"kuboImage": "example.com/kubo-s3:v0.43.1", "count": 2}}


def test_blocks_in_s3() -> None:
    with deployed(S3) as stack:
        s3, buckets = stack.client("s3"), stack.output("block_buckets")
        assert list(buckets) == NODES[:2]
        assert len(set(buckets.values())) == 2, "nodes that shared one would collect each other's blocks"
        for node, bucket in buckets.items():
            (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
            assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
            (deny,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
            assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
            assert "Status" not in s3.get_bucket_versioning(Bucket=bucket), "what was collected would be kept"
            (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
            assert not {"Expiration", "Transitions", "NoncurrentVersionExpiration"} & set(rule), "what expires would be a broken pin"

            may, arn, other = (
                policies(stack, task_definition(stack, node)["taskRoleArn"]),
                f"arn:aws:s3:::{bucket}",
                next(b for b in buckets.values() if b != bucket),
            )
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                assert allowed(action, f"{arn}/CIQ", may)
                assert not allowed(action, f"arn:aws:s3:::{other}/CIQ", may)
            assert allowed("s3:ListBucket", arn, may)
            for action in ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutObjectAcl", "s3:GetBucketPolicy", "s3:PutLifecycleConfiguration"):
                assert not allowed(action, arn, may)
                assert not allowed(action, f"{arn}/CIQ", may)
        kept = {r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete}
        assert kept == {"ipfs-eu-west-1a-blocks", "ipfs-eu-west-1b-blocks", "ipfs-pinset"}
        (service,) = (r for r in stack.registered("aws:ecs/service:Service") if r.name == "ipfs-eu-west-1a-service")
        assert "ipfs-eu-west-1a-blocks" in {urn.rpartition("::")[2] for urn in service.request.dependencies}


def test_a_bucket_that_is_there_is_adopted_with_its_file_system() -> None:
    with deployed(
        lambda account: {**S3, "storage": {"datastore": "s3", "existing": {"eu-west-1a": existing_file_system(account, bucket="old-blocks")}}}
    ) as stack:
        assert stack.output("block_buckets")["eu-west-1a"] == "old-blocks"
        assert {r.name for r in stack.registered("aws:s3/bucket:Bucket")} == {"ipfs-edge-console", "ipfs-eu-west-1b-blocks", "ipfs-pinset"}
        assert stack.output("retained")["taken over: blocks of eu-west-1a"] == "arn:aws:s3:::old-blocks"
        assert allowed("s3:GetObject", "arn:aws:s3:::old-blocks/CIQ", policies(stack, task_definition(stack, "eu-west-1a")["taskRoleArn"]))


def test_without_retention_buckets_go_with_their_blocks() -> None:
    with deployed_small({**S3, "storage": {"datastore": "s3", "retainOnDelete": False}}) as stack:
        assert {stack.inputs(r.type, r.name)["forceDestroy"] for r in stack.registered("aws:s3/bucket:Bucket")} == {True}
        assert not [r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete]


def test_without_s3_there_is_nothing_of_it() -> None:
    with deployed_small() as stack:
        assert stack.output("block_buckets") == {}
        assert {r.name for r in stack.registered("aws:s3/bucket:Bucket")} == {"ipfs-edge-console", "ipfs-pinset"}

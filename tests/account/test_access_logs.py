"""The bucket that load balancer and distributions write their access logs to."""

import json

from tests.helpers.edge import balancer
from tests.helpers.support import deployed_small as deployed


def test_access_logs() -> None:
    with deployed({"edge": {"accessLogDays": 14}, "backup": {"pinsetSchedule": "never"}}) as stack:
        s3, elb = stack.client("s3"), stack.client("elbv2")
        (bucket,) = [b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"].startswith("ipfs-access-logs-")]
        attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer(stack)["LoadBalancerArn"])["Attributes"]
        assert {"Key": "access_logs.s3.enabled", "Value": "true"} in attributes
        assert {"Key": "access_logs.s3.bucket", "Value": bucket} in attributes
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 14)
        assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
        deliver, write, deny = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        assert write["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"
        assert write["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/*"}}
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert stack.inputs("aws:s3/bucket:Bucket", "ipfs-access-logs")["forceDestroy"] is True
        (registered,) = stack.registered("aws:lb/loadBalancer:LoadBalancer")
        assert any(urn.endswith("BucketPolicy::ipfs-access-logs") for urn in registered.request.dependencies), "it tries to write when it is made"

        assert deliver["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert deliver["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"
        assert deliver["Condition"] == {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*"},
        }
        logs = stack.account.client("logs", "us-east-1")
        (destination,) = logs.describe_delivery_destinations()["deliveryDestinations"]
        assert destination["outputFormat"] == "json"
        assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": f"arn:aws:s3:::{bucket}"}
        sources = {source["name"]: source for source in logs.describe_delivery_sources()["deliverySources"]}
        delivered = [sources[delivery["deliverySourceName"]] for delivery in logs.describe_deliveries()["deliveries"]]
        ids = [stack.output(f"{role}_distribution_id") for role in ("gateway", "api")]
        assert [(source["logType"], *source["resourceArns"]) for source in delivered] == [
            ("ACCESS_LOGS", f"arn:aws:cloudfront::123456789012:distribution/{id_}") for id_ in ids
        ]
        _, second = stack.registered("aws:cloudwatch/logDelivery:LogDelivery")
        assert any(urn.endswith("LogDelivery::ipfs-edge-logs-gateway") for urn in second.request.dependencies), "AWS refuses two at once"
        for registered in stack.registered("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"):
            assert any(urn.endswith("BucketPolicy::ipfs-access-logs") for urn in registered.request.dependencies), "else AWS adds to the policy"


def test_without_cloudfront_only_the_load_balancer_writes_access_logs() -> None:
    with deployed({"edge": {"mode": "load-balancer", "accessLogDays": 3}}) as stack:
        (bucket,) = [b["Name"] for b in stack.client("s3").list_buckets()["Buckets"] if b["Name"].startswith("ipfs-access-logs-")]
        statements = json.loads(stack.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert [statement.get("Sid") for statement in statements] == ["AccessLogs", "OnlyOverTls"]
        assert not stack.registered("aws:cloudwatch/logDelivery:LogDelivery")

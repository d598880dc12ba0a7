"""Properties as AWS parameters, by botocore's own models."""

from typing import Any

import boto3
import pytest

from sandbox.account.shapes import Names, UnmappedPropertyError, parameters

SESSION = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="eu-west-1")


def mapped(operation: str, properties: dict[str, Any], names: Names | None = None) -> Any:
    """The parameters of an operation, which is named like ``ec2:CreateRoute``."""
    service, _, name = operation.partition(":")
    client: Any = SESSION.client(service)  # type: ignore[call-overload]
    return parameters(properties, client.meta.service_model.operation_model(name).input_shape, names or {})


@pytest.mark.parametrize(
    ("operation", "properties", "wanted"),
    [
        pytest.param("ec2:CreateRoute", {"gatewayId": "igw-1"}, {"GatewayId": "igw-1"}, id="PascalCase"),
        pytest.param("ecs:CreateService", {"enableEcsManagedTags": True}, {"enableECSManagedTags": True}, id="the API's own capitals"),
        pytest.param("efs:CreateAccessPoint", {"posixUser": {"uid": 1000}}, {"PosixUser": {"Uid": 1000}}, id="a structure"),
        pytest.param("efs:CreateFileSystem", {"tags": {"b": "2", "a": "1"}}, {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}, id="tags"),
        pytest.param("ecs:CreateCluster", {"tags": {"a": "1"}}, {"tags": [{"key": "a", "value": "1"}]}, id="tags in lower case"),
        pytest.param("lambda:CreateFunction", {"tags": {"a": "1"}}, {"Tags": {"a": "1"}}, id="tags as a map"),
        pytest.param("cloudwatch:PutMetricAlarm", {"dimensions": {"a": "1"}}, {"Dimensions": [{"Name": "a", "Value": "1"}]}, id="dimensions"),
        pytest.param("cloudwatch:PutMetricAlarm", {"threshold": 1}, {"Threshold": 1.0}, id="a floating-point number"),
        pytest.param("ecs:CreateService", {"serviceRegistries": {"port": 1}}, {"serviceRegistries": [{"port": 1}]}, id="a block that occurs once"),
        pytest.param("ecs:CreateService", {"loadBalancers": [{"containerPort": 1}]}, {"loadBalancers": [{"containerPort": 1}]}, id="a list of blocks"),
        pytest.param(
            "cloudfront:CreateDistribution",
            {"distributionConfig": {"aliases": ["a.example.com"], "origins": []}},
            {"DistributionConfig": {"Aliases": {"Quantity": 1, "Items": ["a.example.com"]}, "Origins": {"Quantity": 0, "Items": []}}},
            id="CloudFront's lists",
        ),
        pytest.param(
            "cloudfront:CreateDistribution",
            {"distributionConfig": {"restrictions": {"geoRestriction": {"restrictionType": "whitelist", "items": ["DE", "FR"]}}}},
            {"DistributionConfig": {"Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Items": ["DE", "FR"], "Quantity": 2}}}},
            id="CloudFront's lists with more beside the items",
        ),
    ],
)
def test_regular_differences_need_no_names(operation: str, properties: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert mapped(operation, properties) == wanted


def test_names_apply_to_a_property_wherever_it_is_or_under_its_parent() -> None:
    rules = {"backupPlan": {"rules": [{"schedule": "rate(1 day)", "lifecycle": {"deleteAfter": 7}}]}}
    names = {"rules.schedule": "ScheduleExpression", "deleteAfter": "DeleteAfterDays"}
    assert mapped("backup:CreateBackupPlan", rules, names) == {
        "BackupPlan": {"Rules": [{"ScheduleExpression": "rate(1 day)", "Lifecycle": {"DeleteAfterDays": 7}}]}
    }


def test_a_name_under_another_parent_does_not_apply() -> None:
    with pytest.raises(UnmappedPropertyError):
        mapped("backup:CreateBackupPlan", {"backupPlan": {"rules": [{"schedule": "rate(1 day)"}]}}, {"plans.schedule": "ScheduleExpression"})


@pytest.mark.parametrize(
    ("operation", "properties", "path"),
    [
        ("ec2:CreateRoute", {"colour": "red"}, "colour"),
        ("efs:CreateAccessPoint", {"rootDirectory": {"creationInfo": {"colour": "red"}}}, "rootDirectory.creationInfo.colour"),
        ("ecs:CreateService", {"loadBalancers": [{"containerPort": 1}, {"colour": "red"}]}, "loadBalancers.colour"),
        ("cloudfront:CreateDistribution", {"distributionConfig": {"origins": [{"colour": "red"}]}}, "distributionConfig.origins.colour"),
    ],
)
def test_a_property_without_a_parameter_is_an_error_with_its_path(operation: str, properties: dict[str, Any], path: str) -> None:
    with pytest.raises(UnmappedPropertyError) as raised:
        mapped(operation, properties)
    assert raised.value.path == path


def test_a_name_that_the_api_does_not_have_is_an_error() -> None:
    with pytest.raises(UnmappedPropertyError, match=r"^gatewayId$"):
        mapped("ec2:CreateRoute", {"gatewayId": "igw-1"}, {"gatewayId": "Colour"})

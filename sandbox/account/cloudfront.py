"""CloudFront: distributions and functions."""

from .aws import Aws
from .registry import creates, records
from .values import Created, Inputs, physical_name

records(
    "aws:cloudfront/cachePolicy:CachePolicy",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "aws:cloudfront/vpcOrigin:VpcOrigin",
)

_HOSTED_ZONE = "Z2FDTNDATAQYW2"  # of all distributions, for alias records

_NAMES = {
    "customHeaders.name": "HeaderName",
    "customHeaders.value": "HeaderValue",
    "geoRestriction.locations": "Items",
    "lambdaFunctionAssociations.lambdaArn": "LambdaFunctionARN",
    "orderedCacheBehaviors": "CacheBehaviors",
    "originGroups.originId": "Id",
    "origins.originId": "Id",
}


def _behavior(given: Inputs) -> Inputs:
    """A cache behavior with both lists of methods in one, as in the API."""
    rest = {key: value for key, value in given.items() if key != "cachedMethods"}
    return {**rest, "allowedMethods": {"items": given["allowedMethods"], "cachedMethods": given["cachedMethods"]}}


@creates(
    "aws:cloudfront/distribution:Distribution",
    reads=(
        "aliases",
        "comment",
        "customErrorResponses",
        "defaultCacheBehavior",
        "enabled",
        "httpVersion",
        "isIpv6Enabled",
        "orderedCacheBehaviors",
        "originGroups",
        "origins",
        "priceClass",
        "restrictions",
        "tags",
        "viewerCertificate",
        "webAclId",
    ),
)
def _distribution(aws: Aws, name: str, inputs: Inputs) -> Created:
    tags = inputs.pop("tags", {})
    inputs["defaultCacheBehavior"] = _behavior(inputs["defaultCacheBehavior"])
    inputs["orderedCacheBehaviors"] = [_behavior(given) for given in inputs.get("orderedCacheBehaviors", [])]
    groups = {group["originId"]: group["members"][0]["originId"] for group in inputs.get("originGroups", [])}
    # Moto takes no group for what a behavior names: it looks for an origin of that name.
    target = inputs["defaultCacheBehavior"]["targetOriginId"]
    inputs["defaultCacheBehavior"]["targetOriginId"] = groups.get(target, target)
    config = {"callerReference": physical_name(name), **inputs}
    given = {"distributionConfigWithTags": {"distributionConfig": config, "tags": {"items": tags}}}
    distribution = aws.send("cloudfront", "create_distribution_with_tags", given, _NAMES)["Distribution"]
    return distribution["Id"], {"arn": distribution["ARN"], "domainName": distribution["DomainName"], "hostedZoneId": _HOSTED_ZONE}


@creates(
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    reads=("description", "originAccessControlOriginType", "signingBehavior", "signingProtocol"),
)
def _origin_access_control(aws: Aws, name: str, inputs: Inputs) -> Created:
    config = {"name": physical_name(name), **inputs}
    made = aws.send("cloudfront", "create_origin_access_control", {"originAccessControlConfig": config})
    return made["OriginAccessControl"]["Id"], {}


@creates(
    "aws:cloudfront/function:Function",
    reads=("code", "comment", "keyValueStoreAssociations", "runtime", "tags"),
    ignored={"publish": "moto has no PublishFunction"},
)
def _function(aws: Aws, name: str, inputs: Inputs) -> Created:
    if stores := inputs.get("keyValueStoreAssociations"):
        inputs["keyValueStoreAssociations"] = [{"keyValueStoreArn": arn} for arn in stores]
    code, tags = inputs.pop("code").encode(), inputs.pop("tags", {})
    given = {"name": physical_name(name), "functionCode": code, "functionConfig": inputs, "tags": {"items": tags}}
    function = aws.send("cloudfront", "create_function", given)["FunctionSummary"]
    return physical_name(name), {"arn": function["FunctionMetadata"]["FunctionARN"]}


@creates("aws:cloudfront/keyValueStore:KeyValueStore", reads=("comment",))
def _key_value_store(aws: Aws, name: str, inputs: Inputs) -> Created:
    store = aws.send("cloudfront", "create_key_value_store", {"name": physical_name(name), **inputs})["KeyValueStore"]
    return store["Name"], {"arn": store["ARN"], "name": store["Name"]}

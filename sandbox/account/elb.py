"""Elastic Load Balancing: load balancers, target groups, listeners and their rules."""

from .acm import certificate_arn
from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name

_LONGEST_NAME = 32  # characters, for target groups too

# The API's names of attributes by the provider's names of properties.
_LOAD_BALANCER_ATTRIBUTES = {
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
}
_TARGET_GROUP_ATTRIBUTES = {"deregistrationDelay": "deregistration_delay.timeout_seconds"}
# The API's names of a health check's settings, where they differ from the provider's with the prefix HealthCheck.
_HEALTH_CHECK = {
    "healthyThreshold": "healthyThresholdCount",
    "interval": "healthCheckIntervalSeconds",
    "matcher": "matcher",
    "timeout": "healthCheckTimeoutSeconds",
    "unhealthyThreshold": "unhealthyThresholdCount",
}
_RENAMED = {
    "fixedResponse": "FixedResponseConfig",
    "httpHeader": "HttpHeaderConfig",
    "httpRequestMethod": "HttpRequestMethodConfig",
    "pathPattern": "PathPatternConfig",
}
_FIELDS = {"httpHeader": "http-header", "httpRequestMethod": "http-request-method", "pathPattern": "path-pattern"}


def _name(name: str) -> str:
    full_name = physical_name(name)
    if len(full_name) > _LONGEST_NAME:
        raise ValueError(f"{full_name} is too long for Elastic Load Balancing")
    return full_name


def _attributes(inputs: Inputs, names: dict[str, str]) -> dict[str, str]:
    """The attributes among the inputs, which are removed from them."""
    return {names[key]: str(inputs.pop(key)).lower() for key in names if key in inputs}


@creates(
    "aws:lb/loadBalancer:LoadBalancer",
    reads=(
        "accessLogs",
        "dropInvalidHeaderFields",
        "idleTimeout",
        "internal",
        "loadBalancerType",
        "preserveHostHeader",
        "securityGroups",
        "subnets",
        "tags",
    ),
)
def _load_balancer(aws: Aws, name: str, inputs: Inputs) -> Created:
    inputs |= {f"accessLogs.{key}": value for key, value in inputs.pop("accessLogs", {}).items()}
    attributes = _attributes(inputs, _LOAD_BALANCER_ATTRIBUTES)
    scheme = "internal" if inputs.pop("internal") else "internet-facing"
    given = {"name": _name(name), "scheme": scheme, **inputs}
    balancer = aws.send("elbv2", "create_load_balancer", given, {"loadBalancerType": "Type"})["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    aws.send("elbv2", "modify_load_balancer_attributes", {"loadBalancerArn": arn, "attributes": attributes})
    return arn, {"arn": arn, "arnSuffix": arn.partition("loadbalancer/")[2], "dnsName": balancer["DNSName"], "zoneId": balancer["CanonicalHostedZoneId"]}


@creates("aws:lb/targetGroup:TargetGroup", reads=("deregistrationDelay", "healthCheck", "port", "protocol", "tags", "targetType", "vpcId"))
def _target_group(aws: Aws, name: str, inputs: Inputs) -> Created:
    attributes, check = _attributes(inputs, _TARGET_GROUP_ATTRIBUTES), inputs.pop("healthCheck")
    settings = {_HEALTH_CHECK.get(key, f"healthCheck{key[0].upper()}{key[1:]}"): value for key, value in check.items()}
    settings["matcher"] = {"httpCode": settings["matcher"]}
    group = aws.send("elbv2", "create_target_group", {"name": _name(name), **settings, **inputs})["TargetGroups"][0]["TargetGroupArn"]
    aws.send("elbv2", "modify_target_group_attributes", {"targetGroupArn": group, "attributes": attributes})
    return group, {"arn": group, "arnSuffix": group.rpartition(":")[2]}


@creates("aws:lb/listener:Listener", reads=("certificateArn", "defaultActions", "loadBalancerArn", "port", "protocol", "sslPolicy", "tags"))
def _listener(aws: Aws, name: str, inputs: Inputs) -> Created:
    if "certificateArn" in inputs:
        inputs["certificates"] = [{"certificateArn": certificate_arn(aws, inputs.pop("certificateArn"))}]
    arn = aws.send("elbv2", "create_listener", inputs, _RENAMED)["Listeners"][0]["ListenerArn"]
    return arn, {"arn": arn}


@creates("aws:lb/listenerRule:ListenerRule", reads=("actions", "conditions", "listenerArn", "priority", "tags"))
def _listener_rule(aws: Aws, name: str, inputs: Inputs) -> Created:
    inputs["conditions"] = [{"field": _FIELDS[next(iter(condition))], **condition} for condition in inputs["conditions"]]
    arn = aws.send("elbv2", "create_rule", inputs, _RENAMED)["Rules"][0]["RuleArn"]
    return arn, {"arn": arn}

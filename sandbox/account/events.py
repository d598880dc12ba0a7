"""EventBridge: rules and their targets."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@creates("aws:cloudwatch/eventRule:EventRule", reads=("description", "eventPattern", "tags"))
def _rule(aws: Aws, name: str, inputs: Inputs) -> Created:
    arn = aws.send("events", "put_rule", {"name": physical_name(name), **inputs})["RuleArn"]
    return physical_name(name), {"arn": arn, "name": physical_name(name)}


@creates("aws:cloudwatch/eventTarget:EventTarget", reads=("arn", "inputTransformer", "rule"))
def _target(aws: Aws, name: str, inputs: Inputs) -> Created:
    rule = inputs.pop("rule")
    aws.send("events", "put_targets", {"rule": rule, "targets": [{"id": physical_name(name), **inputs}]})
    return f"{rule}-{physical_name(name)}", {"targetId": physical_name(name)}

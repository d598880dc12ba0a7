"""CloudWatch Logs: groups, metric filters, and CloudFront's access logs on their way to S3."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@creates("aws:cloudwatch/logGroup:LogGroup", reads=("name", "retentionInDays", "tags"))
def _group(aws: Aws, name: str, inputs: Inputs) -> Created:
    group, days = inputs["name"], inputs.pop("retentionInDays")
    aws.send("logs", "create_log_group", inputs, {"name": "logGroupName"})
    aws.send("logs", "put_retention_policy", {"logGroupName": group, "retentionInDays": days})
    return group, {"arn": aws.arn("logs", f"log-group:{group}")}


@creates("aws:cloudwatch/logMetricFilter:LogMetricFilter", reads=("logGroupName", "metricTransformation", "pattern"))
def _metric_filter(aws: Aws, name: str, inputs: Inputs) -> Created:
    names = {
        "pattern": "filterPattern",
        "metricTransformation": "metricTransformations",
        "metricTransformation.name": "metricName",
        "metricTransformation.namespace": "metricNamespace",
        "metricTransformation.value": "metricValue",
    }
    aws.send("logs", "put_metric_filter", {"filterName": physical_name(name), **inputs}, names)
    return physical_name(name), {"name": physical_name(name)}


@creates("aws:cloudwatch/logDeliverySource:LogDeliverySource", reads=("logType", "region", "resourceArn", "tags"))
def _delivery_source(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    source = aws.send("logs", "put_delivery_source", {"name": physical_name(name), **inputs}, region=region)["deliverySource"]
    return source["name"], {"arn": source["arn"], "name": source["name"]}


@creates(
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    reads=("deliveryDestinationConfiguration", "outputFormat", "region", "tags"),
)
def _delivery_destination(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    destination = aws.send("logs", "put_delivery_destination", {"name": physical_name(name), **inputs}, region=region)["deliveryDestination"]
    return destination["name"], {"arn": destination["arn"], "name": destination["name"]}


@creates("aws:cloudwatch/logDelivery:LogDelivery", reads=("deliveryDestinationArn", "deliverySourceName", "region", "tags"))
def _delivery(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    delivery = aws.send("logs", "create_delivery", inputs, region=region)["delivery"]
    return delivery["id"], {"arn": delivery["arn"]}

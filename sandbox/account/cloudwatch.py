"""CloudWatch: alarms and dashboards."""

from .aws import Aws
from .registry import creates, records
from .values import Created, Inputs, physical_name

records("aws:cloudwatch/compositeAlarm:CompositeAlarm")


def _query(given: Inputs) -> Inputs:
    """A metric query with its metric in the API's form."""
    rest = {"returnData": False, **{key: value for key, value in given.items() if key != "metric"}}
    if "metric" not in given:
        return rest
    metric = dict(given["metric"])
    statistics = {key: metric.pop(key) for key in ("period", "stat") if key in metric}
    return {**rest, "metricStat": {"metric": metric, **statistics}}


@creates(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    reads=(
        "alarmActions",
        "alarmDescription",
        "comparisonOperator",
        "datapointsToAlarm",
        "dimensions",
        "evaluationPeriods",
        "metricName",
        "metricQueries",
        "namespace",
        "okActions",
        "period",
        "region",
        "statistic",
        "tags",
        "threshold",
        "treatMissingData",
        "warmUpConfiguration",
    ),
)
def _metric_alarm(aws: Aws, name: str, inputs: Inputs) -> Created:
    region, alarm = inputs.pop("region", ""), physical_name(name)
    if "metricQueries" in inputs:
        inputs["metrics"] = [_query(given) for given in inputs.pop("metricQueries")]
    aws.send("cloudwatch", "put_metric_alarm", {"alarmName": alarm, **inputs}, region=region)
    arn = aws.client("cloudwatch", region).describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["AlarmArn"]
    return alarm, {"arn": arn, "name": alarm}


@creates("aws:cloudwatch/dashboard:Dashboard", reads=("dashboardBody", "dashboardName"))
def _dashboard(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("cloudwatch", "put_dashboard", inputs)
    return inputs["dashboardName"], {"dashboardArn": f"arn:aws:cloudwatch::{aws.id}:dashboard/{inputs['dashboardName']}"}

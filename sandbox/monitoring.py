"""What watches the cluster, in moto: metric filters, alarms, events, topics, dashboards, budgets, deliveries of access logs."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .common import Created, Inputs, physical_name, tags

if TYPE_CHECKING:
    from .account import Account


def _metric_filter(account: "Account", name: str, inputs: Inputs) -> Created:
    given = inputs["metricTransformation"]
    transformation: dict[str, Any] = {"metricName": given["name"], "metricNamespace": given["namespace"], "metricValue": given["value"]}
    if "defaultValue" in given:
        transformation["defaultValue"] = float(given["defaultValue"])
    if "dimensions" in given:
        transformation["dimensions"] = given["dimensions"]
    account.client("logs").put_metric_filter(
        logGroupName=inputs["logGroupName"], filterName=physical_name(name), filterPattern=inputs["pattern"], metricTransformations=[transformation]
    )
    return physical_name(name), {"name": physical_name(name)}


def _query(given: Inputs) -> dict[str, Any]:
    if "expression" in given:
        return {"Id": given["id"], "Expression": given["expression"], "Label": given["label"], "ReturnData": given["returnData"]}
    metric = given["metric"]
    dimensions = [{"Name": key, "Value": value} for key, value in sorted(metric["dimensions"].items())]
    series = {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": dimensions}
    return {"Id": given["id"], "MetricStat": {"Metric": series, "Period": metric["period"], "Stat": metric["stat"]}, "ReturnData": False}


# What an alarm may have besides, by its name in the API.
_OPTIONAL = {"datapointsToAlarm": "DatapointsToAlarm"}


def _metric_alarm(account: "Account", name: str, inputs: Inputs) -> Created:
    region = inputs.get("region", "")
    client = account.client("cloudwatch", region)
    if "metricQueries" in inputs:
        compared: dict[str, Any] = {"Metrics": [_query(given) for given in inputs["metricQueries"]]}
    else:
        compared = {
            "Namespace": inputs["namespace"],
            "MetricName": inputs["metricName"],
            "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(inputs.get("dimensions", {}).items())],
            "Statistic": inputs["statistic"],
            "Period": inputs["period"],
        }
    compared |= {key: inputs[given] for given, key in _OPTIONAL.items() if given in inputs}
    if "warmUpConfiguration" in inputs:
        compared["WarmUpConfiguration"] = {key[0].upper() + key[1:]: value for key, value in inputs["warmUpConfiguration"].items()}
    client.put_metric_alarm(
        AlarmName=physical_name(name),
        AlarmDescription=inputs["alarmDescription"],
        ComparisonOperator=inputs["comparisonOperator"],
        Threshold=float(inputs["threshold"]),
        EvaluationPeriods=inputs["evaluationPeriods"],
        TreatMissingData=inputs["treatMissingData"],
        AlarmActions=inputs["alarmActions"],
        OKActions=inputs["okActions"],
        Tags=tags(inputs),
        **compared,
    )
    arn = client.describe_alarms(AlarmNames=[physical_name(name)])["MetricAlarms"][0]["AlarmArn"]
    return physical_name(name), {"arn": arn, "name": physical_name(name)}


def _topic(account: "Account", name: str, inputs: Inputs) -> Created:
    arn = account.client("sns", inputs.get("region", "")).create_topic(Name=physical_name(name), Tags=tags(inputs))["TopicArn"]
    return arn, {"arn": arn, "name": physical_name(name)}


def _subscription(account: "Account", name: str, inputs: Inputs) -> Created:
    client = account.client("sns", inputs.get("region", ""))
    attributes = {key[0].upper() + key[1:]: inputs[key] for key in ("filterPolicyScope", "filterPolicy") if key in inputs}
    arn = client.subscribe(
        TopicArn=inputs["topic"], Protocol=inputs["protocol"], Endpoint=inputs["endpoint"], Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return arn, {"arn": arn}


def _topic_policy(account: "Account", name: str, inputs: Inputs) -> Created:
    account.client("sns").set_topic_attributes(TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"])
    return inputs["arn"], {}


def _rule(account: "Account", name: str, inputs: Inputs) -> Created:
    given = {"Name": physical_name(name), "Description": inputs["description"], "EventPattern": inputs["eventPattern"], "Tags": tags(inputs)}
    arn = account.client("events").put_rule(**given)["RuleArn"]
    return physical_name(name), {"arn": arn, "name": physical_name(name)}


def _target(account: "Account", name: str, inputs: Inputs) -> Created:
    target = {"Id": physical_name(name), "Arn": inputs["arn"], "InputTransformer": {"InputTemplate": inputs["inputTransformer"]["inputTemplate"]}}
    account.client("events").put_targets(Rule=inputs["rule"], Targets=[target])
    return f"{inputs['rule']}-{physical_name(name)}", {"targetId": physical_name(name)}


def _delivery_source(account: "Account", name: str, inputs: Inputs) -> Created:
    given = {"name": physical_name(name), "resourceArn": inputs["resourceArn"], "logType": inputs["logType"]}
    made = account.client("logs", inputs.get("region", "")).put_delivery_source(**given, tags=inputs["tags"])["deliverySource"]
    return made["name"], {"arn": made["arn"], "name": made["name"]}


def _delivery_destination(account: "Account", name: str, inputs: Inputs) -> Created:
    made = account.client("logs", inputs.get("region", "")).put_delivery_destination(
        name=physical_name(name),
        outputFormat=inputs["outputFormat"],
        deliveryDestinationConfiguration={"destinationResourceArn": inputs["deliveryDestinationConfiguration"]["destinationResourceArn"]},
        tags=inputs["tags"],
    )["deliveryDestination"]
    return made["name"], {"arn": made["arn"], "name": made["name"]}


def _delivery(account: "Account", name: str, inputs: Inputs) -> Created:
    made = account.client("logs", inputs.get("region", "")).create_delivery(
        deliverySourceName=inputs["deliverySourceName"], deliveryDestinationArn=inputs["deliveryDestinationArn"], tags=inputs["tags"]
    )["delivery"]
    return made["id"], {"arn": made["arn"]}


def _dashboard(account: "Account", name: str, inputs: Inputs) -> Created:
    account.client("cloudwatch").put_dashboard(DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"])
    return inputs["dashboardName"], {"dashboardArn": f"arn:aws:cloudwatch::{account.id}:dashboard/{inputs['dashboardName']}"}


def _budget(account: "Account", name: str, inputs: Inputs) -> Created:
    def notification(given: Inputs) -> dict[str, Any]:
        return {
            "Notification": {
                "NotificationType": given["notificationType"],
                "ComparisonOperator": given["comparisonOperator"],
                "Threshold": given["threshold"],
                "ThresholdType": given["thresholdType"],
            },
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": address} for address in given["subscriberEmailAddresses"]],
        }

    account.client("budgets").create_budget(
        AccountId=account.id,
        Budget={
            "BudgetName": physical_name(name),
            "BudgetType": inputs["budgetType"],
            "TimeUnit": inputs["timeUnit"],
            "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
            "CostFilters": {given["name"]: given["values"] for given in inputs["costFilters"]},
        },
        NotificationsWithSubscribers=[notification(given) for given in inputs["notifications"]],
    )
    return f"{account.id}:{physical_name(name)}", {"name": physical_name(name)}


CREATE: Mapping[str, Callable[["Account", str, Inputs], Created]] = {
    "aws:budgets/budget:Budget": _budget,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/eventRule:EventRule": _rule,
    "aws:cloudwatch/eventTarget:EventTarget": _target,
    "aws:cloudwatch/logDelivery:LogDelivery": _delivery,
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": _delivery_destination,
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": _delivery_source,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _metric_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
}

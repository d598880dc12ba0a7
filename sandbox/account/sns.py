"""SNS: topics, their policies and subscriptions."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name

# The API's names of a subscription's attributes.
_SUBSCRIPTION_ATTRIBUTES = {"filterPolicy": "FilterPolicy", "filterPolicyScope": "FilterPolicyScope"}


@creates("aws:sns/topic:Topic", reads=("region", "tags"))
def _topic(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    arn = aws.send("sns", "create_topic", {"name": physical_name(name), **inputs}, region=region)["TopicArn"]
    return arn, {"arn": arn, "name": physical_name(name)}


@creates("aws:sns/topicSubscription:TopicSubscription", reads=("endpoint", "filterPolicy", "filterPolicyScope", "protocol", "region", "topic"))
def _subscription(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    # moto looks up the policy by the existing scope.
    attributes = {_SUBSCRIPTION_ATTRIBUTES[key]: inputs.pop(key) for key in ("filterPolicyScope", "filterPolicy") if key in inputs}
    given = {**inputs, "attributes": attributes, "returnSubscriptionArn": True}
    arn = aws.send("sns", "subscribe", given, {"topic": "TopicArn"}, region)["SubscriptionArn"]
    return arn, {"arn": arn}


@creates("aws:sns/topicPolicy:TopicPolicy", reads=("arn", "policy"))
def _topic_policy(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.client("sns").set_topic_attributes(TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"])
    return inputs["arn"], {}

"""Budgets."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@creates("aws:budgets/budget:Budget", reads=("budgetType", "costFilters", "limitAmount", "limitUnit", "notifications", "tags", "timeUnit"))
def _budget(aws: Aws, name: str, inputs: Inputs) -> Created:
    def notification(given: Inputs) -> Inputs:
        emails = given["subscriberEmailAddresses"]
        return {
            "notification": {key: value for key, value in given.items() if key != "subscriberEmailAddresses"},
            "subscribers": [{"subscriptionType": "EMAIL", "address": address} for address in emails],
        }

    notifications, tags = inputs.pop("notifications"), inputs.pop("tags", {})
    limit = {"amount": inputs.pop("limitAmount"), "unit": inputs.pop("limitUnit")}
    filters = {given["name"]: given["values"] for given in inputs.pop("costFilters")}
    budget = {"budgetName": physical_name(name), "budgetLimit": limit, "costFilters": filters, **inputs}
    given = {"accountId": aws.id, "budget": budget, "notificationsWithSubscribers": [notification(one) for one in notifications], "resourceTags": tags}
    aws.send("budgets", "create_budget", given)
    return f"{aws.id}:{physical_name(name)}", {"name": physical_name(name)}

"""Budgets."""

from .aws import Aws
from .registry import creates
from .shapes import UnmappedPropertyError
from .values import Created, Inputs, physical_name


def _filters(given: list[Inputs]) -> Inputs:
    for key in sorted({key for one in given for key in one} - {"name", "values"}):
        raise UnmappedPropertyError(f"costFilters.{key}")
    return {one["name"]: one["values"] for one in given}


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
    budget = {"budgetName": physical_name(name), "budgetLimit": limit, "costFilters": _filters(inputs.pop("costFilters")), **inputs}
    given = {"accountId": aws.id, "budget": budget, "notificationsWithSubscribers": [notification(one) for one in notifications], "resourceTags": tags}
    aws.send("budgets", "create_budget", given)
    return f"{aws.id}:{physical_name(name)}", {"name": physical_name(name)}

"""EventBridge Scheduler."""

from .aws import Aws
from .ecs import awsvpc
from .registry import creates
from .values import Created, Inputs, physical_name


@creates("aws:scheduler/schedule:Schedule", reads=("flexibleTimeWindow", "scheduleExpression", "target"))
def _schedule(aws: Aws, name: str, inputs: Inputs) -> Created:
    target = inputs["target"]
    ecs = {**target["ecsParameters"], "networkConfiguration": awsvpc(target["ecsParameters"]["networkConfiguration"])}
    schedule = aws.send("scheduler", "create_schedule", {"name": physical_name(name), **inputs, "target": {**target, "ecsParameters": ecs}})
    return f"default/{physical_name(name)}", {"arn": schedule["ScheduleArn"]}

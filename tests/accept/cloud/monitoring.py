"""CloudWatch, its logs, and CloudTrail."""

import json
from typing import Any

from tests.accept.cloud.base import Base, error
from tests.helpers.world import ACCOUNT


class Monitoring(Base):
    """CloudWatch, its logs, and CloudTrail."""

    def cloudwatch_describe_alarms(self, p: Any) -> dict[str, Any]:
        names = self._ids("aws:cloudwatch/metricAlarm:MetricAlarm")
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": self.alarm_states.get(name, "OK"), "AlarmActions": ["arn:aws:sns:topic"]} for name in names]}

    def cloudwatch_describe_alarm_history(self, p: Any) -> dict[str, Any]:
        return {
            "AlarmHistoryItems": [
                {"AlarmName": name, "Timestamp": self._when(at), "HistorySummary": "Alarm updated from OK to ALARM"}
                for name, at in self.rang
                if p["StartDate"] <= self._when(at) <= p["EndDate"]
            ]
        }

    def cloudwatch_get_dashboard(self, p: Any) -> dict[str, Any]:
        return {"DashboardName": p["DashboardName"], "DashboardBody": json.dumps({"widgets": [{"type": "alarm"}]})}

    def cloudwatch_get_metric_statistics(self, p: Any) -> dict[str, Any]:
        value = self.memory.pop(0) if p["MetricName"] == "MemoryUtilization" and self.memory else 1024.0 * 1024
        return {"Datapoints": [{"Timestamp": p["StartTime"], p["Statistics"][0]: value}]}

    def cloudtrail_lookup_events(self, p: Any) -> dict[str, Any]:
        wanted = p["LookupAttributes"][0]["AttributeValue"]
        return {"Events": [{"CloudTrailEvent": json.dumps(event)} for event in [*self.trail, *self._usual_trail()] if event["eventName"] == wanted]}

    def _usual_trail(self) -> list[dict[str, Any]]:
        events = [{"eventName": "PutBackupPolicy", "requestParameters": {"fileSystemId": id_}} for id_ in self._ids("aws:efs/fileSystem:FileSystem", True)]
        events += [{"eventName": "DeleteVpcOrigin", "requestParameters": {"id": id_}} for id_ in self._ids("aws:cloudfront/vpcOrigin:VpcOrigin", True)]
        events += [{"eventName": "DeleteVpc", "requestParameters": {"vpcId": id_}} for id_ in self._ids("aws:ec2/vpc:Vpc", True)]
        roles = self._ids("aws:iam/role:Role", True)
        events += [
            {
                "eventName": "AssumeRole",
                "requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{id_}"},
                "userIdentity": {"invokedBy": "ecs-tasks.amazonaws.com"},
            }
            for id_ in roles
        ]
        return [{**event, "eventTime": "2026-11-24T12:00:00Z"} for event in events]

    def logs_filter_log_events(self, p: Any) -> dict[str, Any]:
        if p["logGroupName"].endswith("/metrics"):
            return {"events": [{"message": json.dumps(record)} for record in self.records]}
        number = p["logStreamNamePrefix"].rpartition("/")[2]
        task = next(task for arn, task in self.tasks.items() if arn.endswith(f"/{number}"))
        return {"events": [{"message": line} for line in task["lines"]]}

    def logs_describe_log_groups(self, p: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in sorted(self.log_groups) if name.startswith(p["logGroupNamePrefix"])]}

    def logs_delete_log_group(self, p: Any) -> dict[str, Any]:
        if p["logGroupName"] not in self.log_groups:
            raise error("ResourceNotFoundException")
        self.log_groups.remove(p["logGroupName"])
        return {}

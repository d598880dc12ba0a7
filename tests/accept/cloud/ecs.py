"""Amazon ECS: tasks, task definitions, services and their deployments."""

from typing import Any

from tests.accept.cloud.base import NEW, OLD, Base
from tests.helpers.world import ACCOUNT, REGION


class Ecs(Base):
    """Amazon ECS: tasks, task definitions, services and their deployments."""

    def ecs_describe_services(self, p: Any) -> dict[str, Any]:
        found = []
        for name in (one.rpartition("/")[2] for one in p["services"]):
            network = {"awsvpcConfiguration": {"subnets": ["subnet-0000000000a"], "securityGroups": ["sg-00000000nodes"], "assignPublicIp": "ENABLED"}}
            if name in self.own_services:
                found.append({**self.own_services[name], "serviceName": name, "networkConfiguration": network})
            elif name in self.world.services():
                of = self.world.services()[name]
                found.append(
                    {
                        "serviceName": name,
                        "status": "ACTIVE",
                        "taskDefinition": of["taskDefinition"],
                        "runningCount": of["runningCount"],
                        "desiredCount": 1,
                        "networkConfiguration": network,
                        "deployments": [],
                    }
                )
        return {"services": found}

    def ecs_list_tasks(self, p: Any) -> dict[str, Any]:
        if "startedBy" in p:
            return {"taskArns": [arn for arn, task in self.tasks.items() if task["startedBy"] == p["startedBy"] and task["lastStatus"] != "STOPPED"]}
        if p.get("desiredStatus") == "STOPPED":
            return {"taskArns": []}
        return {"taskArns": [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/{p['serviceName']}-{NEW if p['serviceName'] in self.killed else OLD}"]}

    def ecs_describe_tasks(self, p: Any) -> dict[str, Any]:
        return {"tasks": [self._task(arn) for arn in p["tasks"]]}

    def _task(self, arn: str) -> dict[str, Any]:
        if arn not in self.tasks:
            return {"taskArn": arn, "lastStatus": "RUNNING", "healthStatus": "HEALTHY", "containers": [{"name": "metrics", "lastStatus": "RUNNING"}]}
        task = self.tasks[arn]
        task["looks"] += 1
        if task["looks"] > 2 and task["lastStatus"] == "RUNNING":
            code, reason, task["lines"] = self.task_script(task["what"])
            task |= {"lastStatus": "STOPPED", "exit": code, "reason": reason}
        containers = [{"name": name, "exitCode": task.get("exit", 0)} for name in task["containers"]]
        return {"taskArn": arn, "lastStatus": task["lastStatus"], "stoppedReason": task.get("reason", ""), "containers": containers}

    def ecs_stop_task(self, p: Any) -> dict[str, Any]:
        if p["task"] in self.tasks:
            self.tasks[p["task"]]["lastStatus"] = "STOPPED"
        else:
            self.killed.add(p["task"].rpartition("/")[2].rpartition("-")[0])
        return {"task": {"taskArn": p["task"]}}

    def ecs_run_task(self, p: Any) -> dict[str, Any]:
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/{len(self.tasks)}"
        definition = self.revisions.get(p["taskDefinition"])
        names = [one["name"] for one in definition["containerDefinitions"]] if definition else ["pins", "upload"]
        what = names[0]
        self.tasks[arn] = {"startedBy": p["startedBy"], "lastStatus": "RUNNING", "looks": 0, "what": what, "containers": names, "lines": []}
        return {"tasks": [{"taskArn": arn}], "failures": []}

    def ecs_register_task_definition(self, p: Any) -> dict[str, Any]:
        number = 1 + sum(one["family"] == p["family"] for one in self.revisions.values())
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{p['family']}:{number}"
        self.revisions[arn] = {**{key: value for key, value in p.items() if key != "tags"}, "taskDefinitionArn": arn, "status": "ACTIVE"}
        return {"taskDefinition": self.revisions[arn]}

    def ecs_describe_task_definition(self, p: Any) -> dict[str, Any]:
        arn = p["taskDefinition"]
        if arn in self.revisions:
            return {"taskDefinition": self.revisions[arn]}
        known = self.world.revisions()[arn]
        names = ["configure", "ipfs", "ipfs-cluster"] if len(known["images"]) == 3 else [f"c{i}" for i in range(len(known["images"]))]
        names = known.get("containers", names)
        containers = [
            {
                "name": name,
                "image": image,
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/g", "awslogs-region": REGION}},
                **({"restartPolicy": self.container_restart_policy} if self.container_restart_policy else {}),
            }
            for name, image in zip(names, known["images"], strict=True)
        ]
        return {
            "taskDefinition": {
                "taskDefinitionArn": arn,
                "family": known["family"],
                "status": "ACTIVE" if known["active"] else "INACTIVE",
                "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
                "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
                "containerDefinitions": containers,
            }
        }

    def ecs_list_task_definitions(self, p: Any) -> dict[str, Any]:
        wanted = p.get("status", "ACTIVE")
        of_stack = {arn: one for arn, one in self.world.revisions().items() if one["active"] == (wanted == "ACTIVE") and not one.get("deleted")}
        own = {arn: one for arn, one in self.revisions.items() if one["status"] == wanted}
        return {"taskDefinitionArns": [arn for arn, one in {**of_stack, **own}.items() if one["family"].startswith(p["familyPrefix"])]}

    def ecs_deregister_task_definition(self, p: Any) -> dict[str, Any]:
        if p["taskDefinition"] in self.revisions:
            self.revisions[p["taskDefinition"]]["status"] = "INACTIVE"
            return {"taskDefinition": self.revisions[p["taskDefinition"]]}
        with self.world.change() as content:
            content["revisions"][p["taskDefinition"]]["active"] = False
        return {}

    def ecs_delete_task_definitions(self, p: Any) -> dict[str, Any]:
        for arn in p["taskDefinitions"]:
            if self.revisions.pop(arn, None) is None:
                with self.world.change() as content:
                    content["revisions"][arn]["deleted"] = True
        return {}

    def ecs_create_service(self, p: Any) -> dict[str, Any]:
        self._rollout(p["serviceName"], p["taskDefinition"], "")
        return {"service": {"serviceName": p["serviceName"]}}

    def ecs_update_service(self, p: Any) -> dict[str, Any]:
        self._rollout(p["service"], p["taskDefinition"], self.own_services[p["service"]]["taskDefinition"])
        return {"service": {"serviceName": p["service"]}}

    def _rollout(self, name: str, revision: str, before: str) -> None:
        bad = "no-such-tag" in self.revisions[revision]["containerDefinitions"][0]["image"]
        runs = before if bad else revision
        state = "FAILED" if bad and not before else "COMPLETED"
        deployment = {"status": "PRIMARY", "taskDefinition": runs or revision, "rolloutState": state, "rolloutStateReason": f"deployment {state.lower()}"}
        self.own_services[name] = {"status": "ACTIVE", "taskDefinition": runs or revision, "runningCount": 1 if runs else 0, "deployments": [deployment]}

    def ecs_list_service_deployments(self, p: Any) -> dict[str, Any]:
        failed = self.own_services[p["service"]]["deployments"][0]["rolloutState"] == "FAILED"
        return {"serviceDeployments": [{"status": "ROLLBACK_FAILED" if failed else "SUCCESSFUL"}]}

    def ecs_delete_service(self, p: Any) -> dict[str, Any]:
        self.own_services.pop(p["service"])
        return {}

    def ecs_describe_clusters(self, p: Any) -> dict[str, Any]:
        return {"clusters": [{"status": "INACTIVE"}]}

"""ECS: the cluster, task definitions, services. The registries of images."""

import json

from .aws import Aws
from .efs import file_system_id
from .registry import creates, looks_up, records
from .values import Created, Inputs, physical_name

records("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")


def awsvpc(network: Inputs) -> Inputs:
    """A task's network in the API's form."""
    return {"awsvpcConfiguration": {**network, "assignPublicIp": "ENABLED" if network["assignPublicIp"] else "DISABLED"}}


@creates("aws:ecs/cluster:Cluster", reads=("settings", "tags"))
def _cluster(aws: Aws, name: str, inputs: Inputs) -> Created:
    cluster = aws.send("ecs", "create_cluster", {"clusterName": physical_name(name), **inputs})["cluster"]
    return cluster["clusterArn"], {"arn": cluster["clusterArn"], "name": cluster["clusterName"]}


@creates("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", reads=("capacityProviders", "clusterName"))
def _capacity_providers(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("ecs", "put_cluster_capacity_providers", {**inputs, "defaultCapacityProviderStrategy": []}, {"clusterName": "cluster"})
    return inputs["clusterName"], {}


@creates(
    "aws:ecs/taskDefinition:TaskDefinition",
    reads=(
        "containerDefinitions",
        "cpu",
        "executionRoleArn",
        "family",
        "memory",
        "networkMode",
        "requiresCompatibilities",
        "runtimePlatform",
        "tags",
        "taskRoleArn",
        "volumes",
    ),
    ignored={"skipDestroy": "only the provider uses it, when it deletes the resource"},
)
def _task_definition(aws: Aws, name: str, inputs: Inputs) -> Created:
    def volume(given: Inputs) -> Inputs:
        efs = given.get("efsVolumeConfiguration")
        return {**given, "efsVolumeConfiguration": {**efs, "fileSystemId": file_system_id(aws, efs["fileSystemId"])}} if efs else given

    inputs["containerDefinitions"] = json.loads(inputs["containerDefinitions"])
    inputs["volumes"] = [volume(given) for given in inputs["volumes"]]
    definition = aws.send("ecs", "register_task_definition", inputs)["taskDefinition"]
    return inputs["family"], {"arn": definition["taskDefinitionArn"], "revision": definition["revision"]}


@creates(
    "aws:ecs/service:Service",
    reads=(
        "availabilityZoneRebalancing",
        "capacityProviderStrategies",
        "cluster",
        "deploymentCircuitBreaker",
        "deploymentMaximumPercent",
        "deploymentMinimumHealthyPercent",
        "desiredCount",
        "enableEcsManagedTags",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
        "loadBalancers",
        "name",
        "networkConfiguration",
        "propagateTags",
        "serviceRegistries",
        "tags",
        "taskDefinition",
    ),
    ignored={
        "forceNewDeployment": "a parameter of updates only",
        "waitForSteadyState": "only the provider uses it, to wait",
    },
)
def _service(aws: Aws, name: str, inputs: Inputs) -> Created:
    inputs["networkConfiguration"] = awsvpc(inputs["networkConfiguration"])
    inputs["deploymentConfiguration"] = {
        "minimumHealthyPercent": inputs.pop("deploymentMinimumHealthyPercent"),
        "maximumPercent": inputs.pop("deploymentMaximumPercent"),
        "deploymentCircuitBreaker": inputs.pop("deploymentCircuitBreaker"),
    }
    names = {"name": "serviceName", "capacityProviderStrategies": "capacityProviderStrategy"}
    service = aws.send("ecs", "create_service", inputs, names)["service"]
    return service["serviceArn"], {"arn": service["serviceArn"]}


@looks_up("aws:ecs/getService:getService", reads=("clusterArn", "serviceName"))
def _get_service(aws: Aws, args: Inputs) -> Inputs:
    (service,) = aws.client("ecs").describe_services(cluster=args["clusterArn"], services=[args["serviceName"]])["services"]
    # moto starts no tasks. The sandbox may start them later.
    steady = f"(service {args['serviceName']}) has reached a steady state."
    return {
        "id": service["serviceArn"],
        "serviceName": service["serviceName"],
        "taskDefinition": service["taskDefinition"],
        "runningCount": service["desiredCount"],
        "events": [{"id": "1", "createdAt": "", "message": steady}],
    }

"""EFS: file systems, access points, mount targets."""

from .aws import Aws
from .registry import creates, looks_up, records
from .values import Created, Inputs, physical_name

records("aws:efs/backupPolicy:BackupPolicy")


def file_system_id(aws: Aws, given: str) -> str:
    """A file system's ID in moto. A file system that only the user's account has is replaced by an empty one with its ID as name."""
    if given not in aws.file_systems:
        efs = aws.client("efs")
        if given in {system["FileSystemId"] for system in efs.describe_file_systems()["FileSystems"]}:
            aws.file_systems[given] = given
        else:
            created = efs.create_file_system(CreationToken=given, Encrypted=True, Tags=[{"Key": "Name", "Value": given}])
            aws.file_systems[given] = created["FileSystemId"]
    return aws.file_systems[given]


@creates(
    "aws:efs/fileSystem:FileSystem",
    reads=("availabilityZoneName", "encrypted", "kmsKeyId", "lifecyclePolicies", "provisionedThroughputInMibps", "tags", "throughputMode"),
)
def _file_system(aws: Aws, name: str, inputs: Inputs) -> Created:
    policies = inputs.pop("lifecyclePolicies", None)
    system = aws.send("efs", "create_file_system", {"creationToken": physical_name(name), **inputs})
    id_ = aws.file_systems[system["FileSystemId"]] = system["FileSystemId"]
    if policies is not None:
        aws.send("efs", "put_lifecycle_configuration", {"fileSystemId": id_, "lifecyclePolicies": policies})
    return id_, {"arn": system["FileSystemArn"]}


@creates("aws:efs/accessPoint:AccessPoint", reads=("fileSystemId", "posixUser", "rootDirectory", "tags"))
def _access_point(aws: Aws, name: str, inputs: Inputs) -> Created:
    inputs["fileSystemId"] = file_system_id(aws, inputs["fileSystemId"])
    point = aws.send("efs", "create_access_point", {"clientToken": physical_name(name), **inputs})
    return point["AccessPointId"], {"arn": point["AccessPointArn"]}


@creates("aws:efs/fileSystemPolicy:FileSystemPolicy", reads=("fileSystemId", "policy"))
def _file_system_policy(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("efs", "put_file_system_policy", {**inputs, "fileSystemId": file_system_id(aws, inputs["fileSystemId"])})
    return inputs["fileSystemId"], {}


@creates("aws:efs/mountTarget:MountTarget", reads=("fileSystemId", "securityGroups", "subnetId"))
def _mount_target(aws: Aws, name: str, inputs: Inputs) -> Created:
    inputs["fileSystemId"] = file_system_id(aws, inputs["fileSystemId"])
    return aws.send("efs", "create_mount_target", inputs)["MountTargetId"], {}


@looks_up("aws:efs/getAccessPoints:getAccessPoints", reads=("fileSystemId",))
def _get_access_points(aws: Aws, args: Inputs) -> Inputs:
    points = aws.send("efs", "describe_access_points", args)["AccessPoints"]
    ids, arns = [point["AccessPointId"] for point in points], [point["AccessPointArn"] for point in points]
    return {"id": args["fileSystemId"], "fileSystemId": args["fileSystemId"], "ids": ids, "arns": arns}

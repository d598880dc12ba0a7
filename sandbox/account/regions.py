"""Look-ups of the Region, account and partition, and the search by tags."""

from .aws import Aws
from .registry import looks_up
from .values import Inputs


@looks_up("aws:index/getCallerIdentity:getCallerIdentity")
def _get_caller_identity(aws: Aws, args: Inputs) -> Inputs:
    return {"id": aws.id, "accountId": aws.id, "arn": f"arn:aws:iam::{aws.id}:root", "userId": aws.id}


@looks_up("aws:index/getPartition:getPartition")
def _get_partition(aws: Aws, args: Inputs) -> Inputs:
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}


@looks_up("aws:index/getRegion:getRegion")
def _get_region(aws: Aws, args: Inputs) -> Inputs:
    return {"id": aws.region, "region": aws.region, "name": aws.region}


@looks_up("aws:resourcegroupstaggingapi/getResources:getResources", reads=("resourceTypeFilters", "tagFilters"))
def _get_resources(aws: Aws, args: Inputs) -> Inputs:
    resources = aws.send("resourcegroupstaggingapi", "get_resources", args)["ResourceTagMappingList"]
    mappings = [{"resourceArn": one["ResourceARN"], "tags": {tag["Key"]: tag["Value"] for tag in one["Tags"]}, "complianceDetails": []} for one in resources]
    return {"id": aws.region, "resourceTagMappingLists": mappings}

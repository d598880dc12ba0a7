"""Route 53: records in the user's hosted zone."""

from typing import Any

from moto.route53.models import route53_backends

from .aws import Aws
from .registry import creates, looks_up
from .values import Created, Inputs

_NAMES = {"aliasTarget.name": "DNSName", "aliasTarget.zoneId": "HostedZoneId", "records": "ResourceRecords", "zoneId": "HostedZoneId"}


def add_hosted_zone(account: str, id_: str, name: str) -> None:
    """Makes a public hosted zone with an ID of one's choice. Use it inside ``moto.mock_aws()``, or in a process that is moto's alone."""
    backend = route53_backends[account]["aws"]
    made = backend.create_hosted_zone(name, private_zone=False)
    del backend.zones[made.resource_id]
    made.resource_id = id_
    backend.zones[id_] = made


def zone_in_moto(account: str, id_: str) -> Any:
    """A hosted zone as moto holds it."""
    return route53_backends[account]["aws"].zones[id_]


@creates("aws:route53/record:Record", reads=("aliases", "allowOverwrite", "name", "records", "ttl", "type", "zoneId"))
def _record(aws: Aws, name: str, inputs: Inputs) -> Created:
    zone, action = inputs.pop("zoneId"), "UPSERT" if inputs.pop("allowOverwrite", False) else "CREATE"
    if "aliases" in inputs:
        (inputs["aliasTarget"],) = inputs.pop("aliases")
    if "records" in inputs:
        inputs["records"] = [{"value": value} for value in inputs["records"]]
    changes = [{"action": action, "resourceRecordSet": inputs}]
    aws.send("route53", "change_resource_record_sets", {"zoneId": zone, "changeBatch": {"changes": changes}}, _NAMES)
    return f"{zone}_{inputs['name']}_{inputs['type']}", {"fqdn": inputs["name"]}


@creates("aws:route53/zoneAssociation:ZoneAssociation", reads=("vpcId", "vpcRegion", "zoneId"))
def _zone_association(aws: Aws, name: str, inputs: Inputs) -> Created:
    vpc = {"VPCRegion": inputs["vpcRegion"], "VPCId": inputs["vpcId"]}
    aws.client("route53").associate_vpc_with_hosted_zone(HostedZoneId=inputs["zoneId"], VPC=vpc)
    return f"{inputs['zoneId']}:{inputs['vpcId']}:{inputs['vpcRegion']}", {"owningAccount": aws.id}


@looks_up("aws:route53/getZone:getZone", reads=("zoneId",))
def _get_zone(aws: Aws, args: Inputs) -> Inputs:
    zone = aws.client("route53").get_hosted_zone(Id=args["zoneId"])["HostedZone"]
    return {"id": args["zoneId"], "zoneId": args["zoneId"], "name": zone["Name"].removesuffix("."), "privateZone": zone["Config"]["PrivateZone"]}

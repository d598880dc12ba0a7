"""Route 53: records in the user's hosted zone."""

from .aws import Aws
from .registry import creates, looks_up
from .values import Created, Inputs

_NAMES = {"aliasTarget.name": "DNSName", "aliasTarget.zoneId": "HostedZoneId", "records": "ResourceRecords", "zoneId": "HostedZoneId"}


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


@looks_up("aws:route53/getZone:getZone", reads=("zoneId",))
def _get_zone(aws: Aws, args: Inputs) -> Inputs:
    zone = aws.client("route53").get_hosted_zone(Id=args["zoneId"])["HostedZone"]
    return {"id": args["zoneId"], "zoneId": args["zoneId"], "name": zone["Name"].removesuffix("."), "privateZone": zone["Config"]["PrivateZone"]}

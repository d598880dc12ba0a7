"""EC2: the VPC, security groups, prefix lists."""

from typing import Any

from .aws import Aws
from .errors import NotInAccountError
from .registry import creates, looks_up
from .values import Created, Inputs, physical_name

# The provider's names of the arguments of a query for subnets, by the API's names of filters.
_SUBNET_FILTERS = {"id": "subnet-id", "vpcId": "vpc-id", "availabilityZone": "availability-zone", "defaultForAz": "default-for-az"}


def _tag_specifications(inputs: Inputs, resource: str) -> Inputs:
    """The inputs with the tags in EC2's form: EC2 accepts them for everything that an operation creates."""
    rest = {key: value for key, value in inputs.items() if key != "tags"}
    return {**rest, "tagSpecifications": [{"resourceType": resource, "tags": inputs["tags"]}]} if inputs.get("tags") else rest


@creates("aws:ec2/vpc:Vpc", reads=("cidrBlock", "enableDnsHostnames", "enableDnsSupport", "tags"))
def _vpc(aws: Aws, name: str, inputs: Inputs) -> Created:
    attributes = {"EnableDnsSupport": inputs.pop("enableDnsSupport", True), "EnableDnsHostnames": inputs.pop("enableDnsHostnames", False)}
    vpc = aws.send("ec2", "create_vpc", _tag_specifications(inputs, "vpc"))["Vpc"]["VpcId"]
    for attribute, value in attributes.items():
        aws.send("ec2", "modify_vpc_attribute", {"vpcId": vpc, attribute: {"value": value}})
    return vpc, {"arn": aws.arn("ec2", f"vpc/{vpc}")}


@creates("aws:ec2/internetGateway:InternetGateway", reads=("tags", "vpcId"))
def _internet_gateway(aws: Aws, name: str, inputs: Inputs) -> Created:
    vpc = inputs.pop("vpcId")
    gateway = aws.send("ec2", "create_internet_gateway", _tag_specifications(inputs, "internet-gateway"))["InternetGateway"]["InternetGatewayId"]
    aws.send("ec2", "attach_internet_gateway", {"internetGatewayId": gateway, "vpcId": vpc})
    return gateway, {}


@creates("aws:ec2/routeTable:RouteTable", reads=("tags", "vpcId"))
def _route_table(aws: Aws, name: str, inputs: Inputs) -> Created:
    return aws.send("ec2", "create_route_table", _tag_specifications(inputs, "route-table"))["RouteTable"]["RouteTableId"], {}


@creates("aws:ec2/route:Route", reads=("destinationCidrBlock", "gatewayId", "region", "routeTableId", "vpcPeeringConnectionId"))
def _route(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    aws.send("ec2", "create_route", inputs, region=region)
    return f"r-{inputs['routeTableId']}", {}


@creates("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", reads=("peerOwnerId", "peerRegion", "peerVpcId", "region", "tags", "vpcId"))
def _peering(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    made = aws.send("ec2", "create_vpc_peering_connection", _tag_specifications(inputs, "vpc-peering-connection"), region=region)
    return made["VpcPeeringConnection"]["VpcPeeringConnectionId"], {}


@creates("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", reads=("autoAccept", "region", "tags", "vpcPeeringConnectionId"))
def _peering_accepter(aws: Aws, name: str, inputs: Inputs) -> Created:
    region, connection = inputs.pop("region", ""), inputs["vpcPeeringConnectionId"]
    if inputs["autoAccept"]:
        aws.send("ec2", "accept_vpc_peering_connection", {"vpcPeeringConnectionId": connection}, region=region)
    aws.send("ec2", "create_tags", {"resources": [connection], "tags": inputs["tags"]}, region=region)
    return connection, {}


@creates("aws:ec2/vpcEndpoint:VpcEndpoint", reads=("routeTableIds", "serviceName", "tags", "vpcEndpointType", "vpcId"))
def _vpc_endpoint(aws: Aws, name: str, inputs: Inputs) -> Created:
    return aws.send("ec2", "create_vpc_endpoint", _tag_specifications(inputs, "vpc-endpoint"))["VpcEndpoint"]["VpcEndpointId"], {}


@creates("aws:ec2/subnet:Subnet", reads=("availabilityZone", "cidrBlock", "tags", "vpcId"))
def _subnet(aws: Aws, name: str, inputs: Inputs) -> Created:
    subnet = aws.send("ec2", "create_subnet", _tag_specifications(inputs, "subnet"))["Subnet"]
    return subnet["SubnetId"], {"arn": subnet["SubnetArn"], "availabilityZoneId": subnet["AvailabilityZoneId"]}


@creates("aws:ec2/routeTableAssociation:RouteTableAssociation", reads=("routeTableId", "subnetId"))
def _route_table_association(aws: Aws, name: str, inputs: Inputs) -> Created:
    return aws.send("ec2", "associate_route_table", inputs)["AssociationId"], {}


@creates("aws:ec2/securityGroup:SecurityGroup", reads=("description", "tags", "vpcId"))
def _security_group(aws: Aws, name: str, inputs: Inputs) -> Created:
    given = {"groupName": physical_name(name), **_tag_specifications(inputs, "security-group")}
    group = aws.send("ec2", "create_security_group", given)["GroupId"]
    # AWS adds a rule that allows all outbound traffic; the provider removes it.
    allowed = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    if allowed:
        aws.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=allowed)
    return group, {"arn": aws.arn("ec2", f"security-group/{group}"), "name": physical_name(name)}


_RULE = ("cidrIpv4", "description", "fromPort", "ipProtocol", "referencedSecurityGroupId", "region", "securityGroupId", "tags", "toPort")
# The API's lists of a rule's sources and targets, by the provider's names of a single one.
_ALLOWED = {"cidrIpv4": ("ipRanges", "cidrIp"), "prefixListId": ("prefixListIds", "prefixListId"), "referencedSecurityGroupId": ("userIdGroupPairs", "groupId")}


def _rule(aws: Aws, inputs: Inputs, operation: str) -> Created:
    ports: Inputs = {key: inputs[key] for key in ("ipProtocol", "fromPort", "toPort") if key in inputs}
    allowed: Inputs = {of: [{key: inputs[given], "description": inputs["description"]}] for given, (of, key) in _ALLOWED.items() if given in inputs}
    rule: Inputs = {"groupId": inputs["securityGroupId"], "ipPermissions": [{**ports, **allowed}], "tags": inputs.get("tags")}
    answer = aws.send("ec2", operation, _tag_specifications(rule, "security-group-rule"), region=inputs.get("region", ""))
    return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"], {}


@creates("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", reads=(*_RULE, "prefixListId"))
def _ingress_rule(aws: Aws, name: str, inputs: Inputs) -> Created:
    return _rule(aws, inputs, "authorize_security_group_ingress")


@creates("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", reads=_RULE)
def _egress_rule(aws: Aws, name: str, inputs: Inputs) -> Created:
    return _rule(aws, inputs, "authorize_security_group_egress")


@creates("aws:ec2/managedPrefixList:ManagedPrefixList", reads=("addressFamily", "entries", "maxEntries", "tags"))
def _managed_prefix_list(aws: Aws, name: str, inputs: Inputs) -> Created:
    given = {"prefixListName": physical_name(name), **_tag_specifications(inputs, "prefix-list")}
    prefix_list = aws.send("ec2", "create_managed_prefix_list", given)["PrefixList"]
    return prefix_list["PrefixListId"], {"arn": prefix_list["PrefixListArn"]}


@looks_up("aws:index/getAvailabilityZones:getAvailabilityZones", ignored={"filters": "moto has no filter by opt-in status, and no Local Zones"})
def _get_availability_zones(aws: Aws, args: Inputs) -> Inputs:
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return {"id": aws.region, "names": [zone["ZoneName"] for zone in zones], "zoneIds": [zone["ZoneId"] for zone in zones], "groupNames": [aws.region]}


@looks_up("aws:ec2/getVpc:getVpc", reads=("default", "id"))
def _get_vpc(aws: Aws, args: Inputs) -> Inputs:
    ec2 = aws.client("ec2")
    query: dict[str, Any] = {"VpcIds": [args["id"]]} if "id" in args else {"Filters": [{"Name": "is-default", "Values": [str(args["default"]).lower()]}]}
    vpc = ec2.describe_vpcs(**query)["Vpcs"][0]
    attributes = {
        name: ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[name[0].upper() + name[1:]]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames")
    }
    ranges = [{"cidrBlock": block["CidrBlock"], "state": "associated"} for block in vpc["CidrBlockAssociationSet"]]
    return {"id": vpc["VpcId"], "cidrBlock": vpc["CidrBlock"], "cidrBlockAssociations": ranges, "default": vpc["IsDefault"], **attributes}


@looks_up("aws:ec2/getRouteTables:getRouteTables", reads=("filters", "vpcId"))
def _get_route_tables(aws: Aws, args: Inputs) -> Inputs:
    filters = [{"Name": "vpc-id", "Values": [args["vpcId"]]}, *({"Name": one["name"], "Values": one["values"]} for one in args["filters"])]
    tables = aws.client("ec2").describe_route_tables(Filters=filters)["RouteTables"]
    return {"id": aws.region, "vpcId": args["vpcId"], "ids": sorted(table["RouteTableId"] for table in tables)}


@looks_up("aws:ec2/getSubnet:getSubnet", reads=_SUBNET_FILTERS)
def _get_subnet(aws: Aws, args: Inputs) -> Inputs:
    filters = [{"Name": _SUBNET_FILTERS[key], "Values": [str(value).lower() if isinstance(value, bool) else value]} for key, value in args.items()]
    subnets = aws.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    if len(subnets) != 1:
        raise NotInAccountError(f"{len(subnets)} subnets match {args}")
    (subnet,) = subnets
    return {"id": subnet["SubnetId"], "availabilityZone": subnet["AvailabilityZone"], "cidrBlock": subnet["CidrBlock"], "vpcId": subnet["VpcId"]}


@looks_up("aws:ec2/getManagedPrefixList:getManagedPrefixList", reads=("name",))
def _get_managed_prefix_list(aws: Aws, args: Inputs) -> Inputs:
    lists = aws.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    ids = [one["PrefixListId"] for one in lists if one["PrefixListName"] == args["name"]]
    return {"id": ids[0], "name": args["name"]}

"""The load balancer on AWS: listeners, target groups, subnets, and who reaches it."""

import pytest

from sandbox.account import Account
from tests.helpers.account import NODES, services
from tests.helpers.edge import balancer, distribution, ingress, listeners, records, target_groups, three, with_zone
from tests.helpers.support import Groups
from tests.helpers.support import deployed_small as deployed


@pytest.mark.parametrize("count", [1, 4])
def test_the_load_balancer(count: int) -> None:
    with deployed({"nodes": {"count": count}}) as stack:
        elb, ec2 = stack.client("elbv2"), stack.client("ec2")
        found = balancer(stack)
        assert (found["Type"], found["Scheme"]) == ("application", "internal")
        subnets = ec2.describe_subnets(SubnetIds=[zone["SubnetId"] for zone in found["AvailabilityZones"]])["Subnets"]
        assert len(subnets) == min(3, max(2, count))
        for subnet in subnets:
            (table,) = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}])["RouteTables"]
            assert not [route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"], "private"
        (registered_,) = stack.registered("aws:lb/loadBalancer:LoadBalancer")
        assert any(urn.endswith("InternetGateway::ipfs-network-internet") for urn in registered_.request.dependencies), "VPC origins need it"
        attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=found["LoadBalancerArn"])["Attributes"]}
        assert attributes["idle_timeout.timeout_seconds"] == "600"
        assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
        assert attributes["routing.http.preserve_host_header.enabled"] == "true"
        assert attributes.get("access_logs.s3.enabled", "false") == "false"

        groups = target_groups(stack)
        held = {
            name: (g["Protocol"], g["Port"], g["TargetType"], g["HealthCheckPath"], g["Matcher"]["HttpCode"], g["HealthCheckProtocol"])
            for name, g in groups.items()
        }
        assert held == {
            "ipfs-gateway": ("HTTP", 8080, "ip", "/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn?format=raw", "200,429", "HTTP"),
            "ipfs-api": ("HTTP", 9094, "ip", "/health", "204", "HTTP"),
        }
        for described in groups.values():
            assert (described["HealthCheckIntervalSeconds"], described["HealthCheckTimeoutSeconds"]) == (5, 3)
            assert (described["HealthyThresholdCount"], described["UnhealthyThresholdCount"]) == (2, 3)
            delay = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=described["TargetGroupArn"])["Attributes"]}
            assert delay["deregistration_delay.timeout_seconds"] == "15"

        for port, group in ((80, "ipfs-gateway"), (9094, "ipfs-api")):
            listener = listeners(stack)[port]
            assert listener["Protocol"] == "HTTP"
            assert [(a["Type"], a["TargetGroupArn"]) for a in listener["DefaultActions"]] == [("forward", groups[group]["TargetGroupArn"])]
        assert set(listeners(stack)) == {80, 9094}

        for name, service in services(stack).items():
            registered = {(t["targetGroupArn"], t["containerName"], t["containerPort"]) for t in service["loadBalancers"]}
            assert registered == {
                (groups["ipfs-gateway"]["TargetGroupArn"], "ipfs", 8080),
                (groups["ipfs-api"]["TargetGroupArn"], "ipfs-cluster", 9094),
            }, name
        for node in stack.output("dns_names"):
            inputs = stack.inputs("aws:ecs/service:Service", f"ipfs-{node}-service")
            assert inputs["healthCheckGracePeriodSeconds"] == 600
            (service_,) = (r for r in stack.registered("aws:ecs/service:Service") if r.name == f"ipfs-{node}-service")
            needed = [urn.rpartition(":")[0].rpartition(":")[0].rpartition(":")[2] + " " + urn.rpartition(":")[2] for urn in service_.request.dependencies]
            assert {"Listener ipfs-gateway", "Listener ipfs-api"} <= set(needed), "a target group without a listener takes no targets"


def test_cloudfront_alone_reaches_an_internal_load_balancer() -> None:
    with deployed() as stack:
        origin_facing = "com.amazonaws.global.cloudfront.origin-facing"
        assert ingress(stack, "ipfs-alb-gateway") == [(80, origin_facing)]
        assert ingress(stack, "ipfs-alb-api") == [(9094, origin_facing)]
        groups = {g["GroupId"]: g for g in stack.client("ec2").describe_security_groups()["SecurityGroups"]}
        attached = balancer(stack)["SecurityGroups"]
        assert len(attached) == 2, "the prefix list counts 55 of the 60 rules of a group"
        nodes = services(stack)["ipfs-node-eu-west-1a"]["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        out = {(p["FromPort"], pair["GroupId"]) for group in attached for p in groups[group]["IpPermissionsEgress"] for pair in p["UserIdGroupPairs"]}
        assert out == {(8080, nodes[0]), (9094, nodes[0])}
        assert not [b for group in attached for p in groups[group]["IpPermissionsEgress"] for b in p["IpRanges"]]

        origins = {r.name: stack.inputs(r.type, r.name) for r in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin")}
        for role, port in (("gateway", 80), ("api", 9094)):
            config = origins[f"ipfs-edge-{role}-origin"]["vpcOriginEndpointConfig"]
            name = config.pop("name")
            assert name.startswith(f"ipfs-edge-{role}-origin-")
            assert config == {
                "arn": balancer(stack)["LoadBalancerArn"],
                "httpPort": port,
                "httpsPort": 443,
                "originProtocolPolicy": "http-only",
                "originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1},
            }
        for registration in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin"):
            assert list(registration.request.ignoreChanges) == ["tags", "tagsAll"], "what is in use cannot be changed"
            assert list(registration.request.replaceOnChanges) == ["vpcOriginEndpointConfig"]
            assert any(urn.endswith(("::ipfs-gateway", "::ipfs-api")) for urn in registration.request.dependencies)


def test_a_public_load_balancer_answers_cloudfront_alone() -> None:
    with deployed(three(with_zone(scheme="internet-facing"))) as stack:
        assert balancer(stack)["Scheme"] == "internet-facing"
        public = {r.name for r in stack.registered("aws:ec2/subnet:Subnet")}
        assert public == {f"ipfs-network-public-{zone}" for zone in NODES}
        assert ingress(stack, "ipfs-alb-gateway") == [(443, "com.amazonaws.global.cloudfront.origin-facing")]
        assert ingress(stack, "ipfs-alb-api") == [(9443, "com.amazonaws.global.cloudfront.origin-facing")]
        secret = stack.account.randomness.made["RandomPassword ipfs-credentials-origin-secret"]["value"]
        assert secret.isalnum()
        assert len(secret) == 64
        elb = stack.client("elbv2")
        for port, group in ((443, "ipfs-gateway"), (9443, "ipfs-api")):
            listener = listeners(stack)[port]
            (refusal,) = listener["DefaultActions"]
            assert (refusal["Type"], refusal["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "403")
            (rule,) = (rule for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"] if not rule["IsDefault"])
            (condition,) = rule["Conditions"]
            assert condition["HttpHeaderConfig"] == {"HttpHeaderName": "X-Origin-Secret", "Values": [secret]}
            assert rule["Actions"][0]["TargetGroupArn"] == target_groups(stack)[group]["TargetGroupArn"]
        for which, port in (("gateway", 443), ("api", 9443)):
            origin, *others = distribution(stack, which)["Origins"]["Items"]
            assert origin["DomainName"] == balancer(stack)["DNSName"]
            assert origin["CustomHeaders"]["Items"] == [{"HeaderName": "X-Origin-Secret", "HeaderValue": secret}]
            assert not [other["Id"] for other in others if other["CustomHeaders"].get("Items")], "it is the load balancer's alone"
            config = origin["CustomOriginConfig"]
            assert (config["OriginProtocolPolicy"], config["HTTPSPort"], config["OriginReadTimeout"]) == ("https-only", port, 120)
        assert not stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin")


def test_a_load_balancer_alone_for_named_clients() -> None:
    clients = ["203.0.113.0/24", "198.51.100.7/32"]
    with deployed(with_zone(mode="load-balancer", scheme="internet-facing", allowedCidrs=clients)) as stack:
        assert ingress(stack, "ipfs-alb-gateway") == sorted((443, cidr) for cidr in clients)
        assert ingress(stack, "ipfs-alb-api") == sorted((9443, cidr) for cidr in clients)
        assert {listener["Protocol"] for listener in listeners(stack).values()} == {"HTTPS"}
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://gateway.ipfs.example.com", "https://api.ipfs.example.com:9443")
        assert not [r for r in stack.deployment.registrations if "cloudfront" in r.type]
        assert not stack.registered("aws:lb/listenerRule:ListenerRule")
        names = {(record["Name"], record["Type"]) for record in records(stack) if "AliasTarget" in record}
        assert names == {("gateway.ipfs.example.com.", "A"), ("api.ipfs.example.com.", "A")}
        assert {record["AliasTarget"]["DNSName"].rstrip(".") for record in records(stack) if "AliasTarget" in record} == {balancer(stack)["DNSName"]}


def test_a_load_balancer_alone_for_the_vpc() -> None:
    with deployed({"edge": {"mode": "load-balancer"}, "api": {"pinningService": True}}) as stack:
        assert balancer(stack)["Scheme"] == "internal"
        for group, port in (("gateway", 80), ("api", 9094), ("pinning", 9097)):
            ((found, prefix_list),) = ingress(stack, f"ipfs-alb-{group}")
            assert found == port
            assert prefix_list.startswith("ipfs-network-ranges-")
        ec2 = stack.client("ec2")
        (own,) = (known for known in ec2.describe_managed_prefix_lists()["PrefixLists"] if known["PrefixListName"].startswith("ipfs-"))
        entries = ec2.get_managed_prefix_list_entries(PrefixListId=own["PrefixListId"])["Entries"]
        assert [entry["Cidr"] for entry in entries] == ["10.94.0.0/16"]
        dns = balancer(stack)["DNSName"]
        assert stack.output("gateway_url") == f"http://{dns}"
        assert stack.output("api_url") == f"http://{dns}:9094"
        assert stack.output("pinning_service_url") == f"http://{dns}:9097"
        assert f"--host /dns4/{dns}/tcp/9094 --force-http" in stack.output("ctl_command")


def test_no_edge() -> None:
    with deployed({"edge": {"mode": "none"}, "api": {"pinningService": True}}) as stack:
        assert stack.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
        assert stack.client("cloudfront").list_distributions()["DistributionList"].get("Items", []) == []
        within = [(port, source) for port, source in ingress(stack, "ipfs-network-nodes") if source.startswith("ipfs-network-ranges-")]
        assert [port for port, _ in within] == [8080, 9094, 9097]
        for service in services(stack).values():
            assert service["loadBalancers"] == []
        inputs = stack.inputs("aws:ecs/service:Service", "ipfs-eu-west-1a-service")
        assert "healthCheckGracePeriodSeconds" not in inputs
        assert {stack.output(name) for name in ("gateway_url", "api_url", "ctl_command", "pinning_service_url", "gateway_distribution_id")} == {None}
        assert not [r for r in stack.registered("aws:ec2/subnet:Subnet") if "private" in r.name]


def test_subnets_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        ec2 = account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

        def subnets(first: int) -> dict[str, str]:
            return {
                zone: ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone, CidrBlock=f"10.20.{first + index}.0/27")["Subnet"]["SubnetId"]
                for index, zone in enumerate(NODES)
            }

        return {"network": {"vpcId": vpc, "subnetIds": subnets(0), "loadBalancerSubnetIds": subnets(10)}, "nodes": {"count": 3}}

    with deployed(groups) as stack:
        assert {z["SubnetId"] for z in balancer(stack)["AvailabilityZones"]} == set(stack.groups["network"]["loadBalancerSubnetIds"].values())


@pytest.mark.parametrize(
    ("cidr", "zone_", "message"),
    [
        ("10.20.9.0/28", "eu-west-1b", r"network.loadBalancerSubnetIds\['eu-west-1b'\]: subnet-\w+ \(10.20.9.0/28\) is too small .* /27 or larger"),
        ("10.20.9.0/24", "eu-west-1c", r"network.loadBalancerSubnetIds\['eu-west-1b'\]: subnet-\w+ is in eu-west-1c; give a subnet in eu-west-1b"),
    ],
)
def test_subnets_that_cannot_carry_a_load_balancer(cidr: str, zone_: str, message: str) -> None:
    def groups(account: Account) -> Groups:
        ec2 = account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        one = ec2.create_subnet(VpcId=vpc, AvailabilityZone="eu-west-1a", CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
        other = ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone_, CidrBlock=cidr)["Subnet"]["SubnetId"]
        network = {"vpcId": vpc, "subnetIds": {"eu-west-1a": one}, "loadBalancerSubnetIds": {"eu-west-1a": one, "eu-west-1b": other}}
        return {"network": network, "nodes": {"count": 1}}

    with pytest.raises(Exception, match=message), deployed(groups):
        pass

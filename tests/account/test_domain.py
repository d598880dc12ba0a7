"""The names of gateway and API: records in Route 53, certificates in ACM, and the command lines that name them."""

import json

import pytest

from sandbox.account import Account
from tests.helpers.account import NODES
from tests.helpers.edge import CERTIFICATE, DISTRIBUTION, GATEWAY, distribution, listeners, records, with_zone
from tests.helpers.support import Groups, environment, zone
from tests.helpers.support import deployed_small as deployed


@pytest.mark.parametrize("subdomains", [False, True])
def test_names_in_a_zone(subdomains: bool) -> None:
    with deployed(with_zone(subdomainGateway=subdomains)) as stack:
        host = "gateway.ipfs.example.com"
        gateway = [host, *([f"*.ipfs.{host}", f"*.ipns.{host}"] if subdomains else [])]
        hosts = [*gateway, "api.ipfs.example.com"]
        arns = {}
        for region in ("us-east-1", "eu-west-1"):
            acm = stack.account.client("acm", region)
            (summary,) = acm.list_certificates()["CertificateSummaryList"]
            certificate = acm.describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
            assert (certificate["DomainName"], sorted(certificate["SubjectAlternativeNames"])) == (host, sorted(hosts))
            assert {option["ValidationMethod"] for option in certificate["DomainValidationOptions"]} == {"DNS"}
            arns[region] = certificate["CertificateArn"]
            validation = stack.inputs("aws:acm/certificateValidation:CertificateValidation", f"ipfs-domain-{region}")
            assert validation["certificateArn"] == arns[region]
            assert len(validation["validationRecordFqdns"]) == len(hosts)
        proofs = [r for r in stack.registered("aws:route53/record:Record") if "-proof-" in r.name]
        assert len(proofs) == len(hosts), "one for each name, whatever the number of certificates"
        assert all(proof.request.retainOnDelete for proof in proofs), "another stack's certificate may need it"
        for which, aliases in (("gateway", gateway), ("api", ["api.ipfs.example.com"])):
            config = distribution(stack, which)
            assert config["Aliases"]["Items"] == aliases
            assert config["ViewerCertificate"]["ACMCertificateArn"] == arns["us-east-1"]
            assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
        found = {(r["Name"].replace("\\052", "*"), r["Type"]): r["AliasTarget"] for r in records(stack) if "AliasTarget" in r}
        assert set(found) == {(f"{name}.", type_) for name in hosts for type_ in ("A", "AAAA")}
        domains = {
            which: stack.client("cloudfront").get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DomainName"]
            for which in ("gateway", "api")
        }
        for (name, _), target in found.items():
            assert target["DNSName"].rstrip(".") == domains["api" if name.startswith("api.") else "gateway"]
            assert target["HostedZoneId"] == "Z2FDTNDATAQYW2"
        for port, listener in listeners(stack).items():
            assert port in (443, 9443)
            assert (listener["Protocol"], listener["Certificates"][0]["CertificateArn"]) == ("HTTPS", arns["eu-west-1"])
            assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        for registration in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin"):
            config = stack.inputs(registration.type, registration.name)["vpcOriginEndpointConfig"]
            assert (config["originProtocolPolicy"], config["httpsPort"]) == ("https-only", 443 if "gateway" in registration.name else 9443)
        behavior = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]
        # The certificate is for the viewer's Host: it reaches the origin by the key or by this policy.
        assert behavior.get("originRequestPolicyId") == (None if subdomains else "bf0718e1-ba1e-49d1-88b1-f726733018ae")
        assert (stack.output("gateway_url"), stack.output("api_url")) == (f"https://{host}", "https://api.ipfs.example.com")
        assert stack.output("dns_records") == {}
        kubo = json.loads(environment(stack.containers(NODES[0])["configure"])["KUBO_CONFIG"])["Gateway"]
        expected = {host: {"UseSubdomains": True, "InlineDNSLink": True, "Paths": ["/ipfs", "/ipns"], "NoDNSLink": True}}
        assert kubo.get("PublicGateways") == (expected if subdomains else None)


def test_a_wildcard_and_the_name_below_which_it_is_share_their_proof() -> None:
    with deployed(with_zone(gatewayName="@", apiName="ipfs", subdomainGateway=True)) as stack:
        proofs = {r.name: r for r in stack.registered("aws:route53/record:Record") if "-proof-" in r.name}
        domain = "ipfs-example-com"
        assert set(proofs) == {f"ipfs-domain-proof-{name}" for name in (domain, f"ipfs-{domain}", f"ipns-{domain}")}
        for below in ("ipfs", "ipns"):
            (alias,) = proofs[f"ipfs-domain-proof-{below}-{domain}"].request.aliases
            assert alias.spec.name == f"ipfs-domain-proof-any-{below}-{domain}", "what it was called in stacks that are there"
        validation = stack.inputs("aws:acm/certificateValidation:CertificateValidation", "ipfs-domain-us-east-1")
        assert len(validation["validationRecordFqdns"]) == 3


def test_a_certificates_first_name_is_one_that_is_short_enough() -> None:
    name = "a" * 60
    with deployed(with_zone(gatewayName=name)) as stack:
        (summary,) = stack.account.client("acm", "us-east-1").list_certificates()["CertificateSummaryList"]
        certificate = stack.account.client("acm", "us-east-1").describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
        assert certificate["DomainName"] == "api.ipfs.example.com"
        assert set(certificate["SubjectAlternativeNames"]) == {"api.ipfs.example.com", f"{name}.ipfs.example.com"}


def test_names_of_ones_choice() -> None:
    with deployed(with_zone(gatewayName="@", apiName="pins.api")) as stack:
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://ipfs.example.com", "https://pins.api.ipfs.example.com")
        assert distribution(stack, "gateway")["Aliases"]["Items"] == ["ipfs.example.com"]


def test_one_certificate_serves_both_in_us_east_1() -> None:
    with deployed(with_zone(), region="us-east-1") as stack:
        (certificate,) = stack.client("acm").list_certificates()["CertificateSummaryList"]
        assert {listener["Certificates"][0]["CertificateArn"] for listener in listeners(stack).values()} == {certificate["CertificateArn"]}


def test_certificates_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        regional = account.client("acm").request_certificate(DomainName="gateway.ipfs.example.com")["CertificateArn"]
        given = {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE, "loadBalancerCertificateArn": regional, "subdomainGateway": True}
        return {"edge": given}

    with deployed(groups) as stack:
        regional = stack.groups["edge"]["loadBalancerCertificateArn"]
        assert not stack.registered("aws:acm/certificate:Certificate")
        assert not stack.registered("aws:route53/record:Record")
        assert distribution(stack, "gateway")["ViewerCertificate"]["ACMCertificateArn"] == CERTIFICATE
        assert {listener["Certificates"][0]["CertificateArn"] for listener in listeners(stack).values()} == {regional}
        cloudfront = stack.client("cloudfront")
        gateway, api = (cloudfront.get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DomainName"] for which in ("gateway", "api"))
        assert stack.output("dns_records") == {
            "gateway.ipfs.example.com": gateway,
            "*.ipfs.gateway.ipfs.example.com": gateway,
            "*.ipns.gateway.ipfs.example.com": gateway,
            "api.ipfs.example.com": api,
        }


def test_a_certificate_for_cloudfront_alone() -> None:
    with deployed({"edge": {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE}}) as stack:
        assert set(listeners(stack)) == {80, 9094}
        assert stack.output("gateway_url") == "https://gateway.ipfs.example.com"


def test_a_domain_outside_its_zone_is_refused_before_anything_is_made() -> None:
    held: list[Account] = []

    def groups(account: Account) -> Groups:
        held.append(account)
        return {"edge": {"domain": "ipfs.example.org", "zoneId": zone(account)}, "nodes": {"cpu": 333}}

    with pytest.raises(Exception, match="2 problem") as refused, deployed(groups):
        pass
    assert "'ipfs.example.org' is not within the hosted zone example.com" in str(refused.value)


def test_ready_command_lines() -> None:
    with deployed(with_zone()) as stack:
        credentials = '"$(pulumi stack output api_username):$(pulumi stack output api_password --show-secrets)"'
        assert stack.output("ctl_command") == f"CLUSTER_CREDENTIALS={credentials} ipfs-cluster-ctl --host /dns4/api.ipfs.example.com/tcp/443 peers ls"
        assert stack.output("curl_command") == f"curl --config <(printf 'user = \"%s\"' {credentials}) https://api.ipfs.example.com/peers"


def test_command_lines_with_credentials_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        account.client("ssm").put_parameter(Name="/mine/api", Type="SecureString", Value="user:password-of-mine")
        return {"credentials": {"apiCredentialsParameter": "/mine/api"}}

    with deployed(groups) as stack:
        ask = "aws ssm get-parameter --region eu-west-1 --with-decryption --name /mine/api --query Parameter.Value --output text"
        assert stack.output("ctl_command").startswith(f'CLUSTER_CREDENTIALS="$({ask})" ipfs-cluster-ctl --host ')

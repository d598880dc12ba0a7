"""The load balancer of the sandbox: made from what the account holds."""

import pytest

from sandbox import compose, front
from tests.helpers.edge import with_zone
from tests.helpers.support import Deployed, deployed


def read(stack: Deployed) -> front.Front:
    names = {node.name: node.dns_name for node in compose.read_nodes(stack.account.client)}
    found = front.read_front(stack.account.client, names)
    assert found is not None
    return found


def block(configuration: str, name: str) -> list[str]:
    """A section's lines."""
    return configuration.partition(f"\n{name}\n")[2].partition("\n\n")[0].split("\n")


def test_it_is_what_the_account_holds() -> None:
    with deployed({"nodes": {"count": 2}}) as stack:
        found = read(stack)
        assert [(listener.role, listener.port, listener.protocol) for listener in found.listeners] == [("gateway", 80, "HTTP"), ("api", 9094, "HTTP")]
        made = front.configuration(found)
        assert "    timeout server 600s" in made
        assert block(made, "frontend gateway") == [
            "    bind :80",
            "    http-request set-header X-Forwarded-Proto http",
            "    http-request set-header X-Forwarded-Port 80",
            "    default_backend gateway",
        ]
        dns = "ipfs.test.ipfs-cluster.internal"
        assert [line.strip() for line in block(made, "backend gateway")] == [
            "balance roundrobin",
            "timeout check 3s",
            "option httpchk",
            "http-check send meth GET uri /ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn?format=raw ver HTTP/1.1 hdr Host 127.0.0.1",
            "http-check expect status 200,429",
            "default-server inter 5s rise 2 fall 3",
            *(f"server ipfs-node-{n} ipfs-node-{n}.{dns}:8080 check resolvers names init-addr libc,none" for n in ("eu-west-1a", "eu-west-1b")),
        ]
        assert "http-check send meth GET uri /health ver HTTP/1.1 hdr Host 127.0.0.1" in made
        assert "http-check expect status 204" in made
        service = front.service(found, {"gateway": 8080, "api": 9094})
        assert service["ports"] == ["127.0.0.1:8080:10080", "127.0.0.1:9094:19094"], "by the distributions' place, on this machine alone"


def test_a_secret_header_is_asked_for_and_given_by_the_distribution_alone() -> None:
    with deployed(with_zone(scheme="internet-facing")) as stack:
        secret = stack.account.randomness.made["RandomPassword ipfs-credentials-origin-secret"]["value"]
        made = front.configuration(read(stack))
        assert block(made, "frontend gateway")[3:] == [
            f"    http-request allow if {{ req.hdr(X-Origin-Secret) -i {secret} }}",
            '    http-request return status 403 content-type text/plain string "Forbidden"',
            "    default_backend gateway",
        ]
        assert "    http-request set-header X-Forwarded-Proto https" in block(made, "frontend gateway"), "kubo's redirects go by it"
        assert f"    http-request set-header X-Origin-Secret {secret}" in block(made, "frontend cloudfront-gateway")


@pytest.mark.parametrize("mode", ["load-balancer", "none"])
def test_without_distributions(mode: str) -> None:
    with deployed({"edge": {"mode": mode}, "api": {"pinningService": True}}) as stack:
        if mode == "none":
            assert front.read_front(stack.account.client, {}) is None
            return
        found = read(stack)
        assert "cloudfront" not in front.configuration(found)
        service = front.service(found, {"gateway": 8080, "api": 9094, "pinning": 9097})
        assert service["ports"] == ["127.0.0.1:8080:80", "127.0.0.1:9094:9094", "127.0.0.1:9097:9097"]


def test_websites_refuse_other_content_and_the_nodes_questions_are_passed_on() -> None:
    with deployed(with_zone(websites=["www.example.com", "example.com"])) as stack:
        names = {node.name: node.dns_name for node in compose.read_nodes(stack.account.client)}
        found = front.read_front(stack.account.client, names, list(stack.output("websites")))
        assert found is not None
        dns = front.Dns("10.94.255.254", "10.94.0.1", 5353)
        made = front.configuration(found, dns)
        assert block(made, "frontend cloudfront-gateway") == [
            "    bind :10443",
            "    http-request del-header X-Forwarded-Host",
            (
                "    http-request return status 404 hdr Cache-Control no-store if { req.hdr(host),field(1,:),lower -m str www.example.com example.com } "
                "{ path,url_dec -m reg -i '^/+(ipfs|ipns)(/|$)' }"
            ),
            "    default_backend cloudfront-gateway",
        ]
        assert "X-Forwarded-Host" not in "\n".join(block(made, "frontend cloudfront-api"))
        assert block(made, "backend dns")[0] == "    server address 10.94.0.1:5353 check inter 1s"
        service = front.service(found, {"gateway": 8080, "api": 9094}, dns)
        assert service["networks"] == {"vpc": {"ipv4_address": "10.94.255.254"}}
        assert not [port for port in service["ports"] if port.endswith(":53")], "DNS is for the nodes alone"
        plain = front.service(found, {"gateway": 8080, "api": 9094})
        assert plain["networks"] == {"vpc": {}}
        assert "extra_hosts" not in plain
        assert "frontend dns" not in front.configuration(found)

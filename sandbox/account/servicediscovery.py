"""Cloud Map: the nodes' DNS names."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs


@creates("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", reads=("description", "name", "tags", "vpc"))
def _namespace(aws: Aws, name: str, inputs: Inputs) -> Created:
    aws.send("servicediscovery", "create_private_dns_namespace", inputs)
    namespaces = aws.client("servicediscovery").list_namespaces()["Namespaces"]
    namespace = next(one for one in namespaces if one["Name"] == inputs["name"])
    return namespace["Id"], {"arn": namespace["Arn"], "hostedZone": namespace["Properties"]["DnsProperties"]["HostedZoneId"].rpartition("/")[2]}


@creates(
    "aws:servicediscovery/service:Service",
    reads=("dnsConfig", "name", "tags"),
    ignored={"forceDestroy": "only the provider uses it, when it deletes the resource"},
)
def _service(aws: Aws, name: str, inputs: Inputs) -> Created:
    service = aws.send("servicediscovery", "create_service", inputs)["Service"]
    return service["Id"], {"arn": service["Arn"]}

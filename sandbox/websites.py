"""Websites on this machine: the process with their DNS records, and what a person needs to publish one."""

from collections.abc import Callable

from .resolver import process
from .stack import Sandbox, Simulated

Say = Callable[[str], None]


def apply(sandbox: Sandbox, simulated: Simulated) -> None:
    """Starts the process with the DNS records if the stack has websites, and else stops it. Raises BackgroundError."""
    if simulated.resolver:
        process.start(sandbox.folder, simulated.resolver)
    else:
        process.stop(sandbox.folder)


def show(sandbox: Sandbox, simulated: Simulated, gateway: int, say: Say) -> None:
    """Prints how to publish the stack's websites, and how to read them."""
    sites = simulated.deployment.exports["websites"].value
    if not sites:
        return
    say("")
    if simulated.front is None or simulated.resolver is None:
        say("The websites have no records here: the sandbox makes those of the zone of edge.zoneId.")
        return
    say("Websites, by the Host that is asked for; what each shows is in its TXT record _dnslink.<host>:")
    for site in sites:
        say(f"  curl -H 'Host: {site}' http://127.0.0.1:{gateway}/")
    say("Clients of AWS that set the records come to the sandbox with these variables:")
    for line in environment(simulated.resolver.aws_port):
        say(f"  {line}")
    outputs = sandbox.outputs_file.relative_to(sandbox.root)
    say("Publish a folder, for example, by:")
    say(f"  ipfs-cluster publish --outputs {outputs} --website {next(iter(sites))} <folder>")


def environment(port: int) -> list[str]:
    """The variables by which boto3 and the AWS CLI ask the sandbox, as lines for a shell."""
    url = f"http://127.0.0.1:{port}"
    given = {"AWS_ENDPOINT_URL_ROUTE_53": url, "AWS_ENDPOINT_URL_CLOUDFRONT": url, "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    return [f"export {name}={value}" for name, value in given.items()]

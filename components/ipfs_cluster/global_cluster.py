"""One cluster over several Regions in one program: the cluster of each Region, and what joins them."""

from collections.abc import Callable, Mapping
from typing import cast

import pulumi

from . import lookups, providers
from .cluster import IpfsCluster
from .context import output_map
from .credentials.common import SharedSecrets
from .inputs import fields, resolve, world
from .inputs import regions as inputs
from .inputs.api import ResolvedApi
from .inputs.credentials import ResolvedCredentials
from .inputs.problems import InvalidInput, Problem
from .inputs.regions import IpfsGlobalClusterArgs
from .inputs.resolve import ResolvedInputs
from .naming import Names
from .regions.ipfs_global import IpfsGlobal
from .spelling import camel_case, current_spelling


class IpfsGlobalCluster(pulumi.ComponentResource):
    """One cluster over several Regions in one program: an IpfsCluster for each Region, and the IpfsGlobal that joins them. A stack for each
    Region is what serves most: there a Region that is lost stops no update of the others.
    """

    gateway_url: pulumi.Output[str] | None
    """URL of the gateway of all Regions; none without edge."""
    api_url: pulumi.Output[str] | None
    """URL of the REST API of all Regions; none without edge."""
    gateway_urls: pulumi.Output[dict[str, str]]
    """URL of each Region's own gateway, by Region; without those that have none."""
    api_urls: pulumi.Output[dict[str, str]]
    """URL of each Region's own REST API, by Region; without those that have none."""
    api_username: pulumi.Output[str] | None
    """User name of the REST APIs; none if credentials.api_credentials_parameter holds it."""
    api_password: pulumi.Output[str] | None
    """Password of the REST APIs, a secret; none if credentials.api_credentials_parameter holds it."""
    api_users: pulumi.Output[dict[str, str]]
    """Password of each further user of the APIs, by name, a secret; empty without api.users."""
    members: pulumi.Output[dict[str, str]]
    """The output `member` of each Region's cluster, by Region."""
    cluster_outputs: pulumi.Output[dict[str, str]]
    """All outputs of each Region's cluster (JSON, as `pulumi stack output --json` has them), by Region, a secret."""
    global_outputs: pulumi.Output[str] | None
    """All outputs of what joins the Regions, an IpfsGlobal (JSON), a secret; none with one Region."""
    peering_connection_ids: pulumi.Output[dict[str, str]]
    """ID of the VPC peering connection between two Regions, by both with a space between them; empty with link none or one Region."""

    def __init__(self, name: str, args: IpfsGlobalClusterArgs = {}, opts: pulumi.ResourceOptions | None = None) -> None:  # noqa: B006 (the analyzer takes no Optional)
        """Raises InvalidInput, before any resource of AWS is created, with every problem that the inputs have."""
        super().__init__("ipfs-cluster:index:IpfsGlobalCluster", name, {}, opts)
        self._name, self._own = name, pulumi.ResourceOptions(parent=self)
        self._names = Names(component=name, stack=pulumi.get_stack(), project=pulumi.get_project())
        given = self._given = inputs.resolve(self._names, args)
        self._providers = {region: providers.of_region(f"{name}-{region}", region, self._own) for region in given.regions}
        checked = self._checked()

        first = next(iter(checked.values()))
        self.secrets: SharedSecrets = SharedSecrets(
            f"{name}-secrets",
            api=fields.resolved(ResolvedApi, given.all_regions.get("api", {})),
            credentials=fields.resolved(ResolvedCredentials, given.all_regions.get("credentials", {})),
            private=first.swarm.is_private,
            spelling=current_spelling(),
            opts=self._own,
        )
        self.clusters: dict[str, IpfsCluster] = {}
        """By Region."""
        # Each cluster takes the members of the others, which come of what these make before their nodes.
        later = {region: cast("tuple[pulumi.Output[str], Callable[[pulumi.Output[str]], None]]", pulumi.deferred_output()) for region in given.regions}
        for region in given.regions:
            others = {other: member for other, (member, _) in later.items() if other != region}
            settings = given.cluster(region, others, self.secrets.text)
            options = pulumi.ResourceOptions(parent=self, providers=[self._providers[region]])
            self.clusters[region] = IpfsCluster(given.name(name, region), settings, options)
        members = {region: cluster.member for region, cluster in self.clusters.items()}
        for region, (_, resolve_member) in later.items():
            resolve_member(members[region])
        self.link: IpfsGlobal | None = None
        if len(members) > 1:
            self.link = IpfsGlobal(name, given.world(members), self._own)
        self._set_outputs(members)
        self.register_outputs({camel_case(output): getattr(self, output) for output in IpfsGlobalCluster.__annotations__})

    def _checked(self) -> dict[str, ResolvedInputs]:
        """The inputs of the clusters, by Region, once nothing is wrong with any of them."""
        given, found = self._given, cast("list[Problem]", [])
        clusters: dict[str, tuple[Names, ResolvedInputs]] = {}
        account = ""
        for region, provider in self._providers.items():
            own = Names(component=given.name(self._name, region), stack=self._names.stack, project=self._names.project)
            args = given.cluster(region, {other: pulumi.Output.from_input("") for other in given.regions if other != region})
            here = lookups.account(self, provider)
            account = here.id
            surroundings = lookups.surroundings(self, here, own, args, provider)
            try:
                clusters[region] = (own, resolve.resolve(own, args, surroundings))
            except InvalidInput as invalid:
                # What is said of members is about what this component gives itself.
                told = [problem for problem in invalid.found if problem.path[0] != "members"]
                found += [Problem(given.where(region, problem.path), problem.text) for problem in told]
        found += inputs.unlike(given, clusters, account)
        if len(given.regions) > 1:
            joined = given.world({region: pulumi.Output.from_input("") for region in given.regions})
            try:
                world.resolve(self._names, joined, account, lookups.hosted_zone(self, joined))
            except InvalidInput as invalid:
                found += invalid.found
        if found:
            raise InvalidInput(self._name, list(dict.fromkeys(found)), current_spelling(), inputs.COMPONENT)
        return {region: resolved for region, (_, resolved) in clusters.items()}

    def _set_outputs(self, members: Mapping[str, pulumi.Output[str]]) -> None:
        link = self.link
        self.gateway_url, self.api_url = (link.gateway_url, link.api_url) if link else (None, None)
        self.gateway_urls = self._of_each("gateway_url")
        edge_urls = link.api_urls if link else pulumi.Output.from_input({})
        self.api_urls = pulumi.Output.all(self._of_each("api_url"), edge_urls).apply(lambda urls: {**urls[0], **urls[1]})
        self.api_username, self.api_password = self.secrets.api_username, self.secrets.api_password
        self.api_users = output_map(self.secrets.api_users)
        self.members = output_map(members)
        self.cluster_outputs = output_map({region: _as_json(cluster) for region, cluster in self.clusters.items()})
        self.global_outputs = _as_json(link) if link else None
        self.peering_connection_ids = link.peering_connection_ids if link else pulumi.Output.from_input({})

    def _of_each(self, output: str) -> pulumi.Output[dict[str, str]]:
        values = {region: getattr(cluster, output) for region, cluster in self.clusters.items()}
        return output_map({region: value for region, value in values.items() if value is not None})


def _as_json(component: pulumi.ComponentResource) -> pulumi.Output[str]:
    """All outputs of a component, by the names that `pulumi stack output --json` has of this repository's program; a secret."""
    return pulumi.Output.secret(pulumi.Output.json_dumps({name: getattr(component, name) for name in type(component).__annotations__}))

"""One cluster over several Regions in one program: the cluster of each Region, and what joins them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi

from . import lookups, providers
from .cluster import IpfsCluster
from .credentials.common import SharedSecrets
from .inputs import fields, resolve
from .inputs import regions as inputs
from .inputs.api import ResolvedApi
from .inputs.credentials import ResolvedCredentials
from .inputs.problems import InvalidInput, Problem
from .inputs.regions import IpfsGlobalClusterArgs, ResolvedRegions
from .inputs.resolve import ResolvedInputs
from .naming import Names
from .regions.ipfs_global import IpfsGlobal
from .spelling import camel_case, current_spelling


class IpfsGlobalCluster(pulumi.ComponentResource):
    """One cluster over several Regions in one program: an IpfsCluster for each Region, and the IpfsGlobal that joins them. A stack for each
    Region is what serves most: there a Region that is lost stops no update of the others.
    """

    gateway_urls: pulumi.Output[dict[str, str]]
    """URL of each Region's gateway, by Region; without those that have none."""
    api_urls: pulumi.Output[dict[str, str]]
    """URL of each Region's REST API, by Region; without those that have none."""
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
            self.link = IpfsGlobal(name, {"members": members, "link": given.link, "tags": dict(given.tags)}, self._own)
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
            try:
                clusters[region] = (own, resolve.resolve(own, args, lookups.surroundings(self, here, own, args, provider)))
            except InvalidInput as invalid:
                found += [Problem(given.where(region, problem.path), problem.text) for problem in invalid.found]
        found += inputs.unlike(given, clusters, account)
        if found:
            raise InvalidInput(self._name, list(dict.fromkeys(found)), current_spelling(), inputs.COMPONENT)
        return {region: resolved for region, (_, resolved) in clusters.items()}

    def _set_outputs(self, members: Mapping[str, pulumi.Output[str]]) -> None:
        self.gateway_urls = self._of_each("gateway_url")
        self.api_urls = self._of_each("api_url")
        self.api_username, self.api_password = self.secrets.api_username, self.secrets.api_password
        self.api_users = pulumi.Output.from_input(dict(self.secrets.api_users))
        self.members = pulumi.Output.from_input(dict(members))
        all_outputs = {
            region: {output: getattr(cluster, output) for output in IpfsCluster.__annotations__} for region, cluster in self.clusters.items()
        }
        as_json: Callable[[Mapping[str, Any]], dict[str, str]] = lambda known: {region: json.dumps(outputs) for region, outputs in known.items()}  # noqa: E731
        self.cluster_outputs = pulumi.Output.secret(pulumi.Output.from_input(all_outputs).apply(as_json))
        self.peering_connection_ids = self.link.peering_connection_ids if self.link else pulumi.Output.from_input({})

    def _of_each(self, output: str) -> pulumi.Output[dict[str, str]]:
        values = {region: getattr(cluster, output) for region, cluster in self.clusters.items()}
        return pulumi.Output.from_input({region: value for region, value in values.items() if value is not None})

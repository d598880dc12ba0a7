"""`ipfs-cluster publish`: reads what is given, publishes it, waits for the nodes and shows the result."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from . import dag, publishing, waiting, websites, words
from .api import Api
from .dag.walk import Found
from .errors import CommandError, Exit
from .pins import NodeState, Pin, PinOptions, duration
from .pins_command import checked, nodes_as_json
from .publishing import Published
from .show import Show
from .waiting import Waiting
from .web import Web
from .websites import Site
from .where import Where, find


@dataclass(frozen=True)
class Given:
    """What is to be published, and how."""

    paths: Sequence[Path]
    how: dag.Options
    options: PinOptions
    waited: Waiting
    parallel: int


@dataclass
class Result:
    """What is printed at the end; each value is there as soon as it is known."""

    cid: str = ""
    name: str = ""
    bytes: int = 0
    files: int = 0
    published: Published | None = None
    nodes: Sequence[NodeState] = ()
    urls: Sequence[str] = ()
    website: Mapping[str, str | None] | None = None

    def json(self, error: CommandError | None = None) -> str:
        """One JSON object, with the error if there was one."""
        done = self.published
        found: dict[str, Any] = {"cid": self.cid or None, "name": self.name, "bytes": self.bytes, "files": self.files, "urls": list(self.urls)}
        if done:
            found |= {"already_pinned": done.already, "parts_sent": done.parts, "parts_kept": done.kept, "bytes_sent": done.sent}
        found["nodes"] = nodes_as_json(self.nodes)
        if self.website:
            found["website"] = self.website
        if error:
            found |= {"error": str(error), "exit_code": int(error.code)}
        return json.dumps(found)


def run(
    *,
    paths: tuple[Path, ...],
    stack: str,
    outputs: str,
    name: str | None,
    meta: tuple[str, ...],
    expire_in: str,
    replication: str,
    hidden: bool,
    wrap: bool,
    profile: str,
    cid_version: str | None,
    chunker: str,
    wait_for: str,
    patience: float,
    website: str,
    to: str,
    parallel: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Publishes. Raises CommandError."""
    result = Result()
    try:
        if as_json and quiet:
            raise CommandError("--json and --quiet exclude each other.", Exit.USAGE)
        waited = Waiting(nodes=number_of_nodes(wait_for), patience=patience)
        check_website(paths, website, to, waited)
        expires = datetime.now(UTC) + lifetime if (lifetime := expiry(expire_in)) else None
        options = PinOptions(name, metadata(meta), expires, copies(replication))
        given = Given(paths, _dag_options(hidden, wrap, profile, cid_version, chunker), options, waited, parallel)
        where = find(stack, outputs)
        site = websites.prepare(where, website) if website else None
        with Show(quiet) as show, Web("REST API", where.api_url, where.api) as web:
            api = Api(where, web)
            if to:
                _known(api, to, result)
            else:
                # A website's pins have its name: they are its history.
                result.name = name if name is not None else site.host if site else default_name(paths)
                _publish(api, given, show, result)
            if site:
                _show(where, site, result, show)
    except CommandError as error:
        if website and not result.website and error.code == Exit.NOT_PINNED:
            error = CommandError(f"{error} {website} shows what it did before.", error.code)
        if as_json:
            click.echo(result.json(error))
        raise error from None
    if as_json:
        click.echo(result.json())
    elif quiet:
        click.echo(result.cid)
    else:
        for line in [result.cid, *result.urls]:
            click.echo(line)


def _dag_options(hidden: bool, wrap: bool, profile: str, cid_version: str | None, chunker: str) -> dag.Options:
    given: dict[str, Any] = {"hidden": hidden, "wrap": wrap}
    if profile:
        given["profile"] = profile
    if cid_version is not None:
        given["cid_version"] = int(cid_version)
    if chunker:
        given["chunker"] = chunker
    try:
        return dag.Options(**given)
    except dag.OptionError as error:
        raise CommandError(f"{error}.", Exit.USAGE) from None


def _publish(api: Api, given: Given, show: Show, result: Result) -> None:
    options = replace(given.options, name=result.name)
    with _planned(api, given, show) as plan:
        result.cid, result.bytes, result.files = str(plan.root), plan.bytes, plan.files
        show.line(f"{result.cid}  {words.count(plan.files, 'file')}, {words.size(plan.bytes)}")
        done = result.published = Published(result.cid)
        publishing.publish(api, plan, options, show, done, given.parallel, keep_name=given.options.name is None)
    show.end()
    result.urls = addresses(api.where, result.cid)
    for line in said(done, options):
        show.line(line)
    if given.waited.nodes == 0:
        return
    try:
        result.nodes = waiting.until_pinned(api, result.cid, given.waited, lambda states: _watched(result, show, states))
    except KeyboardInterrupt:
        raise CommandError(f"Stopped. {result.cid} is in the cluster, and the nodes go on without this command.", Exit.INTERRUPTED) from None
    _clean(api, done, show)


def _planned(api: Api, given: Given, show: Show) -> dag.Plan:
    def measured(found: Found) -> None:
        # What is wrong with address, credentials or numbers shows before all is read.
        api.version()
        check_numbers(given, len(api.nodes))
        show.begin("Reading", found.bytes)

    try:
        return dag.plan(given.paths, given.how, show.advance, measured)
    except dag.ChangedError as error:
        raise CommandError(f"{error}. Nothing was sent.") from error
    except dag.DagError as error:
        raise CommandError(str(error), Exit.USAGE) from error
    finally:
        show.end()


def _known(api: Api, cid: str, result: Result) -> None:
    """Takes a CID that was published before. Raises CommandError if no node has it."""
    result.cid = checked(cid)
    pin, result.nodes = api.pin_of(result.cid), api.states_of(result.cid)
    if pin is None or not publishing.is_held(result.nodes):
        raise CommandError(f"{result.cid} is not pinned in this cluster: nothing was changed.", Exit.USAGE)
    result.name, result.urls = pin.name, addresses(api.where, result.cid)


def _show(where: Where, site: Site, result: Result, show: Show) -> None:
    result.website = {"host": site.host, "previous": site.before.cid or None}
    try:
        websites.show(where, site, result.cid, len(result.nodes), show.line)
    except KeyboardInterrupt:
        raise CommandError(f"Stopped. {result.cid} is pinned; whether {site.host} shows it was not waited for.", Exit.INTERRUPTED) from None
    scheme = "https" if where.gateway_url.startswith("https:") else "http"
    result.urls = [*result.urls, f"{scheme}://{site.host}/"]


def _watched(result: Result, show: Show, states: Sequence[NodeState]) -> None:
    result.nodes = states
    show.nodes(states)


def _clean(api: Api, done: Published, show: Show) -> None:
    try:
        publishing.clean(api, done)
    except CommandError as error:
        show.line(f"{words.count(len(done.left), 'part')} could not be unpinned, and will be within a day by the cluster itself. {error}")


def said(done: Published, options: PinOptions) -> list[str]:
    """What a run did, in lines."""
    if done.already:
        lines = ["It is in the cluster already: nothing was sent."]
        if done.changed:
            lines.append(_changed(done.changed, options))
        return lines
    kept = f"; {words.count(done.kept, 'part')} had been there" if done.kept else ""
    return [f"Sent {words.size(done.sent)} in {words.count(done.parts, 'part')}{kept}."]


def _changed(before: Pin, options: PinOptions) -> str:
    if options.name is not None and before.name != options.name:
        return f"Its pin was named {before.name!r} and is {options.name!r} now."
    return "Its pin has the new options."


def addresses(where: Where, cid: str) -> list[str]:
    """Where it can be read."""
    return [f"ipfs://{cid}", *([f"{where.gateway_url}/ipfs/{cid}"] if where.gateway_url else [])]


def check_website(paths: Sequence[Path], website: str, to: str, waited: Waiting) -> None:
    """Whether what is given goes together. Raises CommandError."""
    if to and (paths or not website):
        raise CommandError("--to goes with --website HOST, and without PATH.", Exit.USAGE)
    if not to and not paths:
        raise CommandError("Give at least one PATH.", Exit.USAGE)
    if website and waited.nodes == 0:
        raise CommandError("--website needs nodes that have the content: --wait-for 0 does not go with it.", Exit.USAGE)


def check_numbers(given: Given, nodes: int) -> None:
    """Whether there are as many nodes as are asked for. Raises CommandError."""
    for option, wanted in (("--wait-for", given.waited.nodes), ("--replication", given.options.replication and given.options.replication[0])):
        if wanted is not None and wanted > nodes:
            raise CommandError(f"{option} {wanted} is too many: the cluster has {words.count(nodes, 'node')}.", Exit.USAGE)


def default_name(paths: Sequence[Path]) -> str:
    """The name of a pin where none is given: that of the file or folder."""
    first = paths[0].name or paths[0].resolve().name
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def metadata(given: Sequence[str]) -> dict[str, str]:
    """Metadata from KEY=VALUE. Raises CommandError."""
    found = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not key or not equals:
            raise CommandError(f"--meta {item} is not of the form KEY=VALUE.", Exit.USAGE)
        found[key] = value
    return found


def expiry(text: str) -> Any:
    """The duration of --expire-in; none if it is not given. Raises CommandError."""
    try:
        return duration(text) if text else None
    except ValueError as error:
        raise CommandError(f"--expire-in: {error}.", Exit.USAGE) from None


def copies(text: str) -> tuple[int, int] | None:
    """The copies of --replication: 2, 2-3 or all. Raises CommandError."""
    if not text:
        return None
    if text == "all":
        return -1, -1
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 0 < low <= high:
        raise CommandError(f"--replication {text} is neither a number of nodes, nor a range such as 2-3, nor all.", Exit.USAGE)
    return low, high


def number_of_nodes(text: str) -> int | None:
    """The nodes of --wait-for; none for all. Raises CommandError."""
    if text == "all":
        return None
    if not text.isdecimal():
        raise CommandError(f"--wait-for {text} is neither a number of nodes nor all.", Exit.USAGE)
    return int(text)

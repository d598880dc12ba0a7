"""Route 53 and CloudFront in moto, with the IDs of a stack, for the clients of AWS on this machine."""

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.cloudfront.models import cloudfront_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from ..account.route53 import add_hosted_zone, zone_in_moto
from .names import Record
from .settings import Settings

_ORIGIN = {"Id": "none", "DomainName": "none.invalid"}


class Cloud:
    """The account's state. TXT records are kept in a file, so that a stop does not lose them."""

    def __init__(self, settings: Settings, kept: Path) -> None:
        self._zone, self._kept, self._lock = settings.zone, kept, threading.Lock()
        add_hosted_zone(DEFAULT_ACCOUNT_ID, settings.zone.id, settings.zone.name)
        for distribution in settings.distributions:
            _add_distribution(distribution)
        for given in json.loads(kept.read_text()) if kept.exists() else []:
            zone_in_moto(DEFAULT_ACCOUNT_ID, settings.zone.id).upsert_rrset(_record_set(Record(**given)))

    def records(self) -> list[Record]:
        """The zone's TXT records."""
        held = zone_in_moto(DEFAULT_ACCOUNT_ID, self._zone.id).rrsets
        return [Record(one.name.rstrip(".").lower(), int(one.ttl or 0), list(one.records)) for one in list(held) if one.type == "TXT"]

    def keep(self) -> None:
        """Writes the TXT records to the file."""
        with self._lock:
            new = self._kept.with_suffix(".new")
            new.write_text(json.dumps([vars(record) for record in self.records()]))
            new.replace(self._kept)

    def serve(self, port: int) -> BaseWSGIServer:
        """The API on 127.0.0.1, not yet serving. Raises OSError if the port is taken."""
        moto = DomainDispatcherApplication(create_backend_app)

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            answer: Iterable[bytes] = moto(environ, start_response)
            if environ["REQUEST_METHOD"] == "POST":
                self.keep()
                _complete_invalidations()
            return answer

        return make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)


class _Quiet(MotoRequestHandler):
    """Does not log requests: the log is for what goes wrong."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...


def _complete_invalidations() -> None:
    """Gives invalidations the status that AWS does, for which boto3's waiter waits."""
    for made in cloudfront_backends[DEFAULT_ACCOUNT_ID]["aws"].invalidations.values():
        for invalidation in made:
            invalidation.status = "Completed"


def _add_distribution(id_: str) -> None:
    backend = cloudfront_backends[DEFAULT_ACCOUNT_ID]["aws"]
    behavior = {"TargetOriginId": _ORIGIN["Id"], "ViewerProtocolPolicy": "https-only"}
    config = {"CallerReference": id_, "Comment": "", "Enabled": True, "Origins": {"Items": [dict(_ORIGIN)]}, "DefaultCacheBehavior": behavior}
    made, _, _ = backend.create_distribution(config, [])
    del backend.distributions[made.distribution_id]
    made.arn = made.arn.replace(made.distribution_id, id_)
    made.distribution_id = made.id = id_
    backend.distributions[id_] = made


def _record_set(record: Record) -> dict[str, Any]:
    return {"Name": f"{record.name}.", "Type": "TXT", "TTL": record.ttl, "ResourceRecords": list(record.values)}

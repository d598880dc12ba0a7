"""``python -m sandbox.resolver <folder>``: serves until it is ended by SIGTERM."""

import signal
import sys
import threading
from pathlib import Path

from . import names
from .cloud import Cloud
from .process import RECORDS, RESOLVER
from .settings import Settings


def main(folder: Path) -> None:
    """Serves the records and settings of a folder. Waits for a process that serves them already. Raises OSError if a port is taken."""
    with RESOLVER.serving(folder) as tell:
        settings = Settings.read(RESOLVER.settings_file(folder).read_text())
        cloud = Cloud(settings, folder / RECORDS)
        api = cloud.serve(settings.aws_port)
        dns = names.serve(names.ZoneResolver(settings.zone.name, cloud.records, names.own_upstream()), settings.address, settings.dns_port)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=api.shutdown).start())
        tell()
        api.serve_forever()
        dns.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

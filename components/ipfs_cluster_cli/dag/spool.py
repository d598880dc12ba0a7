"""A temporary file that grows at its end, and is read from any place by several threads."""

import os
import tempfile

from .errors import DagError


class Spool:
    """Bytes that are too many for the memory. The file has no name, and is gone with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=256 * 1024)  # noqa: SIM115, it is closed by close()
        self.size = 0

    def append(self, data: bytes) -> int:
        """Gives the place where the data begins."""
        place = self.size
        try:
            self._file.write(data)
        except OSError as error:
            raise _no_room(error) from None
        self.size += len(data)
        return place

    def flush(self) -> None:
        """Makes what was appended readable."""
        try:
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from None

    def read(self, place: int, length: int) -> bytes:
        """Less than ``length`` bytes at the end."""
        return os.pread(self._file.fileno(), length, place)

    def close(self) -> None:
        """Frees the disk."""
        self._file.close()


def _no_room(error: OSError) -> DagError:
    return DagError(f"{tempfile.gettempdir()}: {error.strerror}; set TMPDIR to a folder with room for a thousandth of the content")

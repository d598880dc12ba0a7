"""Why a probe, or the whole run, stopped."""


class ProbeFailedError(Exception):
    """A probe did not find what it expected. The text says what it found instead."""


class NotApplicableError(Exception):
    """A probe cannot run here. The text says why."""


class SessionExpiredError(Exception):
    """AWS no longer accepts the credentials. The run stops and can be resumed."""

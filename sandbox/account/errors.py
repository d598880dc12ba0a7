"""Requests of a program that the simulated account cannot serve."""


class UnknownToSandboxError(Exception):
    """The program uses a resource type, a look-up or a property that the sandbox does not know. The text says where to add it."""


class UnreadPropertyError(UnknownToSandboxError):
    """The program sets a property that would be lost: no request to AWS contains it."""


class NotInAccountError(Exception):
    """The program looks up something that the account does not have."""

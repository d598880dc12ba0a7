"""What a program can ask for that the simulated account does not offer."""


class UnknownToSandboxError(Exception):
    """The program uses a resource type, a look-up or a property that the sandbox does not know. The text says where to add it."""


class UnreadPropertyError(UnknownToSandboxError):
    """The program sets a property that would get lost: no request to AWS carries it."""


class NotInAccountError(Exception):
    """The program looks up something that the account does not have."""

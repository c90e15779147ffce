"""How a command fails."""


class CommandError(Exception):
    """A command could not do what it was asked to; the message is one line for whoever asked.

    status: the exit status, 1 for a failure, 2 for a wrong use of the command line.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status

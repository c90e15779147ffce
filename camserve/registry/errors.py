"""What the registry refuses, and why. Each message is one line, fit to be shown to a person."""


class RegistryError(Exception):
    """The root of all errors of this package.

    is_misuse: what was asked for can never be done, whatever the state of things
    """

    is_misuse = False


class UnknownCameraError(RegistryError):
    """No camera has this id."""

    def __init__(self, camera_id: int) -> None:
        super().__init__(f"no camera with id {camera_id}")
        self.camera_id = camera_id


class NameTakenError(RegistryError):
    """Another camera has this name."""

    def __init__(self, name: str, owner_id: int) -> None:
        super().__init__(f'the name "{name}" is taken by camera {owner_id}')
        self.name = name


class IdTakenError(RegistryError):
    """Another camera has this id."""

    def __init__(self, camera_id: int) -> None:
        super().__init__(f"the id {camera_id} is taken: a camera has it already")
        self.camera_id = camera_id


class InvalidCameraError(RegistryError):
    """A field of a camera is outside its limits; the message names it and what was expected."""

    is_misuse = True

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field


class SecretError(RegistryError):
    """The secret behind all tokens cannot be read, made or trusted."""


class DatabaseError(RegistryError):
    """The database is damaged, newer than this camserve, locked or out of reach.

    The message names the database (never a password) and what to do.
    """


class DatabaseUrlError(DatabaseError):
    """This is not a URL of a database that camserve can use; the message never quotes it."""

    is_misuse = True

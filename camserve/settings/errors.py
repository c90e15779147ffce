"""What is wrong with what a person gave."""


class SettingsError(Exception):
    """A setting, option, variable or settings file that cannot be used.

    The message is one line that names the place and what was expected there. It never holds the
    value of a secret.
    """

"""Settings are declared once and may then come from four places.

Both programs use this: a frozen dataclass names the settings, and each becomes an option of the
command line, an environment variable and a key of the settings file. The command line wins over
the environment, the environment over the file, the file over the default.

    @dataclass(frozen=True, slots=True)
    class Config:
        server: str = setting(
            kinds.url("ws", "wss"), help="where frames go", keys=("webSocketEndpoint",)
        )
        fps: float = setting(kinds.number(above=0, most=240), 15.0, help="most frames per second")
        token: str | None = setting(kinds.text(), None, help="the camera's token", secret=True)
        log_format: str = setting(kinds.choice("text", "json"), "text", help="how log lines look")

    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser, Config)              # --server, --fps, --token, --log-format
    arguments = vars(parser.parse_args())
    loaded = load(
        Config,
        prefix="CAMCLIENT_",                 # CAMCLIENT_SERVER, CAMCLIENT_FPS, ...
        arguments=arguments,                 # names that are no settings are left alone
        environ=os.environ,
        file=read_json(path),                # or read_toml(path), or None for no file
        file_name=str(path),                 # for messages only
        key=camel_case,                      # file keys: logFormat; the default keeps log_format
    )
    config = loaded.settings
    for warning in loaded.warnings: ...      # log them: unknown CAMCLIENT_ variables
    "fps" in loaded.given                    # did anyone give it? and loaded.given["fps"]: where

A setting without a default is required. `keys` are further names in the file, `variables` further
names in the environment. `option=False` or `in_file=False` closes one of the places. A `secret`
value never appears in a message; give it `option=False` too when no one should be tempted to type
it where every user of the machine can read it (`ps`).

Whatever is wrong with what a person gave is a SettingsError, one line fit to be shown, exit status
2. Rules that concern two settings at once belong into the dataclass's `__post_init__`, which may
raise SettingsError as well. Parsing is done by `kinds` (`kinds.integer`, `kinds.url`, ...; by the
module's name, because a field called `port` hides a function of that name from the fields below
it); a new one is `Kind("a colour", "COLOUR", parse)` with a `parse` that raises ValueError.
"""

from . import kinds
from .declare import Declared, add_options, camel_case, declared, setting
from .errors import SettingsError
from .files import read_json, read_toml
from .kinds import Kind
from .loading import Loaded, load
from .repeating import as_option, as_text, given_outside_file

__all__ = [
    "Declared",
    "Kind",
    "Loaded",
    "SettingsError",
    "add_options",
    "as_option",
    "as_text",
    "camel_case",
    "declared",
    "given_outside_file",
    "kinds",
    "load",
    "read_json",
    "read_toml",
    "setting",
]

"""What to install when a command misses a library: the bare installation has only what a camera
that pushes needs.
"""

#: Which extra of the distribution brings a library, by the name under which it is imported.
EXTRA_OF = {
    "alembic": "server",
    "argon2": "server",
    "hypercorn": "server",
    "itsdangerous": "server",
    "platformdirs": "server",
    "prometheus_client": "server",
    "quart": "server",
    "quart_trio": "server",
    "sqlalchemy": "server",
    "werkzeug": "server",
    "cv2": "camera",
    "numpy": "camera",
    "psycopg": "postgresql",
}


def explain_missing(module: str | None, command: str) -> str | None:
    """What to tell whoever ran a command that misses a module; None when it is none of ours.

    module: as ModuleNotFoundError names it; command: "run", "camera add", ...
    """
    extra = EXTRA_OF.get((module or "").split(".")[0])
    if extra is None:
        return None
    # The demo pushes like a camera; so naming both at once saves the second attempt.
    extras = ["server", "camera"] if command == "demo" else ["server"]
    if extra not in extras:
        extras.append(extra)
    needs = f"the {' and '.join(extras)} extra{'s' if len(extras) > 1 else ''}"
    return f"'camserve {command}' needs {needs}: pip install \"camserve[{','.join(extras)}]\""

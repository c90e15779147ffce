"""The tree is the architecture: imports go down only, files stay short, names say something."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("camserve/**/*.py"), *ROOT.glob("camclient/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))

MAX_LINES = 250
#: Longer files, each with its reason.
LONG_FILES: dict[str, str] = {}
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "base"}

STDLIB: frozenset[str] = frozenset()
#: What each layer may import besides the standard library and itself.
LAYERS: dict[str, frozenset[str]] = {
    "camserve.wire": STDLIB,
    "camserve.settings": STDLIB,
    "camserve.logs": STDLIB,
    "camserve.notify": STDLIB,
    "camserve.unit": STDLIB,
    "camserve.inherited": STDLIB,
    "camserve.refusals": frozenset({"trio"}),
    "camserve.address": STDLIB,
    "camserve.registry": frozenset(
        {"camserve.settings", "camserve.wire", "trio", "sqlalchemy", "alembic"}
    ),
    "camserve.trust": frozenset({"trio", "argon2", "itsdangerous"}),
    "camserve.relay": frozenset({"camserve.wire", "trio"}),
    "camserve.scaling": frozenset({"camserve.wire", "camserve.relay", "trio", "cv2", "numpy"}),
    "camserve.net": frozenset(
        {
            "camserve.wire",
            "camserve.logs",
            "camserve.refusals",
            "trio",
            "trio_websocket",
            "wsproto",
        }
    ),
    "camserve.ingest": frozenset(
        {
            "camserve.wire",
            "camserve.refusals",
            "camserve.registry",
            "camserve.relay",
            "camserve.net",
            "trio",
        }
    ),
    "camserve.metrics": frozenset(
        {
            "camserve",
            "camserve.wire",
            "camserve.registry",
            "camserve.relay",
            "trio",
            "prometheus_client",
        }
    ),
    "camserve.web": frozenset(
        {
            "camserve",
            "camserve.address",
            "camserve.wire",
            "camserve.refusals",
            "camserve.registry",
            "camserve.relay",
            "camserve.scaling",
            "camserve.net",
            "camserve.trust",
            "trio",
            "quart",
            "quart_trio",
            "werkzeug",
            "hypercorn",
            "h2",
            "hyperframe",
        }
    ),
    "camserve.config": frozenset({"camserve.settings", "platformdirs"}),
    "camclient": frozenset(
        {
            "camserve",  # the version only
            "camserve.wire",
            "camserve.settings",
            "camserve.logs",
            "camserve.notify",
            "camserve.unit",
            "trio",
            "trio_websocket",
            "cv2",
            "numpy",
            "gpiozero",
            "ifaddr",
            "zeroconf",
        }
    ),
}
#: Standard library modules that a layer must not use: wire does no input or output.
NO_IO = {"asyncio", "socket", "threading", "ssl", "select", "selectors", "os", "io", "time"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """The longest layer that this module belongs to; None: the top, which may import all."""
    found = [name for name in LAYERS if module == name or module.startswith(name + ".")]
    return max(found, key=len, default=None)


def imports(path: Path) -> Iterator[str]:
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*prefix, node.module] if node.module else prefix)
            if module in {"camserve", "camclient"}:
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def is_standard_library(module: str) -> bool:
    import sys

    return module.split(".")[0] in sys.stdlib_module_names


def allowed(layer: str, module: str) -> bool:
    permitted = LAYERS[layer] | {layer}
    if module == "camserve.__version__":
        return "camserve" in permitted
    return is_standard_library(module) or any(
        module == name or (name != "camserve" and module.startswith(name + "."))
        for name in permitted
    )


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_down_only(path: Path) -> None:
    layer = layer_of(module_name(path))
    if layer is None:
        return
    wrong = [module for module in imports(path) if not allowed(layer, module)]
    assert not wrong, f"{module_name(path)} (layer {layer}) must not import {wrong}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("camserve/wire/*.py")), ids=module_name)
def test_wire_does_no_input_or_output(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert not {module.split(".")[0] for module in imports(path)} & NO_IO


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_and_well_named(path: Path) -> None:
    relative = str(path.relative_to(ROOT))
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES or relative in LONG_FILES, f"{relative} has {lines} lines"
    names = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    assert not names & FORBIDDEN_NAMES


def test_each_reason_for_a_long_file_is_still_needed() -> None:
    for relative, reason in LONG_FILES.items():
        assert reason
        assert len((ROOT / relative).read_text().splitlines()) > MAX_LINES, relative


def test_the_rule_would_notice_a_wrong_import() -> None:
    assert not allowed("camserve.wire", "trio")
    assert not allowed("camserve.relay", "camserve.registry.cameras")
    assert not allowed("camserve.web", "camserve.ingest")
    assert not allowed("camclient", "camserve.net")
    assert allowed("camclient", "camserve.wire.events")

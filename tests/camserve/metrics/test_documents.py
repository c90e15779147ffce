"""What documents say of metrics is what there is: reference, alerts, and Grafana's dashboard."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from camserve.ingest.closing import REASONS
from camserve.ingest.tally import LEFT
from camserve.metrics import exposition
from tests.camserve.metrics.some_sources import scene

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = DOCS / "reference" / "metrics.md"
GUIDE = DOCS / "how_to_guides" / "monitoring.md"
DASHBOARD = DOCS / "how_to_guides" / "grafana_dashboard.json"
#: Labels that Prometheus adds by itself, and the one of histograms.
GIVEN = {"instance", "le"}

Labels = dict[str, set[str]]


@pytest.fixture
async def metrics() -> Labels:
    """The labels of every metric, by its name as queries have it."""
    found = scene(1)
    found.hub.publish(1, b"12345")
    found.hub.traffic(1).showed("snapshot", 5, 0.0)
    text, _ = await exposition(found.sources, "")
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def queries() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    yield from re.findall(r"expr: (.*)", GUIDE.read_text())


def names(query: str) -> set[str]:
    return set(re.findall(r"\b(?:camserve|process)_\w+", query))


async def test_the_reference_names_each_metric_with_its_labels(metrics: Labels) -> None:
    rows = re.findall(r"^\| `(camserve_\w+)` \|([^|]*)\|", REFERENCE.read_text(), re.MULTILINE)
    said = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    there: Labels = {}
    for name, labels in metrics.items():
        if name.startswith("camserve_"):
            histogram = re.sub(r"_(bucket|sum|count)$", "", name)
            there[histogram] = labels - {"le"}
    assert said == there


async def test_every_query_asks_for_what_there_is(metrics: Labels) -> None:
    found = list(queries())
    assert len(found) > 20
    for query in found:
        assert names(query), query
        assert names(query) <= metrics.keys(), query
        known = GIVEN.union(*(metrics[name] for name in names(query)))
        for grouped in re.findall(r"(?:by|on|group_left) \(([^)]*)\)", query):
            assert set(re.split(r", ?", grouped)) <= known, query


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {
        "datasource",
        "instance",
    }


@pytest.mark.parametrize("word", [*REASONS, LEFT])
def test_the_reference_names_each_reason(word: str) -> None:
    assert f"`{word}`" in REFERENCE.read_text()


def test_prometheus_understands_the_guide_and_the_dashboard(tmp_path: Path) -> None:
    """By its own tool where that is installed; that the YAML is YAML the guides' test checks."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    config, rules = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    password = tmp_path / "password"
    password.write_text("sesame")
    config = config.replace("/etc/prometheus/camserve_password", str(password))
    queried = [
        {"record": f"query_{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries())
    ]
    files = {
        "prometheus.yml": config,
        "rules.yml": rules,
        "queries.yml": json.dumps({"groups": [{"name": "queries", "rules": queried}]}),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
        kind = "config" if name == "prometheus.yml" else "rules"
        subprocess.run([promtool, "check", kind, tmp_path / name], check=True, timeout=20)

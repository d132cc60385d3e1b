"""Whether dashboard, alerts and their trials, README and a scrape agree, and writes the scrape in the older format that promtool
reads:
    python3 watched.py SCRAPE PLAIN"""

import json
import re
import sys

import yaml

with open(sys.argv[1]) as scrape:
    lines = scrape.read().splitlines()
kinds = {}
for line in lines:
    if line.startswith("# TYPE "):
        _, _, family, kind = line.split(" ")
        kinds[family] = kind
suffixes = {"counter": ["_total"], "info": ["_info"], "histogram": ["_bucket", "_sum", "_count"]}
known = {family + suffix for family, kind in kinds.items() for suffix in suffixes.get(kind, [""])}
# They are there once it has happened; tests/service/figures.rs lets it happen.
known |= {"parcelgraph_poller_last_success_timestamp_seconds"}


def named_in(text):
    return set(re.findall(r"\b(?:parcelgraph|process)_[a-z0-9_]+", text))


with open("deploy/prometheus/alerts.yml") as file:
    text = file.read()
rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
for rule in rules:
    unknown = named_in(rule["expr"]) - known
    assert not unknown, f"{rule['alert']} asks for {unknown}"
    assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
    assert rule["annotations"].keys() == {"summary", "runbook"}, rule["alert"]

with open("tests/deploy/alerts.yml") as file:
    trials = yaml.safe_load(file)["tests"]
for rule in rules:
    asks = [trial["promql_expr_test"][0] for trial in trials if f'"{rule["alert"]}"' in trial["promql_expr_test"][0]["expr"]]
    assert {bool(ask["exp_samples"]) for ask in asks} == {False, True}, f"{rule['alert']} is not tried both ways"

with open("README.md") as file:
    readme = file.read()
rows = re.findall(r"^\| `(Parcelgraph\w+)` \| (\w+) \| (.*) \|$", readme, re.MULTILINE)
told = [(rule["alert"], rule["labels"]["severity"], rule["annotations"]["runbook"]) for rule in rules]
assert rows == told, [row for row in told if row not in rows]

with open("deploy/grafana/parcelgraph.json") as file:
    dashboard = json.load(file)
panels = dashboard["panels"]
titles = [panel["title"] for panel in panels if panel["type"] == "row"]
assert titles == ["Service", "Upstream lanes", "Cache", "Live", "Webhooks", "Redis", "Process"], titles
assert len({panel["id"] for panel in panels}) == len(panels), "two panels have one id"
variables = {variable["name"] for variable in dashboard["templating"]["list"]}
assert variables == {"datasource", "instance"}, variables
taken = set()
for panel in panels:
    place = panel["gridPos"]
    cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
    assert place["x"] + place["w"] <= 24 and not cells & taken, f"{panel['title']} lies on another panel"
    taken |= cells
    for target in panel.get("targets", []):
        unknown = named_in(target["expr"]) - known
        assert not unknown, f"{panel['title']} asks for {unknown}"
        assert target["datasource"]["uid"] == "${datasource}", panel["title"]
        assert "$instance" in target["expr"], panel["title"]
shown = named_in(json.dumps(dashboard))
families = {name for name in known if not name.endswith(("_bucket", "_sum", "_count"))}
unseen = families - shown - named_in(text) - {"process_virtual_memory_bytes"}
assert not unseen, f"nobody looks at {unseen}"


def plain(line):
    comment = re.match(r"# (HELP|TYPE) (\S+) (.*)", line)
    if not comment:
        return line
    what, family, rest = comment.groups()
    kind = kinds[family]
    family += {"counter": "_total", "info": "_info"}.get(kind, "")
    return f"# {what} {family} {'gauge' if rest == 'info' and what == 'TYPE' else rest}"


with open(sys.argv[2], "w") as file:
    file.writelines(plain(line) + "\n" for line in lines if line != "# EOF")

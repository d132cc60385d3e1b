"""Whether what Kubernetes manifests say of each other is so, and writes the settings file that they hold:
    python3 manifests.py RENDERED.yaml SETTINGS.toml
Schemas know nothing of that."""

import sys
import tomllib

import yaml

with open(sys.argv[1]) as rendered:
    objects = [each for each in yaml.safe_load_all(rendered) if each]


def of(kind):
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def within(labels, wanted):
    return wanted.items() <= labels.items()


workloads = [*of("Deployment").values(), *of("StatefulSet").values()]
pods = [each["spec"]["template"] for each in workloads]
gateway = of("Deployment")["parcelgraph"]
ours = gateway["spec"]["template"]
spec = ours["spec"]
container = spec["containers"][0]
settings = of("ConfigMap")[spec["volumes"][0]["configMap"]["name"]]["data"]["parcelgraph.toml"]
scaler = of("HorizontalPodAutoscaler")["parcelgraph"]["spec"]
most = scaler["maxReplicas"] + gateway["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
drain = 20  # seconds, the default

assert tomllib.loads(settings)["replicas"] == most, f"`replicas` is not the most that ever run, {most}"
assert "drain" not in tomllib.loads(settings), "the drain is not the default"
pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
assert spec["terminationGracePeriodSeconds"] > pause + drain, "a replica is killed while it drains"
assert "replicas" not in gateway["spec"], "the autoscaler's number is overwritten by each rollout"
assert scaler["scaleTargetRef"]["name"] == "parcelgraph"
assert scaler["minReplicas"] >= 2

for each in of("Service").values():
    chosen = [pod for pod in pods if within(pod["metadata"]["labels"], each["spec"]["selector"])]
    assert len(chosen) == 1, f"{each['metadata']['name']} chooses {len(chosen)} kinds of pods"
    names = {port["name"] for port in chosen[0]["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in each["spec"]["ports"]} <= names
for kind, field in [("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")]:
    for name, each in of(kind).items():
        wanted = each["spec"][field].get("matchLabels", {})
        chosen = [pod for pod in pods if within(pod["metadata"]["labels"], wanted)]
        assert len(chosen) == 1, f"{kind} {name} chooses {len(chosen)} kinds of pods"
for rule in of("Ingress")["parcelgraph"]["spec"]["rules"]:
    for path in rule["http"]["paths"]:
        assert path["path"] != "/metrics" and path["pathType"] == "Exact"
        service = path["backend"]["service"]
        ports = {port["name"] for port in of("Service")[service["name"]]["spec"]["ports"]}
        assert service["port"]["name"] in ports
assert not of("Secret"), "secrets are referred to, not written down"
for pod in pods:
    every = pod["spec"]["containers"][0]
    assert ":" in every["image"] and not every["image"].endswith(":latest"), every["image"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert every["securityContext"]["readOnlyRootFilesystem"] is True
    assert every["securityContext"]["capabilities"] == {"drop": ["ALL"]}

with open(sys.argv[2], "w") as file:
    file.write(settings)

"""`hmco render` against Helm, and against the floor of dumping the same objects."""

import pickle
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from bench.measuring import Command, Contest, Peer
from bench.scratch import ROOT, Scratch, environments_of, helm_program, registry_of
from release.argocd.manifests import Manifest, environment_manifests
from release.estate import load_estate, read_stack_files

_STACKS: Final = 3
_DUMP: Final = """\
import pathlib, pickle, sys, yaml
objects = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
yaml.dump_all(objects, sys.stdout, Dumper=yaml.CSafeDumper)
"""
_CHART: Final = ROOT / "bench" / "helmchart"


def render(scratch: Scratch, charts: int) -> Contest:
    """Compare rendering so many charts for three stacks into files that are not there yet."""
    names = [spec.name for spec in environments_of(charts)][:_STACKS]
    folder = scratch.new(f"render-{charts}")
    out = folder / "out"
    stacks = [argument for name in names for argument in ("--stack", name)]
    ours = scratch.hmco("hmco render", charts, "render", *stacks, "--out", str(out))
    subject = replace(ours, fresh=lambda: shutil.rmtree(out, ignore_errors=True))
    objects = _objects(scratch, charts, names)
    dumped = folder / "objects.pickle"
    dumped.write_bytes(pickle.dumps(objects))
    floor = Command(
        name="C dumper",
        argv=(sys.executable, "-P", "-c", _DUMP, str(dumped)),
        folder=folder,
        environment=scratch.environment,
    )
    return Contest(
        f"render, {charts} charts x {len(names)}",
        subject,
        (Peer(helm(scratch, folder, objects), 1.0), Peer(floor)),
    )


def helm(scratch: Scratch, folder: Path, objects: list[Manifest]) -> Command:
    """Return Helm rendering the Applications among the objects from the values of one chart."""
    chart = folder / "chart"
    shutil.copytree(_CHART, chart)
    values = [_values(item) for item in objects if item["kind"] == "Application"]
    (chart / "values.yaml").write_text(yaml.dump({"applications": values}, Dumper=yaml.CSafeDumper))
    return Command(
        name="helm template",
        argv=(str(helm_program()), "template", "bench", str(chart)),
        folder=folder,
        environment=scratch.environment,
    )


def _objects(scratch: Scratch, charts: int, names: list[str]) -> list[Manifest]:
    registry = registry_of(charts)
    estate = load_estate(registry, read_stack_files(scratch.estate(charts).program_path))
    return [
        manifest
        for name in names
        for manifest in environment_manifests(registry, estate.environments[name]).all
    ]


def _values(application: Any) -> dict[str, object]:  # noqa: ANN401 -- plain data of any shape
    metadata, spec = application["metadata"], application["spec"]
    source = spec["source"]
    return {
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "labels": metadata["labels"],
        "annotations": metadata["annotations"],
        "finalizers": metadata.get("finalizers", []),
        "project": spec["project"],
        "repository": source["repoURL"],
        "path": source["path"],
        "revision": source["targetRevision"],
        "release": source["helm"]["releaseName"],
        "valueFiles": source["helm"]["valueFiles"],
        "destination": spec["destination"],
        "syncPolicy": spec["syncPolicy"],
        "history": spec["revisionHistoryLimit"],
    }

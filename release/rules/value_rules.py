"""Rules on values and images: what is read, what nothing reads, and what changes unseen."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from release.charts.helm.values import ValuesError, read_values
from release.repository.charttree import ChartFolder
from release.rules.facts import Facts, at_field, at_record, in_chart
from release.rules.images import MUTABLE, misread_tags, mutable_images, mutable_values
from release.rules.rendered import manifest_files, rendered_folders, value_files
from release.rules.rule import Breach, Judged, Need, Severity, note, rule, warning
from release.text.counted import first_few


@rule(
    fix="add the file (an empty one says that nothing differs), or take it out of the "
    "registry's value_files",
    source="Argo CD, Helm (valueFiles); HMCo's chart tree",
)
def value_file_missing(facts: Facts) -> Iterator[Breach]:
    """Every value file that an Application names exists in the chart.

    Argo CD renders nothing when a named value file is missing: the Application stays as it is, and
    its next promotion does not arrive.
    """
    for chart, folder in facts.top_level:
        for environment in facts.running(chart.name):
            for file in chart.value_files_in(environment.name):
                if not folder.has(file):
                    application = f"{chart.name}-{environment.name}"
                    what = f"{application} reads {file}, which the chart does not have"
                    yield in_chart(folder, file, what, environment=environment.name)


@rule(
    fix="remove the file; parameters belong in the registry",
    source="Argo CD, parameter overrides (mergeSourceParameters)",
)
def argocd_source_override(facts: Facts) -> Iterator[Breach]:
    """No chart holds .argocd-source files.

    They override an Application's parameters from inside the chart, unseen in the Application, in
    the stack files and in every preview.
    """
    for folder in facts.tree.folders.values():
        for file in folder.files:
            if file.rpartition("/")[2].startswith(".argocd-source"):
                yield in_chart(folder, file, f"{file} overrides the parameters of an Application")


@rule(
    fix="name the image's exact version, or better its digest",
    source="guide R34; Kyverno policy disallow-latest-tag",
)
def image_mutable(facts: Facts) -> Iterator[Breach]:
    """Images are named by a version or a digest.

    A tag like latest, or none, or a branch's name is another image tomorrow: a pinned chart then
    changes without a promotion, and a rollback does not bring the old one back.
    """
    rendered = rendered_folders(facts)
    for folder in facts.deployed:
        if folder.path not in rendered:
            continue
        values, templates = value_files(facts, folder), manifest_files(folder)
        for file in dict.fromkeys((*values, *templates)):
            text = folder.text(file) or ""
            # Argo CD leaves the pods of `helm test` out; a fallback may never be reached.
            idle = file.startswith("templates/tests/")
            for image in mutable_values(text) if file in values else mutable_images(text):
                yield in_chart(
                    folder,
                    file,
                    f"{folder.owner}: {image.what}",
                    line=image.line,
                    severity=None if image.certain and not idle else Severity.WARNING,
                )


@rule(
    fix="write the tag in quotes",
    source="Helm, values (sigs.k8s.io/yaml reads numbers as floats)",
)
def image_tag_misread(facts: Facts) -> Iterator[Breach]:
    """Helm prints an image's tag as it is written.

    Without quotes `1.20` is the number 1.2, `6063e25` is 6.063e+28, `20240101` is 2.0240101e+07 and
    `y` is true: another image is pulled, or none.
    """
    rendered = rendered_folders(facts)
    for folder in facts.deployed:
        for file in value_files(facts, folder) if folder.path in rendered else ():
            for tag in misread_tags(folder.text(file) or ""):
                yield in_chart(
                    folder,
                    file,
                    f"{folder.owner}: Helm reads {tag.key} {tag.written} as {tag.printed}",
                    line=tag.line,
                    fix=f'write {tag.key}: "{tag.written}"',
                )


@warning(
    fix="write the version of the application that the chart deploys",
    source="guide R34; Helm, the Chart.yaml file (appVersion)",
)
def app_version_mutable(facts: Facts) -> Iterator[Breach]:
    """appVersion is a version.

    Templates take appVersion for an image tag where values name none, so `latest` there is a
    mutable image.
    """
    for folder in facts.deployed:
        version = folder.chart_yaml.app_version
        if version and version.lower() in MUTABLE:
            what = f"{folder.name}: appVersion {version} is not a version"
            yield at_field(folder, "appVersion", what)


_READ: Final = re.compile(r"\.Values\b((?:\.[A-Za-z_][A-Za-z0-9_]*)*)")
_SHOWN: Final = 5


@note(
    fix="delete it, or correct its name to the one that the templates read",
    source="Helm: values files",
    needs={Need.ESTATE, Need.HELM},
    judges=Judged.RENDERING,
)
def value_unread(facts: Facts) -> Iterator[Breach]:
    """Every value that an environment sets is read by some template.

    Helm silently ignores an unknown key, so that a misspelt one looks like a setting.
    """
    for chart, folder in facts.top_level:
        keys = _read_keys(folder)
        names = {file for e in facts.running(chart.name) for file in chart.value_files_in(e.name)}
        for file in sorted(names - {"values.yaml"}):
            try:
                values = read_values(folder.text(file) or "")
            except ValuesError:
                continue  # chart-unloadable tells
            unread = sorted(k for k in _leaves(values, "") if k and not _is_read(k, keys))
            if unread:
                what = f"{chart.name}: no template reads {first_few(unread, _SHOWN)}"
                yield in_chart(folder, file, what)
        parameters = [name for name in chart.parameters if not _is_read(name, keys)]
        if parameters:
            what = f"the record of {chart.name} sets {first_few(parameters, _SHOWN)}"
            yield at_record(facts, chart.name, f"{what}, which no template reads")


def _is_read(key: str, keys: frozenset[str] | None) -> bool:
    """Tell whether a template reads the key, part of it, or all that it lies below."""
    if keys is None or key.startswith("global."):
        return True
    return any(f"{key}.".startswith(f"{read}.") or read.startswith(f"{key}.") for read in keys)


def _read_keys(folder: ChartFolder) -> frozenset[str] | None:
    """Return what the chart's templates and its sub-charts' read; None where they may read all."""
    found = set[str]()
    for place in (folder, *folder.sub_folders):
        prefix = _prefix(folder, place)
        for file in place.files:
            text = place.text(file) or "" if file.startswith(("templates/", "values")) else ""
            for match in _READ.finditer(text):
                if not match[1] and prefix == "":
                    return None
                found.add((prefix + match[1]).lstrip("."))
    return frozenset(found | set(_decided(folder)))


def _prefix(top: ChartFolder, place: ChartFolder) -> str:
    """Return the key below which a parent sets a sub-chart's values."""
    below = place.path.removeprefix(top.path).split("/charts/")[1:]
    return "".join(f".{name}" for name in below)


def _decided(folder: ChartFolder) -> Iterator[str]:
    """Yield the keys that switch dependencies, and all keys of those that are not folders here."""
    for dependency in folder.chart_yaml.dependencies:
        yield from filter(None, map(str.strip, dependency.condition.split(",")))
        name = dependency.alias or dependency.name
        if f"{folder.path}/charts/{name}" not in folder.tree.folders:
            yield name


def _leaves(values: object, above: str) -> Iterator[str]:
    if not isinstance(values, Mapping) or not values:
        yield above
        return
    for key, value in values.items():
        yield from _leaves(value, f"{above}.{key}" if above else str(key))

"""The files of the estate's charts: HMCo's form, small, and accepted by `helm template`."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from release.charts import chart_yaml, lockfile
from release.charts.record import Chart, Dependency, Registry, SubChart

FIRST_VERSION: Final = "1.0.0"

_SCAFFOLD: Final = """\
apiVersion: v2
name: {name}
description: {purpose}

# A chart can be either an 'application' or a 'library' chart.
#
# Application charts are a collection of templates that can be packaged into versioned archives
# to be deployed.
type: application

# This is the chart version. This version number should be incremented each time you make changes
# to the chart and its templates, including the app version.
# Versions are expected to follow Semantic Versioning (https://semver.org/)
version: {version}

# This is the version number of the application being deployed. It is recommended to use it with
# quotes.
appVersion: "1.16.0"
"""
_UMBRELLA: Final = """\
apiVersion: v2
name: {name}
description: {purpose}
version: {version}
appVersion: "1.0"
"""
_CHANGELOG: Final = """\
# Changelog

All notable changes to the {name} chart will be documented in this file.

The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.0.0/),
and this project adheres to [Semantic Versioning](https://semver.org/spec/v2.0.0.html).

## [{version}] - {day}

### Added
- Initial stable release

[{version}]: {releases}/{name}-{version}
"""
_HELPERS: Final = """\
{{{{- define "{name}.labels" -}}}}
app.kubernetes.io/name: {name}
app.kubernetes.io/instance: {{{{ .Release.Name }}}}
app.kubernetes.io/version: {{{{ .Chart.AppVersion | quote }}}}
{{{{- end }}}}
"""
_SETTINGS: Final = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{{{ .Release.Name }}}}-{name}-settings
  namespace: {{{{ .Release.Namespace }}}}
  labels:
    {{{{- include "{name}.labels" . | nindent 4 }}}}
data:
  revision: {{{{ .Values.revision | quote }}}}
  stage: {{{{ .Values.stage | quote }}}}
  image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
"""
_VALUES: Final = """\
# Settings of {name}; what differs between environments stands in values/.
image:
  repository: 254carbon/{name}
  tag: "1.16.0"
revision: 1
stage: base
"""
_CLUSTER_OBJECT: Final = """\
---
apiVersion: {api_version}
kind: {kind}
metadata:
  name: {{{{ .Release.Namespace }}}}-{name}-{kind_name}
"""
_FIXED_OBJECT: Final = """\
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-contract
  namespace: {namespace}
data:
  owner: {name}
"""
_REMOTE: Final[Mapping[str, tuple[str, str, str]]] = {
    "cost-analyzer": ("2.8.4", "kubecost", "kubecost.enabled"),
    "vault": ("0.31.0", "hashicorpVault", ""),
    "external-secrets": ("0.20.4", "externalSecrets", ""),
}
"""Version, alias and condition with which HMCo depends on charts from elsewhere."""


def chart_files(  # noqa: PLR0913  # all by keyword but what is built
    registry: Registry,
    chart: Chart,
    *,
    environments: Iterable[str],
    releases: str,
    first_day: date,
    fixed_namespaces: bool,
) -> dict[str, bytes]:
    """Return the files of a top-level chart with its sub-charts, by path inside its folder.

    `environments` are those that get a value file if the record names one, `releases` is the
    address below which changelogs link, and `fixed_namespaces` says whether the templates name
    the record's namespaces literally, which only suits charts of environments without a suffix.
    """
    sub_charts = registry.sub_charts_of(chart.name)
    files = _own_files(chart, _SCAFFOLD if not sub_charts else _UMBRELLA)
    dependencies = [*_local_entries(sub_charts), *_remote_entries(chart.dependencies)]
    if dependencies:
        files["Chart.yaml"] += "\ndependencies:\n" + "".join(dependencies)
        files["Chart.lock"] = lock_of(files["Chart.yaml"])
    files["CHANGELOG.md"] = _CHANGELOG.format(
        name=chart.name, version=FIRST_VERSION, day=first_day.isoformat(), releases=releases
    )
    for sub_chart in sub_charts:
        files["values.yaml"] += f"{sub_chart.name}:\n  enabled: true\n"
        own = _own_files(sub_chart, _SCAFFOLD)
        files |= {f"charts/{sub_chart.name}/{path}": text for path, text in own.items()}
    if chart.cluster_kinds:
        files["templates/cluster.yaml"] = "".join(
            _CLUSTER_OBJECT.format(
                api_version=f"{kind.group}/v1" if kind.group else "v1",
                kind=kind.kind,
                name=chart.name,
                kind_name=kind.kind.lower(),
            )
            for kind in chart.cluster_kinds
        )
    if fixed_namespaces and chart.fixed_namespaces:
        files["templates/contracts.yaml"] = "".join(
            _FIXED_OBJECT.format(name=chart.name, namespace=namespace)
            for namespace in chart.fixed_namespaces
        )
    for environment in environments:
        for path in chart.value_files_in(environment):
            files.setdefault(path, f"# {chart.name} in {environment}\nstage: {environment}\n")
    return {path: text.encode() for path, text in files.items()} | dict(
        _archives(chart.dependencies)
    )


def lock_of(chart_text: str) -> str:
    """Return the Chart.lock that Helm would write for this Chart.yaml, at a fixed time."""
    dependencies = chart_yaml.parse(chart_text).dependencies
    entries = "".join(
        f"- name: {item.name}\n  repository: {item.repository}\n  version: {item.version}\n"
        for item in dependencies
    )
    locked = lockfile.parse_lock(f"dependencies:\n{entries}").dependencies
    digest = lockfile.digest(dependencies, locked)
    return f'dependencies:\n{entries}digest: {digest}\ngenerated: "2025-10-25T02:13:00Z"\n'


def _own_files(chart: Chart | SubChart, form: str) -> dict[str, str]:
    name = chart.name
    return {
        "Chart.yaml": form.format(name=name, purpose=chart.purpose, version=FIRST_VERSION),
        ".helmignore": "*.orig\n.git/\n",
        "values.yaml": _VALUES.format(name=name),
        "templates/_helpers.tpl": _HELPERS.format(name=name),
        "templates/settings.yaml": _SETTINGS.format(name=name),
    }


def _local_entries(sub_charts: Iterable[SubChart]) -> Iterator[str]:
    for sub_chart in sub_charts:
        yield (
            f'  - name: {sub_chart.name}\n    version: "{FIRST_VERSION}"\n'
            f'    repository: "file://./charts/{sub_chart.name}"\n'
            f"    condition: {sub_chart.name}.enabled\n"
        )


def _remote_entries(dependencies: Iterable[Dependency]) -> Iterator[str]:
    for dependency in dependencies:
        version, alias, condition = _REMOTE.get(dependency.name, (FIRST_VERSION, "", ""))
        yield (
            f'  - name: {dependency.name}\n    version: "{version}"\n'
            f'    repository: "{dependency.repository}"\n'
            + (f"    alias: {alias}\n" if alias else "")
            + (f"    condition: {condition}\n" if condition else "")
        )


def _archives(dependencies: Iterable[Dependency]) -> Iterator[tuple[str, bytes]]:
    """Yield a packed stand-in for every remote dependency, as `helm dependency build` leaves it."""
    for dependency in dependencies:
        version = _REMOTE.get(dependency.name, (FIRST_VERSION, "", ""))[0]
        text = _UMBRELLA.format(name=dependency.name, purpose="Stand-in", version=version).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            member = tarfile.TarInfo(f"{dependency.name}/Chart.yaml")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        # Stored, not deflated: the bytes, and with them all commit ids, are the same everywhere.
        yield (
            f"charts/{dependency.name}-{version}.tgz",
            gzip.compress(packed.getvalue(), compresslevel=0, mtime=0),
        )

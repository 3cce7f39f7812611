"""Rules on values and images: what an Application reads, and what changes behind its back."""

from collections.abc import Iterator

from release.repository.charttree import CHART_FILE
from release.rules.facts import Facts
from release.rules.images import MUTABLE, mutable_images
from release.rules.model import Breach, Rule, Severity, rule


@rule(
    Rule(
        id="value-file-missing",
        severity=Severity.ERROR,
        title="Every value file that an Application names exists in the chart",
        why="Argo CD renders nothing when a named value file is missing: the Application stays as "
        "it is, and its next promotion does not arrive.",
        fix="add the file (an empty one says that nothing differs), or take it out of the "
        "registry's value_files",
        source="Argo CD, Helm (valueFiles); HMCo's chart tree",
        example="ml-platform-dev reads values/dev.yaml, which the chart does not have",
    )
)
def value_file_missing(facts: Facts) -> Iterator[Breach]:
    """Yield value files that the work tree lacks, for each environment that reads them."""
    for chart, folder in facts.top_level:
        for environment in facts.running(chart.name):
            for file in chart.value_files_in(environment.name):
                if not folder.has(file):
                    yield Breach(
                        file=folder.path_of(file),
                        what=f"{chart.name}-{environment.name} reads {file}, which the chart does "
                        "not have",
                        chart=chart.name,
                        environment=environment.name,
                    )


@rule(
    Rule(
        id="argocd-source-override",
        severity=Severity.ERROR,
        title="No chart holds .argocd-source files",
        why="They override an Application's parameters from inside the chart, unseen in the "
        "Application, in the stack files and in every preview.",
        fix="remove the file; parameters belong into the registry",
        source="Argo CD, parameter overrides (mergeSourceParameters)",
        example="helm/charts/trino/.argocd-source-trino-prod.yaml overrides parameters",
    )
)
def argocd_source_override(facts: Facts) -> Iterator[Breach]:
    """Yield every .argocd-source file of a chart."""
    for folder in facts.tree.folders.values():
        for file in folder.files:
            if file.rpartition("/")[2].startswith(".argocd-source"):
                yield Breach(
                    file=folder.path_of(file),
                    what=f"{file} overrides the parameters of an Application",
                    chart=facts.owner_of(folder),
                )


@rule(
    Rule(
        id="image-mutable",
        severity=Severity.ERROR,
        title="Images are named by a version or a digest",
        why="A tag like latest, or none, or a branch's name is another image tomorrow: a pinned "
        "chart then changes without a promotion, and a rollback does not bring the old one back.",
        fix="name the image's exact version, better its digest",
        source="guide R34; Kyverno policy disallow-latest-tag",
        example="helm/charts/trino/values.yaml:7: image tag latest is mutable",
    )
)
def image_mutable(facts: Facts) -> Iterator[Breach]:
    """Yield images in values and templates that a registry may replace under their name."""
    for folder in facts.tree.folders.values():
        owner = facts.owner_of(folder)
        if not owner:
            continue
        for file in dict.fromkeys((*folder.value_files, *folder.manifests)):
            text = folder.text(file)
            # Argo CD leaves the pods of `helm test` out; a fallback may never be reached.
            idle = file.startswith("templates/tests/")
            for image in mutable_images(text) if text else ():
                yield Breach(
                    file=folder.path_of(file),
                    line=image.line,
                    what=f"{owner}: {image.what}",
                    chart=owner,
                    severity=None if image.certain and not idle else Severity.WARNING,
                )


@rule(
    Rule(
        id="app-version-mutable",
        severity=Severity.WARNING,
        title="appVersion is a version",
        why="Templates take appVersion for an image tag where values name none, so `latest` there "
        "is a mutable image.",
        fix="write the version of the application that the chart deploys",
        source="guide R34; Helm, the Chart.yaml file (appVersion)",
        example="helm/charts/cloudflare-tunnel/Chart.yaml:6: appVersion latest is no version",
    )
)
def app_version_mutable(facts: Facts) -> Iterator[Breach]:
    """Yield registered charts whose appVersion is the name of something that moves."""
    for name, folder in facts.registered:
        chart = folder.chart_yaml
        if chart and chart.app_version and chart.app_version.lower() in MUTABLE:
            yield Breach(
                file=folder.path_of(CHART_FILE),
                line=chart.lines.get("appVersion", 0),
                what=f"{name}: appVersion {chart.app_version} is no version",
                chart=name,
            )

"""The step from delivered files to Argo CD."""

import shlex
from pathlib import PurePath

from release.argocd.verify import DeliveryReport, carrying_command
from release.settings.model import ClusterDelivery, ManifestsDelivery

FILES = ManifestsDelivery(kind="manifests", directory="build/prod")


def test_files_are_carried_from_the_directory_of_this_stack_alone() -> None:
    assert shlex.split(carrying_command(FILES) or "")[-2:] == ["-f", "build/prod"]


def test_a_program_in_a_folder_has_its_files_below_it() -> None:
    told = carrying_command(FILES, PurePath("release tools"))
    assert shlex.split(told or "")[-2:] == ["-f", "release tools/build/prod"]


def test_what_reached_the_cluster_needs_no_carrying() -> None:
    assert carrying_command(ClusterDelivery(kind="cluster", context="c")) is None


def test_before_the_first_delivery_one_line_says_so_and_later_each_file_has_its_own() -> None:
    missing = {"1-manifest/a.yaml": "missing", "1-manifest/b.yaml": "missing"}
    (line,) = DeliveryReport("prod", "build/prod", 2, missing).lines()
    assert line.startswith("build/prod: nothing is delivered yet")
    assert line.endswith(": pulumi up --stack prod")
    first, second, _ = DeliveryReport("prod", "build/prod", 3, missing).lines()
    assert ("a.yaml: missing" in first, "b.yaml: missing" in second) == (True, True)
    changed = DeliveryReport("prod", "build/prod", 1, {"1-manifest/a.yaml": "changed"}).lines()
    assert changed[0].endswith("a.yaml: changed")

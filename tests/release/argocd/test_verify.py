"""The step from delivered files to Argo CD."""

import shlex
from pathlib import PurePath

from release.argocd.verify import carrying_command
from release.settings.model import ClusterDelivery, ManifestsDelivery

FILES = ManifestsDelivery(kind="manifests", directory="build/prod")


def test_files_are_carried_from_the_directory_of_this_stack_alone() -> None:
    assert shlex.split(carrying_command(FILES) or "")[-2:] == ["-f", "build/prod"]


def test_a_program_in_a_folder_has_its_files_below_it() -> None:
    told = carrying_command(FILES, PurePath("release tools"))
    assert shlex.split(told or "")[-2:] == ["-f", "release tools/build/prod"]


def test_what_reached_the_cluster_needs_no_carrying() -> None:
    assert carrying_command(ClusterDelivery(kind="cluster", context="c")) is None

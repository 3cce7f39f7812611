"""The tables restate HMCo's manifests: by their numbers always, field by field where they are."""

from collections import Counter
from pathlib import Path

import yaml

from tests.conformance.upstream import CHARTS, ENVIRONMENTS, upstream_objects

REPOSITORY = Path(__file__).parents[2]
MANIFESTS = REPOSITORY.parent / "shared" / "upstream" / "environments"


def test_there_are_21_applications_and_3_projects() -> None:
    kinds = Counter(str(manifest["kind"]) for manifest in upstream_objects().values())

    assert kinds == {"Application": 21, "AppProject": 3}
    assert len(CHARTS) * len(ENVIRONMENTS) == 21


if MANIFESTS.is_dir():  # A clone elsewhere has no manifests to compare with.

    def test_the_tables_equal_the_manifests() -> None:
        restated = upstream_objects()

        for path in sorted(MANIFESTS.glob("*/argocd-applications.yaml")):
            documents = yaml.safe_load_all(path.read_text(encoding="utf-8"))
            for document in filter(None, documents):
                assert restated.pop(document["metadata"]["name"]) == document, path

        assert restated == {}, "the tables hold what no manifest says"

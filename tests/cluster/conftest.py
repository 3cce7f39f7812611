"""One API server for the tests of this folder that one process runs."""

from collections.abc import Iterator

import pytest

from tests.cluster.apiserver import Cluster, running_cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running

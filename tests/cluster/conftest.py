"""An API server for each test module: what one leaves in it would stand in another's way."""

from collections.abc import Iterator

import pytest

from tests.cluster.apiserver import Cluster, running_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running

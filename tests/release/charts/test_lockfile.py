import pytest

from release.charts.chart_yaml import ChartYaml, Dependency, parse, set_dependency_version
from release.charts.lockfile import digest, parse_lock, set_locked_version
from release.text.errors import EditRefusedError
from tests.release.text.texts_compared import hunks

HEAD = "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
# The next two pairs were written by Helm itself.
ALIASED = f"""{HEAD}dependencies:
  - name: cost-analyzer
    version: "2.8.4"
    repository: "https://kubecost.github.io/cost-analyzer/"
    alias: kubecost
    condition: kubecost.enabled
"""
ALIASED_LOCK = """dependencies:
- name: cost-analyzer
  repository: https://kubecost.github.io/cost-analyzer/
  version: 2.8.4
digest: sha256:39ca32f4ea38b97179439d273880f8b219b8902813e755516951a9c810c7f942
generated: "2025-10-25T02:13:00.882369347Z"
"""
TWO = f"""{HEAD}dependencies:
  - name: vault
    version: "0.31.0"
    repository: "https://helm.releases.hashicorp.com"
    alias: hashicorpVault
  - name: external-secrets
    version: "0.20.4"
    repository: "https://charts.external-secrets.io"
    alias: externalSecrets
"""
TWO_LOCK = """dependencies:
- name: vault
  repository: https://helm.releases.hashicorp.com
  version: 0.31.0
- name: external-secrets
  repository: https://charts.external-secrets.io
  version: 0.20.4
digest: sha256:4e34b234936c9c4cfc8fd01947832551f54ddd46fa3bade345629f16369b149f
generated: "2025-10-25T02:13:51.08973693Z"
"""
LOCAL = f"""{HEAD}dependencies:
  - name: cache
    version: "0.4.1"
    repository: file://./charts/cache
  - name: queue
    version: "~1.0.0"
    repository: https://example.org
"""
LOCAL_LOCK = """dependencies:
- name: cache
  repository: file://./charts/cache
  version: 0.4.1
- name: queue
  repository: https://example.org
  version: 1.0.7
digest: sha256:0000
generated: "2025-10-25T02:13:51Z"
"""


def is_current(chart: ChartYaml, text: str) -> bool:
    lock = parse_lock(text)
    return lock.digest == digest(chart.dependencies, lock.dependencies)


@pytest.mark.parametrize(("chart", "lock"), [(ALIASED, ALIASED_LOCK), (TWO, TWO_LOCK)])
def test_the_digest_is_the_one_helm_wrote(chart: str, lock: str) -> None:
    assert is_current(parse(chart), lock)


@pytest.mark.parametrize("part", ["alias: k", "condition: k", '"2.8.4"', "analyzer/"])
def test_a_lock_is_stale_once_any_field_of_a_dependency_changes(part: str) -> None:
    changed = ALIASED.replace(part, part.replace("k", "x").replace("2.8", "2.9").replace("/", ""))
    assert changed != ALIASED
    assert not is_current(parse(changed), ALIASED_LOCK)


def test_the_digest_is_that_of_gos_json() -> None:
    """The expected value was printed by a Go program with Helm's Dependency struct."""
    text = HEAD + (
        "dependencies:\n"
        "  - name: cache\n    alias: kvs\n    version: '>=1.0.0 <2.0.0'\n    enabled: true\n"
        "    repository: https://example.org/charts?a=1&b=2\n    condition: cache.enabled\n"
        "    tags: [back-end, größe]\n"
        '    import-values: [data, {parent: p, child: "c\\L"}]\n'
        "  - name: local\n"
    )
    request = parse(text).dependencies
    locked = [
        Dependency(
            name="cache",
            version="1.4.0",
            repository="https://example.org/charts?a=1&b=2",
            lines={},
        ),
        Dependency(name="local", lines={}),
    ]
    expected = "sha256:b0e93348edc6f13aa5e605914c409048f36d529bc4e9d635343cb8ec00ca82e3"
    assert digest(request, locked) == expected
    assert digest([], []).startswith("sha256:95cb9b4f84ceff13"), "Go writes no list as null"


def test_a_sub_charts_version_changes_its_line_and_the_digest() -> None:
    chart = parse(set_dependency_version(LOCAL, "cache", "0.5.0"))
    after = set_locked_version(LOCAL_LOCK, "cache", "0.5.0", chart.dependencies)
    renewed = digest(chart.dependencies, parse_lock(after).dependencies)
    assert hunks(LOCAL_LOCK, after) == [
        (["  version: 0.4.1"], ["  version: 0.5.0"]),
        (["digest: sha256:0000"], [f"digest: {renewed}"]),
    ]
    assert is_current(chart, after)
    assert set_locked_version(after, "cache", "0.5.0", chart.dependencies) == after


def test_a_lock_that_misses_a_dependency_is_not_made_to_look_right() -> None:
    chart = parse(f"{LOCAL}  - name: late\n    version: 1.0.0\n    repository: file://x\n")
    with pytest.raises(EditRefusedError, match=r"late.*helm dependency update"):
        set_locked_version(LOCAL_LOCK, "cache", "0.5.0", chart.dependencies)


def test_a_lock_with_another_version_than_the_chart_asks_for_is_refused() -> None:
    asked = [parse(LOCAL).dependencies[0]._replace(version="0.6.0"), parse(LOCAL).dependencies[1]]
    with pytest.raises(EditRefusedError, match=r"asks for 0\.6\.0, Chart\.lock has 0\.5\.0"):
        set_locked_version(LOCAL_LOCK, "cache", "0.5.0", asked)


def test_a_dependency_that_is_not_local_is_refused() -> None:
    with pytest.raises(EditRefusedError, match="dependency queue: is not in"):
        set_locked_version(LOCAL_LOCK, "queue", "1.0.8", parse(LOCAL).dependencies)


@pytest.mark.parametrize("repository", ["@stable", "alias:stable"])
def test_a_repository_by_alias_has_no_digest_that_files_show(repository: str) -> None:
    dependency = Dependency(name="x", version="1.0.0", repository=repository, lines={})
    with pytest.raises(EditRefusedError, match="alias of the user's own"):
        digest([dependency], [dependency])


@pytest.mark.parametrize("text", ["", "- 1\n", "digest: [1]\n", "dependencies: 1\n", "a: 'x\n"])
def test_a_broken_lock_is_reported_and_is_not_current(text: str) -> None:
    assert parse_lock(text).problems
    assert not is_current(parse(LOCAL), text)

"""Environments beyond HMCo's three, for benchmarks and for tests."""

from typing import Final

from demo.environments import EnvironmentSpec

_CHAIN: Final = (
    ("dev", "dev", ()),
    ("qa", "staging", ("dev",)),
    ("staging", "staging", ("qa",)),
    ("prod", "prod", ("staging",)),
    ("prod-west", "staging", ("staging",)),
    ("recovery", "staging", ("prod", "prod-west")),
)


def six_environments() -> tuple[EnvironmentSpec, ...]:
    """Return six environments that form a DAG with a fork and a join; every chart runs in each."""
    return tuple(
        EnvironmentSpec(
            name=name,
            template=template,
            promotes_from=sources,
            soak="2h" if name == "dev" else "24h",
            suffix="" if name == "prod" else f"-{name}",
            follows_branch=name == "dev",
        )
        for name, template, sources in _CHAIN
    )

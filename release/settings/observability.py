"""Settings of what watches and tells: metrics, dashboards, alerts and Slack messages."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from release.settings.base import SettingsModel
from release.settings.types import (
    Address,
    DnsLabel,
    LabelKey,
    LabelValue,
    PositiveDuration,
    Sentence,
)

LONGEST_HISTORY: Final = 400
"""Days of landings that stay below the API server's limit of an object at a landing an hour."""


class Dashboards(SettingsModel):
    """How Grafana's sidecar finds dashboards: a label on ConfigMaps, and a folder annotation."""

    folder: Sentence
    label: LabelKey
    value: LabelValue


class Alerts(SettingsModel):
    """When an environment that is not as it should be becomes somebody's work."""

    out_of_sync: PositiveDuration
    degraded: PositiveDuration
    drift_days: int = Field(ge=1, le=LONGEST_HISTORY)


class Monitoring(SettingsModel):
    """Rules and dashboards of one environment, as objects of the Prometheus operator and Grafana.

    `rule_labels` are what the customer's Prometheus selects rules by. `history_days` is how many
    days of landings go to Prometheus as recording rules, null for none: then nothing of Git is.
    """

    namespace: DnsLabel
    rule_labels: Mapping[LabelKey, LabelValue]
    runbooks: Address
    history_days: Annotated[int, Field(ge=1, le=LONGEST_HISTORY)] | None
    alerts: Alerts
    dashboards: Dashboards | None


TOKEN_VARIABLE: Final = "HMCO_SLACK_TOKEN"  # noqa: S105 -- the variable's name
"""Where `up` finds the bot's token, and the secret in which workflows keep it."""


class PulumiToken(SettingsModel):
    """The token is HMCO_SLACK_TOKEN of the environment at `up`; the state encrypts it."""

    kind: Literal["pulumi"]


class ExternalToken(SettingsModel):
    """The External Secrets operator fetches the bot's token from this store."""

    kind: Literal["external"]
    store_kind: Literal["ClusterSecretStore", "SecretStore"]
    store: DnsLabel
    key: Sentence
    property: Sentence | None


class ExistingToken(SettingsModel):
    """Somebody else keeps the key `slack-token` of argocd-notifications-secret."""

    kind: Literal["existing"]


class Notifier(SettingsModel):
    """What Argo CD's notifications controller says on Slack, for every environment it serves.

    Exactly one stack of an Argo CD instance states it; what is told to whom is `notifications` of
    each environment.
    """

    argocd_url: Address
    slack_api: Address | None
    token: Annotated[PulumiToken | ExternalToken | ExistingToken, Field(discriminator="kind")]

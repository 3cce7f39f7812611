"""The page about `hmco plan`: a real plan of the demonstration, as text and as a browser shows it.

`python -m tests.docs.planpage` writes docs/plan.md and docs/plan.svg anew; a test holds both to it.
"""

import os
import tempfile
from pathlib import Path
from typing import Final
from unittest.mock import patch

from demo.builder import build_estate
from demo.environments import ROOT
from demo.repository import EstateRepo
from release.plan.flagcatalogue import flag_rules
from release.plan.leastbump import BUMP_RULES
from tests.docs.drawing import picture, told

PAGE: Final = ROOT / "docs" / "plan.md"
_TEMPLATE: Final = Path(__file__).with_suffix(".md")
PICTURE: Final = ROOT / "docs" / "plan.svg"

_BEFORE: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: gateway
spec:
  replicas: 3
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - name: kong
          image: kong:3.4.1
          resources: {limits: {memory: 1Gi}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: gateway-cache}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}
"""
_AFTER: Final = (
    _BEFORE.partition("---\n")[0]
    .replace("replicas: 3", "replicas: 2")
    .replace("kong:3.4.1", "kong:latest")
)
_TITLE: Final = "The comment of hmco plan --markdown on a pull request"


def changed_estate(folder: Path) -> EstateRepo:
    """Return the demonstration with a promotion and a risky change of a chart in its work tree."""
    estate = build_estate(folder)
    template = "helm/charts/api-gateway/templates/gateway.yaml"
    estate.write(template, _BEFORE)
    estate.commit("Run the gateway itself\n")
    estate.write(template, _AFTER)
    pin = "    data-platform: "
    estate.edit(estate.stack_path("prod"), f"{pin}1.3.0", f"{pin}1.4.0")
    return estate


def plan_of(estate: EstateRepo, *form: str) -> str:
    """Return what `hmco plan` prints of the work tree there."""
    with patch.dict(os.environ, {"TERM": "dumb"}):
        return told(estate, "plan", "--base", "HEAD", *form)


def page(text: str) -> str:
    """Return docs/plan.md around the text of a real plan."""
    flags = "\n".join(
        f"| `{rule.id}` | {rule.risk.value} | {rule.title} | {rule.fix} |"
        for rule in flag_rules().values()
    )
    bumps = "\n".join(f"| `{r.id}` | {r.bump} | {r.title} | {r.why} |" for r in BUMP_RULES)
    template = _TEMPLATE.read_text(encoding="utf-8")
    return (
        template.replace("@TEXT@", text.strip("\n"))
        .replace("@FLAGS@", flags)
        .replace("@BUMPS@", bumps)
    )


def texts() -> dict[Path, str]:
    """Return what both files say, of an estate in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        estate = changed_estate(Path(folder) / "repository")
        return {
            PAGE: page(plan_of(estate)),
            PICTURE: picture(_TITLE, plan_of(estate, "--markdown")),
        }


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")

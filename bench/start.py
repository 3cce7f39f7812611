"""What a command costs before it does anything: against Python with nothing but its YAML parser."""

import sys

from bench.measuring import Command, Contest, Peer
from bench.scratch import Scratch


def start_help(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco --help`."""
    return _start(scratch, charts, "--help")


def start_status(scratch: Scratch, charts: int) -> Contest:
    """Compare `hmco status` of one chart."""
    chart = scratch.estate(charts).registry.charts[0].name
    return _start(scratch, charts, "status", chart)


def _start(scratch: Scratch, charts: int, *arguments: str) -> Contest:
    title = f"hmco {arguments[0]}, {charts} charts"
    subject = scratch.hmco(f"hmco {arguments[0]}", charts, *arguments)
    floor = Command(
        name="import yaml",
        argv=(sys.executable, "-P", "-c", "import yaml"),
        folder=subject.folder,
        environment=subject.environment,
    )
    return Contest(title, subject, (Peer(floor),))

"""`hmco completion`: the script that teaches a shell charts, versions and environments."""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_SHELLS: Final = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command
@click.argument("shell", metavar="SHELL", type=click.Choice(tuple(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for bash, zsh or fish.

    \b
    bash: hmco completion bash > ~/.local/share/bash-completion/completions/hmco
    zsh:  hmco completion zsh > "${fpath[1]}/_hmco"
    fish: hmco completion fish > ~/.config/fish/completions/hmco.fish
    """  # noqa: D301 -- \b is click's mark for lines that must stay lines
    click.echo(_SHELLS[shell](ctx.find_root().command, {}, "hmco", "_HMCO_COMPLETE").source())

"""`hmco completion`: the script that teaches a shell charts, versions and environments."""

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for bash, zsh or fish.

    \b
    bash: hmco completion bash > ~/.local/share/bash-completion/completions/hmco
    zsh:  hmco completion zsh > "${fpath[1]}/_hmco"
    fish: hmco completion fish > ~/.config/fish/completions/hmco.fish
    """  # noqa: D301 -- \b is click's mark for lines that must stay lines
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    found = get_completion_class(shell)
    if found is None:
        ctx.fail(f"click knows no completion for {shell}")
    click.echo(found(ctx.find_root().command, {}, "hmco", "_HMCO_COMPLETE").source())

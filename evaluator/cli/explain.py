"""`subkit explain`: what a code of `subkit check` means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _codes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a code."""
    from click.shell_completion import CompletionItem

    from submission_kit.checks import RULES

    start = incomplete.upper()
    fitting = (rule for rule in RULES.values() if rule.code.startswith(start))
    return [CompletionItem(rule.code, help=rule.title) for rule in fitting]


@click.command(short_help="Say what a code of `subkit check` means.")
@click.argument("code", required=False, shell_complete=_codes)
def explain(code: str | None) -> int:
    """Say what CODE means, why it matters and how to mend it; without CODE, list all."""
    from submission_kit.checks import RULES

    if code is None:
        for rule in sorted(RULES.values(), key=lambda rule: rule.code):
            click.echo(f"{rule.code} {rule.severity:7} {rule.title}")
        return 0
    found = RULES.get(code.upper())
    if found is None:
        raise click.BadParameter(f"there is no {code!r}; `subkit explain` lists all codes")
    click.echo(f"{found.code} {found.severity}: {found.name}\n\n{found.text}")
    return 0

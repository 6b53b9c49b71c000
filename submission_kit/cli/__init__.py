"""The command line: one verb a file, found by entry point, loaded when it is used."""

from __future__ import annotations

import io
import os
import sys
import traceback
from importlib.metadata import EntryPoint, entry_points

import click

from submission_kit import __version__
from submission_kit.errors import HarnessError, SubkitError

GROUP = "subkit.commands"
"""The entry-point group in which packages offer verbs."""

INTERRUPTED = 130


class Verbs(click.Group):
    """A group whose commands come from entry points; only those that are asked for are imported."""

    def _entry_points(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs."""
        return sorted(self._entry_points())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one verb; a package whose verb cannot be loaded is named, and costs that verb."""
        entry = self._entry_points().get(cmd_name)
        if entry is None:
            return None
        try:
            command = entry.load()
        except ImportError as error:
            click.echo(f"warning: {cmd_name} ({entry.value}) cannot be loaded: {error}", err=True)
            return None
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="subkit")
def subkit() -> None:
    """Score, check and pack submissions to low-data image competitions.

    Train on 100 labelled images, on CPU only, within two hours, on five random instances: the same
    code, limits and numbers as the organiser's.
    """


def main() -> None:
    """Run the command line; every fault ends in one message and its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a locale may have no frames for tables
        sys.stdout.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code (DESIGN: 0 fine, 1 the submission fell short,
    2 usage, 3 environment or configuration, 4 our own fault, 130 interrupted)."""  # fmt: skip
    try:
        result = subkit.main(arguments, prog_name="subkit", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except SubkitError as error:
        _show(error)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        sys.stderr.close()
        return 0
    except Exception:
        traceback.print_exc()
        click.echo("internal error: this is our fault, not yours; please report it", err=True)
        return HarnessError.exit_code


def _show(error: SubkitError) -> None:
    from submission_kit.findings import printable

    # What a submission calls itself may stand in it.
    message, mend = printable(error.message, "\n"), printable(error.mend, "\n")
    colour = False if os.environ.get("NO_COLOR") else None  # None: where it is a terminal
    click.echo(f"{click.style('error', fg='red')}: {message}", err=True, color=colour)
    if mend:
        click.echo(f"{click.style('mend', fg='green')}: {mend}", err=True, color=colour)

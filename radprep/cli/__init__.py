"""The command line: one thin module a command, which parses, calls, sums up and sets the exit code.
Imports: everything, but late, so that `--help` loads no library; the only room with typer.
To add a command, write its module and name it in COMMANDS below.
"""

from __future__ import annotations

import signal
import sys
import traceback
from importlib import import_module
from typing import Annotated, Any

import typer

from radprep.cli.next_steps import with_next
from radprep.cli.whole_help import WholeHelp
from radprep.errors import BUG, USAGE, InterruptedRunError, RadprepError
from radprep.version import __version__

COMMANDS = (
    "inspect",
    "convert",
    "preprocess",
    "scan",
    "collate",
    "status",
    "report",
    "explain_step",
    "train",
    "evaluate",
    "compare",
    "predict",
    "explain",
    "card",
    "export",
    "verify",
    "locate",
    "forget",
    "slurm",
    "demo",
    "columns",
    "doctor",
    "pipeline",
)
"""Every command, in the order of `radprep --help`: a module of this room, whose function of the
same name is the command and whose EXAMPLES end its help. `explain_step` is typed `explain-step`. A
module with an `app` of its own instead is a group of commands."""

EXIT_CODES = """\b
Exit codes: 0 done (rejections and a few failures included), 1 a bug of ours,
2 usage or configuration, 3 more failed files than --max-failed,
4 verification failed, 75 interrupted or stopped by a full disk: run it again.
"""

EXAMPLES = """\b
Examples:
  radprep demo
  radprep convert DUMP raw/ --labels labels.csv
  radprep preprocess raw/ clean/ --pipeline wrist --workers 48
"""


class _Commands(WholeHelp):
    """Answers Ctrl-C wherever a command has not taken it over; typer would end with 130 and say
    nothing."""

    def invoke(self, ctx: Any) -> Any:
        """Raises InterruptedRunError on Ctrl-C."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptedRunError(
                "Stopped. Run the same command again to go on, a training with --resume."
            ) from None


app = typer.Typer(
    name="radprep",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES + "\n" + EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(name: str) -> None:
    """Give `app` the command or the group of commands that a module of this room declares."""
    module = import_module(f"radprep.cli.{name}")
    typed = name.replace("_", "-")
    if hasattr(module, "app"):
        for one in module.app.registered_commands:
            one.callback = with_next(f"{typed} {one.name}", one.callback)
        app.add_typer(module.app, name=typed)
        return
    declare = app.command(
        typed, epilog=module.EXAMPLES, context_settings=getattr(module, "SETTINGS", None)
    )
    declare(with_next(typed, getattr(module, name)))


for _name in COMMANDS:
    _add(_name)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"radprep {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """From a hospital's raw X-ray DICOM dump to a clean, de-identified, ML-ready data set, offline,
    with a reason for every film."""


def _shown(value: object) -> str:
    """A message for a terminal: what a file or a name in it says may hold what a terminal obeys."""
    from radprep.text.small_file import shown

    return shown(str(value))


def run() -> None:
    """Entry point: a person's mistakes become a sentence and an exit code, our own a line that
    names the place."""
    try:
        app(prog_name="radprep")
    except RadprepError as error:
        print(f"radprep: {_shown(error)}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        what = error.strerror or type(error).__name__
        print(
            f"radprep: {_shown(error.filename or 'a file')}: {what}. Mend that, then run the "
            "same command again.",
            file=sys.stderr,
        )
        sys.exit(USAGE)
    except Exception as error:
        # Neither the message nor the values: they may quote a tag. The place is enough to find it.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.name}, {place.filename.rpartition('/')[2]}:{place.lineno}"
        print(
            f"radprep: this is a bug in radprep ({type(error).__name__} in {where}). What was "
            "finished is safe; please report it with this line.",
            file=sys.stderr,
        )
        sys.exit(BUG)
    finally:
        # a late Ctrl-C would break the end of the workers
        signal.signal(signal.SIGINT, signal.SIG_IGN)

"""The command line: one thin module a command. Heavy imports wait until a command runs."""

from __future__ import annotations

import signal
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from radprep import __version__
from radprep.cli import (
    collate,
    columns,
    compare,
    convert,
    demo,
    doctor,
    evaluate,
    explain,
    explain_step,
    forget,
    inspect,
    locate,
    pipeline,
    predict,
    preprocess,
    report,
    scan,
    slurm,
    status,
    train,
    verify,
)
from radprep.errors import BUG, USAGE, InterruptedRunError, RadprepError

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


class _Commands(TyperGroup):
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
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES + "\n" + EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("inspect", epilog=inspect.EXAMPLES)(inspect.inspect)
app.command("convert", epilog=convert.EXAMPLES)(convert.convert)
app.command("preprocess", epilog=preprocess.EXAMPLES)(preprocess.preprocess)
app.command("scan", epilog=scan.EXAMPLES)(scan.scan)
app.command("collate", epilog=collate.EXAMPLES)(collate.collate)
app.command("status", epilog=status.EXAMPLES)(status.status)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("explain-step", epilog=explain_step.EXAMPLES)(explain_step.explain_step)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("compare", epilog=compare.EXAMPLES)(compare.compare)
app.command("predict", epilog=predict.EXAMPLES)(predict.predict)
app.command("explain", epilog=explain.EXAMPLES)(explain.explain)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("locate", epilog=locate.EXAMPLES)(locate.locate)
app.command("forget", epilog=forget.EXAMPLES)(forget.forget)
app.command("slurm", epilog=slurm.EXAMPLES, context_settings=slurm.SETTINGS)(slurm.slurm)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("columns", epilog=columns.EXAMPLES)(columns.columns)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.add_typer(pipeline.app, name="pipeline")


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


def run() -> None:
    """Entry point: a person's mistakes become a sentence and an exit code, our own a line that
    names the place."""
    try:
        app()
    except RadprepError as error:
        print(f"radprep: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        what = error.strerror or type(error).__name__
        print(
            f"radprep: {error.filename or 'a file'}: {what}. Mend that, then run the same command "
            "again.",
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

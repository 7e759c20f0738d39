"""`radprep pipeline list | show | schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from radprep.cli.completions import pipelines
from radprep.cli.whole_help import WholeHelp

EXAMPLES = """\b
Examples:
  radprep pipeline list
  radprep pipeline show wrist > my-pipeline.toml
  radprep pipeline schema > pipeline.schema.json
"""

app = typer.Typer(
    cls=WholeHelp,
    no_args_is_help=True,
    help="The pipelines that come with radprep, and what a pipeline may hold.",
    epilog=EXAMPLES,
    rich_markup_mode=None,
)


@app.command("list", epilog="\b\nExamples:\n  radprep pipeline list\n")
def list_presets() -> None:
    """List the presets and their steps."""
    from radprep.preprocess.pipeline import load_pipeline, preset_names

    for name in preset_names():
        pipeline = load_pipeline(name)
        print(f"{name:<14} {pipeline.summary}")
        print(f"{'':<14} {' > '.join(step.name for step in pipeline.steps)}")


@app.command("show", epilog="\b\nExamples:\n  radprep pipeline show wrist > my-pipeline.toml\n")
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A preset.", autocompletion=pipelines)
    ],
) -> None:
    """Print a preset's commented file, ready to be changed."""
    from radprep.preprocess.pipeline import preset_path

    print(preset_path(name).read_text(encoding="utf-8"), end="")


@app.command("schema", epilog="\b\nExamples:\n  radprep pipeline schema > pipeline.schema.json\n")
def schema() -> None:
    """Print the JSON schema of a pipeline file: every step, parameter, default and bound."""
    import json

    from radprep.preprocess.pipeline import pipeline_json_schema

    print(json.dumps(pipeline_json_schema(), indent=2))

"""What a shell may complete behind an option. Each imports only what it needs: somebody has pressed
a key and waits."""

from __future__ import annotations

from collections.abc import Iterator


def pipelines(incomplete: str) -> Iterator[str]:
    """Names of presets that begin so; files are the shell's own business."""
    from radprep.resources import folder

    names = sorted(path.stem for path in folder("pipelines").glob("*.toml"))
    return (name for name in names if name.startswith(incomplete))


def models(incomplete: str) -> Iterator[tuple[str, str]]:
    """Names of models that begin so, and what each is."""
    from radprep.train.catalogue import CATALOGUE

    return (
        (model.name, model.sentence) for model in CATALOGUE if model.name.startswith(incomplete)
    )


def body_parts(incomplete: str) -> Iterator[str]:
    """Body parts that begin as the last one of a list with commas does, behind those before it."""
    from radprep.text.bodypart import known_parts

    before, comma, last = incomplete.rpartition(",")
    return (f"{before}{comma}{name}" for name in known_parts() if name.startswith(last))

"""Data sets that are merged in tests: made once a module, never changed; whoever damages one copies
it."""

import json
import shutil

import numpy as np

from radprep.cli import app
from tests.made import arm, convert, key_at, make_dicom, runner

DIAGNOSES = "accession,diagnosis\n" + "".join(
    f"A{study},{'fracture' if study % 2 else 'normal'}\n" for study in range(10)
)


def pixels_of(seed):
    """A film that looks like no other: a bar on blocks of its own."""
    blocks = np.random.default_rng(seed).integers(0, 2500, (5, 4), np.uint16)
    return arm(40, 32, seed) // 4 + np.kron(blocks, np.ones((8, 8), np.uint16))


def dump_of(folder, studies, *, seed=0, **attributes):
    """A dump of some studies of two films each, and a file that is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for study in studies:
        for film in (1, 2):
            pixels = pixels_of(seed + 10 * study + film)
            (folder / f"{study}-{film}").write_bytes(
                make_dicom(pixels, study=str(study), instance=str(film), **attributes)
            )
    (folder / "notes.txt").write_text(folder.name)
    return folder


def converted(root, name, studies, *flags, key="5a", labels=DIAGNOSES, seed=0, **attributes):
    """A data set `root/name` of some studies."""
    table = root / f"{name}.csv"
    table.write_text(labels)
    key_file = root / f"key-{key}"
    if not key_file.exists():
        key_at(key_file, key)
    dump = dump_of(root / f"{name}-dump", studies, seed=seed, **attributes)
    of_labels = ("--labels", table) if labels else ()
    convert(dump, root / name, "--key", key_file, "--workers", 1, *of_labels, *flags)
    return root / name


def merge(*words):
    """Run the command; returns (exit code, JSON or None, the error's sentence)."""
    typed = ["merge", *map(str, words), "--workers", "1", "--json"]
    result = runner.invoke(app, typed)
    if result.exception is None:
        return 0, json.loads(result.stdout), ""
    assert hasattr(result.exception, "exit_code"), result.exc_info
    return result.exception.exit_code, None, str(result.exception)


def refused(*words):
    """The sentence of a merge that must be refused before OUT is made; the last word is OUT."""
    paths = [word for word in words if not str(word).startswith("--")]
    code, _, said = merge(*words)
    assert code == 2, said
    assert not paths[-1].exists()
    return said


def copied(root, other):
    """A copy of a data set and of its private tree."""
    shutil.copytree(root, other)
    private = root.with_name(f"{root.name}.private")
    if private.exists():
        shutil.copytree(private, other.with_name(f"{other.name}.private"))
    return other

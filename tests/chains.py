"""A dump, raw and clean in one folder, and what people do to them: every operation, on
each data set where it makes sense."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from radprep.convert.conversion import Conversion
from radprep.convert.named_labels import LabelsWanted
from radprep.convert.options import ConvertOptions
from radprep.dataset.info import read_complete, stages_up_to
from radprep.dataset.layout import DataSet
from radprep.dataset.names import IMAGE_TREES
from radprep.errors import InterruptedRunError, UsageError
from radprep.image import png
from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.private.key import read_key
from radprep.report.facts.material import read_material
from radprep.run.runner import RunOptions, RunResult, run_conversion, run_preprocessing
from radprep.run.verifier import run_verification
from radprep.stage.collate import collate
from radprep.train.data.samples import read_samples
from radprep.upkeep.forget import Forgetting
from radprep.upkeep.verify import repair
from tests.made import ROOT, arm, key_at, make_dicom, rows, tree_hash

HERE = RunOptions(quiet=True)
MAPS = (
    (("FRACTURA", "fracture"), ("NO FRACTURA", "normal")),
    (("FRACTURA", "broken"), ("NO FRACTURA", "whole")),
)
PIPELINE = """
name = "quick"
summary = "an image and its mask"
[steps.colour_inversion]
[steps.foreground_mask]
"""

FORGOTTEN, PRUNED, CORRECTED = "1", "4", "5"
"""Studies: two of the patient who is forgotten (`1`, and a film in `3`), one that leaves the dump,
and one that a person corrects."""


def make(folder: Path, key: str = "5a") -> Chain:
    """A dump of six studies, converted and pre-processed. key: see `key_at`."""
    dump = folder / "dump"
    dump.mkdir(parents=True)
    for study in "123456":
        for instance in "12":
            patient = "P1" if (study, instance) in {("1", "1"), ("1", "2"), ("3", "2")} else None
            (dump / f"{study}-{instance}").write_bytes(
                make_dicom(
                    arm(48, 40, 10 * int(study) + int(instance)),
                    study=study,
                    instance=instance,
                    PatientID=patient or f"P{study}",
                )
            )
    (dump / "notes.txt").write_text("no film\n")
    lines = (f"A{study},{'NO ' * (int(study) % 2)}FRACTURA\n" for study in "12345")
    (folder / "labels.csv").write_text("accession,diagnosis\n" + "".join(lines))
    (folder / "quick.toml").write_text(PIPELINE)
    key_at(folder / "key", key)
    chain = Chain(folder)
    chain.convert()
    chain.preprocess()
    return chain


@dataclass(frozen=True)
class Chain:
    """Where it lies; labels: which of MAPS the labels are read with; source, made: what the data
    set that is pre-processed and the one that is made from it are called."""

    folder: Path
    labels: int = 0
    source: str = "raw"
    made: str = "clean"

    @property
    def raw(self) -> Path:
        """The converted data set."""
        return self.folder / self.source

    @property
    def clean(self) -> Path:
        """The pre-processed one."""
        return self.folder / self.made

    def copy(self, folder: Path) -> Chain:
        """The same in another folder."""
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder)

    def convert(self, options: RunOptions = HERE, *, prune: bool = False, lines: str = "") -> None:
        """The ordinary command. lines: of corrections, each `image_id,field,value`."""
        labels = LabelsWanted(self.folder / "labels.csv", mapping=MAPS[self.labels])
        conversion = Conversion.prepare(
            self.folder / "dump", self.raw, ConvertOptions(), labels, self.folder / "key"
        )
        conversion.prune = prune
        conversion.correct(self._corrections(lines))
        run_conversion(conversion, options)

    def preprocess(
        self, options: RunOptions = HERE, *, prune: bool = False, lines: str = ""
    ) -> RunResult:
        """The ordinary command."""
        pipeline = load_pipeline(str(self.folder / "quick.toml"))
        given = self._corrections(lines)
        return run_preprocessing(
            Preprocessing.prepare(self.raw, self.clean, pipeline, prune=prune, corrections=given),
            options,
        )

    def _corrections(self, lines: str) -> Path | None:
        path = self.folder / "given.csv"
        path.write_text(f"image_id,field,value\n{lines}")
        return path if lines else None

    def id_of(self, study: str, instance: str = "") -> str:
        """The pseudonym of a study of the dump or, with an instance, its image_id."""
        key, uid = read_key(self.folder / "key"), f"{ROOT}.{study}"
        made_of = ("instance", uid, f"{uid}.1.{instance}") if instance else ("study", uid)
        return key.make(*made_of)

    def after(self, operation: str) -> Chain:
        """The same after somebody did this. What a command refuses is not done."""
        what, where = operation.split()
        root = self.raw if where == "raw" else self.clean
        with contextlib.suppress(UsageError, InterruptedRunError):
            return OPERATIONS[what](self, root) or self
        return self

    def forget(self, root: Path, patient: str = "P1") -> None:
        """The patient's consent is withdrawn."""
        patient = read_key(self.folder / "key").patient_id(patient, "")
        Forgetting.prepare(root, patient).carry_out()

    def relabel(self, root: Path) -> Chain:
        """The labels are read with the other map."""
        after = replace(self, labels=1 - self.labels)
        after.convert()
        return after

    def correct(self, root: Path) -> None:
        """A person rejects a film, which was the only kept one of its class in the study."""
        given = f"{self.id_of(CORRECTED, '1')},status,rejected\n"
        if root == self.raw:
            self.convert(lines=given)
        else:
            self.preprocess(
                lines=f"{given}{self.id_of(CORRECTED, '2')},inverted,true\n"
                f"{self.id_of(FORGOTTEN, '1')},inverted,true\n"
            )

    def prune(self, root: Path) -> None:
        """A study leaves the dump, and what has left the input leaves the data set."""
        if root == self.raw:
            for path in self.folder.glob(f"dump/{PRUNED}-*"):
                path.unlink()
            self.convert(prune=True)
        else:
            self.preprocess(prune=True)

    def collate(self, root: Path) -> None:
        """The shared tables are made again."""
        collate(DataSet(root))

    def repair(self, root: Path) -> None:
        """Films of a patient and of a study that may leave are damaged; that is found, and
        repaired."""
        kept = rows(root).query("status == 'kept'")
        for study in (FORGOTTEN, PRUNED):
            for name in kept[kept.study_id == self.id_of(study)].file_name:
                if (root / name).exists():
                    (root / name).write_bytes(png.encode(np.zeros((5, 5), np.uint8)))
        verification = run_verification(root, 0, quiet=True)
        if verification.findings:
            repair(verification)

    def finish(self) -> None:
        """The ordinary commands: convert where its data set is not complete, then preprocess."""
        try:
            read_complete(DataSet(self.raw))
        except UsageError:
            self.convert()
        self.preprocess()

    def check(self) -> None:
        """Report, verify and train accept what is there, and class folders hold images."""
        for root in (self.raw, self.clean):
            assert run_verification(root, 0, quiet=True).findings == []
            for folder in (path for top in IMAGE_TREES for path in (root / top).rglob("*/")):
                assert any(folder.rglob("*.png")), folder
        material = read_material(self.clean, self.raw)
        assert material.info["stages_before"] == list(stages_up_to(material.source_info))
        labels = sorted(set(rows(self.clean).query("status == 'kept'").label.dropna()))
        assert len(read_samples(self.clean, labels[0], labels[1:])) > 2

    def check_second_run(self) -> None:
        """The same command has nothing to do and writes nothing. Where nothing was ever in clean
        that raw does not have, it is what a first run makes."""
        before = _stamps(self.folder)
        self.preprocess()
        assert _stamps(self.folder) == before
        own = {*DataSet(self.clean).study_ids()}
        if own == {*DataSet(self.raw).study_ids()} and not DataSet(self.clean).corrections.exists():
            fresh = replace(self, made="fresh")
            fresh.preprocess()
            assert tree_hash(fresh.clean) == tree_hash(self.clean)


def _stamps(folder: Path) -> dict[Path, int]:
    """When each file and folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "given.csv"}


OPERATIONS = {
    name: getattr(Chain, name)
    for name in ("forget", "relabel", "correct", "prune", "collate", "repair")
}
ALL = tuple(
    f"{what} {where}"
    for what in OPERATIONS
    for where in ("raw", "clean")
    if (what, where)
    != ("relabel", "clean")  # a label comes from a labels file, which convert reads
)
"""What may be done, and to which data set."""

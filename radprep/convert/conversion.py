"""The stage `convert`: from a dump to a data set. Scan, group by study, join labels, find what has
to be done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from radprep.convert.asked import check_asked
from radprep.convert.box_join import BoxesWanted, BoxJoin, FilmBoxes, read_film_boxes
from radprep.convert.corrections import settle
from radprep.convert.deliveries import delivery_of
from radprep.convert.grouping import Grouped
from radprep.convert.identify import source_of
from radprep.convert.job import STEP
from radprep.convert.label_join import LabelJoin
from radprep.convert.label_keys import key_sentences
from radprep.convert.labelling import Labelling
from radprep.convert.laying_out import Layout, refuse_other_layout, without_told
from radprep.convert.named_labels import PATH, LabelsWanted, NamedLabels, read_named_labels
from radprep.convert.options import ConvertOptions
from radprep.convert.planning import Planner, SourcesHere
from radprep.convert.private_lists import write_lists
from radprep.convert.scan_index import (
    IndexOf,
    Scanned,
    holds_true,
    index_place,
    index_telling,
    place_of,
    read_index,
    set_forgotten_aside,
    still_true,
    without_forgotten_files,
    write_index,
)
from radprep.convert.study import ConvertStage, made_from
from radprep.convert.telling import refuse_other_telling, telling_of
from radprep.convert.whose import Whose, joinable, several_issuers, study_of
from radprep.dataset.commit import relabel_study, remove_study
from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.info import Info, Making, check_folders, check_out, is_complete, write_info
from radprep.dataset.labels import StudyLabels
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dicom.dicomdir import missing_files
from radprep.dicom.files import FoundFile, find_files
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.layouts.wanted import DICOM
from radprep.private.forgotten import read_forgotten
from radprep.private.identifiers import KnownSources, identifiers_readable, remove_identifiers
from radprep.private.key import create_key, draw_key, existing_key, read_key
from radprep.private.place import check_place, find_tree, refuse_foreign_tree
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import Corrections, by_study, remember, remembered
from radprep.stage.corrections import parameters as parameters_of_corrections
from radprep.stage.plan import EVERYTHING, Plan, Selection


@dataclass
class Conversion:
    """One run of convert. Make it with `prepare`, which checks everything before anything is
    written. prune: remove from OUT what the dump no longer has; add: a dump that OUT does not know
    is another delivery; layout: how pictures are laid out; set these before the run."""

    dump: Path
    out: DataSet
    tree: PrivateTree
    options: ConvertOptions
    labels: NamedLabels | None
    key_file: Path | None
    prune: bool
    info: Info | None
    join: LabelJoin = field(default_factory=LabelJoin)
    corrections: Corrections = field(default_factory=dict)
    add: bool = False
    layout: Layout = field(default_factory=Layout)
    boxes: FilmBoxes | None = None
    box_join: BoxJoin = field(default_factory=BoxJoin)
    is_new_delivery: bool = False

    @classmethod
    def prepare(
        cls,
        dump: Path,
        out: Path,
        options: ConvertOptions,
        labels: LabelsWanted | None = None,
        key_file: Path | None = None,
        private: Path | None = None,
    ) -> Conversion:
        """Check the folders, the key, the labels and an existing OUT. private: the private tree,
        where it is not to stand beside OUT. Raises UsageError; writes nothing."""
        conversion = cls.prepare_scan(dump, out, key_file, private, options.layout)
        conversion.options = options
        conversion.labels = read_named_labels(labels) if labels else None
        conversion.corrections = remembered(conversion.out)
        if options.layout == DICOM:  # labels of pictures may come with their layout
            conversion._check_labels()
        if conversion.info and not identifiers_readable(conversion.tree):
            conversion.info = {**conversion.info, "complete": False}
        return conversion

    def correct(self, path: Path | None) -> None:
        """Take what OUT remembers of a person's corrections, and those of a file. Raises
        UsageError."""
        self.corrections = settle(self.out, self.info, path)

    def draw(self, wanted: BoxesWanted | None) -> None:
        """Take what files of boxes say of films. Raises UsageError where one is not what it must
        be, and where OUT was made with boxes and none are given."""
        if self._had_boxes and wanted is None:
            raise UsageError(
                f"OUT ({self.out}) was made with boxes. Give --boxes again, or choose a new OUT "
                "for a data set without."
            )
        self.boxes = read_film_boxes(wanted) if wanted else None

    @classmethod
    def prepare_scan(
        cls,
        dump: Path,
        out: Path,
        key_file: Path | None = None,
        private: Path | None = None,
        layout: str = DICOM,
    ) -> Conversion:
        """Check what a scan needs: the folders, the key, an existing OUT, which is of this layout.
        Raises UsageError; writes nothing."""
        data_set = DataSet(out)
        _check_dump(dump, data_set)
        tree = find_tree(data_set, private, dump)
        if private:
            refuse_foreign_tree(tree, data_set)
        key = existing_key(data_set, tree, key_file)
        read_forgotten(tree)
        info = check_out(data_set, "convert", made_from(key) if key else {})
        refuse_other_layout(data_set, tree, info, layout)
        return cls(dump, data_set, tree, ConvertOptions(), None, key_file, False, info)

    def begin(self) -> ConvertStage:
        """The stage, with the key of OUT or a new one. Nothing is written yet: see `settle`."""
        key = existing_key(self.out, self.tree, self.key_file)
        return ConvertStage(self.dump, self.out, self.tree, key or draw_key(), self.options)

    def lay_out(self, scanned: Scanned) -> Scanned:
        """The scanned files with what the layout tells of pictures, whose labels join those of the
        labels file. Raises UsageError."""
        self.layout, scanned = self.layout.of(self.dump, scanned)
        if self.layout.is_of_pictures:
            self.labels = self.layout.labels_of_layout(self.labels)
            self._check_labels()
        return scanned

    def check_modalities(self, scanned: Scanned) -> str:
        """What is told of modalities asked for that the dump does not have. Raises UsageError where
        it has none of them, or one is no modality. Pictures have none."""
        if self.layout.is_of_pictures:
            return ""
        return check_asked(self.options.modalities, scanned.modalities(), self.info)

    def enter(self, stage: ConvertStage, scanned: Scanned) -> ConvertStage:
        """Say which delivery the dump is. Returns the stage that works on it; nothing is written.
        Raises UsageError where it is another delivery, which nobody has asked to add, and where its
        patients were told apart in another way before."""
        own = without_forgotten_files(self.tree, stage.pseudonyms, scanned)
        before = self.tree.deliveries
        delivery = delivery_of(self.tree, self.dump, own, add=self.add)
        self.is_new_delivery = delivery not in before
        told = index_telling(self.tree, delivery)
        refuse_other_telling(self.out, self.tree, told, telling_of(self.layout.wanted))
        return replace(stage, delivery=delivery)

    def settle(self, stage: ConvertStage, scanned: Scanned, *, changed: bool) -> ConvertStage:
        """Create the folders and the key, and remember what the scan has found. changed: it had
        headers to read. Returns the stage: another run may have been faster, whose key then counts,
        and who may have taken the number of the delivery."""
        given = existing_key(self.out, self.tree, self.key_file)
        with explain_disk_errors(self.out):
            self.out.root.mkdir(parents=True, exist_ok=True)
        if not self.tree.key.exists():
            create_key(self.tree.key, given, drawn=stage.pseudonyms)
        stage = replace(stage, pseudonyms=read_key(self.tree.key))
        place, telling = place_of(stage.pseudonyms, self.dump), telling_of(self.layout.wanted)
        is_told_anew = index_telling(self.tree, stage.delivery) != telling
        if changed or self.is_new_delivery or is_told_anew:
            index = IndexOf(stage.delivery, place, telling, new=self.is_new_delivery)
            try:
                write_index(self.tree, index, stage.pseudonyms, scanned)
            except FileExistsError:
                return self.settle(self.enter(stage, scanned), scanned, changed=changed)
        return stage

    def plan(
        self, stage: ConvertStage, scanned: Scanned, selection: Selection = EVERYTHING
    ) -> Plan:
        """Group files into studies, join labels, and compare each study that the run is about with
        what stands in OUT."""
        forgotten: list[ScannedFile] = []
        whose = Whose(stage.pseudonyms, scanned.table())
        remaining = set_forgotten_aside(self.tree, whose, scanned, forgotten)
        found = Grouped(self.labels, scanned)
        self.box_join = BoxJoin.of(self.boxes, scanned)
        for one in remaining:
            told = self.layout.told_of(one.file.path) if one.picture else None
            named = whose.by_study(one)
            source = source_of(stage.pseudonyms, stage.delivery, one, named, told)
            study_id = study_of(stage.pseudonyms, one)
            found.add(study_id, one, source)
            self.box_join.add(study_id, source)
        self.layout = self.layout.without(one.file.path for one in forgotten)
        self.box_join.forget(forgotten)
        groups = found.groups
        if self.labels:
            several = several_issuers(scanned.table())
            keys = joinable(self.labels.keyword, found.study_keys, several)
            self.join = LabelJoin.of(self.labels, keys, found.image_keys, found.left_out(forgotten))
        is_whole = is_complete(self.out, self.info)
        known = KnownSources(self.tree, collated=is_whole)
        self._refuse_foreign_labels(found.study_keys, known.study_ids - groups.keys())
        others = known.study_ids - groups.keys()
        stays = bool(others) and not self.prune and self._had_boxes
        self.box_join.refuse_foreign(may_be_elsewhere=stays)
        left_out = tuple(source_of(stage.pseudonyms, stage.delivery, one) for one in forgotten)
        here = SourcesHere(stage, [*groups.values(), left_out], scanned)
        home = {UNASSIGNED} if left_out or self._holds_forgotten() else set()
        studies = groups.keys() | known.study_ids | home
        plan = Plan(self.out, selection, studies=len(studies))
        corrected = by_study(self.corrections, self.out)
        # a run that was stopped may have renamed some of the folders
        labelling = Labelling(self.out, self.join, self._main_before if is_whole else None)
        boxes = self.box_join.of_studies
        planner = Planner(stage, plan, labelling, known, here, self.prune, corrected, boxes)
        for study_id in sorted(studies):
            if selection.shard.holds(study_id) or study_id not in groups:
                aside = left_out if study_id == UNASSIGNED else ()
                planner.sort_in(study_id, groups.get(study_id, ()), aside)
        return plan

    def _holds_forgotten(self) -> bool:
        """Whether OUT may hold rows of forgotten patients' files: they have no identifiers that
        would tell."""
        return bool(read_forgotten(self.tree)) and self.out.marker(UNASSIGNED).exists()

    def _check_labels(self) -> None:
        if self.options.require_label and self.labels is None:
            raise UsageError("--require-label needs --labels FILE.")
        if self.info and self.info["parameters"]["labels"] and self.labels is None:
            raise UsageError(
                f"OUT ({self.out}) was made with labels. Give --labels again, or choose a new OUT "
                "for a data set without."
            )

    def _refuse_foreign_labels(
        self, study_keys: Mapping[str, Collection[str | None]], staying: Iterable[str]
    ) -> None:
        """Raises UsageError where no key of the labels file is one of the dump's: every study would
        be without a label. Where OUT has labelled studies that are not in this dump, the keys may
        be theirs; but then their folders must not lose the label that they are named by."""
        labels = self.labels
        if labels is None:
            return
        stays = not self.prune and any(map(self.out.has_labels, staying))
        known = self._names_before  # none where a run was stopped
        if stays and known and labels.main not in (self._main_before, *known):
            raise UsageError(
                f"The folders of OUT ({self.out}) are named by the label {self._main_before!r}, "
                f"and studies that are not in this dump have no label {labels.main!r}. Say which "
                f"column holds it now with --label-column COLUMN={self._main_before}, or choose a "
                "new OUT."
            )
        if stays or not study_keys or not self.join.fits_nothing:
            return
        filled = sum(any(values) for values in study_keys.values())
        changed = key_sentences(self.join.counts(labels.main), listed=False)
        raise UsageError(
            f"No label fits: {_looked_for(labels, len(study_keys), filled)}. "
            f"{''.join(f'{one} ' for one in changed)}Mend the keys, or join on another field or "
            "column with --label-key. `radprep inspect DUMP --labels FILE` tries it out."
        )

    @property
    def _had_boxes(self) -> bool:
        """Whether OUT was made with boxes."""
        return bool(self.info and self.info["parameters"].get("boxes"))

    @property
    def _main_before(self) -> str | None:
        """Name of the label that the folders of OUT are named by; None where nobody knows."""
        return self.info["parameters"].get("label_main") if self.info else None

    @property
    def _names_before(self) -> Collection[str]:
        """Names of the labels that OUT has."""
        return self.info.get("counts", {}).get("named_labels", {}) if self.info else ()

    def relabel(self, study_id: str, labels: StudyLabels) -> None:
        """Give the images of a study other labels."""
        relabel_study(self.out, study_id, labels.of)

    def scan(self, stage: ConvertStage) -> tuple[Scanned, list[FoundFile]]:
        """What is known of the dump's files from an earlier scan, and the files whose header must
        be read."""
        files = list(find_files(self.dump))
        found = (
            (delivery, *still_true(without_told(read_index(self.tree, delivery)), files))
            for delivery in self.tree.deliveries
        )
        delivery, known, unknown = min(
            found, key=lambda one: len(one[2]), default=(0, Scanned(), files)
        )
        if index_place(self.tree, delivery) == place_of(stage.pseudonyms, self.dump) or holds_true(
            known, self.dump
        ):
            return known, unknown
        return Scanned(), files

    def with_missing(self, scanned: Scanned) -> Scanned:
        """The same with what a directory of films (DICOMDIR) names and the dump does not hold. It
        is looked for in every run: the file may have come meanwhile, under any name."""
        whole = Scanned(scanned.table())
        whole.add(ScannedFile(one) for one in missing_files(self.dump, scanned))
        return whole

    def remove(self, study_id: str) -> None:
        """Remove a study that no longer has a source."""
        remove_study(self.out, study_id)
        remove_identifiers(self.tree, study_id)

    @property
    def making(self) -> Making:
        """What dataset.json of OUT says of how it is made."""
        parameters = {
            **asdict(self.options),
            "modalities": list(self.options.modalities),
            "only": list(self.options.only),
            "labels": self.labels is not None,
            **self.join.parameters,
            **self.layout.parameters,
            **self.box_join.parameters,
            **parameters_of_corrections(self.corrections),
        }
        return Making(STEP, made_from(read_key(self.tree.key)), parameters)

    def announce(self, plan: Plan) -> None:
        """Say in dataset.json what is being made, before the first study is, and list which labels
        found no study."""
        write_info(self.out, self.making, complete=False, planned=plan.studies)
        if remembered(self.out) != self.corrections:
            remember(self.out, self.corrections)
        self._list_mismatches()

    def _list_mismatches(self) -> None:
        """The studies, label rows and boxes that found no partner, and what a layout lists, where
        only the key's owner reads them."""
        lists = {**self.join.lists(), **self.box_join.lists(), **self.layout.found.lists}
        write_lists(self.tree, lists)


def _looked_for(labels: NamedLabels, studies: int, filled: int) -> str:
    """How many keys of a labels file were looked for among what, as a part of a sentence."""
    keys: set[str] = set()
    keys.update(*(found.by_key for found in labels.by_name.values()))
    said = [
        f"none of the {len(keys)} keys of the labels file is the {labels.keyword} of one of the "
        f"{studies} studies ({filled} of them have one)"
    ]
    if not labels.keyword:
        said = []
    if labels.image_keyword:
        said.append(
            f"none of its {len(labels.image_keys)} keys of images is the {labels.image_keyword} of "
            "a file" + (" (paths begin in DUMP)" if labels.image_keyword == PATH else "")
        )
    return ", and ".join(said)


def _check_dump(dump: Path, out: DataSet) -> None:
    if dump.is_file():
        raise UsageError(f"{dump} is a file. Give a folder; archives in it are read in place.")
    if not dump.is_dir():
        raise UsageError(f"There is no folder {dump}. Give the folder that holds the films.")
    check_folders(dump, out.root)
    check_place(out.root)
    if next(iter(find_files(dump)), None) is None:
        raise UsageError(f"There is no file under {dump}. Give the folder that holds the films.")

"""A folder that `datasets.load_dataset` and the Hugging Face Hub read: Parquet shards whose columns
are said in the words of that library, and the data card as README.md, whose head says which files
are of which split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radprep.dataset.card_files import README
from radprep.export.card.of_export import readme_of
from radprep.export.film import Film
from radprep.export.formats import parquet
from radprep.export.pictures import Encoded
from radprep.export.work import Format, Work

if TYPE_CHECKING:
    from datasets import Features

_DATA = "data/"
_MOST_CLASSES = 1_000
"""Texts that are more than so many are no classes."""


def write(work: Work) -> None:
    """data/train-00000-of-00003.parquet and its like, and README.md."""
    features = _features(work)
    numbers = {label: number for number, label in enumerate(work.classes)}
    is_class = _has_classes(work)

    def record(work: Work, film: Film, image: Encoded) -> dict[str, Any]:
        """The values of a film, its label as the number of its class."""
        found = parquet.record(work, film, image)
        return {**found, "label": numbers.get(found["label"])} if is_class else found

    parquet.write_shards(work, _DATA, features.arrow_schema, record)
    work.write(README, readme_of(work, front_matter(work, features)))


def front_matter(work: Work, features: Features) -> dict[str, Any]:
    """What the YAML at the head of README.md says of the files: the features of the columns, and
    the files of each split."""
    from datasets import DatasetInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    card = DatasetCardData()
    DatasetInfosDict(default=DatasetInfo(features=features)).to_dataset_card_data(card)
    return {
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": name, "path": f"{_DATA}{name}-*"}
                    for name in map(work.split_name, work.parts)
                ],
            }
        ],
        "dataset_info": card["dataset_info"],
    }


def _has_classes(work: Work) -> bool:
    return 0 < len(work.classes) <= _MOST_CLASSES


def _features(work: Work) -> Features:
    """The columns in the words of `datasets`: images are shown, labels are numbers with names."""
    from datasets import ClassLabel, Features, Image

    found = Features.from_arrow_schema(parquet.schema(work))
    for name in (parquet.IMAGE, parquet.MASK):
        if name in found:
            found[name] = Image()
    if _has_classes(work):
        found["label"] = ClassLabel(names=list(work.classes))
    return found


FORMAT = Format(
    "hf",
    "a folder of Parquet shards with embedded images, splits, classes and a README.md",
    "`datasets.load_dataset(FOLDER)` and the Hugging Face Hub",
    write,
    ("datasets",),
)

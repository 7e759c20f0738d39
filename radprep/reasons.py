"""The codes that radprep gives: reasons of rejections, codes of failures and exit codes, each with
what it means and what to do. Those of marks for review stand in review_marks.py.

Codes are stable: a data set that was made years ago is read with this table. A test searches the
source for every code and fails where one is missing here.
"""

from __future__ import annotations

from typing import NamedTuple

from radprep.errors import BUG, INTERRUPTED, NOT_VERIFIED, TOO_MANY_FAILED, USAGE


class Meaning(NamedTuple):
    """What a code says, and what a person can do about it. Each is one or two sentences."""

    what: str
    do: str


NO_DICOM = (
    "No file here is DICOM. radprep reads DICOM files under any names, and those in archives "
    "(zip, tar, gz, bz2, xz) where they lie: give the folder of such an export."
)
"""What somebody is told whose dump holds nothing that can be read."""

REJECTIONS: dict[str, Meaning] = {
    "not_dicom": Meaning(
        "The file has no DICOM header.", "Nothing, unless you know it to be a film."
    ),
    "picture": Meaning(
        "The file is a picture (PNG, JPEG, TIFF, ...), and no DICOM file.",
        "Ask the archive for the films as DICOM files: a picture says neither whose film it is "
        "nor what its values mean. Pictures are converted with `--layout`, DICOM files then are "
        "not.",
    ),
    "dicom": Meaning(
        "The file is a DICOM file, and convert was asked for pictures with `--layout`.",
        "Convert the DICOM files into a data set of their own, without `--layout`, and put both "
        "together with `radprep merge`.",
    ),
    "no_picture": Meaning(
        "The file is no picture: a table, a text or the like. Pictures were asked for with "
        "`--layout`.",
        "Nothing, unless you know it to be a film.",
    ),
    "outside_layout": Meaning(
        "The picture stands where the layout asked for has none, so that nothing tells what it is.",
        "Move it, or use `--layout table`. `outside_layout.csv` in the private tree lists them.",
    ),
    "link_to_folder": Meaning(
        "The dump holds a link to a folder. Links to folders are not followed, because they may "
        "lead in a circle.",
        "Give the folder itself as the dump, or copy it in.",
    ),
    "no_pixels": Meaning(
        "The file holds no image: it is a report, a presentation state, a plan, a document or the "
        "like.",
        "Nothing.",
    ),
    "link_in_archive": Meaning(
        "An archive holds a link. What it points to in the archive is a file of its own.",
        "Nothing, unless it points to a film that is not in the archive.",
    ),
    "modality": Meaning(
        "The modality is not one of those that convert was asked for. `detail` names it, and the "
        "attribute that it was read from where Modality holds no term of DICOM.",
        "Name it with `--modality`, together with the others that you want, if you want it; "
        "`unknown` can be named, too.",
    ),
    "secondary_capture": Meaning(
        "The file is a picture of a screen or a paper. Such pictures often show a name.",
        "Look at some of them before you ask for them with `--secondary-captures`.",
    ),
    "burned_in_text": Meaning(
        "Text that may name a person stands in the pixels, and `--burned-in reject` was given.",
        "Use `--burned-in redact`, or correct `burned_in` where there is no such text.",
    ),
    "multi_frame": Meaning(
        "The file holds several frames, and `--frames reject` was given.",
        "Use `--frames all` or `--frames first`.",
    ),
    "no_label": Meaning(
        "Neither the image nor its study has a main label, and `--require-label` was given.",
        "See `studies_without_label.csv` in the private tree.",
    ),
    "duplicate": Meaning(
        "The study holds an image with the same pixels once more, under the same UID or under "
        "another one. One of them is kept: `detail` names the source_id of its file.",
        "Nothing.",
    ),
    "raw_twin": Meaning(
        "The file is the raw image (FOR PROCESSING) of an exposure whose image FOR PRESENTATION is "
        "there, too: `detail` names the source_id of that one.",
        "Nothing, unless you want raw images: then use `--keep-raw-twins`.",
    ),
    "forgotten": Meaning(
        "The file belongs to a patient who was removed with `radprep forget`. It was not read "
        "beyond its header.",
        "Remove the file from the dump.",
    ),
    "study_too_large": Meaning(
        "The study has more instances than a study of plain films has.",
        "Raise `limit_study_size.max_instances` if your studies are larger.",
    ),
    "body_part": Meaning(
        "The header names another body part than those that are kept.",
        "Add the part to `anatomic_filter.keep`, or to `--only` of convert.",
    ),
    "near_blank": Meaning(
        "The film shows hardly any limb. The step `quality` rejects it only on request.",
        "Look at it, and lower `quality.least_limb` if the films are good.",
    ),
    "saturated": Meaning(
        "Much of the limb is as bright as a pixel can be.",
        "Look at it, and try `convert --window` with another value.",
    ),
    "cut_off": Meaning(
        "The limb leaves the exposed field on most of its sides.",
        "Look at it, and raise `quality.most_sides` if the films are good.",
    ),
    "small_field": Meaning(
        "Only a small share of the image was exposed.",
        "Look at it, and put `crop_to_carrier` before `quality` if the films are good.",
    ),
    "correction": Meaning(
        "A person rejected the image in a corrections file.",
        "Take the correction back with an empty value if it was wrong.",
    ),
}
"""Reason -> meaning, where a file or an image was rejected. A rejection is a decision."""

FAILURES: dict[str, Meaning] = {
    "unreadable": Meaning(
        "The file cannot be read: there is no access, or it is no regular file.",
        "Mend its permissions, then run the same command again.",
    ),
    "changed_while_read": Meaning(
        "The file changed between the scan and the conversion.",
        "Let the copying end, then run the same command again.",
    ),
    "unreadable_header": Meaning(
        "There is a DICOM header, but it cannot be parsed.", "Export the file again."
    ),
    "header_too_large": Meaning(
        "The DICOM header holds more elements, items or bytes than the header of a film can have.",
        "Export the file again.",
    ),
    "file_too_large": Meaning(
        "The DICOM file is larger than 1 GiB. No film is.",
        "Nothing, unless you know it to be a film: then export it with fewer frames.",
    ),
    "no_pixel_data": Meaning(
        "The header is that of an image, and there is no pixel data.",
        "Export or copy the file again.",
    ),
    "truncated": Meaning("The pixel data breaks off.", "Export or copy the file again."),
    "bad_pixel_attributes": Meaning(
        "An attribute that says how pixels are stored is missing or senseless. `detail` names it.",
        "Export the file again.",
    ),
    "too_many_pixels": Meaning(
        "The header claims more pixels than `--max-pixels` allows.",
        "Raise `--max-pixels` if the film is really that large.",
    ),
    "too_many_frames": Meaning(
        "The file holds more frames than `--max-frames` allows, and each would give an image.",
        "Raise `--max-frames` if the frames are really wanted, or use `--frames first`.",
    ),
    "unsupported_bits": Meaning(
        "The numbers of bits allocated and stored are a combination that radprep does not read.",
        "Please report the values of `detail`.",
    ),
    "unsupported_syntax": Meaning(
        "No decoder reads this transfer syntax, which `detail` names. `radprep doctor` lists those "
        "that are read.",
        "Export the file in another transfer syntax.",
    ),
    "unsupported_photometric": Meaning(
        "The colours are stored in a way that radprep does not read, or the header and the pixel "
        "stream name different ones.",
        "Export the file as grey values.",
    ),
    "unreadable_picture": Meaning(
        "The file begins as a picture, and nothing of it can be decoded. `detail` says what is "
        "wrong.",
        "Copy or export the file again.",
    ),
    "unsupported_picture": Meaning(
        "The picture is of a kind that radprep does not read: its format, its colours or the way "
        "it is compressed. `detail` names it.",
        "Save it as PNG or TIFF with another program.",
    ),
    "decode_error": Meaning(
        "The decoders could not read the pixel data.", "Export or copy the file again."
    ),
    "frame_does_not_fit": Meaning(
        "The pixels have another size, or other values, than the header says, or there are more "
        "of them.",
        "Export the file again.",
    ),
    "bad_archive": Meaning(
        "An archive, or a file in it, cannot be opened: it is broken, encrypted or empty, its list "
        "breaks off, or it claims to hold more than an archive of its size.",
        "Unpack it by hand if you trust it, or copy it again.",
    ),
    "unsupported_archive": Meaning(
        "The file is an archive or a disk image of a kind that radprep does not open. `detail` "
        "names the kind: 7z, rar, iso and others.",
        "Unpack it by hand into the dump.",
    ),
    "too_large_in_archive": Meaning(
        "A file in an archive would unpack to more than 1 GiB, or to far more than its compressed "
        "size; or a bzip2 or xz archive to more than 256 MiB.",
        "Unpack it by hand if you trust it.",
    ),
    "missing_file": Meaning(
        "A DICOMDIR of the dump names the file, and it is not there.",
        "Copy the CD again, or drop the row with `--prune` once the DICOMDIR is gone.",
    ),
    "decoder_died": Meaning(
        "The second decoder, GDCM, ended its own process over this file.",
        "Export the file in another transfer syntax.",
    ),
    "decoder_timeout": Meaning(
        "The second decoder, GDCM, took too long over this file.",
        "Export the file in another transfer syntax.",
    ),
    "out_of_memory": Meaning(
        "The file asked for more memory than a process may have.",
        "Export the file again, or lower `--max-pixels` to refuse it earlier.",
    ),
    "internal_error": Meaning(
        "radprep met something that it did not expect. `detail` holds the kind of error.",
        "Please report it.",
    ),
    "worker_died": Meaning(
        "The process that did the study was killed twice, often because memory ran out.",
        "Give more memory or fewer workers, then use `--retry failed:worker_died`.",
    ),
    "study_timeout": Meaning(
        "The study took longer than `--study-timeout`.",
        "Raise it, then use `--retry failed:study_timeout`.",
    ),
    "library_exit": Meaning(
        "A library tried to end the whole process over this study.",
        "Please report it; `--retry failed:library_exit` tries again.",
    ),
    "source_absent": Meaning(
        "The file has left the dump, and its image was lost besides.",
        "Bring the file back to the dump, or drop its row with `--prune`.",
    ),
    "image_missing": Meaning(
        "The image that a row of the source data set names is not there.",
        "Run `radprep verify --repair` on the source, then its own command again.",
    ),
    "image_altered": Meaning(
        "The image of the source data set is not the one that was hashed when it was made.",
        "Run `radprep verify --repair` on the source, then its own command again.",
    ),
    "step_failed": Meaning(
        "A step of the pipeline broke on this image. `step` names it.", "Please report it."
    ),
    "render_failed": Meaning(
        "The image could not be drawn after the last step.", "Please report it."
    ),
}
"""Code -> meaning, where a file or an image failed. A failure is a fault."""

EXIT_CODES: dict[int, Meaning] = {
    0: Meaning("The command is done. Rejections and a few failures are part of that.", "Nothing."),
    BUG: Meaning(
        "There is a bug in radprep. What was finished before is safe.",
        "Please report the line that was printed.",
    ),
    USAGE: Meaning(
        "The command, its options or its files are not what they must be.",
        "The message says what to change.",
    ),
    TOO_MANY_FAILED: Meaning(
        "More files failed than `--max-failed` allows. The result is complete and stays.",
        "Look at the columns `reason` and `detail`, or raise `--max-failed`.",
    ),
    NOT_VERIFIED: Meaning(
        "`radprep verify` found something that is not as it must be.",
        "Follow the list that it printed; `--repair` queues what can be done again.",
    ),
    INTERRUPTED: Meaning(
        "The run was asked to stop, or the disk is full or cannot be written.",
        "Run the same command again: it goes on where it stopped.",
    ),
}
"""Exit code of the command line -> meaning."""

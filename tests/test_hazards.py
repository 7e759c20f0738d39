"""Every hazard of a real dump in one conversion: what must become of each file, by its name."""

import io
import os
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1

from tests.made import arm, convert, make_dicom, private_of

DEEP = 1500
"""Nested sequences; Python's own limit is 1000."""


def deep_sequences():
    """A film with sequences in sequences, written by hand: no writer nests so deep."""
    plain = make_dicom(study="13")
    item = b""
    for _ in range(DEEP):
        body = b"\xfe\xff\x00\xe0" + (len(item)).to_bytes(4, "little") + item
        item = b"\x40\x00\x75\x02SQ\0\0" + len(body).to_bytes(4, "little") + body
    at = plain.index(b"\xe0\x7f\x10\x00")
    return plain[:at] + item + plain[at:]


def wrong_syntax():
    """Native pixel data that says it is JPEG 2000."""
    film = pydicom.dcmread(io.BytesIO(make_dicom(study="3")))
    film.file_meta.TransferSyntaxUID = JPEG2000Lossless
    film.PixelData = pydicom.encaps.encapsulate([film.PixelData])
    film["PixelData"].is_undefined_length = True
    buffer = io.BytesIO()
    film.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


FILES = {
    # name: (bytes, status, reason)
    b"truncated": (make_dicom(study="1")[:-4000], "failed", "truncated"),
    b"truncated jpeg": (
        make_dicom(study="2", syntax=JPEGLosslessSV1, bits=16)[:-4000],
        "failed",
        "truncated",
    ),
    b"wrong syntax": (wrong_syntax(), "failed", "decode_error"),
    b"no uids": (
        make_dicom(study="4", StudyInstanceUID=None, SeriesInstanceUID=None, SOPInstanceUID=None),
        "kept",
        None,
    ),
    b"same uid, one": (make_dicom(arm(seed=1), study="5"), "kept", None),
    b"same uid, other pixels": (make_dicom(arm(seed=2), study="5"), "kept", None),
    b"twin one": (make_dicom(study="6"), None, None),
    b"twin two": (make_dicom(study="6"), None, None),
    b"folder a/one study": (make_dicom(arm(seed=3), study="7"), "kept", None),
    b"folder b/one study": (make_dicom(arm(seed=4), study="7", instance="2"), "kept", None),
    b"folder a/another study": (make_dicom(arm(seed=5), study="8"), "kept", None),
    b"not utf-8 \xff\xfe": (make_dicom(study="9"), "kept", None),
    b"n" * 255: (make_dicom(study="10"), "kept", None),
    b"new\nline and \x1b[31m": (make_dicom(study="11"), "kept", None),
    b"bad charset": (
        make_dicom(study="12", SpecificCharacterSet="ISO_IR 999", StudyDescription="\u00c3"),
        "kept",
        None,
    ),
    b"deep sequences": (deep_sequences(), None, None),
    b"absurd dimensions": (
        make_dicom(study="14", Rows=65535, Columns=65535),
        "failed",
        "too_many_pixels",
    ),
    b"constant": (make_dicom(np.full((50, 40), 7, np.uint16), study="15"), "kept", None),
    b"short pixel data": (make_dicom(study="16", PixelData=b"\0" * 100), "failed", "truncated"),
    b"zero rows": (make_dicom(study="17", Rows=0), "failed", "bad_pixel_attributes"),
    b"no pixels": (make_dicom(study="18", PixelData=None), "failed", "no_pixel_data"),
    b"secondary capture": (
        make_dicom(study="19", SOPClassUID="1.2.840.10008.5.1.4.1.1.7"),
        "rejected",
        "secondary_capture",
    ),
    b"empty": (b"", "rejected", "not_dicom"),
    b"DICOMDIR": (bytes(128) + b"DICM", "rejected", "not_dicom"),
    b"scan.png": (b"\x89PNG\r\n\x1a\n and so on", "rejected", "picture"),
    b"letter.doc": (b"Dear colleague", "rejected", "not_dicom"),
    b"uid with a path": (
        make_dicom(study="20", StudyInstanceUID="../../../etc/passwd"),
        "kept",
        None,
    ),
}


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The dump of hazards, converted; rows by the name of their file."""
    folder = tmp_path_factory.mktemp("hazards")
    dump = os.fsencode(folder / "dump")
    for name, (data, _, _) in FILES.items():
        os.makedirs(os.path.dirname(os.path.join(dump, name)), exist_ok=True)
        with open(os.path.join(dump, name), "wb") as handle:
            handle.write(data)
    os.symlink(dump, os.path.join(dump, b"loop"))
    os.symlink("nowhere", os.path.join(dump, b"dangling"))
    os.mkfifo(os.path.join(dump, b"pipe"))
    with zipfile.ZipFile(folder / "dump" / "cd.zip", "w") as archive:
        archive.writestr("IM1", make_dicom(study="21"))
    summary = convert(folder / "dump", folder / "raw", "--max-failed", "1", "--workers", "2")
    identifiers = pd.read_parquet(private_of(folder / "raw").identifiers)
    table = pd.read_parquet(folder / "raw" / "instances.parquet")
    return (
        folder,
        summary,
        table.merge(identifiers[["source_id", "source_path"]], on="source_id").set_index(
            "source_path"
        ),
    )


def shown(name):
    """A file's name as the identifiers hold it."""
    return os.fsdecode(name).encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("name", [name for name, (_, status, _) in FILES.items() if status])
def test_each_hazard_becomes_what_it_must(converted, name):
    _, status, reason = FILES[name]
    row = converted[2].loc[shown(name)]
    assert (row.status, row.reason if status != "kept" else None) == (status, reason), row.detail


def test_nothing_is_lost(converted):
    _, summary, table = converted
    # a pipe, two links, a film in an archive
    assert summary["files_found"] == len(FILES) + 4 == table.source_id.nunique()


def test_what_is_no_file_fails_unopened(converted):
    for name in ("pipe", "dangling"):
        assert (converted[2].loc[name].status, converted[2].loc[name].reason) == (
            "failed",
            "unreadable",
        )


def test_a_link_to_a_folder_is_told_and_not_followed(converted):
    assert (converted[2].loc["loop"].status, converted[2].loc["loop"].reason) == (
        "rejected",
        "link_to_folder",
    )


def test_a_film_in_an_archive_is_kept(converted):
    assert converted[2].loc["cd.zip/IM1"].status == "kept"


def test_of_twins_one_stays(converted):
    assert sorted(converted[2].loc[["twin one", "twin two"]].status) == ["kept", "rejected"]


def test_conflicts_and_constant_films_are_marked(converted):
    table = converted[2]
    for name in ("same uid, one", "same uid, other pixels"):
        assert "convert:uid_conflict" in table.loc[name].review
    assert "convert:constant_image" in table.loc["constant"].review


def test_studies_are_what_their_uids_say_not_their_folders(converted):
    table = converted[2]
    assert table.loc["folder a/one study"].study_id == table.loc["folder b/one study"].study_id
    assert table.loc["folder a/one study"].study_id != table.loc["folder a/another study"].study_id


def test_deep_sequences_cost_at_most_their_film(converted):
    assert deep_sequences().count(b"\x40\x00\x75\x02SQ") == DEEP
    assert converted[2].loc["deep sequences"].status in ("kept", "failed")
    assert converted[2].loc["deep sequences"].reason != "internal_error"


def test_no_value_reaches_a_path(converted):
    folder, _, table = converted
    names = {path.name for path in (folder / "raw").rglob("*")}
    assert not [name for name in names if "passwd" in name or ".." in name]
    assert (
        table.file_name.dropna()
        .str.fullmatch(r"unlabelled/[0-9a-z]{2}/[0-9a-z]+/[0-9a-f]{16}\.png")
        .all()
    )


def test_a_file_without_permission_fails_alone(dump, tmp_path):
    """Root may read everything, so it gives that capability up."""
    os.chmod(dump / "IM3", 0)
    without = "-dac_override,-dac_read_search"
    command = (
        ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]
        if os.geteuid() == 0
        else []
    )
    done = subprocess.run(
        [
            *command,
            sys.executable,
            "-m",
            "radprep",
            "convert",
            str(dump),
            str(tmp_path / "raw"),
            "--max-failed",
            "1",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "convert:unreadable 1" in done.stdout


@pytest.mark.slow
def test_everything_works_without_a_network(tmp_path):
    command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a network namespace")
    done = subprocess.run(
        [
            *command,
            sys.executable,
            "-m",
            "radprep",
            "demo",
            str(tmp_path / "demo"),
            "--workers",
            "2",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Where to look" in done.stdout

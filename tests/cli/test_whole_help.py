from typer.testing import CliRunner

from radprep.cli import app as radprep_app
from radprep.cli.whole_help import first_sentence


def test_the_first_sentence_ends_where_another_begins():
    assert first_sentence("Make it (a.parquet,\nb.json) by 3.5 of them. Safe to repeat.") == (
        "Make it (a.parquet, b.json) by 3.5 of them."
    )
    assert first_sentence("No end") == "No end"


def test_options_of_one_subject_stand_together():
    text = CliRunner().invoke(radprep_app, ["convert", "--help"]).stdout
    of_pictures = text.partition("Pictures instead of DICOM files:")[2].partition("Labels:")[0]
    for option in ("--layout", "--table", "--patient-column", "--class-level", "--patient-level"):
        assert option in of_pictures
    assert "--workers" not in of_pictures
    assert "--label-map" in text.partition("\nLabels:")[2]

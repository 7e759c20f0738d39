"""What inspect says of several labels, of studies and of images."""

from tests.made import ROOT, arm, command, convert, make_dicom


def test_inspect_counts_each_label_as_convert_gives_it(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for study in "123":
        for film in "12":
            data = make_dicom(arm(seed=int(study + film)), study=study, instance=film)
            (dump / f"{study}{film}").write_bytes(data)
    labels = tmp_path / "labels.csv"
    labels.write_text(
        f"accession,image,fracture,metal\nA1,,yes,no\nA1,{ROOT}.1.1.2,no,\n"
        f"A2,,no,yes\n,{ROOT}.9.1.9,yes,no\n"
    )
    flags = (
        *("--labels", labels, "--label-key", "accession", "--label-key", "image"),
        *("--label-column", "fracture", "--label-column", "metal"),
    )
    found = command("inspect", dump, *flags)
    made = convert(dump, tmp_path / "raw", *flags)
    for name, suffix in (("fracture", ""), ("metal", "_metal")):
        assert found[f"label_join{suffix}"] == made["label_join"][name]
        images = {one["name"]: one["images"] for one in found[f"labels{suffix}"]}
        assert images == made["counts"]["named_labels"][name]
    again = command("inspect", tmp_path / "raw")
    assert again["labels"] == found["labels"]
    assert again["labels_metal"] == found["labels_metal"]

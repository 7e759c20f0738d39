import pytest

from radprep.annotations.formats import read_boxes
from radprep.annotations.reading import SHARE
from radprep.errors import UsageError


def read(tmp_path, text, unit=None):
    path = tmp_path / "boxes.csv"
    path.write_text(text)
    return read_boxes(path, unit=unit)


def seen(reading):
    """keys, frame, size -> class and place of each box."""
    return {
        (film.keys[0], film.frame, film.size): [(box.text, box.place) for box in film.boxes]
        for film in reading.films.values()
    }


@pytest.mark.parametrize(
    "text",
    [
        "path,x,y,width,height,label\na/1.dcm,10,20,30,40,fracture\n",
        "SOPInstanceUID;X;Y;Width;Height;Class\na/1.dcm;10;20;30;40;fracture\n",
        "image,x_min,y_min,x_max,y_max,category\na/1.dcm,10,20,40,60,fracture\n",
        # VinDr-CXR
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "a/1.dcm,fracture,3,R9,10,20,40,60\n",
        # NIH ChestX-ray14, BBox_List_2017.csv
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\na/1.dcm,fracture,10,20,30,40,,,\n",
        # RetinaNet and TensorFlow, decimal commas, another order
        "xmin;ymin;xmax;ymax;class;filename\n10,0;20,0;40,0;60,0;fracture;a/1.dcm\n",
        "image,label,x1,y1,x2,y2\na/1.dcm,fracture,10,20,40,60\n",
        "image,label,x_center,y_center,w,h\na/1.dcm,fracture,25,40,30,40\n",
        # makesense.ai
        "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name\nfracture,10,20,30,40,a/1.dcm\n",
    ],
)
def test_reads_the_columns_of_well_known_files(tmp_path, text):
    assert seen(read(tmp_path, text)) == {("a/1.dcm", None, None): [("fracture", (10, 20, 30, 40))]}


def test_rsna_says_by_its_target_what_was_looked_at(tmp_path):
    reading = read(
        tmp_path,
        "patientId,x,y,width,height,Target\nhas,10,20,30,40,1\nhas,1,2,3,4,1\nnone,,,,,0\nbad,,,,,1\n",
    )
    assert seen(reading) == {
        ("has", None, None): [("", (10, 20, 30, 40)), ("", (1, 2, 3, 4))],
        ("none", None, None): [],
        ("bad", None, None): [],
    }
    assert dict(reading.faults) == {"number": 1}


def test_empty_numbers_say_that_somebody_looked(tmp_path):
    reading = read(
        tmp_path,
        "image_id,class_name,x_min,y_min,x_max,y_max\na,No finding,,,,\nb,nodule,1,2,30,40\n"
        "c,No finding,nan,nan,nan,nan\n",
    )
    assert seen(reading)["a", None, None] == []
    assert seen(reading)["c", None, None] == []
    assert not reading.faults


def test_width_beside_corners_is_the_size_of_the_picture_unless_it_is_the_box_s(tmp_path):
    head = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    reading = read(tmp_path, f"{head}a.jpg,640,480,fracture,10,20,40,60\n")
    assert seen(reading) == {("a.jpg", None, (640, 480)): [("fracture", (10, 20, 30, 40))]}
    reading = read(tmp_path, f"{head}a.jpg,30,40,fracture,10,20,40,60\n")
    assert seen(reading) == {("a.jpg", None, None): [("fracture", (10, 20, 30, 40))]}


def test_frames_and_units_of_rows(tmp_path):
    reading = read(
        tmp_path,
        "image,x,y,width,height,frame,unit\na,10,20,30,40,2,px\na,.1,.2,.3,.4,3,share\n"
        "a,1,2,3,4,0,px\na,1,2,3,4,1,inch\n",
    )
    assert ("a", 2, None) in seen(reading)
    [share] = [film for film in reading.films.values() if film.unit == SHARE]
    assert (share.frame, share.boxes[0].place) == (3, (0.1, 0.2, 0.3, 0.4))
    assert dict(reading.faults) == {"frame": 1, "unit": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("path,label\na,b\n", "says where a box lies"),
        ("x,y,width,height\n1,2,3,4\n", "names the film"),
        ("", "names no film"),
        ('path,x,y,width,height\n"a,1,2,3,4\n', "do not pair up"),
    ],
)
def test_a_file_that_says_nothing_is_a_sentence(tmp_path, text, why):
    with pytest.raises(UsageError, match=why):
        read(tmp_path, text)


def test_a_row_without_a_film_is_counted(tmp_path):
    reading = read(tmp_path, "path,x,y,width,height\n,1,2,30,40\nb,1,2,30,40\nc,1,2\n")
    assert dict(reading.faults) == {"no_film": 1, "number": 1}


def test_many_rows_are_read_within_seconds(tmp_path):
    rows = (f"a{number % 1000}.dcm,{number % 97},3,10,12\n" for number in range(50_000))
    reading = read(tmp_path, f"path,x,y,width,height\n{''.join(rows)}")
    assert (len(reading.films), reading.boxes) == (1000, 50_000)


def test_a_film_with_an_endless_name_is_counted(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text(f"path,x,y,width,height\na.dcm,9,9,9,9\n{'a' * 1001},9,9,9,9\n")
    assert dict(read_boxes(path).faults) == {"no_film": 1}

"""The marks for review that radprep gives, each with its meaning and what to do about it."""

from __future__ import annotations

from radprep.reasons import Meaning

REVIEW_MARKS: dict[str, Meaning] = {
    "convert:constant_image": Meaning(
        "All pixels of the image are equal.", "Look at the film, and at its window."
    ),
    "convert:pixel_aspect": Meaning(
        "The header says that pixels are not square, so the image was stretched until they are. "
        "`decisions` holds the ratio.",
        "Look at the film: a limb that looks stretched has a false header.",
    ),
    "convert:unsure_pixel_aspect": Meaning(
        "The header says that pixels are not square, but contradicts itself, or the ratio cannot "
        "be true (beyond 4), or the image would be too large. It was not stretched.",
        "Look at the film, and leave it out where its shape counts.",
    ),
    "convert:burned_in_text": Meaning(
        "Text that may name a person stands in the pixels.",
        "Look at the image. Run convert with `--burned-in redact`, or correct `burned_in`.",
    ),
    "convert:no_table_row": Meaning(
        "The table has no row for the picture, so that nothing tells whose it is: it counts as a "
        "patient of its own.",
        "Add its row to the table, or reject the picture with a correction.",
    ),
    "convert:no_study_uid": Meaning(
        "The header names no study, so the file became a study of its own.",
        "Check the patient's other films.",
    ),
    "convert:modality_guessed": Meaning(
        "Modality holds no term of DICOM, or several, and the SOP class does not tell which it is.",
        "Look at the image: it may be of another kind than the column Modality says.",
    ),
    "convert:copies_differ": Meaning(
        "Another file of the study shows the same pixels and was rejected as `duplicate`. The two "
        "headers name different sides or views.",
        "Look at the film: one of the headers is wrong, and it may be that of the film that stays.",
    ),
    "convert:raw_film": Meaning(
        "The image is raw (FOR PROCESSING), and nothing says that an image FOR PRESENTATION of its "
        "study is of the same exposure, or it is not clear which one is.",
        "Look at the image: raw ones are darker, flatter or inverted. Reject it if it is useless.",
    ),
    "convert:raw_twin": Meaning(
        "The image is raw (FOR PROCESSING), and the image FOR PRESENTATION of the same exposure is "
        "kept, too, because `--keep-raw-twins` was given.",
        "Mind that the study counts this exposure twice.",
    ),
    "convert:contradictory_labels": Meaning(
        "The labels file says different things of this image and of copies that were left out: "
        "the same pixels under another UID or path, or its raw image. The image has none of the "
        "labels that contradict each other.",
        "Mend the labels file: it must say the same of all copies of an image.",
    ),
    "convert:box_cut": Meaning(
        "A box of a file of boxes lies partly outside of the film. `share` in the column `boxes` "
        "says how much of it lies on the film.",
        "Look at the box: it may be drawn on another film, or on a picture that was cut.",
    ),
    "convert:box_outside": Meaning(
        "A box of a file of boxes lies wholly outside of the film, so the film does not have it. "
        "`decisions` lists it under `boxes`.",
        "Look at the film: the box may be another film's, or its unit may be wrong.",
    ),
    "convert:boxes_unusable": Meaning(
        "The file of boxes speaks of the film in a way that cannot be used, wholly or in part: a "
        "box has no size or no number, nobody was sure of its class, it was drawn on a picture of "
        "another shape or on another frame, or there are more than 256. The film has the other "
        "boxes, if there are any. Without one it is not a film without a finding: `boxes` is null.",
        "Look at the film and its lines in the file of boxes: a box may be missing.",
    ),
    "convert:boxes_differ": Meaning(
        "The film is in the dump several times, and the file of boxes says different things of "
        "its copies. The film has all of these boxes.",
        "Look at the boxes, and mend the file of boxes.",
    ),
    "convert:uid_conflict": Meaning(
        "Two files of the study claim to be the same instance and show different pixels. Both "
        "are kept.",
        "Decide which of them is right.",
    ),
    "convert:lut_mended": Meaning(
        "A look-up table of grey values contradicts its own description: its length, its bits or "
        "its first value. It was read as its entries ask for. `decisions` names the faults.",
        "Look at the contrast of the film, and whether it is shown as a negative.",
    ),
    "convert:lut_unusable": Meaning(
        "A look-up table of grey values holds nothing that can be used. The film is shown without "
        "it, and perhaps as a negative.",
        "Look at the film, and correct `inverted` if it is a negative.",
    ),
    "convert:narrow_voi": Meaning(
        "The VOI LUT or window of the header leaves less than a quarter of the grey range of a "
        "film that shows more. The next one of the file was used, or the film's own range. "
        "`refused_range` in `decisions` is the share that was left.",
        "Look at the contrast of the film.",
    ),
    "convert:unusable_number": Meaning(
        "A window, a rescale or the size of a pixel in the header holds a number that is missing, "
        "that cannot be read, or that makes no sense, such as a width of 0. It was not used.",
        "Look at the contrast of the film, whether it is shown as a negative, and its outline.",
    ),
    "convert:presentation_lut": Meaning(
        "The header names a presentation LUT that contradicts its photometric interpretation, or "
        "holds a table of one, which is not applied. Viewers differ on black and white then.",
        "Look at the film, and correct `inverted` if it is a negative.",
    ),
    "convert:clamped_values": Meaning(
        "A coder with losses left some values a little outside the bits stored. They were set to "
        "the nearest value that these hold; `clamped` in `decisions` counts them.",
        "Nothing, unless they are many.",
    ),
    "convert:stray_bits": Meaning(
        "Pixels hold greater values than the bits stored can, and no overlay is said to stand in "
        "the bits above these. These bits were cut off, so that white may have become black. "
        "`stray` in `decisions` counts the pixels.",
        "Look at the image: the header may say too few bits.",
    ),
    "convert:stream_precision": Meaning(
        "The pixel stream has fewer bits than the header says. Its own number counts, and "
        "`stream_bits` in `decisions` holds it.",
        "Look at the image: a window of the header may not belong to these values.",
    ),
    "convert:stream_sign": Meaning(
        "The pixel stream and the header contradict each other on whether values have a sign. "
        "They were read with one.",
        "Look at the image: the greys of its brighter half may stand below the others.",
    ),
    "convert:stream_colour": Meaning(
        "The pixel stream names other colours than the header. Its own word counts.",
        "Look at the image.",
    ),
    "convert:more_frames": Meaning(
        "The file holds more frames than its header says. All of them were read.",
        "Look at the frames. Use `--frames first` or `--frames reject` if they are not wanted.",
    ),
    "convert:damaged_picture": Meaning(
        "The file of the picture breaks off or is damaged. What could be decoded is kept, and the "
        "rest is black. `lost` in `decisions` is the share that is missing.",
        "Look at the image. Copy the file again, or reject it if too much is missing.",
    ),
    "convert:transparent_picture": Meaning(
        "Parts of the picture are transparent. They are shown before a black ground. `transparent` "
        "in `decisions` is their share.",
        "Look at the image: a part of the film may be hidden, or the picture was cut out.",
    ),
    "convert:not_finite_values": Meaning(
        "Pixels of the image are no finite numbers. They are shown as the least value that is one.",
        "Look at the image; `not_finite` in `decisions` counts them.",
    ),
    "preprocess:box_on_several_parts": Meaning(
        "A box that is drawn on the film lies on this image and on another part of the film. Each "
        "part that shows a tenth of it or more has it.",
        "Look at the film: correct `parts` if it was cut through what the box is about.",
    ),
    "preprocess:box_cut": Meaning(
        "A box that is drawn on the film does not lie whole on this image. `share` in the column "
        "`boxes` says how much of it does.",
        "Look at what was cut away, and correct the step that did it.",
    ),
    "preprocess:box_lost": Meaning(
        "A box that is drawn on the film lies on no image of it any more: it was cut away, or the "
        "part that shows it was rejected. `decisions` lists it under `boxes`.",
        "Look at the film, and correct the step that cut it, or keep the part.",
    ),
    "anatomic_filter:unknown_body_part": Meaning(
        "Nobody could read which body part the film shows. It is kept.",
        "Look at it, and reject it with a correction if it is another part.",
    ),
    "anatomic_filter:unsure_body_part": Meaning(
        "The body part was read with a low score. The film is kept.",
        "Look at it, and reject it with a correction if it is another part.",
    ),
    "colour_inversion:unsure": Meaning(
        "It is not clear whether the film shows white bones or black ones.",
        "Correct `inverted` if it is wrong.",
    ),
    "crop_to_carrier:no_carrier": Meaning(
        "No exposed film was found on the canvas. Nothing was cut away.", "Look at the film."
    ),
    "crop_to_carrier:not_a_rectangle": Meaning(
        "What was found on the canvas is no rectangle.", "Look at what was cut away."
    ),
    "part_splitter:no_component": Meaning(
        "The published method found no region large enough. The film stays whole.",
        "Correct `parts` if it shows several limbs.",
    ),
    "part_splitter:unsure": Meaning(
        "It is not clear whether the film shows one limb or several.",
        "Correct `parts` if it is wrong.",
    ),
    "quality:near_blank": Meaning("The film shows hardly any limb.", "Reject it if it is useless."),
    "quality:saturated": Meaning(
        "Much of the limb is as bright as a pixel can be.", "Reject it if it is useless."
    ),
    "quality:cut_off": Meaning(
        "The limb leaves the exposed field on most of its sides.", "Reject it if it is useless."
    ),
    "quality:small_field": Meaning(
        "Only a small share of the image was exposed.", "Reject it if it is useless."
    ),
    "rotation_alignment:no_foreground": Meaning(
        "No limb was found, so the film was not turned.", "Look at the film."
    ),
    "rotation_alignment:unsure_axis": Meaning(
        "The limb is too short or too bent to have a clear axis.",
        "Correct `rotation_degrees` if it is wrong.",
    ),
    "rotation_alignment:unsure_direction": Meaning(
        "It is not clear which end of the limb is the hand.",
        "Correct `rotation_degrees` if it is upside down.",
    ),
    "foreground_mask:no_limb": Meaning(
        "The mask of the limb is nearly empty.", "Do not use this mask before you looked at it."
    ),
    "foreground_mask:no_background": Meaning(
        "The mask of the limb covers nearly the whole image.",
        "Do not use this mask before you looked at it.",
    ),
}
"""`step:reason` -> meaning, as the column `review` lists them. A marked image is kept."""

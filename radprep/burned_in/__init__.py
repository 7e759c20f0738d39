"""Text that is burnt into the pixels of a film: `glyphs` finds strokes that may be letters,
`lines` puts them in rows, `finder` says where text stands, `reader` reads it where the extra `ocr`
is installed, `screening` decides which lines may name a person, and `redaction` paints over them.

This room imports image/ and text/, numpy and OpenCV; only `reader` imports what the extra brings.
"""

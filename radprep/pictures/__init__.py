"""Everything that reads pictures that are no DICOM (PNG, JPEG, TIFF, GIF, BMP, WebP, JPEG 2000,
AVIF) as grey values. `opened.READERS` says which library decodes what. Imports: `dataset` and
above; the only room that imports tifffile. Its input is untrusted: each way to fail is a code of
`errors.Failure`, and no text of a picture leaves.
"""

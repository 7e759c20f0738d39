"""Everything that reads pictures that are no DICOM (PNG, JPEG, TIFF, WebP) as grey values.
Imports: `image` and below; the only room that imports tifffile. Its input is untrusted: each way to
fail is a code of `errors.Failure`.
"""

"""Everything that touches DICOM: files, headers, decoders, grey tables, de-identification.
Imports: `private.key`, `dataset.schema`, `text`, `image` and below; the only room that imports
pydicom and codecs. Its input is untrusted: each way to fail is a code of `errors.Failure`.
"""

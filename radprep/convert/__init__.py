"""The stage from a dump of DICOM files to a data set: scan, labels, plan, one study, one file.
Imports: `dicom`, `steps` (the filter of body parts), `stage` and below; not `preprocess`.
What changes the result is a field of `options.ConvertOptions`; it then joins each study's key.
"""

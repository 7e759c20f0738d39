"""The stage from a data set to a data set: pipelines, films on their way, corrections of people.
Imports: `steps`, `stage` and below, never what reads DICOM: workers start in half a second.
A new way of deciding is a step (radprep/steps); here is only what every step needs.
"""

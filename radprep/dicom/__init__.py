"""Everything that touches DICOM, and the only place that imports pydicom. Its input is
untrusted."""

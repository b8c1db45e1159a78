"""A report on one or several detectors as a page for people, JSON and CSV for programs."""

"""Makes what a release is made of, and tries it: ``python -m release``, or ``make release``."""

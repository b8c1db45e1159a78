"""Makes the site of the documents: ``python -m docs.site``, or ``make site``.

The pages stay plain Markdown that is read where they lie. Here they are copied to where Sphinx reads them (`pages`),
the reference of Python is written beside them (`reference`), and what Sphinx makes of all is checked (`checking`).
"""

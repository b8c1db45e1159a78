"""What every room uses: errors, messages, files, tables. Light: no numpy, no images, no engine."""

"""What the command line is given to look at: files, folders, patterns, lists, videos and addresses, as images."""

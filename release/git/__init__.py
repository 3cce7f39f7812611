"""What Git knows about pins, tags and charts, read through the `git` program."""

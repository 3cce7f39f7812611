"""Git as a program: commands, objects, references, commits; it knows no chart and no pin."""

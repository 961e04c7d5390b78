"""The rules that Scripts/check holds the tree to, one file for each kind of thing looked at."""

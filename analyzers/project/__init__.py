"""All files of a tree linked to one program: modules, names, classes, calls and entry points."""

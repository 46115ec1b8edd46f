"""
A place that an application can write to beside its code: a folder of links to the project's files, which it is imported
from.
"""

import importlib.machinery
import os
import sys


def enter(source, roots, files, scratch):
    """
    Makes the folder, and has modules below `roots` imported from there. What is imported is always the project's own
    text: a link that is put in another's place changes no code. The folder.
    """
    place = os.path.join(scratch, "project")
    os.mkdir(place)
    made = {""}
    for path in files["paths"]:
        folder = os.path.dirname(path)
        if folder not in made:
            os.makedirs(os.path.join(place, folder), exist_ok=True)
            made.add(folder)
        os.symlink(os.path.join(source, path), os.path.join(place, path))
    sys.path_hooks.insert(0, _hook(place, source))
    moved = {root: place + root[len(source) :] for root in roots}
    sys.path[:] = [moved.get(entry, entry) for entry in sys.path]
    return place


def _hook(place, source):
    class Original(importlib.machinery.SourceFileLoader):
        """Reads the file that a link was made for."""

        def get_data(self, path):
            return super().get_data(_original(path))

        def path_stats(self, path):
            return super().path_stats(_original(path))

    def _original(path):
        return source + path[len(place) :] if path.startswith(f"{place}/") else path

    def finder(folder):
        if folder != place and not folder.startswith(f"{place}/"):
            raise ImportError
        loaders = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES), (Original, [".py"])
        return importlib.machinery.FileFinder(folder, *loaders)

    return finder

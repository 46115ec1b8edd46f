"""Puts a module made of another text in the place of one of the source's."""

import importlib
import importlib.machinery
import importlib.util
import linecache
import sys
import types


def install(name, text):
    """
    Runs `text` as module `name`, and gives it the other's place: in sys.modules, in its package, and wherever a loaded
    module has one of its functions, classes, objects or containers under a name. What was made of them before keeps
    the old ones: classes that inherit from one, default arguments, registries. Raises what the text raises.
    """
    parent, _, own_name = name.rpartition(".")
    if parent:
        importlib.import_module(parent)
    before = sys.modules.get(name)
    spec = before.__spec__ if before is not None else importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = _load(name, text, spec)
    if parent:
        setattr(sys.modules[parent], own_name, module)
    if before is not None:
        _hand_over(before, module)


def _load(name, text, spec):
    origin = spec.origin
    linecache.cache[origin] = (len(text), None, text.splitlines(keepends=True), origin)
    other = importlib.util.spec_from_file_location(
        name,
        origin,
        loader=_Loader(name, origin, text),
        submodule_search_locations=spec.submodule_search_locations,
    )
    module = importlib.util.module_from_spec(other)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        other.loader.exec_module(module)
    except BaseException:
        sys.modules[name] = before
        raise
    return module


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, text):
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname):
        return compile(self._text, self.path, "exec", dont_inherit=True)

    def get_data(self, path):
        return self._text.encode() if path == self.path else super().get_data(path)


def _hand_over(before, after):
    """Every name that stands for something of the old module now stands for the new one's."""
    own = {
        id(value): getattr(after, name)
        for name, value in vars(before).items()
        if hasattr(after, name) and _is_its_own(value, before)
    }
    own[id(before)] = after
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType) and module is not after and module is not before:
            for name, value in list(vars(module).items()):
                if id(value) in own:
                    setattr(module, name, own[id(value)])


def _is_its_own(value, module):
    """Whether it can have come from nowhere else: numbers and texts are everyone's."""
    made_in = (getattr(value, "__module__", None), type(value).__module__)
    return module.__name__ in made_in or isinstance(value, (list, dict, set, bytearray))

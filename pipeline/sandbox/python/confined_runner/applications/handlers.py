"""Where the code of a handler stands, however it is wrapped."""

import functools
import inspect
import os

_MOST_WRAPPERS = 20


class Places:
    """Places in the project whose folder is `top`."""

    def __init__(self, top):
        self._top = os.path.join(top, "")

    def of(self, handler, owner=None):
        """
        { module, qualifiedName, file, line } of a function, or of the class `owner` where the function is inherited
        from elsewhere; None where neither is the project's own.
        """
        function = self._unwrapped(handler)
        code = getattr(function, "__code__", None)
        if code is not None and self.is_own(code.co_filename):
            return self._place(function, code.co_filename, code.co_firstlineno)
        if owner is None:
            return None
        file = getattr(inspect.getmodule(owner), "__file__", None) or ""
        return self._place(owner, file, 0) if self.is_own(file) else None

    def is_own(self, file):
        return file.startswith(self._top)

    def _place(self, what, file, line):
        return {
            "module": what.__module__,
            "qualifiedName": what.__qualname__,
            "file": file[len(self._top) :],
            "line": line,
        }

    def _unwrapped(self, handler):
        """The innermost function of the project: what decorators and partials stand around."""
        for _ in range(_MOST_WRAPPERS):
            inner = self._inside(handler)
            if inner is None:
                return handler
            handler = inner
        return handler

    def _inside(self, handler):
        if isinstance(handler, functools.partial):
            return handler.func
        if hasattr(handler, "__func__"):
            return handler.__func__
        if hasattr(handler, "__wrapped__"):
            return handler.__wrapped__
        code = getattr(handler, "__code__", None)
        if code is None:
            return (
                type(handler).__call__
                if not isinstance(handler, type)
                and hasattr(type(handler), "__call__")
                and inspect.isfunction(type(handler).__call__)
                else None
            )
        if self.is_own(code.co_filename) and "<locals>" not in handler.__qualname__:
            return None
        held = [cell.cell_contents for cell in handler.__closure__ or () if _is_filled(cell)]
        own = [value for value in held if inspect.isfunction(value) and self.is_own(value.__code__.co_filename)]
        # A wrapper holds the one function that it stands around; a handler inside a factory may hold helpers beside it.
        is_wrapper = len(own) == 1 and (not self.is_own(code.co_filename) or handler.__module__ != own[0].__module__)
        return own[0] if is_wrapper else None


def _is_filled(cell):
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True

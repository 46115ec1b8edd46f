"""A pytest session that is begun once, in the warmed process, and that every child goes on with."""

import os
import sys
import threading

FILE = "test_generated.py"
_OPTIONS = (
    "--rootdir=.",
    "--confcutdir=.",
    "-c",
    "/dev/null",
    "--noconftest",
    "-q",
    "--tb=native",
    "--capture=fd",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:doctest",
    "-p",
    "no:junitxml",
    "-p",
    "no:pastebin",
    "-p",
    "no:stepwise",
    "-p",
    "no:setuponly",
    "-p",
    "no:setupplan",
    "-p",
    "no:faulthandler",
)


class Session:
    """
    What `pytest.main` does up to the collection of tests, which takes it most of the time of a small file. Follows
    `_pytest.main.wrap_session` of the locked version; what it changes in the process is undone until `run`.
    """

    def __init__(self):
        from _pytest import config, main
        from _pytest.assertion.rewrite import AssertionRewritingHook

        before = list(sys.meta_path), sys.unraisablehook, threading.excepthook
        self._config = config._prepareconfig([*_OPTIONS, FILE])
        self._session = main.Session.from_config(self._config)
        self._config._do_configure()
        self._config.hook.pytest_sessionstart(session=self._session)
        # It draws what nobody sees.
        self._config.pluginmanager.unregister(name="terminalreporter")
        # It holds files, which every child would share.
        self._capture = self._config.pluginmanager.getplugin("capturemanager")
        self._capture.stop_global_capturing()
        self._importer = next(finder for finder in sys.meta_path if isinstance(finder, AssertionRewritingHook))
        self._hooks = sys.unraisablehook, threading.excepthook
        sys.meta_path[:], sys.unraisablehook, threading.excepthook = before

    def run(self, plugin):
        """Collects and runs FILE of the working folder. Whatever ends the session early has been told to the plugin."""
        if self.collect(plugin):
            self.run_collected()

    def collect(self, plugin):
        """Whether FILE of the working folder could be collected; if not, the plugin has been told."""
        import pytest

        os.environ["PYTEST_VERSION"] = pytest.__version__
        sys.meta_path.insert(0, self._importer)
        sys.unraisablehook, threading.excepthook = self._hooks
        self._capture.start_global_capturing()
        self._capture.suspend_global_capture()
        self._config.pluginmanager.register(plugin)
        try:
            self._config.hook.pytest_collection(session=self._session)
        except SystemExit as error:
            # A module that ends the interpreter when it is imported ends pytest, which tells no one.
            plugin.send_failed_collection(error)
            return False
        except BaseException:
            return False
        return True

    def run_in_fork(self, is_wanted):
        """
        Runs those of the collected tests that are wanted, in a fork that has nothing open in common with another one.
        """
        self._session.items[:] = [item for item in self._session.items if is_wanted(item)]
        self._capture.start_global_capturing()
        self._capture.suspend_global_capture()
        self.run_collected()

    def prepare_forks(self):
        """It holds files, which every fork would share."""
        self._capture.stop_global_capturing()

    @property
    def items(self):
        return self._session.items

    def run_collected(self):
        try:
            self._config.hook.pytest_runtestloop(session=self._session)
        except BaseException:
            pass


def run_once(folder):
    """Loads all that a session needs, by running tests of its own in an empty folder."""
    import pytest

    path = os.path.join(folder, "test_warm.py")
    with open(path, "w") as file:
        file.write(_WARM)
    pytest.main([f"--rootdir={folder}", f"--confcutdir={folder}", *_OPTIONS[2:], path])
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.modules.pop("test_warm", None)


_WARM = """
import pytest
@pytest.mark.parametrize("value", [1])
def test_passes(value, tmp_path, monkeypatch, capsys):
    with pytest.raises(ZeroDivisionError):
        1 / 0
    assert value == 1
def test_fails():
    assert [1, 2] == [1, 3]
"""

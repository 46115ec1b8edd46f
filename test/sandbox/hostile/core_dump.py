import resource


def test_has_the_crash_handler_of_the_machine_called():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

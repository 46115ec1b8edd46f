"""Serves requests, one at a time: trusted code that never loads any of the source's."""

import json
import os
import select
import sys

from . import channel, checks, monitor, privileges, processes, scratch, zygote

_REPORT_BYTES = 16 << 20


class Supervisor:
    def __init__(self, config, backend, user):
        self._backend = backend
        self._input = bytearray()
        self._ended = False
        self._scratch = scratch.create(backend, user)
        self._channel, theirs = channel.pair()
        self._zygote = os.fork()
        if self._zygote == 0:
            zygote.main(theirs, config, backend, user, self._scratch)
        theirs.close()
        privileges.keep_supervisors_own(backend)

    def serve(self):
        """Answers requests until the other end of stdin closes. The exit code."""
        try:
            message, _ = channel.receive(self._channel)
            self._answer(message)
            if "failed" in message:
                return 1
            while (request := self._next_request()) is not None:
                self._answer(self._perform(request))
        except (channel.Closed, processes.Unkillable, BrokenPipeError):
            return 1  # the requester starts another runner
        finally:
            processes.kill_all(self._others)
            self._scratch.remove()
        return 0

    def _perform(self, request):
        if request["job"] == "check":
            return checks.check_apart(request)
        limits = request["limits"]
        if request["job"] == "warm":
            channel.send(
                self._channel,
                {"warm": request["modules"], "mutants": request["mutants"], "variables": request["variables"]},
            )
            watched = monitor.watch(None, self._channel, self, lambda: [*self._others(), self._zygote], limits)
            if "status" not in watched:
                raise channel.Closed
            self._clear()
            return {"warmed": True}
        self._scratch.renew()
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        channel.send(self._channel, {"fork": request, "folder": self._scratch.folder}, [writing])
        os.close(writing)
        channel.receive(self._channel)  # the child's pid: it has been made
        try:
            watched = monitor.watch(reading, self._channel, self, self._others, limits)
            if "status" not in watched:
                # What the zygote says last is how the child ended.
                processes.kill_all(self._others)
                watched["status"] = channel.receive(self._channel)[0]["status"]
        finally:
            os.close(reading)
        self._clear()
        return watched

    # What the monitor asks while a child runs.

    stdin = 0
    report_bytes = _REPORT_BYTES

    def read_ahead(self):
        """Takes in what has come on stdin; raises Closed where the requester has gone."""
        data = os.read(0, 1 << 16)
        if not data:
            raise channel.Closed
        self._input += data

    def is_disk_full(self):
        """Whether the run has written more than it may."""
        return self._scratch.is_full()

    def _clear(self):
        processes.kill_all(self._others)
        if processes.reap((self._zygote,)):
            raise channel.Closed

    def _others(self):
        """Every process of the tests: all but this one and the zygote."""
        spared = (os.getpid(), self._zygote)
        if self._backend.namespaces is not None:
            return processes.all_but(spared)
        return processes.descendants(os.getpid(), spared)

    def _next_request(self):
        while b"\n" not in self._input:
            poll = select.poll()
            poll.register(0, select.POLLIN)
            poll.register(self._channel, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._channel.fileno() in ready:
                raise channel.Closed  # nothing was asked of the zygote: it has ended
            try:
                self.read_ahead()
            except channel.Closed:
                return None
        line, _, rest = self._input.partition(b"\n")
        self._input = bytearray(rest)
        return json.loads(line)

    def _answer(self, message):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

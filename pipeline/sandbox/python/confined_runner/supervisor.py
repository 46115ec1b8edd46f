"""Serves requests, one at a time: trusted code that never loads any of the source's."""

import json
import os
import select
import sys

from . import channel, checks, monitor, privileges, processes, scratch, zygote

_REPORT_BYTES = 16 << 20
_START_BYTES = 1 << 16


class Supervisor:
    def __init__(self, config, backend, user):
        self._backend = backend
        self._input = bytearray()
        self._ended = False
        self._scratch = scratch.create(backend, user, (config.get("checker") or {}).get("disk", scratch.BYTES))
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
            watched = monitor.watch((), self._channel, self, lambda: [*self._others(), self._zygote], limits)
            if "status" not in watched:
                raise channel.Closed
            self._clear()
            return {"warmed": True}
        if request["job"] == "command":
            return self._run_command(request)
        report = monitor.Stream("report", _REPORT_BYTES, _REPORT_BYTES)
        return {**self._run_child(request, [report]), "report": report.text()}

    def _run_command(self, request):
        limits = request["limits"]
        start = monitor.Stream("report", _START_BYTES, _START_BYTES)
        outputs = [monitor.Stream("output", limits["kept"], limits["output"]) for _ in range(2)]
        watched = self._run_child(request, [start, *outputs], measures_peak=True)
        self._scratch.renew()  # what a command has written takes memory as long as it is there
        stdout, stderr = ({"text": output.text(), "isCut": output.is_cut()} for output in outputs)
        return {**watched, "report": start.text(), "stdout": stdout, "stderr": stderr}

    def _run_child(self, request, streams, measures_peak=False):
        """How a child ended; the streams hold what it has written."""
        self._scratch.renew()
        message = {"fork": request, "folder": self._scratch.folder}
        channel.send(self._channel, message, [stream.writing for stream in streams])
        for stream in streams:
            os.close(stream.writing)
        channel.receive(self._channel)  # the child's pid: it has been made
        try:
            watched = monitor.watch(
                streams, self._channel, self, self._others, request["limits"], measures_peak=measures_peak
            )
            if "status" not in watched:
                # What the zygote says last is how the child ended.
                processes.kill_all(self._others)
                ended, _ = channel.receive(self._channel)
                watched.update(status=ended["status"], largest=ended["largest"])
        finally:
            for stream in streams:
                stream.close()
        self._clear()
        return watched

    # What the monitor asks while a child runs.

    stdin = 0

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

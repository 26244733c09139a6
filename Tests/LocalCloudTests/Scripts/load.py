"""What the scripts under load share: hey before a load balancer, a client that notes which page it saw when, and a request
that takes its time."""
import contextlib
import datetime
import os
import re
import signal
import subprocess
import threading

from fleets import *


class Report:
    """What hey counted: answers by status, and requests that got none, by their error."""

    def __init__(self, text):
        self.text = text
        self.statuses = {int(status): int(count) for status, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", text)}
        errors = text.partition("Error distribution:")[2]
        self.errors = {error: int(count) for count, error in re.findall(r"\[(\d+)\]\s+(\S.*)", errors)}

    @property
    def failed(self):
        return sum(count for status, count in self.statuses.items() if status != 200) + sum(self.errors.values())

    def check(self, at_least=10):
        assert self.failed == 0, self.text
        assert self.statuses.get(200, 0) >= at_least, self.text


@contextlib.contextmanager
def hey(url, *options, clients=4, rate=50):
    """Requests from so many clients, each `rate` a second, for as long as the block lasts; a report for each way of asking."""
    reports, running = [], []
    ways = (["-c", str(clients)], ["-c", "2", "-disable-keepalive"])
    for way in ways:
        # Longer than any test may take; an interrupt ends it with its report.
        running.append(subprocess.Popen(["hey", "-z", "30m", "-t", "0", "-q", str(rate), *way, *options, url], stdout=subprocess.PIPE, text=True))
    try:
        time.sleep(0.5)
        yield reports
        time.sleep(0.5)
    finally:
        for one in running:
            one.send_signal(signal.SIGINT)
        reports += [Report(one.communicate()[0]) for one in running]


class Witness(threading.Thread):
    """A client that keeps its connection, and notes when it asked and what it was shown."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.seen, self.is_done, self.error = url, [], threading.Event(), None
        self.start()

    def run(self):
        try:
            self.ask()
        except Exception as error:  # an exception ends the thread and nothing else: it is told at the end
            self.error = error

    def ask(self):
        kept = connection(self.url)
        kept.connect()
        socket = kept.sock
        while not self.is_done.is_set():
            began = time.monotonic()
            kept.request("GET", "/")
            answer = kept.getresponse()
            self.seen.append((began, answer.status, answer.read().decode().strip()))
            if kept.sock is not socket:
                self.seen.append((began, None, "the connection was not kept"))
            time.sleep(0.01)

    def end(self):
        self.is_done.set()
        self.join()
        assert self.error is None, repr(self.error)
        assert self.seen, "it was shown nothing"
        assert all(status == 200 for _, status, _ in self.seen), [row for row in self.seen if row[1] != 200][:5]
        return self.seen

    def pages(self, since=0):
        """The pages of requests that began then or later."""
        return {page for began, _, page in self.seen if began >= since}


def first_process(instance):
    """The id, outside, of an instance's first process: number 1 inside, in the instance's own files."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/status") as status, open(f"/proc/{entry}/mountinfo") as mounts:
                numbers = next(line.split() for line in status if line.startswith("NSpid:"))
                if numbers[-1] == "1" and f"/instances/{instance}/root / " in mounts.read():
                    return int(entry)
        except OSError:
            continue  # it has ended
    raise AssertionError(f"{instance} has no first process")


class UnderWay:
    """A request that has reached its target and lacks the end of its body, so that it is under way for as long as is wanted."""

    def __init__(self, url):
        self.began = datetime.datetime.now(datetime.timezone.utc)
        self.connection = connection(url)
        self.connection.putrequest("POST", "/")
        self.connection.putheader("Content-Length", "2")
        self.connection.endheaders()
        self.connection.send(b"1")

    def end_after(self, moment):
        """Ends it, which is after its target was taken out at that moment; what it is answered."""
        assert self.began < moment <= datetime.datetime.now(datetime.timezone.utc), (self.began, moment)
        return self.end()

    def end(self):
        self.connection.send(b"2")
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode().strip()

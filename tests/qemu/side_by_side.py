# SPDX-License-Identifier: MIT
"""Does the same for each of a list, some of them side by side, each in a process of its own."""

import multiprocessing
import multiprocessing.connection
import signal
import sys


class Died(Exception):
    """A process came to its end without a result."""


def _on_signal(handler):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _leave(*_):
    """What is under way is undone, undisturbed by a second signal; the first process says why."""
    _on_signal(lambda *_: None)
    sys.exit()


def _work(sender, function, argument):
    _on_signal(_leave)
    sender.send(function(argument))


def _start(function, argument):
    """The end of a pipe on which the result will be. With this process the new one ends, too."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_work, args=(sender, function, argument), daemon=True)
    process.start()
    sender.close()
    return receiver, process


def _receive(receiver, process, argument):
    try:
        return receiver.recv()
    except EOFError:
        process.join()
        return Died(f"the process for {argument} ended with {process.exitcode}")
    finally:
        receiver.close()


def side_by_side(function, arguments, jobs):
    """
    Yields what `function` returns for each of the arguments, in their order, as soon as it is there.
    Up to `jobs` are under way at once. Raises Died in the place of a result that will not come.
    """
    waiting = list(enumerate(arguments))
    running, done = {}, {}
    for number, _ in enumerate(arguments):
        while number not in done:
            while waiting and len(running) < jobs:
                place, argument = waiting.pop(0)
                receiver, process = _start(function, argument)
                running[receiver] = (place, argument, process)
            for receiver in multiprocessing.connection.wait(list(running)):
                place, argument, process = running.pop(receiver)
                done[place] = _receive(receiver, process, argument)
                process.join()
        result = done.pop(number)
        if isinstance(result, Died):
            raise result
        yield result

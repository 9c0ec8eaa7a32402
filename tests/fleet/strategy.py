# SPDX-License-Identifier: MIT
"""labgrid's way to a machine that runs retarget from its start: power, console, and a stick if it has one."""

import enum
import os

import attr
from labgrid.factory import target_factory
from labgrid.strategy import Strategy, StrategyError, never_retry


class Status(enum.Enum):
    unknown = 0
    off = 1
    running = 2


@target_factory.reg_driver
@attr.s(eq=False)
class RetargetStrategy(Strategy):
    """
    A board with an SD or USB mux gets the image $RETARGET_IMAGE written to it first; one without
    boots what it always boots: a stick that is in it, or the network.
    """

    bindings = {
        "power": "PowerProtocol",
        "console": "ConsoleProtocol",
        "storage": {"USBStorageDriver", None},
        "mux": {"USBSDMuxDriver", "USBSDWireDriver", None},
    }
    status = attr.ib(default=Status.unknown)

    def write_image(self):
        self.target.activate(self.mux)
        self.mux.set_mode("host")
        self.target.activate(self.storage)
        self.storage.write_image(os.environ["RETARGET_IMAGE"])
        self.target.deactivate(self.storage)
        self.mux.set_mode("dut")

    @never_retry
    def transition(self, status):
        if not isinstance(status, Status):
            status = Status[status]
        if status == self.status:
            return
        if status == Status.off:
            self.target.activate(self.power)
            self.power.off()
        elif status == Status.running:
            self.transition(Status.off)
            if self.storage and self.mux:
                self.write_image()
            # The console first: what the kernel says before somebody listens would be lost.
            if self.console is not self.power:
                self.target.activate(self.console)
            self.power.on()
        else:
            raise StrategyError(f"no way from {self.status} to {status}")
        self.status = status

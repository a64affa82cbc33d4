"""Trainings that the page asked for: a process for each, a line for the devices, and folders that tell the truth.

A run lives in a folder of its own, and its state is read from there each time (`folder`). Its process holds two locks
that end with it: that of the device, so that no two runs share one, and its own, so that everybody can see whether it
is still there (`lease`). The server may end and start again meanwhile, and anybody may be killed at any moment.
"""

from apps.runs.folder import Ending, Request, Run
from apps.runs.queue import Runs, tended

__all__ = ["Ending", "Request", "Run", "Runs", "tended"]

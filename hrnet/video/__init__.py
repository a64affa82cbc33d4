"""Clips: people found, followed, smoothed, drawn and written.

from hrnet.video import annotate

for event in annotate("clip.mp4", hrnet.load(), video="drawn.mp4", json="people.json"):
    print(event)                        # Started, Progressed a few times a second, Finished; stop asking to cancel

with Clip("clip.mp4") as clip:          # or frame by frame
    follow = Follower(hrnet.load())
    for frame in clip:
        people = follow(frame.photo, frame.time)
"""

from hrnet.video.files import Limits, VideoError, replacing
from hrnet.video.follower import Follower
from hrnet.video.pipeline import Event, Finished, Progressed, Started, annotate
from hrnet.video.reader import Clip, Frame
from hrnet.video.smoothing import OneEuro, Smoother
from hrnet.video.tracker import Tracker
from hrnet.video.writer import ENCODERS, Writer, encoder_for

__all__ = [
    "ENCODERS",
    "Clip",
    "Event",
    "Finished",
    "Follower",
    "Frame",
    "Limits",
    "OneEuro",
    "Progressed",
    "Smoother",
    "Started",
    "Tracker",
    "VideoError",
    "Writer",
    "annotate",
    "encoder_for",
    "replacing",
]

"""Training: a loop that yields events, the tasks it learns, and the run folder that tells the truth about a run."""

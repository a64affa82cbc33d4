"""The course: lessons that run on the learner's own photo."""

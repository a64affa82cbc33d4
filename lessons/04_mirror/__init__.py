"""Lesson 4: the mirror, left and right."""

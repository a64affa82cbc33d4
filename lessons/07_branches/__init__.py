"""Lesson 7: four branches and their fusions."""

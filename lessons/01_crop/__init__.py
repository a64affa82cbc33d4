"""Lesson 1: photo -> box -> crop."""

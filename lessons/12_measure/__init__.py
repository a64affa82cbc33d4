"""Lesson 12: two poses -> OKS -> AP."""

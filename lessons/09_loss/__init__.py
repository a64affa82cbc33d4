"""Lesson 9: what a wrong heatmap costs."""

"""Lesson 5: keypoint -> heatmap."""

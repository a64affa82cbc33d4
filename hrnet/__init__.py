"""HRNet for keypoints: a photo becomes people, and everything on the way can be seen, moved, cut, trained and taught."""

"""HRNet for keypoints: a photo becomes people, and every step on the way can be seen, moved, cut, trained, taught."""

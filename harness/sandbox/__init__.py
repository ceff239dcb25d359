"""Sandboxes: the container engine, the image, one isolated container each, pools of them."""

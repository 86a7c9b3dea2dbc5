"""The platforms, a folder each, with the same four files in every one; beside them, `parley`, which serves them."""

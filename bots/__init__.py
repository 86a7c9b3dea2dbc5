"""The platforms: one folder each, the same files in every one."""

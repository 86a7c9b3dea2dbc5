"""The conversation engine: knows Claude and Redis, no platform."""

__version__ = "0.1.0"

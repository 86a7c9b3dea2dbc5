"""The conversation engine: knows Claude and Redis, no platform."""

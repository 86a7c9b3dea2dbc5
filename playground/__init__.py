"""A Slack, a Discord and a Claude on this machine: for people to try the bot, for tests to drive it.

It is the outside world: it imports neither `core` nor `bots`, and no client library of the platforms.
`python -m playground` starts it. What the three servers share:

record.py   what was called, shown and acknowledged, each with its time
faults.py   what shall go wrong, and with which call
limits.py   how many calls the platform lets through
"""

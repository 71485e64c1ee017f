"""Speed and memory, measured on this machine against its own limits.

Every figure is measured in the same process as the limit that it is compared
with. Nothing here is a test: tests do not depend on the clock.
"""

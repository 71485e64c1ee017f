"""Facts become HTML pages that carry everything they show: the frame, the look and the policy of all of them.

Knows no facts itself. A page loads nothing, runs nothing, and shows whatever it is given as text.
"""

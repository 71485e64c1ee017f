"""A question → an answer whose citations were checked, by a bounded loop of a model and its tools.

Retrieved text is data: it never becomes a control token, a tool call or a system text. Knows
workspaces through what one reader may see, and engines through their protocol.
"""

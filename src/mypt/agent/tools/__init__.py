"""The four tools over a workspace, one file each.

Their names, arguments and results are training data: what changes here changes what a model must have
learned. They see what one reader may see, and never say more of a foreign document than of an absent one.
"""

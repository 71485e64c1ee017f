"""What a dialogue is: as data, as ids with loss weights, and back from ids.

One renderer and one parser, for training and for serving alike. Only the renderer
places control tags; text never becomes one. Knows no tensors, no files but episode
files, and neither models nor tools.
"""

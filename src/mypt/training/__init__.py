"""Batches + model → checkpoint: one loop for everything that will ever train.

A run is a function of its recipe and its dataset. Nothing in it depends on
hidden state: the data order, every random draw and the learning rate are
functions of the step, so a run killed anywhere ends in the same bytes.

Knows no text and no conversation; sources of batches and observers are passed in.
"""

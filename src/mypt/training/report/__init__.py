"""A run's record → one HTML page that explains the run to people.

The page carries everything it shows: no script, no font, no picture from anywhere else.
Only reads what `run_record` verified; decides nothing and trains nothing.
"""

"""Public data in the forms in which others give it: rows read, recognised and turned into dialogues."""

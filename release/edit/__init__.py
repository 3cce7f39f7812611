"""Edits of texts and files that leave every byte alone which they do not mean to change."""

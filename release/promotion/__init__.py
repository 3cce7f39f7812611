"""The state machine: facts in, an action or a refusal out; and the judge of anyone's steps.

Not here: requests to GitHub and rendering; and writing, which `release/promotion/carry.py` alone
does.
"""

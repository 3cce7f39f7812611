"""The state machine and its gates: facts in, an action or a refusal out; the judge of all steps.

Not here: requests to GitHub and rendering; and writing, which `release/promotion/carry.py` alone
does.
"""

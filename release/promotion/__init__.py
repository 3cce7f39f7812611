"""The state machine: facts in, an action or a refusal out; and the judge of anyone's steps.

Not here: GitHub and renderings; and writing, save that `release/promotion/carry.py` carries out.
"""

"""The domain of HMCo's releases and its command line.

Not here: Pulumi, which `components/` and `__main__.py` alone import.
"""

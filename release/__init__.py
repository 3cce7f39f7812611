"""The domain of HMCo's releases and its command line; nothing below imports pulumi."""

"""The promotion rules as a pure state machine: facts in, a plan or a refusal out."""

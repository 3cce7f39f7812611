"""The JSON Schemas of what `--json` prints: keys that programs may rely on."""

module hmco.local/toolchain/operators

go 1.26

module hmco.local/toolchain/argocd

go 1.26

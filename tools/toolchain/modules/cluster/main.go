// Command etcd is the vendor's server; its own main package lies outside the module registry's
// reach of the other programs built here.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}

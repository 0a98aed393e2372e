// Command kezhi is the whole of Kezhi: the server and what its staff needs beside it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
)

func main() {
	// The WeChat library logs decrypted messages through the global logrus (wechat.md 7).
	logrus.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is main without the process: arguments in, exit code out.
func run(args, environ []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "kezhi",
		Short:         "科志：科技志愿服务平台",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(environ), seedCommand(environ), adminCommand(environ), doctorCommand(environ), backupCommand(environ), restoreCommand(environ), keysCommand(), versionCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "kezhi: "+err.Error())
	return 1
}

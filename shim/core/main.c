// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/bus.h"
#include "core/registry.h"
#include "core/mount.h"
#include "protocol.h"
#include "core/tree.h"

static int die(const char *what)
{
	g_printerr("shim: %s\n", what);
	return 1;
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	gint ready_fd = -1;
	gboolean with_parent = FALSE, debug = FALSE, version = FALSE;
	gboolean foreground = FALSE;
	const GOptionEntry entries[] = {
		{"ready-fd", 0, 0, G_OPTION_ARG_INT, &ready_fd,
		 "Write one byte to descriptor N once the tree is mounted",
		 "N"},
		{"die-with-parent", 0, 0, G_OPTION_ARG_NONE, &with_parent,
		 "Unmount and exit when the parent process ends", NULL},
		{"foreground", 'f', 0, G_OPTION_ARG_NONE, &foreground,
		 "Stay in the foreground (it always does)", NULL},
		{"debug", 'd', 0, G_OPTION_ARG_NONE, &debug,
		 "Print every FUSE request", NULL},
		{"version", 0, 0, G_OPTION_ARG_NONE, &version,
		 "Print the protocol's version", NULL},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) options =
		g_option_context_new("MOUNTPOINT - stub GPUs in a FUSE tree");
	g_autoptr(GError) error = NULL;
	pid_t parent = getppid();
	Mount mount;
	Bus *bus;
	bool good;

	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error))
		return die(error->message);
	if (version) {
		g_print("shrinkbench shim, protocol %u\n", SB_VERSION);
		return 0;
	}
	if (argc != 2)
		return die("name one mount point (see --help)");
	/* The unmount watcher must not keep it open. */
	if (ready_fd != -1 && fcntl(ready_fd, F_SETFD, FD_CLOEXEC) < 0)
		return die("--ready-fd: not an open descriptor");

	block_signals();
	if (with_parent &&
	    (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent))
		return die("the parent process is gone");
	if (!mount_new(&mount, argv[1], &error))
		return die(error->message);

	bus = bus_new();
	for (guint i = 0; i < models_count(); i++)
		bus_add(bus, models_device(i));
	good = tree_serve(bus, mount.fuse_fd, argv[1], ready_fd, debug);
	mount_end(&mount);
	bus_free(bus);
	return good ? 0 : 1;
}

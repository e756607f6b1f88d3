/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init's part of "make shell". */
#ifndef GUEST_INIT_SHELL_H
#define GUEST_INIT_SHELL_H

#include <stdbool.h>

struct shell {
	bool terminal; /* at SHELL_TERMINAL; else input and output are frames */
	const char *command; /* to run; NULL: what standard input says */
	const char *variant; /* of the kernel */
	const char *host_dir; /* the guest's directory, as a user names it */
	const char *gpu; /* where the FUSE tree is in the guest, or NULL */
};

/* Run the shell to its end and tell the runner; false with errno. */
bool shell_run(const struct shell *shell);

#endif

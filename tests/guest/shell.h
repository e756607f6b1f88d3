/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the runner and the guest's init communicate for "make shell": by frames over
 * a console of the guest (SHELL_LINK), which is a socket of the runner. UML treats
 * the end of a console's input as a hang-up, so there is a frame for the end of
 * input. The guest sends first: input from before the console is open would be
 * lost.
 */
#ifndef GUEST_SHELL_H
#define GUEST_SHELL_H

#include <stdint.h>

#define SHELL_LINK "/dev/tty1"
/* The user's terminal, if the shell has one. */
#define SHELL_TERMINAL "/dev/tty2"

enum {
	/* From the guest */
	SHELL_READY = 1, /* it has booted and takes input */
	SHELL_OUT, /* standard output of the shell */
	SHELL_ERR, /* standard error of the shell */
	SHELL_STATUS, /* int: exit status of the shell; the last frame */
	/* To the guest */
	SHELL_IN, /* standard input of the shell; no bytes: its end */
	SHELL_SIZE, /* struct winsize: the terminal has this size now */
};

#define SHELL_FRAME_MAX 4096

struct shell_frame {
	uint16_t type;
	uint16_t len; /* of data */
	char data[SHELL_FRAME_MAX];
};

#define SHELL_HEAD_LEN 4

#endif

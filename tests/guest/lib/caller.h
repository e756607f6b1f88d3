/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that have to wait, and what signals do to them. Each is made by a
 * process of its own: one signal ends it, with another one it goes on, a third
 * one kills the process. An error fails the test.
 */
#ifndef GUEST_CALLER_H
#define GUEST_CALLER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The process handles them without SA_RESTART, and with it. */
#define SIGNAL_ENDS SIGUSR1
#define SIGNAL_RESTARTS SIGUSR2

/**
 * struct caller - a process that makes a call
 * @pid: the process
 * @call: what it has of us, and we have of it
 */
struct caller {
	pid_t pid;
	struct call *call;
};

/*
 * ioctl() with a copy of @arg, once; or @function(@arg), which returns 0 or an
 * errno and uses the DRM file @fd, unless that is -1. caller_asleep() waits
 * until it is asleep there; with @signals, so that a signal would wake it.
 */
struct caller caller_ioctl(int fd, unsigned long request, const void *arg);
struct caller caller_run(int fd, int (*function)(void *arg), void *arg);
void caller_asleep(const struct caller *caller, bool signals);

/* Send SIGNAL_*, and wait until the process has seen it; or only send it. */
void caller_signal(const struct caller *caller, int signal);
void caller_send(const struct caller *caller, int signal);
/* How many have come. */
unsigned int caller_signals(const struct caller *caller);

/* What its ioctl() has made of the argument, until it ends. */
const void *caller_arg(const struct caller *caller);

/*
 * The end of a process: what the call gave it, 0 or an errno; or it dies of
 * SIGKILL, sent here or before. A call that fails must leave no file open.
 */
int caller_end(struct caller *caller);
void caller_kill(struct caller *caller);
void caller_killed(struct caller *caller);

/**
 * struct scene - an ioctl() that has to wait
 * @fd: its file
 * @request: what it is
 * @arg: its argument, with a pattern where the kernel would write
 * @look: if not NULL: what must hold while it waits, or when it has not waited
 *	to the end
 * @go: ends what it waits for
 * @data: for these two
 */
struct scene {
	int fd;
	unsigned long request;
	void *arg;
	void (*look)(void *data);
	void (*go)(void *data);
	void *data;
};

/*
 * One that is interrupted fails with EINTR and has done nothing, and a process
 * that is killed dies, while what they wait for lasts.
 */
void signals_end(const struct scene *scene);
/*
 * As signals_end(); meanwhile the call keeps others from something, and the end
 * of it lets them through: @other, an ioctl() of that kind.
 */
void signals_end_frees(const struct scene *scene, const struct scene *other);
/*
 * A process that handles a signal goes on to wait, and its call succeeds once
 * go() was called; scene.arg is what the kernel made of it. The kernel goes on
 * by itself, or the process calls again, as every user of DRM does.
 */
void signals_restart(const struct scene *scene);

#endif

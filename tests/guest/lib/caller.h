/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests blocking calls with signals. A child process makes each call. One signal
 * interrupts the call, one restarts it, and SIGKILL kills the process. An error fails
 * the test.
 */
#ifndef GUEST_CALLER_H
#define GUEST_CALLER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The process handles the first without SA_RESTART, the second with it. */
#define SIGNAL_ENDS SIGUSR1
#define SIGNAL_RESTARTS SIGUSR2

/**
 * struct caller - a process that makes a call
 * @pid: the process
 * @call: shared with that process: the call, its argument and its result
 */
struct caller {
	pid_t pid;
	struct call *call;
};

/*
 * Start a process that calls ioctl() once with a copy of @arg, or @function(@arg),
 * which returns 0 or an errno and uses the DRM file @fd, unless that is -1.
 * caller_asleep() waits until the process sleeps in the call; with @signals, in an
 * interruptible sleep.
 */
struct caller caller_ioctl(int fd, unsigned long request, const void *arg);
struct caller caller_run(int fd, int (*function)(void *arg), void *arg);
void caller_asleep(const struct caller *caller, bool signals);

/* Send SIGNAL_*, and wait until the process has seen it; or only send it. */
void caller_signal(const struct caller *caller, int signal);
void caller_send(const struct caller *caller, int signal);
/* The number of signals that the process has handled. */
unsigned int caller_signals(const struct caller *caller);

/* The argument as its ioctl() left it; valid until caller_end() or a kill. */
const void *caller_arg(const struct caller *caller);

/*
 * caller_end() waits for the process, and returns the result of the call: 0 or an
 * errno. caller_kill() sends SIGKILL and waits; caller_killed() only waits for a process
 * that was killed. A call that fails must leave no file open.
 */
int caller_end(struct caller *caller);
void caller_kill(struct caller *caller);
void caller_killed(struct caller *caller);

/**
 * struct scene - an ioctl() that blocks
 * @fd: its file
 * @request: the ioctl
 * @arg: its argument, with a pattern where the kernel would write
 * @look: NULL, or checks the state while the call blocks, and after it was
 *	interrupted
 * @go: lets the call complete
 * @data: argument of @look and @go
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
 * While the call blocks: if it is interrupted, it fails with EINTR and has no effect;
 * if the process is killed, it dies.
 */
void signals_end(const struct scene *scene);
/*
 * As signals_end(). In addition, the call blocks the ioctl() @other, which must complete
 * when the call ends.
 */
void signals_end_frees(const struct scene *scene, const struct scene *other);
/*
 * After a signal the process waits again, and its call succeeds once go() was called;
 * scene.arg is the argument as the kernel left it. Either the kernel restarts the call,
 * or the process repeats it, as every user of DRM does.
 */
void signals_restart(const struct scene *scene);

/*
 * A call that signals do not end: @call(@arg) blocks as described by @scene, whose ioctl
 * is not used. Of two processes, one gets both signals, and the other one is killed; both
 * wait until go() was called. Then the call of the first one succeeds.
 */
void signals_wait(const struct scene *scene, int (*call)(void *arg), void *arg);

/* A mapping of a BO that is filled with stamp 1. */
struct reading {
	void *map;
	size_t size;
};

/* Calls for caller_run(): read all of a struct reading; or get SIGBUS from it. */
int read_stamps(void *arg);
int read_bus_error(void *arg);

#endif

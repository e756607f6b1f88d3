// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/test.h"
#include "lib/thread.h"

/* Looks in a row, a tick apart, that find a task asleep before it counts as that. */
#define LOOKS 3

/**
 * struct thread - a thread
 * @thread: of the C library
 * @name: in the kernel
 * @function: what it runs
 * @arg: its argument
 * @tid: its number, 0 until it runs
 * @done: it has returned from @function
 */
struct thread {
	pthread_t thread;
	char name[16];
	void (*function)(void *arg);
	void *arg;
	pid_t tid;
	bool done;
};

static void *run(void *arg)
{
	struct thread *thread = arg;

	CHECK_SYS(prctl(PR_SET_NAME, thread->name));
	__atomic_store_n(&thread->tid, gettid(), __ATOMIC_SEQ_CST);
	thread->function(thread->arg);
	__atomic_store_n(&thread->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

struct thread *thread_start(const char *name, void (*function)(void *arg),
			    void *arg)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	CHECK(thread && strlen(name) < sizeof(thread->name));
	strcpy(thread->name, name);
	thread->function = function;
	thread->arg = arg;
	CHECK_EQ(pthread_create(&thread->thread, NULL, run, thread), 0);
	return thread;
}

bool thread_done(const struct thread *thread)
{
	return __atomic_load_n(&thread->done, __ATOMIC_SEQ_CST);
}

bool thread_sleeps(const struct thread *thread)
{
	unsigned int asleep = 0, ticks = test_ticks();
	pid_t tid;

	while (!thread_done(thread)) {
		tid = __atomic_load_n(&thread->tid, __ATOMIC_SEQ_CST);
		if (tid && strchr("SD", process_state(tid)))
			asleep++;
		else
			asleep = 0;
		if (asleep == LOOKS)
			return true;
		if (!ticks--)
			FAIL("thread %s neither ends nor sleeps", thread->name);
		mem_millisecond();
	}
	return false;
}

void thread_join(struct thread *thread)
{
	CHECK_EQ(pthread_join(thread->thread, NULL), 0);
	free(thread);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/virtio-gpu.h"

/**
 * struct call - a call, in memory shared by parent and child
 * @function: the function that the child calls
 * @function_arg: its argument
 * @fd: DRM file that the call uses, or -1
 * @request: ioctl() number, if the call is an ioctl()
 * @arg: argument of the ioctl()
 * @repeat: repeat the call when a signal interrupted it
 * @entered: set right before the call
 * @returned: set when the call has returned
 * @result: 0 or an errno
 * @signals: number of signals handled
 */
struct call {
	int (*function)(void *arg);
	void *function_arg;
	int fd;
	unsigned long request;
	unsigned char arg[256];
	bool repeat;
	bool entered;
	bool returned;
	int result;
	unsigned int signals;
};

#define SET(field, value) __atomic_store_n(&(field), value, __ATOMIC_SEQ_CST)
#define GET(field) __atomic_load_n(&(field), __ATOMIC_SEQ_CST)

/* The call of this process; for the signal handlers. */
static struct call *current;

static void on_signal(int signal)
{
	(void)signal;
	__atomic_add_fetch(&current->signals, 1, __ATOMIC_SEQ_CST);
}

static int first_free_fd(void)
{
	int fd = CHECK_SYS(dup(STDIN_FILENO));

	CHECK_SYS(close(fd));
	return fd;
}

static void check_untouched(const unsigned char *before,
			    const unsigned char *after, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (before[i] != after[i])
			FAIL("byte %zu of the argument was %#x, is %#x", i,
			     before[i], after[i]);
}

static int make_call(void *arg)
{
	struct call *call = arg;
	unsigned char before[sizeof(call->arg)];
	int ret, err;

	memcpy(before, call->arg, sizeof(before));
	do {
		ret = ioctl(call->fd, call->request, call->arg);
		if (ret != 0 && ret != -1)
			FAIL("ioctl %#lx: want 0 or -1, got %d", call->request,
			     ret);
		err = ret ? errno : 0;
		if (err)
			check_untouched(before, call->arg, sizeof(before));
	} while (err == EINTR && call->repeat);
	return err;
}

static void caller_main(struct call *call)
{
	struct sigaction ends = {.sa_handler = on_signal};
	struct sigaction restarts = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};
	struct drm_version version = {0};
	int fd = first_free_fd();

	current = call;
	/*
	 * The first ioctl() of a process makes DRM update the owner of the file,
	 * which may sleep. Get that done before the call.
	 */
	ioctl(call->fd, DRM_IOCTL_VERSION, &version);
	CHECK_SYS(sigaction(SIGNAL_ENDS, &ends, NULL));
	CHECK_SYS(sigaction(SIGNAL_RESTARTS, &restarts, NULL));
	SET(call->entered, true);
	call->result = call->function(call->function_arg);
	SET(call->returned, true);
	if (call->result)
		CHECK_EQ(first_free_fd(), fd);
}

static struct call *call_new(void)
{
	return CHECK_SYS(mmap(NULL, sizeof(struct call), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

static struct caller caller_start(struct call *call)
{
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		caller_main(call);
		_exit(TEST_PASS);
	}
	return (struct caller){pid, call};
}

static struct caller start_ioctl(int fd, unsigned long request, const void *arg,
				 bool repeat)
{
	struct call *call = call_new();

	CHECK(_IOC_SIZE(request) <= sizeof(call->arg));
	call->function = make_call;
	call->function_arg = call;
	call->fd = fd;
	call->request = request;
	call->repeat = repeat;
	memcpy(call->arg, arg, _IOC_SIZE(request));
	return caller_start(call);
}

struct caller caller_ioctl(int fd, unsigned long request, const void *arg)
{
	return start_ioctl(fd, request, arg, false);
}

struct caller caller_run(int fd, int (*function)(void *arg), void *arg)
{
	struct call *call = call_new();

	call->fd = fd;
	call->function = function;
	call->function_arg = arg;
	return caller_start(call);
}

/* Polls after which an uninterruptible sleep cannot be a short one. */
#define LOOKS 1000

/*
 * A process that sleeps here sleeps in the call: nothing before the call sleeps for
 * long, and few calls sleep anywhere but in the wait that the test is about.
 */
void caller_asleep(const struct caller *caller, bool signals)
{
	unsigned int deep = 0;
	char state;

	do {
		mem_millisecond();
		state = process_state(caller->pid);
		if (GET(caller->call->returned))
			FAIL("the call did not wait: %s",
			     strerrorname_np(caller->call->result));
		if (state == 'Z')
			FAIL("the call did not wait");
		deep = state == 'D' ? deep + 1 : 0;
		if (signals && deep == LOOKS)
			FAIL("the call waits where no signal ends it");
	} while (!GET(caller->call->entered) ||
		 !(state == 'S' || (state == 'D' && !signals)));
}

void caller_send(const struct caller *caller, int signal)
{
	CHECK_SYS(kill(caller->pid, signal));
}

unsigned int caller_signals(const struct caller *caller)
{
	return GET(caller->call->signals);
}

void caller_signal(const struct caller *caller, int signal)
{
	unsigned int before = caller_signals(caller);

	caller_send(caller, signal);
	WAIT_UNTIL(caller_signals(caller) == before + 1);
}

const void *caller_arg(const struct caller *caller)
{
	return caller->call->arg;
}

static int wait_for(const struct caller *caller)
{
	int status;

	CHECK_EQ(CHECK_SYS(waitpid(caller->pid, &status, 0)), caller->pid);
	return status;
}

static void forget(struct caller *caller)
{
	CHECK_SYS(munmap(caller->call, sizeof(*caller->call)));
	caller->call = NULL;
}

int caller_end(struct caller *caller)
{
	int status = wait_for(caller), result;

	CHECK(WIFEXITED(status));
	/* The child has already printed the reason. */
	if (WEXITSTATUS(status) != TEST_PASS)
		exit(TEST_FAIL);
	CHECK(caller->call->returned);
	result = caller->call->result;
	forget(caller);
	return result;
}

void caller_killed(struct caller *caller)
{
	int status = wait_for(caller);

	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK(!caller->call->returned);
	forget(caller);
}

void caller_kill(struct caller *caller)
{
	caller_send(caller, SIGKILL);
	caller_killed(caller);
}

static void look(const struct scene *scene)
{
	if (scene->look)
		scene->look(scene->data);
}

static struct caller scene_start(const struct scene *scene, bool repeat)
{
	struct caller caller =
		start_ioctl(scene->fd, scene->request, scene->arg, repeat);

	caller_asleep(&caller, true);
	look(scene);
	return caller;
}

static void scene_end(const struct scene *scene, struct caller *caller,
		      int signal)
{
	if (signal == SIGKILL) {
		caller_kill(caller);
	} else {
		caller_signal(caller, signal);
		CHECK_EQ(caller_end(caller), EINTR);
	}
	look(scene);
}

static const int endings[] = {SIGNAL_ENDS, SIGKILL};

void signals_end(const struct scene *scene)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		struct caller caller = scene_start(scene, false);

		scene_end(scene, &caller, endings[i]);
	}
}

void signals_end_frees(const struct scene *scene, const struct scene *other)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		struct caller caller = scene_start(scene, false);
		struct caller next = scene_start(other, false);

		scene_end(scene, &caller, endings[i]);
		CHECK_EQ(caller_end(&next), 0);
	}
}

void signals_restart(const struct scene *scene)
{
	struct caller caller = scene_start(scene, true);

	for (int i = 0; i < 2; i++) {
		caller_signal(&caller, SIGNAL_RESTARTS);
		caller_asleep(&caller, true);
		look(scene);
	}
	scene->go(scene->data);
	WAIT_UNTIL(GET(caller.call->returned));
	memcpy(scene->arg, caller_arg(&caller), _IOC_SIZE(scene->request));
	CHECK_EQ(caller_end(&caller), 0);
}

void signals_wait(const struct scene *scene, int (*call)(void *arg), void *arg)
{
	struct caller caller = caller_run(scene->fd, call, arg);
	struct caller killed = caller_run(scene->fd, call, arg);

	caller_asleep(&caller, false);
	caller_asleep(&killed, false);
	caller_send(&caller, SIGNAL_ENDS);
	caller_send(&caller, SIGNAL_RESTARTS);
	caller_send(&killed, SIGKILL);
	mem_millisecond();
	caller_asleep(&caller, false);
	look(scene);
	scene->go(scene->data);
	caller_killed(&killed);
	WAIT_UNTIL(caller_signals(&caller) == 2);
	CHECK_EQ(caller_end(&caller), 0);
}

int read_stamps(void *arg)
{
	const struct reading *reading = arg;

	stamp_verify(reading->map, reading->size, 1, 1);
	return 0;
}

int read_bus_error(void *arg)
{
	const struct reading *reading = arg;

	CHECK(mem_bus_error(reading->map, false));
	return 0;
}

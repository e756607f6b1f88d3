// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hold points themselves (drivers-stub/race/): where a task waits, and when it goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/hold.h"
#include "lib/test.h"
#include "lib/thread.h"
#include "lib/virtio-gpu.h"

/* The answer to a command that is refused. */
static void check_refused(const char *command, const char *answer)
{
	FD(file, CHECK_SYS(open("/dev/race", O_RDWR | O_CLOEXEC)));
	char text[600];
	ssize_t len;

	CHECK_ERRNO(write(file, command, strlen(command)), EINVAL);
	len = CHECK_SYS(pread(file, text, sizeof(text) - 1, 0));
	text[len] = '\0';
	if (!strstr(text, answer))
		FAIL("%s: want \"%s\", got: %s", command, answer, text);
}

TEST(names, .name = "race/hold-names", .needs = "race",
     .about = "what is misspelt in a hold is an error that says so")
{
	check_refused("hold drm_gem_shmem_falut",
		      "no function drm_gem_shmem_falut");
	check_refused("hold kfree", "kfree is not instrumented");
	check_refused("hold drm_gem_object_put",
		      "several functions drm_gem_object_put");
	check_refused("hold drm_gem_close_ioctl+block 1000", "fewer blocks");
	check_refused("hold drm_gem_close_ioctl+block x", "comes its number");
	check_refused("hold drm_gem_close_ioctl+end", "none of +entry");
	check_refused("hold drm_gem_close_ioctl nth 0", "is not 1, 2, ...");
	check_refused("hold drm_gem_close_ioctl task", "is not a name");
	check_refused("hold drm_gem_close_ioctl tusk a", "none of task NAME");
	check_refused("hold", "none of hold, wait");
	check_refused("hodl drm_gem_close_ioctl", "none of hold, wait");
	check_refused("wait until held", "no task is held");
}

static void close_handle(void *arg)
{
	struct bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

static bool handle_exists(const struct bo *bo)
{
	struct drm_virtgpu_resource_info info = {.bo_handle = bo->handle};

	return !drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);
}

/* Hold a close at a point of drm_gem_handle_delete(): is the handle there? */
static void check_point(const char *point, bool exists)
{
	GPU(fd);
	struct bo bo = bo_buffer_unmapped(fd, PAGE);
	HOLD(hold, "drm_gem_handle_delete%s task closer", point);
	struct thread *closer = thread_start("closer", close_handle, &bo);

	hold_wait(hold);
	CHECK_EQ(handle_exists(&bo), exists);
	CHECK(!thread_done(closer));
	hold_release(hold);
	thread_join(closer);
	CHECK(!handle_exists(&bo));
}

TEST(points, .name = "race/hold-points", .needs = "race",
     .about = "a task waits where a function begins, or ends, until it is "
	      "released")
{
	check_point("", true);
	check_point("+entry", true);
	check_point("+block 0", true);
	check_point("+exit", false);
}

TEST(nth, .name = "race/hold-nth", .needs = "race",
     .about =
	     "a hold lets a task pass as often as it says, and then holds once")
{
	GPU(fd);
	struct bo bo[4];
	struct thread *closer;
	HOLD(hold, "drm_gem_handle_delete nth 3");

	for (int i = 0; i < 4; i++)
		bo[i] = bo_buffer_unmapped(fd, PAGE);
	for (int i = 0; i < 2; i++) {
		closer = thread_start("closer", close_handle, &bo[i]);
		thread_join(closer);
	}
	CHECK(!hold_holds(hold));
	closer = thread_start("closer", close_handle, &bo[2]);
	hold_wait(hold);
	hold_release(hold);
	thread_join(closer);
	closer = thread_start("closer", close_handle, &bo[3]);
	thread_join(closer);
}

TEST(task, .name = "race/hold-task", .needs = "race",
     .about = "a hold with a task's name lets other tasks pass; one without a "
	      "name lets only the task that asked for it pass")
{
	GPU(fd);
	struct bo bo[4];
	struct thread *other, *closer;
	HOLD(named, "drm_gem_handle_delete task closer");

	for (int i = 0; i < 4; i++)
		bo[i] = bo_buffer_unmapped(fd, PAGE);
	other = thread_start("other", close_handle, &bo[0]);
	thread_join(other);
	closer = thread_start("closer", close_handle, &bo[1]);
	hold_wait(named);
	{
		HOLD(any, "drm_gem_handle_delete");

		close_handle(&bo[2]);
		CHECK(!hold_holds(any));
		other = thread_start("other", close_handle, &bo[3]);
		hold_wait(any);
		/* Both are held at the same point. */
		CHECK(hold_holds(named));
		hold_release(any);
	}
	thread_join(other);
	CHECK(!thread_done(closer));
	hold_release(named);
	thread_join(closer);
}

TEST(atomic, .name = "race/hold-atomic", .needs = "race",
     .about = "a point where a task holds a spinlock is refused, instead of a "
	      "hang")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 32, 32));
	FD(hold, hold_at("dma_fence_signal_locked"));
	char text[300];
	ssize_t len;

	bo_to_host(&bo);
	bo_wait(&bo);
	len = CHECK_SYS(pread(hold, text, sizeof(text) - 1, 0));
	text[len] = '\0';
	if (!strstr(text, "may not sleep there"))
		FAIL("the file says: %s", text);
}

/* Ends with a thread of its own held. */
static void leave_held(void *arg)
{
	int hold = hold_at("drm_gem_handle_delete task closer");

	thread_start("closer", close_handle, arg);
	hold_wait(hold);
	exit(TEST_PASS);
}

TEST(ends, .name = "race/hold-ends", .needs = "race",
     .about = "a hold ends with the process that asked for it, or when its "
	      "file is closed; "
	      "a task that is held can be killed")
{
	GPU(fd);
	struct bo bo[3];
	struct thread *closer;
	int hold;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		bo[i] = bo_buffer_unmapped(fd, PAGE);
	child_wait(child_start(leave_held, &bo[0]));

	hold = hold_at("drm_gem_handle_delete");
	closer = thread_start("closer", close_handle, &bo[1]);
	hold_wait(hold);
	CHECK_SYS(close(hold));
	thread_join(closer);

	hold = hold_at("drm_gem_handle_delete");
	pid = child_start(close_handle, &bo[2]);
	hold_wait(hold);
	child_kill(pid);
	CHECK_SYS(close(hold));
}

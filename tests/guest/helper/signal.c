// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that interrupt waits for the lock of a BO that is being evicted: the
 * effects on each of the helpers' functions that take it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/virtio-gpu.h"
#include "lib/helper.h"

#define PAGES 4

/**
 * struct held - a BO that is being evicted
 * @bo: the BO
 * @scan: the process that evicts it
 * @state: its state before the eviction
 */
struct held {
	struct helper_bo bo;
	pid_t scan;
	struct sb_helper_state state;
};

/* Begin an eviction, which will succeed or fail with @error. */
static void hold(struct held *held, uint32_t error)
{
	int fd = held->bo.fd;

	helper_do_arg(&held->bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD | error);
	held->scan = helper_scan_start(fd, 1);
	WAIT_UNTIL(helper_info(fd).evicting);
	held->state = helper_state(&held->bo);
	CHECK(held->state.flags & SB_HELPER_LOCKED);
}

static void look_held(void *data)
{
	const struct held *held = data;
	struct sb_helper_state state = helper_state(&held->bo);

	CHECK(!memcmp(&state, &held->state, sizeof(state)));
}

static void go_held(void *data)
{
	const struct held *held = data;

	helper_go(held->bo.fd, held->bo.id);
	child_wait(held->scan);
	helper_do_arg(&held->bo, SB_HELPER_EVICT_SET, 0);
}

static struct scene scene_of(struct held *held, unsigned long request,
			     void *arg)
{
	return (struct scene){
		.fd = held->bo.fd,
		.request = request,
		.arg = arg,
		.look = look_held,
		.go = go_held,
		.data = held,
	};
}

/* Test the call @op, restarted; @undo reverts it, or is 0. */
static void operation(enum sb_helper_op op, enum sb_helper_op undo)
{
	static const uint32_t errors[] = {0, EIO};
	HELPER_DEVICE(fd, 0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = helper_bo_used(fd, PAGES, 0, 1)};
		struct sb_helper_do arg = {.handle = held.bo.handle, .op = op};
		struct scene scene =
			scene_of(&held, DRM_IOCTL_SB_HELPER_DO, &arg);

		test_note("the eviction %s", errors[i] ? "fails" : "succeeds");
		hold(&held, errors[i]);
		signals_end(&scene);
		/* As if there had been no signal. */
		go_held(&held);
		if (errors[i])
			CHECK_EVICTABLE(&held.bo);
		else
			CHECK_EVICTED(&held.bo);
		helper_verify_content(&held.bo, 1);
		hold(&held, errors[i]);
		signals_restart(&scene);
		helper_check_legal(&held.bo);
		CHECK(!(helper_state(&held.bo).flags & SB_HELPER_EVICTED));
		if (undo) {
			CHECK_EQ(helper_state(&held.bo).pins, 1);
			helper_do(&held.bo, undo);
		}
		CHECK_EQ(helper_state(&held.bo).uses, 1);
		CHECK_EQ(helper_state(&held.bo).pins, 0);
		helper_verify_content(&held.bo, 1);
		CHECK_EVICTABLE(&held.bo);
		helper_check_lists(fd);
		helper_bo_close(&held.bo);
	}
}

#define OPERATION_TEST(ident, what, words, op, undo)                           \
	TEST(ident, .name = "helper/signal-" what, HELPER_EVICTS,              \
	     .about = words " of a BO that is being evicted: interrupted it "  \
			    "does nothing, restarted all")                     \
	{                                                                      \
		operation(op, undo);                                           \
	}

OPERATION_TEST(pin, "pin", "a pin", SB_HELPER_PIN, SB_HELPER_UNPIN)
OPERATION_TEST(vmap, "vmap", "a kernel mapping", SB_HELPER_VMAP,
	       SB_HELPER_VUNMAP)
OPERATION_TEST(attach, "sgt", "an SG table", SB_HELPER_ATTACH, 0)
OPERATION_TEST(swapin, "swapin", "a swap-in", SB_HELPER_SWAPIN, 0)

TEST(advise, .name = "helper/signal-madvise", HELPER_EVICTS,
     .about = "madvise on a BO that is being evicted has no effect if "
	      "interrupted, and works when restarted")
{
	HELPER_DEVICE(fd, 0);
	struct held held = {.bo = helper_bo_used(fd, PAGES, 0, 1)};
	struct sb_helper_madvise arg = {
		.handle = held.bo.handle,
		.madv = 1,
		.retained = 12345,
	};
	struct scene scene = scene_of(&held, DRM_IOCTL_SB_HELPER_MADVISE, &arg);

	hold(&held, 0);
	signals_end(&scene);
	go_held(&held);
	CHECK_EVICTED(&held.bo);
	helper_verify_content(&held.bo, 1);
	hold(&held, 0);
	signals_restart(&scene);
	CHECK_EQ(arg.retained, 1);
	CHECK_EQ(helper_state(&held.bo).madv, 1);
	helper_verify_content(&held.bo, 1);
	helper_scan(fd, 1);
	helper_verify_purged(&held.bo);
	helper_bo_close(&held.bo);
}

/*
 * Those that may not fail, or may wait in a way that signals do not end
 */

static int export(void *arg)
{
	const struct helper_bo *bo = arg;

	CHECK_SYS(close(drm_export(bo->fd, bo->handle)));
	return 0;
}

static void look_evicting(void *data)
{
	const struct held *held = data;

	CHECK(helper_state(&held->bo).flags & SB_HELPER_EVICTING);
}

/* @call(@arg) during an eviction, which will succeed or fail with @error. */
static void call_held(struct held *held, uint32_t error, int (*call)(void *arg),
		      void *arg)
{
	struct scene scene = scene_of(held, 0, NULL);

	scene.look = look_evicting;
	hold(held, error);
	signals_wait(&scene, call, arg);
	helper_check_legal(&held->bo);
	helper_check_lists(held->bo.fd);
}

/* The same for a read of its mapping. */
static void read_held(struct held *held, uint32_t error, int (*call)(void *arg))
{
	struct reading reading = {NULL, held->bo.size};

	helper_bo_map(&held->bo);
	reading.map = held->bo.map;
	call_held(held, error, call, &reading);
}

TEST(fault, .name = "helper/signal-fault", HELPER_EVICTS,
     .about = "a signal is delivered during a page fault on a BO that is being "
	      "evicted, which keeps its content")
{
	static const uint32_t errors[] = {0, EIO};
	HELPER_DEVICE(fd, 0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = helper_bo_used(fd, PAGES, 0, 1)};

		read_held(&held, errors[i], read_stamps);
		helper_verify_content(&held.bo, 1);
		CHECK_EQ(helper_state(&held.bo).uses, 2);
		helper_bo_close(&held.bo);
	}
}

TEST(fault_purge, .name = "helper/signal-fault-purge", HELPER_EVICTS,
     .about = "a signal is delivered during a page fault on a BO that is being "
	      "purged, and so is SIGBUS")
{
	HELPER_DEVICE(fd, 0);
	struct held held = {.bo = helper_bo_used(fd, PAGES, 0, 1)};

	CHECK(helper_madvise(&held.bo, 1));
	read_held(&held, 0, read_bus_error);
	helper_verify_purged(&held.bo);
	helper_bo_close(&held.bo);
}

TEST(exports, .name = "helper/signal-export", HELPER_EVICTS,
     .about = "an export of a BO that is being evicted completes despite "
	      "signals, and the BO is whole")
{
	static const uint32_t errors[] = {0, EIO};
	HELPER_DEVICE(fd, 0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = helper_bo_used(fd, PAGES, 0, 1)};

		call_held(&held, errors[i], export, &held.bo);
		helper_verify_content(&held.bo, 1);
		CHECK_EQ(helper_state(&held.bo).lru, SB_HELPER_LRU_PINNED);
		helper_bo_close(&held.bo);
	}
}

static int scan(void *arg)
{
	const struct helper_bo *bo = arg;

	helper_scan(bo->fd, 1);
	return 0;
}

TEST(scan_signal, .name = "helper/signal-scan", HELPER_EVICTS,
     .about = "a signal to the process that evicts a BO does not harm the BO")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct caller caller;

	helper_do_arg(&bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD);
	caller = caller_run(fd, scan, &bo);
	WAIT_UNTIL(helper_info(fd).evicting);
	caller_asleep(&caller, false);
	caller_send(&caller, SIGNAL_ENDS);
	caller_send(&caller, SIGNAL_RESTARTS);
	mem_millisecond();
	caller_asleep(&caller, false);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_go(fd, bo.id);
	WAIT_UNTIL(caller_signals(&caller) == 2);
	CHECK_EQ(caller_end(&caller), 0);
	CHECK_EVICTED(&bo);
	helper_verify_content(&bo, 1);
}

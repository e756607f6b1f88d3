// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals for those who wait for the lock of a BO that is being evicted: what
 * each of the helpers' functions that take it leaves behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../caller.h"
#include "../virtio/gpu.h"
#include "stub.h"

#define PAGES 4

/**
 * struct held - a BO that is being evicted
 * @bo: the BO
 * @scan: who evicts it
 * @state: its state when that began
 */
struct held {
	struct stub_bo bo;
	pid_t scan;
	struct sb_stub_state state;
};

/* It is evicted in the end, or that fails with @error. */
static void hold(struct held *held, uint32_t error)
{
	int fd = held->bo.fd;

	stub_do_arg(&held->bo, SB_STUB_EVICT_SET, SB_STUB_HOLD | error);
	held->scan = stub_scan_start(fd, 1);
	WAIT_UNTIL(stub_info(fd).evicting);
	held->state = stub_state(&held->bo);
	CHECK(held->state.flags & SB_STUB_LOCKED);
}

static void look_held(void *data)
{
	const struct held *held = data;
	struct sb_stub_state state = stub_state(&held->bo);

	CHECK(!memcmp(&state, &held->state, sizeof(state)));
}

static void go_held(void *data)
{
	const struct held *held = data;

	stub_go(held->bo.fd, held->bo.id);
	child_wait(held->scan);
	stub_do_arg(&held->bo, SB_STUB_EVICT_SET, 0);
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

/* What @op does, restarted; @undo is its counterpart, or 0. */
static void operation(enum sb_stub_op op, enum sb_stub_op undo)
{
	static const uint32_t errors[] = {0, EIO};
	int fd = stub_open(0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = stub_bo_used(fd, PAGES, 0, 1)};
		struct sb_stub_do arg = {.handle = held.bo.handle, .op = op};
		struct scene scene =
			scene_of(&held, DRM_IOCTL_SB_STUB_DO, &arg);

		test_note("the eviction %s", errors[i] ? "fails" : "succeeds");
		hold(&held, errors[i]);
		signals_end(&scene);
		/* As if there had been none. */
		go_held(&held);
		if (errors[i])
			CHECK_EVICTABLE(&held.bo);
		else
			CHECK_EVICTED(&held.bo);
		stub_verify_content(&held.bo, 1);
		hold(&held, errors[i]);
		signals_restart(&scene);
		stub_check_legal(&held.bo);
		CHECK(!(stub_state(&held.bo).flags & SB_STUB_EVICTED));
		if (undo) {
			CHECK_EQ(stub_state(&held.bo).pins, 1);
			stub_do(&held.bo, undo);
		}
		CHECK_EQ(stub_state(&held.bo).uses, 1);
		CHECK_EQ(stub_state(&held.bo).pins, 0);
		stub_verify_content(&held.bo, 1);
		CHECK_EVICTABLE(&held.bo);
		stub_check_lists(fd);
		stub_bo_close(&held.bo);
	}
	CHECK_EQ(stub_info(fd).bos, 0);
}

#define OPERATION_TEST(ident, what, words, op, undo)                           \
	TEST(ident, .name = "stub/signal-" what, STUB_EVICTS,                  \
	     .about = words " of a BO that is being evicted: interrupted it "  \
			    "does nothing, restarted all")                     \
	{                                                                      \
		operation(op, undo);                                           \
	}

OPERATION_TEST(pin, "pin", "a pin", SB_STUB_PIN, SB_STUB_UNPIN)
OPERATION_TEST(vmap, "vmap", "a kernel mapping", SB_STUB_VMAP, SB_STUB_VUNMAP)
OPERATION_TEST(attach, "sgt", "an SG table", SB_STUB_ATTACH, 0)
OPERATION_TEST(swapin, "swapin", "a swap-in", SB_STUB_SWAPIN, 0)

TEST(advise, .name = "stub/signal-madvise", STUB_EVICTS,
     .about = "advice on a BO that is being evicted: interrupted it says "
	      "nothing, restarted it is given")
{
	int fd = stub_open(0);
	struct held held = {.bo = stub_bo_used(fd, PAGES, 0, 1)};
	struct sb_stub_madvise arg = {
		.handle = held.bo.handle,
		.madv = 1,
		.retained = 12345,
	};
	struct scene scene = scene_of(&held, DRM_IOCTL_SB_STUB_MADVISE, &arg);

	hold(&held, 0);
	signals_end(&scene);
	go_held(&held);
	CHECK_EVICTED(&held.bo);
	stub_verify_content(&held.bo, 1);
	hold(&held, 0);
	signals_restart(&scene);
	CHECK_EQ(arg.retained, 1);
	CHECK_EQ(stub_state(&held.bo).madv, 1);
	stub_verify_content(&held.bo, 1);
	stub_scan(fd, 1);
	stub_verify_purged(&held.bo);
	stub_bo_close(&held.bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

/*
 * Those that may not fail, or may wait in a way that signals do not end
 */

static int read_stamps(void *arg)
{
	const struct stub_bo *bo = arg;

	stamp_verify(bo->map, bo->size, 1, 1);
	return 0;
}

static int read_bus_error(void *arg)
{
	const struct stub_bo *bo = arg;

	CHECK(mem_bus_error(bo->map, false));
	return 0;
}

static int export(void *arg)
{
	const struct stub_bo *bo = arg;

	CHECK_SYS(close(drm_export(bo->fd, bo->handle)));
	return 0;
}

/* One caller gets signals, and another one is killed. */
static void call_held(struct held *held, uint32_t error, int (*call)(void *arg))
{
	struct caller caller, killed;

	hold(held, error);
	caller = caller_run(held->bo.fd, call, &held->bo);
	killed = caller_run(held->bo.fd, call, &held->bo);
	caller_asleep(&caller, false);
	caller_asleep(&killed, false);
	caller_send(&caller, SIGNAL_ENDS);
	caller_send(&caller, SIGNAL_RESTARTS);
	caller_send(&killed, SIGKILL);
	mem_millisecond();
	caller_asleep(&caller, false);
	CHECK(stub_state(&held->bo).flags & SB_STUB_EVICTING);
	go_held(held);
	caller_killed(&killed);
	WAIT_UNTIL(caller_signals(&caller) == 2);
	CHECK_EQ(caller_end(&caller), 0);
	stub_check_legal(&held->bo);
	stub_check_lists(held->bo.fd);
}

TEST(fault, .name = "stub/signal-fault", STUB_EVICTS,
     .about = "a signal for who touches a BO that is being evicted is "
	      "delivered, and all of the BO is there")
{
	static const uint32_t errors[] = {0, EIO};
	int fd = stub_open(0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = stub_bo_used(fd, PAGES, 0, 1)};

		stub_bo_map(&held.bo);
		call_held(&held, errors[i], read_stamps);
		stub_verify_content(&held.bo, 1);
		CHECK_EQ(stub_state(&held.bo).uses, 2);
		stub_bo_close(&held.bo);
	}
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(fault_purge, .name = "stub/signal-fault-purge", STUB_EVICTS,
     .about = "a signal for who touches a BO that is being purged is "
	      "delivered, and so is SIGBUS")
{
	int fd = stub_open(0);
	struct held held = {.bo = stub_bo_used(fd, PAGES, 0, 1)};

	stub_bo_map(&held.bo);
	CHECK(stub_madvise(&held.bo, 1));
	call_held(&held, 0, read_bus_error);
	stub_verify_purged(&held.bo);
	stub_bo_close(&held.bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(exports, .name = "stub/signal-export", STUB_EVICTS,
     .about = "an export of a BO that is being evicted comes to an end, "
	      "whatever signals come, and the BO is whole")
{
	static const uint32_t errors[] = {0, EIO};
	int fd = stub_open(0);

	for (unsigned int i = 0; i < 2; i++) {
		struct held held = {.bo = stub_bo_used(fd, PAGES, 0, 1)};

		call_held(&held, errors[i], export);
		stub_verify_content(&held.bo, 1);
		CHECK_EQ(stub_state(&held.bo).lru, SB_STUB_LRU_PINNED);
		stub_bo_close(&held.bo);
	}
	CHECK_EQ(stub_info(fd).bos, 0);
}

static int scan(void *arg)
{
	const struct stub_bo *bo = arg;

	stub_scan(bo->fd, 1);
	return 0;
}

TEST(scan_signal, .name = "stub/signal-scan", STUB_EVICTS,
     .about = "a signal for who evicts a BO costs the BO nothing")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct caller caller;

	stub_do_arg(&bo, SB_STUB_EVICT_SET, SB_STUB_HOLD);
	caller = caller_run(fd, scan, &bo);
	WAIT_UNTIL(stub_info(fd).evicting);
	caller_asleep(&caller, false);
	caller_send(&caller, SIGNAL_ENDS);
	caller_send(&caller, SIGNAL_RESTARTS);
	mem_millisecond();
	caller_asleep(&caller, false);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_go(fd, bo.id);
	WAIT_UNTIL(caller_signals(&caller) == 2);
	CHECK_EQ(caller_end(&caller), 0);
	CHECK_EVICTED(&bo);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

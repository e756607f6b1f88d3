// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that a fault holds, delays, fails or garbles, and their order. */
#include <string.h>

#include "gpu-guest.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define UNSPEC VIRTIO_GPU_RESP_ERR_UNSPEC
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define MS 1000000ull

/* Context 1 with resources 1 and 2: buffers of a page each, pages 0 and 1. */
static Guest *guest_with_buffers(void)
{
	Guest *guest = guest_running();

	guest_context(guest, 1);
	for (uint32_t id = 1; id <= 2; id++) {
		guest_create_buffer(guest, id, 4096);
		guest_attach(guest, id, id - 1, 1);
		guest_bind(guest, 1, id);
	}
	guest_irq(guest);
	return guest;
}

/* Transfer a whole resource; fence 0: none, ring < 0: the device's timeline. */
static unsigned int transfer(Guest *guest, uint32_t id, uint64_t fence,
			     int ring)
{
	struct virtio_gpu_transfer_host_3d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D,
		.hdr.flags = (fence ? VIRTIO_GPU_FLAG_FENCE : 0) |
			     (ring >= 0 ? VIRTIO_GPU_FLAG_INFO_RING_IDX : 0),
		.hdr.fence_id = fence,
		.hdr.ctx_id = 1,
		.hdr.ring_idx = MAX(ring, 0),
		.resource_id = id,
		.box = {0, 0, 0, 4096, 1, 1},
	};

	return guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 24);
}

static unsigned int send_unref(Guest *guest, uint32_t id)
{
	struct virtio_gpu_resource_unref cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = id,
	};

	return guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 24);
}

static unsigned int send_detach(Guest *guest, uint32_t id)
{
	struct virtio_gpu_resource_detach_backing cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = id,
	};

	return guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 24);
}

/* A submission that does nothing, and so uses no resource. */
static unsigned int submit(Guest *guest, uint64_t fence, int ring)
{
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.flags = (fence ? VIRTIO_GPU_FLAG_FENCE : 0) |
			     (ring >= 0 ? VIRTIO_GPU_FLAG_INFO_RING_IDX : 0),
		.hdr.fence_id = fence,
		.hdr.ctx_id = 1,
		.hdr.ring_idx = MAX(ring, 0),
	};

	return guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 24);
}

static uint8_t host_byte(Guest *guest, const char *path)
{
	GBytes *bytes = node_show(guest->device, path);
	uint8_t byte;

	g_assert_nonnull(bytes);
	byte = *(const uint8_t *)g_bytes_get_data(bytes, NULL);
	g_bytes_unref(bytes);
	return byte;
}

static uint32_t type_of(Guest *guest, unsigned int slot)
{
	const struct virtio_gpu_ctrl_hdr *hdr = guest_response(guest, slot);

	return hdr ? hdr->type : 0;
}

static void test_hold(void)
{
	Guest *guest = guest_with_buffers();
	g_autofree char *pending = NULL, *none = NULL;
	unsigned int slot;

	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D");
	memset(guest_page_at(guest, 0), 0x11, 4096);
	slot = transfer(guest, 1, 7, -1);
	g_assert_null(guest_response(guest, slot));
	g_assert_false(guest_irq(guest));
	/* The guest must continue to tick, and nothing is done yet. */
	g_assert_cmpuint(guest->device->deadline_ns, ==,
			 guest->device->now_ns + 10 * MS);
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0);
	pending = guest_show(guest, "pending");
	g_assert_cmpstr(pending, ==,
			"#8 TRANSFER_TO_HOST_3D ctx 1 res 1 fence 7 held\n");
	guest_wait(guest, 50 * MS);
	g_assert_null(guest_response(guest, slot));
	g_assert_cmpuint(guest->device->deadline_ns, ==,
			 guest->device->now_ns + 10 * MS);
	/* It reads the content that is there when it completes. */
	memset(guest_page_at(guest, 0), 0x22, 4096);
	guest_fault(guest, "release virtio-gpu TRANSFER_TO_HOST_3D");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	g_assert_cmpuint(guest_response(guest, slot)->fence_id, ==, 7);
	g_assert_true(guest_irq(guest));
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0x22);
	g_assert_cmpuint(guest->device->deadline_ns, ==, 0);
	none = guest_show(guest, "pending");
	g_assert_cmpstr(none, ==, "");
	guest_free(guest);
}

static void test_delay(void)
{
	Guest *guest = guest_with_buffers();
	unsigned int a, b;

	guest_fault(guest, "delay virtio-gpu TRANSFER_TO_HOST_3D 200000");
	a = transfer(guest, 1, 1, -1);
	g_assert_cmpuint(guest->device->deadline_ns, ==,
			 guest->device->now_ns + 200000);
	guest_wait(guest, 100000);
	b = transfer(guest, 2, 2, -1);
	guest_wait(guest, 99999);
	g_assert_null(guest_response(guest, a));
	guest_wait(guest, 1);
	g_assert_cmphex(type_of(guest, a), ==, OK);
	g_assert_null(guest_response(guest, b));
	g_assert_cmpuint(guest->device->deadline_ns, ==,
			 guest->device->now_ns + 100000);
	guest_wait(guest, 100000);
	g_assert_cmphex(type_of(guest, b), ==, OK);
	g_assert_cmpuint(guest->device->deadline_ns, ==, 0);
	guest_free(guest);
}

static void test_order(void)
{
	Guest *guest = guest_with_buffers();
	unsigned int held, same, ring, plain, shared, other;

	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D");
	held = transfer(guest, 1, 1, -1);
	guest_fault(guest, "hold virtio-gpu CTX_CREATE");
	same = submit(guest, 2, -1); /* same timeline */
	ring = submit(guest, 3, 0); /* another */
	plain = submit(guest, 0, -1); /* none */
	g_assert_null(guest_response(guest, same));
	g_assert_cmphex(type_of(guest, ring), ==, OK);
	g_assert_cmphex(type_of(guest, plain), ==, OK);
	/* A second held one on a ring, and one behind it on the same ring. */
	shared = transfer(guest, 2, 4, 1);
	other = submit(guest, 5, 1);
	g_assert_cmphex(type_of(guest, submit(guest, 6, 2)), ==, OK);
	g_assert_null(guest_response(guest, shared));
	g_assert_null(guest_response(guest, other));
	guest_fault(guest, "release virtio-gpu *");
	g_assert_cmphex(type_of(guest, held), ==, OK);
	g_assert_cmphex(type_of(guest, same), ==, OK);
	g_assert_cmphex(type_of(guest, shared), ==, OK);
	g_assert_cmphex(type_of(guest, other), ==, OK);
	guest_free(guest);
}

/* Without fences, commands on the same resource still complete in order. */
static void test_order_by_resource(void)
{
	Guest *guest = guest_with_buffers();
	const struct sb_exec exec = {
		.op = SB_EXEC_FILL,
		.words = SB_EXEC_WORDS,
		.dst_res = 1,
		.len = 4096,
		.pattern = 0x33333333,
	};
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.ctx_id = 1,
		.size = sizeof(exec),
	};
	unsigned int a, b;

	memset(guest_page_at(guest, 0), 0x11, 4096);
	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D");
	a = transfer(guest, 1, 0, -1);
	b = guest_send(guest, 0, &cmd, sizeof(cmd), &exec, sizeof(exec), 24);
	g_assert_null(guest_response(guest, b));
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, a), ==, OK);
	g_assert_cmphex(type_of(guest, b), ==, OK);
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0x33);
	guest_free(guest);
}

/* Pages are taken away from a command that is under way. */
static void test_busy(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_ctrl_hdr nonsense = {
		.type = 0x1ff,
		.flags = VIRTIO_GPU_FLAG_FENCE,
		.fence_id = 2,
	};
	unsigned int slot, unknown;

	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D");
	slot = transfer(guest, 1, 1, -1);
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==,
			BAD_PARAMETER);
	guest_violation(guest, "while #8 TRANSFER_TO_HOST_3D is using");
	g_assert_cmphex(type_of(guest, send_detach(guest, 1)), ==,
			BAD_PARAMETER);
	guest_violation(guest, "while #8 TRANSFER_TO_HOST_3D is using");
	/* An unknown command waits as well, because of its fence. */
	unknown =
		guest_send(guest, 0, &nonsense, sizeof(nonsense), NULL, 0, 24);
	guest_violation(guest, "unknown command");
	g_assert_null(guest_response(guest, unknown));
	g_assert_cmphex(type_of(guest, send_detach(guest, 2)), ==, OK);
	guest_fault(guest, "release virtio-gpu TRANSFER_TO_HOST_3D");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	g_assert_cmphex(type_of(guest, unknown), ==, UNSPEC);
	g_assert_cmphex(type_of(guest, send_detach(guest, 1)), ==, OK);
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==, OK);
	guest_free(guest);
}

/* A file is closed while its work is under way; the kernel does not wait for it. */
static void test_context_gone(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_ctx_resource detach = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
		.hdr.ctx_id = 1,
		.resource_id = 1,
	};
	struct virtio_gpu_ctx_destroy destroy = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_DESTROY,
		.hdr.ctx_id = 1,
	};
	unsigned int slot;

	memset(guest_page_at(guest, 0), 0x11, 4096);
	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D");
	slot = transfer(guest, 1, 1, 0);
	EXPECT_OK(guest, &detach);
	EXPECT_OK(guest, &destroy);
	guest_context(guest, 1);
	guest_bind(guest, 1, 1);
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0x11);
	guest_free(guest);
}

/* The device has the pages until it has answered the detach. */
static void test_held_detach(void)
{
	Guest *guest = guest_with_buffers();
	unsigned int slot, again;

	guest_fault(guest, "hold virtio-gpu RESOURCE_DETACH_BACKING");
	slot = send_detach(guest, 1);
	g_assert_null(guest_response(guest, slot));
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 1, -1)), ==,
			BAD_PARAMETER);
	guest_violation(guest, "no backing is attached");
	/* Held like the first one, but reported as wrong at once. */
	again = send_detach(guest, 1);
	guest_violation(guest, "no backing is attached");
	g_assert_cmphex(guest_do_attach(guest, 1, 8, 1), ==, BAD_PARAMETER);
	guest_violation(guest, "still being detached");
	guest_create_buffer(guest, 3, 4096);
	g_assert_cmphex(guest_do_attach(guest, 3, 0, 1), ==, BAD_PARAMETER);
	guest_violation(guest, "still backing of resource 1");
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	g_assert_cmphex(type_of(guest, again), ==, BAD_PARAMETER);
	guest_attach(guest, 3, 0, 1);
	guest_attach(guest, 1, 8, 1);
	guest_free(guest);
}

/* A held detach reads the pages when it completes. */
static void test_held_detach_stamps(void)
{
	static const char rule[] = "expect virtio-gpu 1 7 1";
	Guest *guest = guest_with_buffers();

	/* The page has no stamp, but a detach that is answered reads nothing. */
	g_assert_cmpint(stamps_command(guest->stamps, rule, strlen(rule)), ==,
			0);
	g_assert_cmphex(type_of(guest, send_detach(guest, 1)), ==, OK);
	guest_no_violation(guest);
	guest_attach(guest, 1, 0, 1);
	guest_fault(guest, "hold virtio-gpu RESOURCE_DETACH_BACKING");
	send_detach(guest, 1);
	guest_no_violation(guest);
	guest_fault(guest, "clear");
	guest_violation(guest, "expected BO 7 page 0");
	guest_attach(guest, 1, 0, 1);
	guest_fault(guest, "delay virtio-gpu RESOURCE_DETACH_BACKING 1000");
	send_detach(guest, 1);
	guest_no_violation(guest);
	guest_wait(guest, 1000);
	guest_violation(guest, "expected BO 7 page 0");
	guest_free(guest);
}

static void test_held_unref(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 1,
		.format = 1,
		.width = 1,
		.height = 1,
	};
	unsigned int detach, unref;

	/* Each waits for the one before. */
	guest_fault(guest, "hold virtio-gpu RESOURCE_DETACH_BACKING");
	detach = send_detach(guest, 1);
	unref = send_unref(guest, 1);
	guest_no_violation(guest);
	g_assert_null(guest_response(guest, unref));
	EXPECT(guest, BAD_RESOURCE, "exists already", &create);
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 1, -1)), ==,
			BAD_RESOURCE);
	guest_violation(guest, "unknown resource");
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==, BAD_RESOURCE);
	guest_violation(guest, "unknown resource");
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, detach), ==, OK);
	g_assert_cmphex(type_of(guest, unref), ==, OK);
	EXPECT_OK(guest, &create);
	guest_attach(guest, 1, 0, 1);
	guest_free(guest);
}

/* A resource exists at once, only the response is late. */
static void test_held_create(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.hdr.flags = VIRTIO_GPU_FLAG_FENCE,
		.hdr.fence_id = 1,
		.resource_id = 1,
		.format = 1,
		.width = 32,
		.height = 32,
	};
	unsigned int slot;

	guest_fault(guest, "hold virtio-gpu RESOURCE_CREATE_2D");
	slot = guest_send(guest, 0, &create, sizeof(create), NULL, 0, 24);
	g_assert_null(guest_response(guest, slot));
	guest_attach(guest, 1, 0, 1);
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==, OK);
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	guest_free(guest);
}

static void test_fail(void)
{
	Guest *guest = guest_with_buffers();
	g_autofree char *counters = NULL;

	guest_fault(guest, "fail virtio-gpu TRANSFER_TO_HOST_3D 2");
	memset(guest_page_at(guest, 0), 0x11, 4096);
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 1, -1)), ==, OK);
	memset(guest_page_at(guest, 0), 0x22, 4096);
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 2, -1)), ==, UNSPEC);
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0x11);
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 3, -1)), ==, OK);
	guest_fault(guest, "fail virtio-gpu TRANSFER_TO_HOST_3D 1 0x1201");
	g_assert_cmphex(type_of(guest, transfer(guest, 1, 1, -1)), ==, 0x1201);
	counters = guest_show(guest, "counters");
	g_assert_nonnull(
		strstr(counters, "TRANSFER_TO_HOST_3D seen 4 ok 2 error 2\n"));
	guest_free(guest);
}

/* A command that a rule fails is checked like any other. */
static void test_fail_malformed(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.hdr.flags = 4,
		.resource_id = 3,
		.format = 1,
		.width = 32,
		.height = 32,
	};

	guest_fault(guest, "fail virtio-gpu RESOURCE_CREATE_2D 1\n"
			   "fail virtio-gpu RESOURCE_CREATE_2D 2");
	EXPECT(guest, BAD_PARAMETER, "unknown flags 0x4", &create);
	/* It does not excuse errors that follow from it either. */
	g_assert_cmphex(guest_do_attach(guest, 3, 4, 1), ==, BAD_RESOURCE);
	guest_violation(guest, "unknown resource");
	guest_expect(guest, BAD_PARAMETER, "request of", &create,
		     sizeof(create) - 4, NULL, 0);
	guest_free(guest);
}

/* Errors that follow from a failure of the device are no violations. */
static void test_fail_create(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 3,
		.format = 1,
		.width = 32,
		.height = 32,
	};
	struct virtio_gpu_ctx_resource bind = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
		.hdr.ctx_id = 1,
		.resource_id = 3,
	};

	guest_fault(guest, "fail virtio-gpu RESOURCE_CREATE_2D 1");
	EXPECT(guest, UNSPEC, NULL, &create);
	g_assert_cmphex(guest_do_attach(guest, 3, 4, 1), ==, BAD_RESOURCE);
	EXPECT(guest, BAD_RESOURCE, NULL, &bind);
	g_assert_cmphex(type_of(guest, transfer(guest, 3, 1, -1)), ==,
			BAD_RESOURCE);
	guest_no_violation(guest);
	EXPECT_OK(guest, &create);
	g_assert_cmphex(type_of(guest, transfer(guest, 3, 1, -1)), ==,
			BAD_RESOURCE);
	guest_violation(guest, "not attached to the context");
	/* The same error as attaching twice, but the device has caused it. */
	guest_fault(guest, "fail virtio-gpu RESOURCE_ATTACH_BACKING 1");
	g_assert_cmphex(guest_do_attach(guest, 3, 4, 1), ==, UNSPEC);
	g_assert_cmphex(type_of(guest, send_detach(guest, 3)), ==,
			BAD_PARAMETER);
	guest_no_violation(guest);
	guest_free(guest);
}

/*
 * If a detach fails, the driver must keep the pages. If an unref fails, it cannot.
 * So reusing the pages is wrong only after the first.
 */
static void test_fail_release(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_resource_create_2d again = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 2,
		.format = 1,
		.width = 1,
		.height = 1,
	};
	g_autofree char *leaks = NULL;

	guest_create_buffer(guest, 3, 4096);
	guest_fault(guest, "fail virtio-gpu RESOURCE_DETACH_BACKING 1");
	g_assert_cmphex(type_of(guest, send_detach(guest, 1)), ==, UNSPEC);
	g_assert_cmphex(guest_do_attach(guest, 3, 0, 1), ==, BAD_PARAMETER);
	guest_violation(guest, "still backing of resource 1");
	g_assert_cmphex(type_of(guest, send_detach(guest, 1)), ==, OK);
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==, OK);

	guest_fault(guest, "fail virtio-gpu RESOURCE_UNREF 1");
	g_assert_cmphex(type_of(guest, send_unref(guest, 2)), ==, UNSPEC);
	guest_attach(guest, 3, 1, 1);
	g_assert_cmphex(type_of(guest, send_unref(guest, 2)), ==, BAD_RESOURCE);
	guest_violation(guest, "unknown resource");
	g_assert_cmphex(type_of(guest, send_unref(guest, 3)), ==, OK);
	leaks = guest_leaks(guest);
	g_assert_cmpstr(leaks, ==, "context 1 (test)\n");
	EXPECT_OK(guest, &again);
	guest_free(guest);
}

/* A command loses its pages, because a fault failed the unref. */
static void test_fail_release_busy(void)
{
	Guest *guest = guest_with_buffers();
	unsigned int slot;

	guest_fault(guest, "hold virtio-gpu TRANSFER_TO_HOST_3D\n"
			   "fail virtio-gpu RESOURCE_UNREF 1");
	slot = transfer(guest, 1, 1, -1);
	g_assert_cmphex(type_of(guest, send_unref(guest, 1)), ==, UNSPEC);
	guest_create_buffer(guest, 3, 4096);
	guest_attach(guest, 3, 0, 1);
	guest_fault(guest, "clear");
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	guest_free(guest);
}

static void test_garbage(void)
{
	Guest *guest = guest_with_buffers();
	struct virtio_gpu_ctrl_hdr a, b;
	unsigned int slot;

	guest_fault(guest, "garbage virtio-gpu TRANSFER_TO_HOST_3D 1\n"
			   "garbage virtio-gpu TRANSFER_TO_HOST_3D 2");
	memset(guest_page_at(guest, 0), 0x11, 4096);
	slot = transfer(guest, 1, 1, -1);
	a = *guest_response(guest, slot);
	g_assert_cmphex(a.type, !=, OK);
	slot = transfer(guest, 1, 2, -1);
	b = *guest_response(guest, slot);
	g_assert_cmpint(memcmp(&a, &b, sizeof(a)), !=, 0);
	/* The work was done nevertheless. */
	g_assert_cmphex(host_byte(guest, "resources/1/data"), ==, 0x11);
	slot = transfer(guest, 1, 3, -1);
	g_assert_cmphex(type_of(guest, slot), ==, OK);
	guest_free(guest);
}

/* A device reset drops waiting commands, and a later release finds none. */
static void test_reset(void)
{
	Guest *guest = guest_with_buffers();

	guest_fault(guest, "hold virtio-gpu *");
	transfer(guest, 1, 1, -1);
	send_detach(guest, 2);
	send_unref(guest, 2);
	guest_start(guest, GUEST_FEATURES);
	g_assert_cmpuint(guest->device->deadline_ns, ==, 0);
	guest_fault(guest, "clear");
	g_assert_cmpuint(guest_used(guest, 0)->idx, ==, 0);
	guest_free(guest);
}

/* Freed with everything still in use; the leak checker finds what is left. */
static void test_free(void)
{
	Guest *guest = guest_with_buffers();

	guest_fault(guest, "hold virtio-gpu *");
	transfer(guest, 1, 1, -1);
	guest_free(guest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/virtio-gpu-faults/hold", test_hold);
	g_test_add_func("/virtio-gpu-faults/delay", test_delay);
	g_test_add_func("/virtio-gpu-faults/order", test_order);
	g_test_add_func("/virtio-gpu-faults/order-by-resource",
			test_order_by_resource);
	g_test_add_func("/virtio-gpu-faults/busy", test_busy);
	g_test_add_func("/virtio-gpu-faults/context-gone", test_context_gone);
	g_test_add_func("/virtio-gpu-faults/held-detach", test_held_detach);
	g_test_add_func("/virtio-gpu-faults/held-detach-stamps",
			test_held_detach_stamps);
	g_test_add_func("/virtio-gpu-faults/held-unref", test_held_unref);
	g_test_add_func("/virtio-gpu-faults/held-create", test_held_create);
	g_test_add_func("/virtio-gpu-faults/fail", test_fail);
	g_test_add_func("/virtio-gpu-faults/fail-malformed",
			test_fail_malformed);
	g_test_add_func("/virtio-gpu-faults/fail-create", test_fail_create);
	g_test_add_func("/virtio-gpu-faults/fail-release", test_fail_release);
	g_test_add_func("/virtio-gpu-faults/fail-release-busy",
			test_fail_release_busy);
	g_test_add_func("/virtio-gpu-faults/garbage", test_garbage);
	g_test_add_func("/virtio-gpu-faults/reset", test_reset);
	g_test_add_func("/virtio-gpu-faults/free", test_free);
	return g_test_run();
}

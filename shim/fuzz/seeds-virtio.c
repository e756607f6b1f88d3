// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's virtio-gpu driver could send, as inputs. */
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "ops.h"
#include "fuzz.h"
#include "protocol.h"

#define GPU OPS_VIRTIO_GPU
#define NUM 16u
#define RINGS_AT(queue, part) (OPS_FREE + ((queue)*3 + (part)) * 0x1000u)
#define REQUESTS_AT 0x8000u
#define REQUEST_ROOM 0x800u
#define RESPONSES_AT 0x10000u
#define RESPONSE_ROOM 0x800u
#define TABLES_AT 0x18000u
#define TABLE_ROOM 0x100u
#define PAGE(n) (0x20000u + (n)*0x1000u)

#define FEATURES                                                               \
	(1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID |              \
	 1ull << VIRTIO_GPU_F_RESOURCE_UUID |                                  \
	 1ull << VIRTIO_GPU_F_RESOURCE_BLOB |                                  \
	 1ull << VIRTIO_GPU_F_CONTEXT_INIT |                                   \
	 1ull << VIRTIO_RING_F_INDIRECT_DESC | 1ull << VIRTIO_F_VERSION_1 |    \
	 1ull << VIRTIO_F_ACCESS_PLATFORM)

/* A driver at work: sent[] counts the commands of each queue. */
typedef struct {
	GByteArray *input;
	guint sent[2];
	bool indirect;
} Driver;

static void start_queue(GByteArray *input, guint queue)
{
	ops_write(input, GPU, VIRTIO_MMIO_QUEUE_SEL, queue);
	ops_read(input, GPU, VIRTIO_MMIO_QUEUE_NUM_MAX);
	ops_write(input, GPU, VIRTIO_MMIO_QUEUE_NUM, NUM);
	ops_write64(input, GPU, VIRTIO_MMIO_QUEUE_DESC_LOW, RINGS_AT(queue, 0));
	ops_write64(input, GPU, VIRTIO_MMIO_QUEUE_AVAIL_LOW,
		    RINGS_AT(queue, 1));
	ops_write64(input, GPU, VIRTIO_MMIO_QUEUE_USED_LOW, RINGS_AT(queue, 2));
	ops_write(input, GPU, VIRTIO_MMIO_QUEUE_READY, 1);
}

static Driver start(GByteArray *input, bool indirect)
{
	const uint32_t status =
		VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	ops_write(input, GPU, VIRTIO_MMIO_STATUS, 0);
	ops_write(input, GPU, VIRTIO_MMIO_STATUS, status);
	ops_write(input, GPU, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	ops_write(input, GPU, VIRTIO_MMIO_DRIVER_FEATURES, FEATURES >> 32);
	ops_write(input, GPU, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	ops_write(input, GPU, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)FEATURES);
	ops_write(input, GPU, VIRTIO_MMIO_STATUS,
		  status | VIRTIO_CONFIG_S_FEATURES_OK);
	start_queue(input, 0);
	start_queue(input, 1);
	ops_write(input, GPU, VIRTIO_MMIO_STATUS,
		  status | VIRTIO_CONFIG_S_FEATURES_OK |
			  VIRTIO_CONFIG_S_DRIVER_OK);
	return (Driver){.input = input, .indirect = indirect};
}

static void send_to(Driver *driver, guint queue, const void *request,
		    size_t len, const void *tail, size_t more)
{
	guint n = driver->sent[queue]++;
	guint slot = n % (NUM / 4);
	guint place = queue * (NUM / 4) + slot;
	uint32_t req = REQUESTS_AT + place * REQUEST_ROOM;
	uint32_t resp = RESPONSES_AT + place * RESPONSE_ROOM;
	guint first = driver->indirect ? 0 : slot * 4;
	struct vring_desc desc[3] = {
		{req, (uint32_t)len, VRING_DESC_F_NEXT, first + 1},
		{req + (uint32_t)len, (uint32_t)more, VRING_DESC_F_NEXT,
		 first + 2},
		{resp, RESPONSE_ROOM, VRING_DESC_F_WRITE, 0},
	};
	uint16_t head = (uint16_t)(slot * 4), idx = (uint16_t)(n + 1);

	ops_ram(driver->input, req, request, len);
	if (more)
		ops_ram(driver->input, req + len, tail, more);
	else
		desc[0].next++;
	if (driver->indirect) {
		uint32_t table = TABLES_AT + place * TABLE_ROOM;
		struct vring_desc entry = {table, sizeof(desc),
					   VRING_DESC_F_INDIRECT, 0};

		ops_ram(driver->input, table, desc, sizeof(desc));
		ops_ram(driver->input,
			RINGS_AT(queue, 0) + head * sizeof(entry), &entry,
			sizeof(entry));
	} else {
		ops_ram(driver->input,
			RINGS_AT(queue, 0) + first * sizeof(desc[0]), desc,
			sizeof(desc));
	}
	ops_ram(driver->input, RINGS_AT(queue, 1) + 4 + n % NUM * sizeof(head),
		&head, sizeof(head));
	ops_ram(driver->input, RINGS_AT(queue, 1) + 2, &idx, sizeof(idx));
	ops_write(driver->input, GPU, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static void send(Driver *driver, const void *request, size_t len)
{
	send_to(driver, 0, request, len, NULL, 0);
}

#define SEND(driver, ...)                                                      \
	do {                                                                   \
		__typeof__(__VA_ARGS__) request_ = __VA_ARGS__;                \
		send(driver, &request_, sizeof(request_));                     \
	} while (0)

static void only_header(Driver *driver, uint32_t type)
{
	SEND(driver, (struct virtio_gpu_ctrl_hdr){.type = type});
}

static void attach_backing(Driver *driver, uint32_t resource, guint page,
			   guint pages)
{
	struct virtio_gpu_resource_attach_backing cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = resource,
		.nr_entries = 2,
	};
	struct virtio_gpu_mem_entry entries[2] = {
		{PAGE(page), 4096, 0},
		{PAGE(page + 2), (pages - 1) * 4096, 0},
	};

	send_to(driver, 0, &cmd, sizeof(cmd), entries, sizeof(entries));
}

static void detach_backing(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_resource_detach_backing){
			     .hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
			     .resource_id = resource});
}

static void unref(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_resource_unref){
			     .hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
			     .resource_id = resource});
}

static void create_2d(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_resource_create_2d){
			     .hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
			     .resource_id = resource,
			     .format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
			     .width = 64,
			     .height = 48});
}

static void scanout(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_set_scanout){
			     .hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
			     .r = {0, 0, 64, 48},
			     .resource_id = resource});
}

static void transfer_2d(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_transfer_to_host_2d){
			     .hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
			     .hdr.flags = VIRTIO_GPU_FLAG_FENCE,
			     .hdr.fence_id = driver->sent[0],
			     .r = {4, 8, 32, 16},
			     .offset = (8 * 64 + 4) * 4,
			     .resource_id = resource});
}

void seed_2d(GByteArray *input)
{
	Driver driver = start(input, true);
	struct virtio_gpu_update_cursor cursor = {
		.hdr.type = VIRTIO_GPU_CMD_MOVE_CURSOR,
		.pos = {.x = 3, .y = 4},
	};

	only_header(&driver, VIRTIO_GPU_CMD_GET_DISPLAY_INFO);
	SEND(&driver, (struct virtio_gpu_cmd_get_edid){
			      .hdr.type = VIRTIO_GPU_CMD_GET_EDID});
	create_2d(&driver, 1);
	attach_backing(&driver, 1, 0, 3);
	transfer_2d(&driver, 1);
	scanout(&driver, 1);
	SEND(&driver, (struct virtio_gpu_resource_flush){
			      .hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
			      .r = {0, 0, 64, 48},
			      .resource_id = 1});
	send_to(&driver, 1, &cursor, sizeof(cursor), NULL, 0);
	scanout(&driver, 0);
	detach_backing(&driver, 1);
	unref(&driver, 1);
}

static void context(Driver *driver, uint32_t type, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_ctx_resource){.hdr.type = type,
						      .hdr.ctx_id = 1,
						      .resource_id = resource});
}

static void create_buffer(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_resource_create_3d){
			     .hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
			     .hdr.ctx_id = 1,
			     .resource_id = resource,
			     .format = 64, /* R8_UNORM, a plain buffer */
			     .bind = 1 << 4,
			     .width = 3 * 4096,
			     .height = 1,
			     .depth = 1,
			     .array_size = 1});
}

static void transfer_3d(Driver *driver, uint32_t type, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_transfer_host_3d){
			     .hdr.type = type,
			     .hdr.ctx_id = 1,
			     .box = {100, 0, 0, 8000, 1, 1},
			     .offset = 100,
			     .resource_id = resource});
}

static void submit(Driver *driver, uint32_t resource)
{
	const struct sb_exec stream[] = {
		{.op = SB_EXEC_FILL,
		 .words = SB_EXEC_WORDS,
		 .dst_res = resource,
		 .dst_off = 4,
		 .len = 8000,
		 .pattern = 0x12345678},
		{.op = SB_EXEC_COPY,
		 .words = SB_EXEC_WORDS,
		 .flags = SB_EXEC_DST_GUEST,
		 .src_res = resource,
		 .dst_res = resource,
		 .dst_off = 8,
		 .len = 9000},
		{.op = SB_EXEC_CHECKSUM,
		 .words = SB_EXEC_WORDS,
		 .flags = SB_EXEC_SRC_GUEST,
		 .src_res = resource,
		 .dst_res = resource,
		 .dst_off = 64,
		 .len = 4100},
		{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS},
	};
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.flags =
			VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX,
		.hdr.fence_id = driver->sent[0],
		.hdr.ctx_id = 1,
		.hdr.ring_idx = 1,
		.size = sizeof(stream),
	};

	send_to(driver, 0, &cmd, sizeof(cmd), stream, sizeof(stream));
}

/* Header of a virgl command with @len words. */
#define VIRGL(number, len) ((number) | (uint32_t)(len) << 16)

/*
 * Each command of virgl that has an effect on bytes, on a texture of 32x16 pixels and a
 * buffer with backing, and some that have none.
 */
static void submit_virgl(Driver *driver, uint32_t texture, uint32_t buffer)
{
	const uint32_t one = 0x3f800000; /* 1.0f */
	const uint32_t stream[] = {
		VIRGL(29, 1),
		1, /* sub-context */
		VIRGL(28, 1),
		1,
		VIRGL(43, 13),
		buffer,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		4096,
		1,
		1,
		0,
		1,
		VIRGL(44, 1),
		0,
		VIRGL(1, 5) | 8 << 8,
		1,
		texture,
		1,
		0,
		0, /* surface */
		VIRGL(5, 3),
		1,
		0,
		1, /* framebuffer */
		VIRGL(4, 7),
		0,
		1,
		2,
		3,
		4,
		5,
		6,
		VIRGL(7, 8),
		4,
		one,
		0,
		0,
		one,
		0,
		0,
		0, /* clear */
		VIRGL(6, 3),
		16,
		0,
		buffer,
		VIRGL(8, 12),
		0,
		3,
		4,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		VIRGL(9, 13),
		texture,
		0,
		0,
		0,
		0,
		3,
		2,
		0,
		2,
		1,
		1,
		1,
		2,
		VIRGL(47, 12),
		texture,
		0,
		8,
		8,
		0,
		2,
		2,
		1,
		0xabcdef,
		0,
		0,
		0,
		VIRGL(17, 13),
		texture,
		0,
		9,
		0,
		0,
		texture,
		0,
		0,
		0,
		0,
		8,
		8,
		1,
		VIRGL(16, 21),
		15,
		0,
		0,
		texture,
		0,
		1,
		16,
		8,
		0,
		8,
		4,
		1,
		texture,
		0,
		1,
		0,
		0,
		0,
		4,
		4,
		1,
		VIRGL(1, 4) | 9 << 8,
		2,
		0,
		4096,
		buffer, /* query */
		VIRGL(19, 1),
		2,
		VIRGL(20, 1),
		2,
		VIRGL(21, 2),
		2,
		1,
		VIRGL(45, 14),
		texture,
		0,
		0,
		128,
		0,
		0,
		0,
		0,
		32,
		16,
		1,
		buffer,
		64,
		3,
		VIRGL(3, 1),
		2,
		VIRGL(30, 1),
		1,
	};
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.flags = VIRTIO_GPU_FLAG_FENCE,
		.hdr.fence_id = driver->sent[0],
		.hdr.ctx_id = 1,
		.size = sizeof(stream),
	};

	send_to(driver, 0, &cmd, sizeof(cmd), stream, sizeof(stream));
}

static void create_texture(Driver *driver, uint32_t resource)
{
	SEND(driver, (struct virtio_gpu_resource_create_3d){
			     .hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
			     .hdr.ctx_id = 1,
			     .resource_id = resource,
			     .target = 2,
			     .format = VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM,
			     .bind = 1 << 1,
			     .width = 32,
			     .height = 16,
			     .depth = 1,
			     .array_size = 1});
}

static void create_context(Driver *driver)
{
	SEND(driver, (struct virtio_gpu_ctx_create){
			     .hdr.type = VIRTIO_GPU_CMD_CTX_CREATE,
			     .hdr.ctx_id = 1,
			     .nlen = 5,
			     .context_init = 2,
			     .debug_name = "fuzz"});
}

static void destroy_context(Driver *driver)
{
	SEND(driver,
	     (struct virtio_gpu_ctx_destroy){
		     .hdr.type = VIRTIO_GPU_CMD_CTX_DESTROY, .hdr.ctx_id = 1});
}

void seed_3d(GByteArray *input)
{
	Driver driver = start(input, false);

	SEND(&driver, (struct virtio_gpu_get_capset_info){
			      .hdr.type = VIRTIO_GPU_CMD_GET_CAPSET_INFO});
	SEND(&driver, (struct virtio_gpu_get_capset){
			      .hdr.type = VIRTIO_GPU_CMD_GET_CAPSET,
			      .capset_id = 2,
			      .capset_version = 1});
	create_context(&driver);
	create_buffer(&driver, 7);
	context(&driver, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 7);
	attach_backing(&driver, 7, 0, 3);
	transfer_3d(&driver, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 7);
	submit(&driver, 7);
	transfer_3d(&driver, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 7);
	SEND(&driver, (struct virtio_gpu_resource_assign_uuid){
			      .hdr.type = VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
			      .resource_id = 7});
	context(&driver, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, 7);
	detach_backing(&driver, 7);
	unref(&driver, 7);
	destroy_context(&driver);
}

void seed_virgl(GByteArray *input)
{
	Driver driver = start(input, true);

	for (uint32_t id = 1; id <= 2; id++)
		SEND(&driver, (struct virtio_gpu_get_capset){
				      .hdr.type = VIRTIO_GPU_CMD_GET_CAPSET,
				      .capset_id = id});
	create_context(&driver);
	create_texture(&driver, 5);
	create_buffer(&driver, 7);
	context(&driver, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 5);
	context(&driver, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 7);
	attach_backing(&driver, 7, 0, 3);
	submit_virgl(&driver, 5, 7);
	unref(&driver, 5);
	detach_backing(&driver, 7);
	unref(&driver, 7);
	destroy_context(&driver);
}

void seed_blob(GByteArray *input)
{
	Driver driver = start(input, true);
	struct virtio_gpu_resource_create_blob blob = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		.resource_id = 3,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE,
		.nr_entries = 2,
		.size = 3 * 4096,
	};
	struct virtio_gpu_mem_entry entries[2] = {{PAGE(1), 8192, 0},
						  {PAGE(9), 4096, 0}};
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 5, 2, 1,
				       ~(5u ^ 2u ^ 1u)};

	ops_ram(input, PAGE(9), &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect virtio-gpu 99 5 1");
	send_to(&driver, 0, &blob, sizeof(blob), entries, sizeof(entries));
	SEND(&driver, (struct virtio_gpu_set_scanout_blob){
			      .hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
			      .r = {0, 0, 32, 32},
			      .resource_id = 3,
			      .width = 32,
			      .height = 32,
			      .format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
			      .strides = {128},
			      .offsets = {256}});
	SEND(&driver, (struct virtio_gpu_resource_flush){
			      .hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
			      .r = {0, 0, 32, 32},
			      .resource_id = 3});
	scanout(&driver, 0);
	unref(&driver, 3);
}

void seed_held(GByteArray *input)
{
	Driver driver = start(input, true);

	create_context(&driver);
	create_buffer(&driver, 7);
	context(&driver, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 7);
	attach_backing(&driver, 7, 0, 3);
	ops_text(input, OP_FAULTS,
		 "hold virtio-gpu SUBMIT_3D\n"
		 "delay virtio-gpu TRANSFER_FROM_HOST_3D 50000");
	submit(&driver, 7);
	submit(&driver, 7);
	ops_tick(input, GPU, 1000000);
	fuzz_add(input, OP_SHOW, "", 0);
	ops_text(input, OP_FAULTS, "release virtio-gpu SUBMIT_3D");
	transfer_3d(&driver, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 7);
	ops_tick(input, GPU, 60000);
	ops_text(input, OP_FAULTS, "clear");
	context(&driver, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, 7);
	detach_backing(&driver, 7);
	unref(&driver, 7);
	destroy_context(&driver);
}

/* All @sent commands were seen and answered well, and nothing is left. */
static const char *check(Bus *bus, guint sent)
{
	Device *device = bus_device(bus, GPU);
	g_autoptr(GBytes) bytes = node_show(device, "counters");
	g_autoptr(GString) leaks = g_string_new(NULL);
	g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL),
					  g_bytes_get_size(bytes));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint64 good = 0;

	for (guint i = 0; lines[i]; i++) {
		const char *ok = strstr(lines[i], " ok ");

		if (ok)
			good += g_ascii_strtoull(ok + 4, NULL, 10);
	}
	device->model->leaks(device, leaks);
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (good != sent)
		return "some commands were not answered well";
	return leaks->len ? "leaks" : NULL;
}

const char *check_2d(Bus *bus, const uint8_t *memory G_GNUC_UNUSED)
{
	return check(bus, 11);
}

const char *check_3d(Bus *bus, const uint8_t *memory)
{
	/* What the stream filled, through the host storage and back. */
	if (memcmp(memory + PAGE(0) + 204, "\x78\x56\x34\x12", 4) != 0)
		return "the command stream did not do its work";
	return check(bus, 14);
}

const char *check_virgl(Bus *bus, const uint8_t *memory)
{
	/* Cleared to red, and copied to the pages. */
	if (memcmp(memory + PAGE(0) + 64, "\0\0\xff\xff", 4) != 0)
		return "the stream of virgl did not do its work";
	if (memcmp(memory + PAGE(2), "\1\0\0\0\10\0\0\0", 8) != 0)
		return "the query has no result";
	if (journal_refused_count(bus_journal(bus)))
		return "something was refused";
	return check(bus, 13);
}

const char *check_blob(Bus *bus, const uint8_t *memory G_GNUC_UNUSED)
{
	return check(bus, 5);
}

const char *check_held(Bus *bus, const uint8_t *memory G_GNUC_UNUSED)
{
	return check(bus, 11);
}

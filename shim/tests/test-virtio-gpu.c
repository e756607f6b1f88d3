// SPDX-License-Identifier: GPL-2.0-or-later
/* Every command of the VirtIO-GPU model, used correctly and wrongly. */
#include <linux/virtio_mmio.h>
#include <string.h>

#include "gpu-guest.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define UNSPEC VIRTIO_GPU_RESP_ERR_UNSPEC
#define NO_MEMORY VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY
#define BAD_SCANOUT VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define BAD_CONTEXT VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER

static const void *reply(Guest *guest, const void *request, size_t len,
			 uint32_t type)
{
	unsigned int slot =
		guest_send(guest, 0, request, len, NULL, 0, GUEST_SPACE);
	const struct virtio_gpu_ctrl_hdr *hdr = guest_response(guest, slot);

	g_assert_nonnull(hdr);
	g_assert_cmphex(hdr->type, ==, type);
	guest_no_violation(guest);
	return hdr;
}

static void test_display_info(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_ctrl_hdr cmd = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO};
	const struct virtio_gpu_resp_display_info *info;
	unsigned int slot;

	info = reply(guest, &cmd, sizeof(cmd), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	g_assert_cmpuint(info->pmodes[0].enabled, ==, 1);
	g_assert_cmpuint(info->pmodes[0].r.width, ==, 640);
	g_assert_cmpuint(info->pmodes[0].r.height, ==, 480);
	g_assert_cmpuint(info->pmodes[1].enabled, ==, 0);
	g_assert_cmpuint(guest->written[0][0], ==, sizeof(*info));
	/* No byte beyond it was written. */
	g_assert_cmphex(((const uint8_t *)info)[sizeof(*info)], ==, 0xee);

	slot = guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 40);
	g_assert_cmphex(guest_response(guest, slot)->type, ==, UNSPEC);
	guest_violation(guest, "space for a response of 40 bytes");
	guest_free(guest);
}

static void assert_events(Guest *guest, unsigned int events)
{
	g_autofree char *status = guest_show(guest, "status");
	g_autofree char *line = g_strdup_printf("\nevents 0x%x\n", events);

	g_assert_nonnull(strstr(status, line));
}

static void assert_leaks(Guest *guest, const char *text)
{
	g_autofree char *leaks = guest_leaks(guest);

	g_assert_cmpstr(leaks, ==, text);
}

static void test_change(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_ctrl_hdr cmd = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO};
	const struct virtio_gpu_resp_display_info *info;
	uint32_t generation = guest_read(guest, VIRTIO_MMIO_CONFIG_GENERATION);

	guest_fault(guest, "change virtio-gpu GET_DISPLAY_INFO 1");
	for (uint32_t enabled = 2; enabled--;) {
		info = reply(guest, &cmd, sizeof(cmd),
			     VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
		g_assert_cmpuint(info->pmodes[0].enabled, ==, enabled);
		/* events_read, until it is cleared */
		g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_CONFIG), ==, 1);
	}
	assert_leaks(guest, "outputs unplugged\n");
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_CONFIG_GENERATION), ==,
			 generation + 1);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS) &
				 VIRTIO_MMIO_INT_CONFIG,
			 ==, VIRTIO_MMIO_INT_CONFIG);
	assert_events(guest, 1);
	guest_write(guest, VIRTIO_MMIO_CONFIG + 4, 1);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_CONFIG), ==, 0);
	assert_events(guest, 0);
	guest_fault(guest, "change virtio-gpu GET_DISPLAY_INFO 1");
	reply(guest, &cmd, sizeof(cmd), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	info = reply(guest, &cmd, sizeof(cmd), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	g_assert_cmpuint(info->pmodes[0].enabled, ==, 1);
	assert_leaks(guest, "");
	guest_free(guest);
}

static void test_edid(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_cmd_get_edid cmd = {.hdr.type =
						      VIRTIO_GPU_CMD_GET_EDID};
	const struct virtio_gpu_resp_edid *edid;
	uint8_t sum = 0;

	edid = reply(guest, &cmd, sizeof(cmd), VIRTIO_GPU_RESP_OK_EDID);
	g_assert_cmpuint(edid->size, ==, 128);
	for (size_t i = 0; i < 128; i++)
		sum += edid->edid[i];
	g_assert_cmpuint(sum, ==, 0);
	g_assert_cmpmem(edid->edid, 8, "\0\xff\xff\xff\xff\xff\xff\0", 8);
	g_assert_cmpuint(edid->edid[56] | (edid->edid[58] >> 4) << 8, ==, 640);
	g_assert_cmpuint(edid->edid[59] | (edid->edid[61] >> 4) << 8, ==, 480);
	cmd.scanout = 1;
	EXPECT(guest, BAD_SCANOUT, "unknown scanout 1", &cmd);
	guest_free(guest);
}

static void test_capset_info(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_get_capset_info query = {
		.hdr.type = VIRTIO_GPU_CMD_GET_CAPSET_INFO};
	const struct virtio_gpu_resp_capset_info *info;
	/* The sizes are those of Mesa's structures. */
	static const uint32_t sizes[] = {308, 1408};

	for (uint32_t i = 0; i < 2; i++) {
		query.capset_index = i;
		info = reply(guest, &query, sizeof(query),
			     VIRTIO_GPU_RESP_OK_CAPSET_INFO);
		g_assert_cmpuint(info->capset_id, ==, i + 1);
		g_assert_cmpuint(info->capset_max_version, ==, i + 1);
		g_assert_cmpuint(info->capset_max_size, ==, sizes[i]);
	}
	query.capset_index = 2;
	EXPECT(guest, BAD_PARAMETER, "unknown capset 2", &query);
	guest_free(guest);
}

/* The 32 bits at @offset of the capset in a response. */
static uint32_t caps_word(const void *response, size_t offset)
{
	uint32_t word;

	memcpy(&word,
	       (const uint8_t *)response + sizeof(struct virtio_gpu_ctrl_hdr) +
		       offset,
	       sizeof(word));
	return word;
}

static bool caps_format(const void *response, size_t offset, uint32_t format)
{
	return caps_word(response, offset + format / 32 * 4) >> format % 32 & 1;
}

static void check_capset(const void *response, uint32_t id)
{
	g_assert_cmpuint(caps_word(response, 0), ==, id);
	/* Samplers, render targets, depth, vertices: B8G8R8A8, Z24S8, and none. */
	g_assert_true(caps_format(response, 4, 1));
	g_assert_true(caps_format(response, 68, 1));
	g_assert_false(caps_format(response, 68, 19));
	g_assert_true(caps_format(response, 132, 19));
	g_assert_true(caps_format(response, 196, 31));
	g_assert_false(caps_format(response, 4, 0));
	g_assert_cmpuint(caps_word(response, 264), ==, 330); /* GLSL */
	g_assert_cmpuint(caps_word(response, 280), ==, 8); /* targets */
	g_assert_cmpuint(caps_word(response, 284), ==, 1); /* samples */
	if (id == 1)
		return;
	g_assert_cmphex(caps_word(response, 392) & 1u << 17, !=, 0);
	g_assert_cmphex(caps_word(response, 392) & 1u << 26, !=, 0);
	g_assert_cmpuint(caps_word(response, 484), ==, 8192); /* side */
	g_assert_cmpuint(caps_word(response, 556), ==, 13);
	g_assert_true(caps_format(response, 624, 2)); /* scanout */
	g_assert_false(caps_format(response, 624, 31));
	g_assert_cmphex(caps_word(response, 688), ==, 1u << 7);
	g_assert_cmpstr((const char *)response +
				sizeof(struct virtio_gpu_ctrl_hdr) + 696,
			==, "shrinkbench");
	g_assert_cmpuint(caps_word(response, 1372), ==, 65536);
}

static void test_capset(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_get_capset get = {
		.hdr.type = VIRTIO_GPU_CMD_GET_CAPSET,
	};
	static const uint32_t sizes[] = {308, 1408};
	unsigned int slot;

	for (uint32_t id = 1; id <= 2; id++) {
		get.capset_id = id;
		for (get.capset_version = 0; get.capset_version <= id;
		     get.capset_version++) {
			check_capset(reply(guest, &get, sizeof(get),
					   VIRTIO_GPU_RESP_OK_CAPSET),
				     id);
			g_assert_cmpuint(guest->written[0][0], ==,
					 sizeof(struct virtio_gpu_ctrl_hdr) +
						 sizes[id - 1]);
		}
		EXPECT(guest, BAD_PARAMETER, "unknown capset id", &get);
	}
	get.capset_id = 3;
	get.capset_version = 1;
	EXPECT(guest, BAD_PARAMETER, "unknown capset id", &get);
	get.capset_id = 2;
	slot = guest_send(guest, 0, &get, sizeof(get), NULL, 0, 24 + 1407);
	g_assert_cmphex(guest_response(guest, slot)->type, ==, UNSPEC);
	guest_violation(guest, "space for a response of 1431 bytes");
	guest_free(guest);
}

static void test_create_2d(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_resource_create_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 1,
		.format = VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM,
		.width = 16,
		.height = 16,
	};
	struct virtio_gpu_resource_unref unref = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
	};

	EXPECT_OK(guest, &cmd);
	EXPECT(guest, BAD_RESOURCE, "exists already", &cmd);
	cmd.resource_id = 0;
	EXPECT(guest, BAD_RESOURCE, "resource 0", &cmd);
	cmd.resource_id = 2;
	cmd.format = 9999;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "unknown format 9999", &cmd);
	cmd.format = 1;
	cmd.width = 0;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "a side is zero", &cmd);
	cmd.width = 65537;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "too large", &cmd);
	EXPECT(guest, BAD_RESOURCE, "resource 0", &unref);
	unref.resource_id = 2;
	/* The driver sends this before it knows that the resource was refused. */
	g_assert_cmphex(guest_do_attach(guest, 2, 0, 1), ==, BAD_RESOURCE);
	EXPECT(guest, BAD_RESOURCE, NULL, &unref);
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &unref);
	guest_unref(guest, 1);
	unref.resource_id = 1;
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &unref);
	guest_free(guest);
}

/*
 * More memory than the host has: no violation, nor are the driver's next commands.
 */
static void test_out_of_memory(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_resource_create_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 2,
		.format = 1,
		.width = 8192,
		.height = 8192 - 1,
	};
	struct virtio_gpu_resource_unref unref = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = 2,
	};
	g_autofree char *status = NULL;

	guest_create_2d(guest, 1, 8192, 1);
	EXPECT_OK(guest, &cmd);
	cmd.resource_id = 3;
	cmd.height = 1;
	EXPECT(guest, NO_MEMORY, NULL, &cmd);
	g_assert_cmphex(guest_do_attach(guest, 3, 0, 1), ==, BAD_RESOURCE);
	guest_no_violation(guest);
	unref.resource_id = 3;
	EXPECT(guest, BAD_RESOURCE, NULL, &unref);
	/* From here on, errors are not excused any more. */
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &unref);
	guest_unref(guest, 2);
	EXPECT_OK(guest, &cmd);
	guest_unref(guest, 3);
	guest_unref(guest, 1);
	status = guest_show(guest, "status");
	g_assert_nonnull(strstr(status, "host 0 of 268435456"));
	guest_free(guest);
}

static void fill_pages(Guest *guest, unsigned int first, unsigned int pages)
{
	for (unsigned int i = 0; i < pages * RAM_PAGE_SIZE; i++)
		guest_page_at(guest, first)[i] = i * 7 + i / 251;
}

/* Byte @at of a backing of @pages pages that guest_attach() made. */
static uint8_t *backing_byte(Guest *guest, unsigned int first,
			     unsigned int pages, size_t at)
{
	return guest_page_at(guest, first + pages - 1 - at / RAM_PAGE_SIZE) +
	       at % RAM_PAGE_SIZE;
}

static void test_transfer_2d(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_transfer_to_host_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = 1,
		.r = {10, 5, 30, 20},
		.offset = (5 * 100 + 10) * 4,
	};
	g_autoptr(GBytes) data = NULL;
	const uint8_t *host;

	/* 100x60: 24000 bytes, 6 pages, in a backing of 6. */
	guest_create_2d(guest, 1, 100, 60);
	EXPECT(guest, BAD_PARAMETER, "no backing is attached", &cmd);
	fill_pages(guest, 0, 6);
	guest_attach(guest, 1, 0, 6);
	EXPECT_OK(guest, &cmd);
	data = node_show(guest->device, "resources/1/data");
	g_assert_cmpuint(g_bytes_get_size(data), ==, 24000);
	host = g_bytes_get_data(data, NULL);
	for (size_t i = 0; i < 24000; i++) {
		size_t x = i % 400 / 4, y = i / 400;
		bool in = x >= 10 && x < 40 && y >= 5 && y < 25;

		g_assert_cmphex(host[i], ==,
				in ? *backing_byte(guest, 0, 6, i) : 0);
	}

	cmd.r.x = 71;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "outside the resource", &cmd);
	cmd.r.x = 0xfffffff0;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "outside the resource", &cmd);
	cmd.r = (struct virtio_gpu_rect){0, 0, 0, 1};
	EXPECT_REFUSED(guest, BAD_PARAMETER, "box is empty", &cmd);
	cmd.r = (struct virtio_gpu_rect){0, 0, 100, 60};
	cmd.offset = 6 * 4096 - 24000;
	EXPECT_OK(guest, &cmd);
	cmd.offset++;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "backing is too short", &cmd);
	cmd.offset = ~0ull;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "backing is too short", &cmd);
	cmd.resource_id = 2;
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &cmd);
	guest_free(guest);
}

static void attach_entry(Guest *guest, uint32_t id, uint64_t addr, uint32_t len,
			 const char *violation)
{
	struct virtio_gpu_resource_attach_backing cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = id,
		.nr_entries = 1,
	};
	struct virtio_gpu_mem_entry entry = {.addr = addr, .length = len};

	guest_expect(guest, violation ? BAD_PARAMETER : OK, violation, &cmd,
		     sizeof(cmd), &entry, sizeof(entry));
}

static void test_backing(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_resource_detach_backing detach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = 1,
	};
	struct virtio_gpu_resource_attach_backing attach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = 1,
		.nr_entries = 2,
	};
	struct virtio_gpu_mem_entry entries[2] = {
		{.addr = guest_page(5), .length = 4096},
		{.addr = guest_page(4), .length = 8192},
	};
	g_autofree char *text = NULL;

	guest_create_2d(guest, 1, 32, 32);
	guest_create_2d(guest, 2, 32, 32);
	EXPECT(guest, BAD_PARAMETER, "no backing is attached", &detach);
	attach_entry(guest, 1, guest_page(0), 0, "is empty");
	attach_entry(guest, 1, guest_page(0) + 512, 4096, "not whole pages");
	attach_entry(guest, 1, guest_page(0), 100, "not whole pages");
	attach_entry(guest, 1, GUEST_RAM, 4096, "outside RAM");
	attach_entry(guest, 1, GUEST_RAM - 4096, 8192, "outside RAM");
	attach_entry(guest, 1, ~0ull << 12, 8192, "outside RAM");
	/* The same page twice in one backing. */
	guest_expect(guest, BAD_PARAMETER, "still backing of resource 1",
		     &attach, sizeof(attach), entries, sizeof(entries));
	guest_expect(guest, BAD_PARAMETER, "2 entries in 16 bytes", &attach,
		     sizeof(attach), entries, 16);
	guest_expect(guest, BAD_PARAMETER, "2 entries in 31 bytes", &attach,
		     sizeof(attach), entries, 31);
	attach.nr_entries = 0;
	guest_expect(guest, BAD_PARAMETER, "without entries", &attach,
		     sizeof(attach), NULL, 0);
	attach.nr_entries = 0x80000001;
	guest_expect(guest, BAD_PARAMETER, "2147483649 entries", &attach,
		     sizeof(attach), entries, 16);

	/* None of these has attached anything. */
	attach_entry(guest, 1, guest_page(4), 8192, NULL);
	attach_entry(guest, 1, guest_page(8), 4096, "attached already");
	text = guest_show(guest, "resources/1/backing");
	g_assert_cmpstr(text, ==, "0x404000 0x2000\n");
	attach_entry(guest, 2, guest_page(5), 4096, "backing of resource 1");
	attach_entry(guest, 2, guest_page(3), 8192, "backing of resource 1");
	attach_entry(guest, 2, guest_page(3), 16384, "backing of resource 1");
	attach_entry(guest, 2, guest_page(6), 4096, NULL);
	EXPECT_OK(guest, &detach);
	EXPECT(guest, BAD_PARAMETER, "no backing is attached", &detach);
	attach_entry(guest, 1, guest_page(3), 12288, NULL);
	/* An unref detaches as well. */
	guest_unref(guest, 1);
	guest_create_2d(guest, 3, 32, 32);
	attach_entry(guest, 3, guest_page(3), 12288, NULL);
	guest_free(guest);
}

static void test_create_3d(void)
{
	const struct virtio_gpu_resource_create_3d good = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = 1,
		.target = 2,
		.format = 67,
		.width = 64,
		.height = 32,
		.depth = 1,
		.array_size = 1,
		.last_level = 6,
	};
	struct virtio_gpu_resource_create_3d cmd = good;
	Guest *guest = guest_running();
	g_autofree char *info = NULL;

	EXPECT_OK(guest, &cmd);
	info = guest_show(guest, "resources/1/info");
	/* (2048 + 512 + 128 + 32 + 8 + 2 + 1) * 4 */
	g_assert_nonnull(strstr(info, "\nhost 10924\n"));
	EXPECT(guest, BAD_RESOURCE, "exists already", &cmd);
	cmd.resource_id = 2;
	cmd.last_level = 7;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "more levels", &cmd);
	cmd = good;
	cmd.resource_id = 2;
	cmd.target = 9;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "unknown target", &cmd);
	cmd.target = 2;
	cmd.depth = 2;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "depth of a target", &cmd);
	cmd.depth = 0;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "a side is zero", &cmd);
	cmd.depth = 1;
	cmd.format = 0;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "unknown format 0", &cmd);
	cmd.target = 0;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "more than a width", &cmd);
	cmd = good;
	cmd.resource_id = 2;
	cmd.target = 1;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "height of a target", &cmd);
	/* The largest resource does not overflow anything. */
	cmd.target = 7;
	cmd.width = cmd.height = cmd.array_size = 65536;
	cmd.nr_samples = 32;
	cmd.last_level = 15;
	EXPECT(guest, NO_MEMORY, NULL, &cmd);
	guest_free(guest);
}

/* A 3D texture with levels, both ways, with own strides of rows and layers. */
static void test_transfer_3d(void)
{
	struct virtio_gpu_resource_create_3d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = 1,
		.target = 3,
		.format = 65, /* two bytes */
		.width = 16,
		.height = 8,
		.depth = 4,
		.array_size = 1,
		.last_level = 1,
	};
	/* Level 1 is 8x4x2, its rows 16 bytes, behind 1024 bytes of level 0. */
	struct virtio_gpu_transfer_host_3d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D,
		.hdr.ctx_id = 1,
		.resource_id = 1,
		.box = {2, 1, 0, 5, 3, 2},
		.level = 1,
		.offset = 4090,
		.stride = 11,
		.layer_stride = 40,
	};
	Guest *guest = guest_running();
	g_autoptr(GBytes) data = NULL;
	const uint8_t *host;

	EXPECT_OK(guest, &create);
	fill_pages(guest, 0, 2);
	guest_attach(guest, 1, 0, 2);
	EXPECT(guest, BAD_CONTEXT, "unknown context", &cmd);
	guest_context(guest, 1);
	EXPECT(guest, BAD_RESOURCE, "not attached to the context", &cmd);
	guest_bind(guest, 1, 1);
	EXPECT_OK(guest, &cmd);
	data = node_show(guest->device, "resources/1/data");
	g_assert_cmpuint(g_bytes_get_size(data), ==, 1024 + 128);
	host = g_bytes_get_data(data, NULL);
	for (size_t z = 0; z < 2; z++)
		for (size_t y = 0; y < 3; y++)
			for (size_t x = 0; x < 10; x++)
				g_assert_cmphex(host[1024 + z * 64 +
						     (y + 1) * 16 + 4 + x],
						==,
						*backing_byte(guest, 0, 2,
							      4090 + z * 40 +
								      y * 11 +
								      x));

	/* Back to another place, with the strides of the level. */
	cmd.hdr.type = VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D;
	cmd.offset = 100;
	cmd.stride = cmd.layer_stride = 0;
	memset(guest_page_at(guest, 0), 0x55, 8192);
	EXPECT_OK(guest, &cmd);
	for (size_t i = 0; i < 8192; i++) {
		size_t at = i - 100, z = at / 64, y = at % 64 / 16, x = at % 16;
		bool in = i >= 100 && z < 2 && y < 3 && x < 10;

		g_assert_cmphex(*backing_byte(guest, 0, 2, i), ==,
				in ? host[1024 + z * 64 + (y + 1) * 16 + 4 + x]
				   : 0x55);
	}

	cmd.stride = 9;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "stride is less than a row", &cmd);
	cmd.stride = 0;
	cmd.layer_stride = 41;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "less than a layer", &cmd);
	cmd.layer_stride = 0xffffffff;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "backing is too short", &cmd);
	cmd.layer_stride = 0;
	cmd.level = 2;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "level does not exist", &cmd);
	cmd.level = 1;
	cmd.box.z = 1;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "outside the resource", &cmd);
	cmd.box.z = 0;
	cmd.resource_id = 0;
	EXPECT(guest, BAD_RESOURCE, "resource 0", &cmd);
	guest_free(guest);
}

static void blob(Guest *guest, struct virtio_gpu_resource_create_blob *cmd,
		 unsigned int first, uint32_t type, const char *violation)
{
	struct virtio_gpu_mem_entry entries[8] = {0};

	cmd->hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB;
	for (uint32_t i = 0; i < cmd->nr_entries; i++) {
		entries[i].addr = guest_page(first + i);
		entries[i].length = 4096;
	}
	guest_expect(guest, type, violation, cmd, sizeof(*cmd), entries,
		     cmd->nr_entries * sizeof(*entries));
}

static void test_blob(void)
{
	struct virtio_gpu_resource_create_blob cmd = {
		.resource_id = 1,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE,
		.nr_entries = 2,
		.size = 8192,
	};
	struct virtio_gpu_resource_map_blob map = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB,
		.resource_id = 1,
	};
	struct virtio_gpu_resource_unmap_blob unmap = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB,
		.resource_id = 1,
	};
	struct virtio_gpu_transfer_host_3d transfer = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D,
		.hdr.ctx_id = 1,
		.resource_id = 1,
		.box = {0, 0, 0, 8192, 1, 1},
	};
	struct virtio_gpu_resource_detach_backing detach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = 1,
	};
	Guest *guest = guest_running();
	g_autoptr(GBytes) data = NULL;

	fill_pages(guest, 0, 2);
	blob(guest, &cmd, 0, OK, NULL);
	/* Its bytes are the guest's pages. */
	data = node_show(guest->device, "resources/1/data");
	g_assert_cmpmem(g_bytes_get_data(data, NULL), g_bytes_get_size(data),
			guest_page_at(guest, 0), 8192);
	EXPECT(guest, UNSPEC, "no host-visible", &map);
	EXPECT(guest, UNSPEC, "no host-visible", &unmap);
	guest_context(guest, 1);
	guest_bind(guest, 1, 1);
	EXPECT(guest, BAD_PARAMETER, "no host storage", &transfer);
	g_assert_cmphex(guest_do_attach(guest, 1, 4, 2), ==, BAD_PARAMETER);
	guest_violation(guest, "attached already");
	EXPECT_OK(guest, &detach);
	g_assert_cmphex(guest_do_attach(guest, 1, 4, 1), ==, BAD_PARAMETER);
	guest_violation(guest, "4096 bytes of pages for a blob of 8192");
	guest_attach(guest, 1, 4, 2);

	blob(guest, &cmd, 2, BAD_RESOURCE, "exists already");
	cmd.resource_id = 2;
	cmd.blob_mem = 4;
	blob(guest, &cmd, 2, BAD_PARAMETER, "unknown blob memory 4");
	cmd.blob_mem = 1;
	cmd.blob_flags = 8;
	blob(guest, &cmd, 2, BAD_PARAMETER, "unknown blob flags 0x8");
	cmd.blob_flags = 0;
	cmd.size = 0;
	blob(guest, &cmd, 2, BAD_PARAMETER, "blob of no bytes");
	cmd.size = 8193;
	blob(guest, &cmd, 2, BAD_PARAMETER, "8192 bytes of pages for a blob");
	cmd.size = 8192;
	blob(guest, &cmd, 4, BAD_PARAMETER, "still backing of resource 1");
	cmd.blob_id = 1;
	blob(guest, &cmd, 2, BAD_PARAMETER, "guest blob with a blob id");
	cmd.blob_id = 0;
	cmd.nr_entries = 0;
	blob(guest, &cmd, 2, BAD_PARAMETER, "without entries");

	/* Both host and guest: transfers go between them. */
	cmd.blob_mem = VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST;
	cmd.nr_entries = 2;
	cmd.hdr.ctx_id = 9;
	blob(guest, &cmd, 0, BAD_CONTEXT, "unknown context");
	cmd.hdr.ctx_id = 1;
	blob(guest, &cmd, 0, OK, NULL);
	guest_bind(guest, 1, 2);
	transfer.resource_id = 2;
	EXPECT_OK(guest, &transfer);
	g_clear_pointer(&data, g_bytes_unref);
	data = node_show(guest->device, "resources/2/data");
	g_assert_cmpmem(g_bytes_get_data(data, NULL), g_bytes_get_size(data),
			guest_page_at(guest, 0), 8192);

	cmd.resource_id = 3;
	cmd.blob_mem = VIRTIO_GPU_BLOB_MEM_HOST3D;
	blob(guest, &cmd, 6, BAD_PARAMETER, "host blob with guest pages");
	cmd.nr_entries = 0;
	blob(guest, &cmd, 6, OK, NULL);
	g_assert_cmphex(guest_do_attach(guest, 3, 8, 2), ==, BAD_PARAMETER);
	guest_violation(guest, "host blob with guest pages");
	cmd.resource_id = 4;
	cmd.size = 1ull << 40;
	blob(guest, &cmd, 6, NO_MEMORY, NULL);
	guest_free(guest);
}

static void test_scanout(void)
{
	struct virtio_gpu_set_scanout set = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.resource_id = 1,
		.r = {0, 0, 64, 32},
	};
	struct virtio_gpu_resource_flush flush = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.resource_id = 1,
		.r = {0, 0, 64, 32},
	};
	struct virtio_gpu_resource_unref unref = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = 1,
	};
	Guest *guest = guest_running();
	g_autofree char *text = NULL;

	EXPECT(guest, BAD_RESOURCE, "unknown resource", &set);
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &flush);
	guest_create_2d(guest, 1, 64, 32);
	EXPECT_OK(guest, &flush);
	set.scanout_id = 1;
	EXPECT(guest, BAD_SCANOUT, "unknown scanout 1", &set);
	set.scanout_id = 0;
	set.r.x = 1;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "outside the resource", &set);
	set.r.x = 0;
	EXPECT_OK(guest, &set);
	EXPECT_OK(guest, &set);
	EXPECT_OK(guest, &flush);
	flush.r.y = 1;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "lies outside 64x32", &flush);
	text = guest_show(guest, "scanouts/0");
	g_assert_nonnull(strstr(text, "resource 1\nrect 64x32+0+0\n"));
	EXPECT(guest, BAD_PARAMETER, "is on scanout 0", &unref);
	assert_leaks(guest, "resource 1 (2d)\nscanout 0 shows resource 1\n");
	set.resource_id = 0;
	EXPECT_OK(guest, &set);
	EXPECT_OK(guest, &unref);
	guest_free(guest);
}

static void test_scanout_blob(void)
{
	struct virtio_gpu_resource_create_blob create = {
		.resource_id = 1,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.nr_entries = 2,
		.size = 8192,
	};
	struct virtio_gpu_set_scanout_blob set = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		.resource_id = 1,
		.r = {0, 0, 32, 32},
		.width = 32,
		.height = 32,
		.format = 2,
		.strides = {256},
	};
	struct virtio_gpu_set_scanout plain = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.resource_id = 1,
		.r = {0, 0, 1, 1},
	};
	struct virtio_gpu_resource_flush flush = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.resource_id = 1,
		.r = {0, 0, 32, 32},
	};
	struct virtio_gpu_resource_detach_backing detach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = 1,
	};
	Guest *guest = guest_running();

	blob(guest, &create, 0, OK, NULL);
	EXPECT(guest, BAD_PARAMETER, "needs SET_SCANOUT_BLOB", &plain);
	EXPECT_OK(guest, &flush);
	set.offsets[0] = 8192 - 31 * 256 - 128;
	EXPECT_OK(guest, &set);
	set.offsets[0]++;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "8193 bytes of a blob of 8192",
		       &set);
	set.offsets[0] = 0;
	set.strides[0] = 127;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "stride 127", &set);
	set.strides[0] = 256;
	set.format = 0;
	EXPECT(guest, BAD_PARAMETER, "unknown format 0", &set);
	set.format = 2;
	set.width = 31;
	EXPECT_REFUSED(guest, BAD_PARAMETER, "32x32+0+0 of 31x32", &set);
	set.width = 32;
	EXPECT_OK(guest, &set);
	/* These pages do not belong to the BO any more. */
	guest_fault(guest, "clear");
	g_assert_cmpint(
		stamps_command(guest->stamps, "expect virtio-gpu 1 5 1", 23),
		==, 0);
	g_assert_cmphex(guest_do(guest, &flush, sizeof(flush), NULL, 0), ==,
			OK);
	g_assert_cmpuint(journal_violation_count(guest->journal), ==, 2);
	journal_clear_violations(guest->journal);
	EXPECT_OK(guest, &detach);
	EXPECT(guest, BAD_PARAMETER, "no backing is attached", &flush);
	guest_create_2d(guest, 2, 64, 32);
	set.resource_id = 2;
	EXPECT(guest, BAD_PARAMETER, "no blob", &set);
	guest_free(guest);
}

static void test_context(void)
{
	struct virtio_gpu_ctx_create create = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_CREATE,
		.hdr.ctx_id = 1,
		.nlen = 3,
		.debug_name = "\x01"
			      "b\n",
	};
	struct virtio_gpu_ctx_destroy destroy = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_DESTROY,
		.hdr.ctx_id = 1,
	};
	struct virtio_gpu_ctx_resource attach = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
		.hdr.ctx_id = 1,
		.resource_id = 1,
	};
	struct virtio_gpu_ctx_resource detach = attach;
	Guest *guest = guest_running();
	g_autofree char *text = NULL;

	detach.hdr.type = VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE;
	EXPECT(guest, BAD_CONTEXT, "unknown context", &destroy);
	EXPECT(guest, BAD_CONTEXT, "unknown context", &attach);
	EXPECT(guest, BAD_CONTEXT, "unknown context", &detach);
	EXPECT_OK(guest, &create);
	EXPECT(guest, BAD_CONTEXT, "exists already", &create);
	create.hdr.ctx_id = 0;
	EXPECT(guest, BAD_CONTEXT, "context 0", &create);
	create.hdr.ctx_id = 2;
	create.nlen = 65;
	EXPECT(guest, BAD_PARAMETER, "name of 65 bytes", &create);
	create.nlen = 0;
	create.context_init = 4;
	EXPECT(guest, BAD_PARAMETER, "context_init 0x4", &create);
	create.context_init = 0x102;
	EXPECT(guest, BAD_PARAMETER, "context_init 0x102", &create);
	create.context_init = 2;
	EXPECT_OK(guest, &create);
	create.hdr.ctx_id = 3;
	create.context_init = 1;
	EXPECT_OK(guest, &create);
	destroy.hdr.ctx_id = 3;
	EXPECT_OK(guest, &destroy);
	destroy.hdr.ctx_id = 1;

	EXPECT(guest, BAD_RESOURCE, "unknown resource", &attach);
	guest_create_2d(guest, 1, 4, 4);
	EXPECT(guest, BAD_RESOURCE, "not attached to the context", &detach);
	EXPECT_OK(guest, &attach);
	EXPECT(guest, BAD_RESOURCE, "attached already", &attach);
	attach.hdr.ctx_id = 2;
	EXPECT_OK(guest, &attach);
	text = guest_show(guest, "contexts/1/info");
	g_assert_cmpstr(text, ==,
			"id 1\nname ?b?\ncapset 0\nsubmits 0\nresources 1\n");
	assert_leaks(guest, "resource 1 (2d)\ncontext 1 (?b?)\ncontext 2 ()\n");

	EXPECT_OK(guest, &detach);
	EXPECT(guest, BAD_RESOURCE, "not attached to the context", &detach);
	/* Destroying a context detaches, and so does unref. */
	destroy.hdr.ctx_id = 2;
	EXPECT_OK(guest, &destroy);
	EXPECT(guest, BAD_CONTEXT, "unknown context", &destroy);
	attach.hdr.ctx_id = 1;
	EXPECT_OK(guest, &attach);
	guest_unref(guest, 1);
	EXPECT(guest, BAD_RESOURCE, "unknown resource", &detach);
	destroy.hdr.ctx_id = 1;
	EXPECT_OK(guest, &destroy);
	guest_free(guest);
}

static uint32_t submit(Guest *guest, const struct sb_exec *execs, size_t count)
{
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.ctx_id = 1,
		.size = count * sizeof(*execs),
	};

	return guest_do(guest, &cmd, sizeof(cmd), execs, cmd.size);
}

static uint64_t fnv1a(const uint8_t *bytes, size_t len)
{
	uint64_t hash = SB_FNV_OFFSET;

	while (len--)
		hash = (hash ^ *bytes++) * SB_FNV_PRIME;
	return hash;
}

static void test_submit(void)
{
	const struct sb_exec execs[] = {
		{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS},
		{.op = SB_EXEC_FILL,
		 .words = SB_EXEC_WORDS,
		 .dst_res = 1,
		 .dst_off = 1,
		 .len = 4094,
		 .pattern = 0x44332211},
		{.op = SB_EXEC_COPY,
		 .words = SB_EXEC_WORDS,
		 .flags = SB_EXEC_DST_GUEST,
		 .src_res = 1,
		 .dst_res = 2,
		 .src_off = 1,
		 .dst_off = 4000,
		 .len = 200},
		/* Overlapping ranges within one resource. */
		{.op = SB_EXEC_COPY,
		 .words = SB_EXEC_WORDS,
		 .flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST,
		 .src_res = 2,
		 .dst_res = 2,
		 .src_off = 4000,
		 .dst_off = 4001,
		 .len = 200},
		{.op = SB_EXEC_CHECKSUM,
		 .words = SB_EXEC_WORDS,
		 .flags = SB_EXEC_SRC_GUEST,
		 .src_res = 2,
		 .dst_res = 1,
		 .src_off = 4000,
		 .dst_off = 8,
		 .len = 300},
	};
	Guest *guest = guest_running();
	g_autoptr(GBytes) data = NULL;
	const uint8_t *host;
	uint8_t want[300];
	uint64_t hash;

	guest_context(guest, 1);
	guest_create_buffer(guest, 1, 4096);
	guest_create_2d(guest, 2, 32, 64);
	guest_attach(guest, 2, 0, 2);
	guest_bind(guest, 1, 1);
	guest_bind(guest, 1, 2);
	fill_pages(guest, 0, 2);
	for (size_t i = 0; i < 300; i++)
		want[i] = *backing_byte(guest, 0, 2, 4000 + i);
	for (size_t i = 0; i < 200; i++)
		want[i] = (i % 4 + 1) * 0x11;
	memmove(want + 1, want, 200);

	g_assert_cmphex(submit(guest, execs, G_N_ELEMENTS(execs)), ==, OK);
	guest_no_violation(guest);
	for (size_t i = 0; i < 300; i++)
		g_assert_cmphex(*backing_byte(guest, 0, 2, 4000 + i), ==,
				want[i]);
	data = node_show(guest->device, "resources/1/data");
	host = g_bytes_get_data(data, NULL);
	memcpy(&hash, host + 8, 8);
	g_assert_cmphex(hash, ==, fnv1a(want, 300));
	g_assert_cmphex(host[0], ==, 0);
	g_assert_cmphex(host[1], ==, 0x11);
	g_assert_cmphex(host[4094], ==, 0x22);
	g_assert_cmphex(host[4095], ==, 0);
	/* An empty stream is valid. */
	g_assert_cmphex(submit(guest, NULL, 0), ==, OK);
	guest_free(guest);
}

static void test_bad_submit(void)
{
	const struct sb_exec fill = {.op = SB_EXEC_FILL,
				     .words = SB_EXEC_WORDS,
				     .dst_res = 1,
				     .len = 4096};
	const struct sb_exec copy = {.op = SB_EXEC_COPY,
				     .words = SB_EXEC_WORDS,
				     .src_res = 1,
				     .dst_res = 1,
				     .len = 16};
	const struct {
		struct sb_exec exec;
		uint32_t type;
		const char *why;
		bool violation;
	} bad[] = {
		{{.op = SB_EXEC_CHECKSUM + 1, .words = SB_EXEC_WORDS},
		 BAD_PARAMETER,
		 "word 12, command: unknown, header 0xb00f4",
		 false},
		{{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS - 1},
		 BAD_PARAMETER,
		 "word 12, SB_EXEC_NOP: 10 words",
		 false},
		{{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS + 1},
		 BAD_PARAMETER,
		 "word 12, command: 12 words, but 11 are left",
		 false},
		{{.op = SB_EXEC_NOP | 0x100, .words = SB_EXEC_WORDS},
		 BAD_PARAMETER,
		 "op 0x1f0",
		 false},
		{{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS, .flags = 4},
		 BAD_PARAMETER,
		 "flags 0x4",
		 false},
		{{.op = SB_EXEC_NOP, .words = SB_EXEC_WORDS, .pad = 1},
		 BAD_PARAMETER,
		 "pad 0x1",
		 false},
		{{.op = SB_EXEC_FILL, .words = SB_EXEC_WORDS, .dst_res = 9},
		 BAD_RESOURCE,
		 "word 12, SB_EXEC_FILL: unknown resource 9",
		 false},
		{{.op = SB_EXEC_FILL, .words = SB_EXEC_WORDS, .dst_res = 4},
		 BAD_RESOURCE,
		 "unknown resource 4",
		 true},
		{{.op = SB_EXEC_FILL, .words = SB_EXEC_WORDS, .dst_res = 2},
		 BAD_RESOURCE,
		 "resource 2 is not attached to the context",
		 true},
		{{.op = SB_EXEC_FILL,
		  .words = SB_EXEC_WORDS,
		  .flags = SB_EXEC_DST_GUEST,
		  .dst_res = 1},
		 BAD_PARAMETER,
		 "resource 1 has no backing attached",
		 true},
		{{.op = SB_EXEC_FILL, .words = SB_EXEC_WORDS, .dst_res = 3},
		 BAD_PARAMETER,
		 "resource 3 has no host storage",
		 false},
		{{.op = SB_EXEC_FILL,
		  .words = SB_EXEC_WORDS,
		  .dst_res = 1,
		  .dst_off = 4096,
		  .len = 1},
		 BAD_PARAMETER,
		 "1 bytes at 4096 of resource 1, which has 4096",
		 false},
		{{.op = SB_EXEC_COPY,
		  .words = SB_EXEC_WORDS,
		  .src_res = 1,
		  .dst_res = 1,
		  .src_off = ~0ull,
		  .len = 2},
		 BAD_PARAMETER,
		 "2 bytes at",
		 false},
		{{.op = SB_EXEC_CHECKSUM,
		  .words = SB_EXEC_WORDS,
		  .src_res = 1,
		  .dst_res = 1,
		  .dst_off = 4089,
		  .len = 2},
		 BAD_PARAMETER,
		 "8 bytes at 4089",
		 false},
		{{.op = SB_EXEC_FILL,
		  .words = SB_EXEC_WORDS,
		  .dst_res = 1,
		  .len = ~0ull},
		 BAD_PARAMETER,
		 "18446744073709551615 bytes at 0",
		 false},
	};
	struct virtio_gpu_resource_create_blob guest_blob = {
		.resource_id = 3,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.nr_entries = 1,
		.size = 4096,
	};
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.ctx_id = 1,
		.size = 48,
	};
	Guest *guest = guest_running();
	g_autoptr(GBytes) data = NULL;
	const uint8_t *host;

	guest_expect(guest, BAD_CONTEXT, "unknown context", &cmd, sizeof(cmd),
		     &copy, sizeof(copy));
	guest_context(guest, 1);
	guest_create_buffer(guest, 1, 4096);
	guest_create_buffer(guest, 2, 4096);
	blob(guest, &guest_blob, 0, OK, NULL);
	guest_create_buffer(guest, 4, 4096);
	guest_unref(guest, 4);
	guest_bind(guest, 1, 1);
	guest_bind(guest, 1, 3);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct sb_exec stream[] = {fill, bad[i].exec};

		stream[0].pattern = 0x99999999;
		g_assert_cmphex(submit(guest, stream, 2), ==, bad[i].type);
		if (bad[i].violation)
			guest_violation(guest, bad[i].why);
		else
			guest_refusal(guest, bad[i].why);
	}
	/* The operations before the bad one were not executed. */
	data = node_show(guest->device, "resources/1/data");
	host = g_bytes_get_data(data, NULL);
	for (size_t i = 0; i < 4096; i++)
		g_assert_cmphex(host[i], ==, 0);
	cmd.size = 47;
	guest_expect_refused(guest, BAD_PARAMETER, "stream of 47 bytes", &cmd,
			     sizeof(cmd), &copy, 47);
	cmd.size = 96;
	guest_expect(guest, BAD_PARAMETER, "stream of 96 bytes in 48", &cmd,
		     sizeof(cmd), &copy, 48);
	guest_free(guest);
}

static void test_uuid(void)
{
	struct virtio_gpu_resource_assign_uuid cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
		.resource_id = 1,
	};
	Guest *guest = guest_running();
	const struct virtio_gpu_resp_resource_uuid *uuid;
	uint8_t first[16];

	EXPECT(guest, BAD_RESOURCE, "unknown resource", &cmd);
	guest_create_2d(guest, 1, 1, 1);
	guest_create_2d(guest, 2, 1, 1);
	uuid = reply(guest, &cmd, sizeof(cmd),
		     VIRTIO_GPU_RESP_OK_RESOURCE_UUID);
	memcpy(first, uuid->uuid, 16);
	cmd.resource_id = 2;
	uuid = reply(guest, &cmd, sizeof(cmd),
		     VIRTIO_GPU_RESP_OK_RESOURCE_UUID);
	g_assert_cmpint(memcmp(first, uuid->uuid, 16), !=, 0);
	guest_free(guest);
}

static void cursor(Guest *guest, struct virtio_gpu_update_cursor *cmd,
		   const char *violation)
{
	/* As the driver does it: no space for a response. */
	unsigned int slot = guest_send(guest, 1, cmd, sizeof(*cmd), NULL, 0, 0);

	g_assert_true(guest->done[1][slot]);
	g_assert_cmpuint(guest->written[1][slot], ==, 0);
	if (violation)
		guest_violation(guest, violation);
	else
		guest_no_violation(guest);
}

static void test_cursor(void)
{
	struct virtio_gpu_update_cursor cmd = {
		.hdr.type = VIRTIO_GPU_CMD_UPDATE_CURSOR,
		.resource_id = 1,
		.pos = {.x = 3, .y = 4},
		.hot_x = 1,
	};
	struct virtio_gpu_ctrl_hdr wrong = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO};
	Guest *guest = guest_running();
	g_autofree char *text = NULL;

	cursor(guest, &cmd, "unknown resource");
	guest_create_2d(guest, 1, 64, 64);
	cursor(guest, &cmd, NULL);
	cmd.hdr.type = VIRTIO_GPU_CMD_MOVE_CURSOR;
	cmd.pos.x = 9;
	cmd.resource_id = 77; /* means nothing in a move */
	cursor(guest, &cmd, NULL);
	text = guest_show(guest, "scanouts/0");
	g_assert_nonnull(strstr(text, "cursor resource 1 at 9,4 hot 1,0\n"));
	cmd.pos.scanout_id = 1;
	cursor(guest, &cmd, "unknown scanout 1");
	guest_unref(guest, 1);
	EXPECT(guest, UNSPEC, "wrong queue", &cmd);
	guest_send(guest, 1, &wrong, sizeof(wrong), NULL, 0, 0);
	guest_violation(guest, "wrong queue");
	guest_free(guest);
}

static void test_header(void)
{
	struct virtio_gpu_ctrl_hdr cmd = {.type = 0x1ff};
	struct virtio_gpu_get_capset_info info = {
		.hdr.type = VIRTIO_GPU_CMD_GET_CAPSET_INFO};
	Guest *guest = guest_running();
	unsigned int slot;
	const struct virtio_gpu_ctrl_hdr *hdr;

	EXPECT(guest, UNSPEC, "unknown command", &cmd);
	cmd.type = 0;
	EXPECT(guest, UNSPEC, "unknown command", &cmd);
	cmd.type = VIRTIO_GPU_CMD_GET_CAPSET_INFO;
	EXPECT(guest, BAD_PARAMETER, "request of 24 bytes, not 32", &cmd);
	guest_expect(guest, BAD_PARAMETER, "request of 33 bytes", &info,
		     sizeof(info), "", 1);
	info.hdr.flags = 4;
	EXPECT(guest, BAD_PARAMETER, "unknown flags 0x4", &info);
	info.hdr.flags = VIRTIO_GPU_FLAG_INFO_RING_IDX;
	info.hdr.ring_idx = 64;
	EXPECT(guest, BAD_PARAMETER, "ring 64", &info);
	info.hdr.ring_idx = 3;
	EXPECT(guest, BAD_CONTEXT, "ring of unknown context 0", &info);

	/* A fence is echoed, also in errors; without one, nothing is. */
	guest_context(guest, 5);
	info.hdr.ctx_id = 5;
	info.hdr.fence_id = 0x123456789abcdefull;
	info.hdr.flags |= VIRTIO_GPU_FLAG_FENCE;
	for (info.capset_index = 1; info.capset_index <= 2;
	     info.capset_index++) {
		slot = guest_send(guest, 0, &info, sizeof(info), NULL, 0,
				  GUEST_SPACE);
		hdr = guest_response(guest, slot);
		g_assert_cmphex(hdr->flags, ==, 3);
		g_assert_cmphex(hdr->fence_id, ==, 0x123456789abcdefull);
		g_assert_cmpuint(hdr->ctx_id, ==, 5);
		g_assert_cmpuint(hdr->ring_idx, ==, 3);
	}
	guest_violation(guest, "unknown capset 2");
	info.capset_index = 0;
	info.hdr.flags = 0;
	slot = guest_send(guest, 0, &info, sizeof(info), NULL, 0, GUEST_SPACE);
	hdr = guest_response(guest, slot);
	g_assert_cmphex(hdr->flags, ==, 0);
	g_assert_cmphex(hdr->fence_id, ==, 0);
	guest_free(guest);
}

static void test_features(void)
{
	struct virtio_gpu_ctx_create ctx = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_CREATE,
		.hdr.ctx_id = 1,
	};
	struct virtio_gpu_cmd_get_edid edid = {.hdr.type =
						       VIRTIO_GPU_CMD_GET_EDID};
	struct virtio_gpu_resource_create_blob create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB};
	Guest *guest = guest_new();

	guest_start(guest, 3ull << 32 | 1ull << 28);
	EXPECT(guest, UNSPEC, "feature 0 was not negotiated", &ctx);
	EXPECT(guest, UNSPEC, "feature 1 was not negotiated", &edid);
	EXPECT(guest, UNSPEC, "feature 3 was not negotiated", &create);
	guest_create_2d(guest, 1, 1, 1);
	guest_start(guest, 3ull << 32 | 1ull << 28 | 1);
	ctx.context_init = 2;
	EXPECT(guest, BAD_PARAMETER, "context_init 0x2", &ctx);
	guest_free(guest);
}

static void test_lack(void)
{
	const uint64_t left =
		GUEST_FEATURES & ~(1ull << VIRTIO_GPU_F_VIRGL |
				   1ull << VIRTIO_GPU_F_CONTEXT_INIT);
	const uint64_t capsets =
		VIRTIO_MMIO_CONFIG +
		offsetof(struct virtio_gpu_config, num_capsets);
	struct virtio_gpu_resource_create_blob create = {
		.resource_id = 1,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.nr_entries = 1,
		.size = 4096,
	};
	struct virtio_gpu_transfer_to_host_2d transfer = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = 1,
		.r = {.width = 32, .height = 32},
	};
	Guest *guest = guest_running();

	guest_fault(guest, "lack virtio-gpu VIRGL");
	/* Not before a reset. */
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_DEVICE_FEATURES), ==,
			(uint32_t)GUEST_FEATURES);
	guest_start(guest, left);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_DEVICE_FEATURES), ==,
			(uint32_t)left);
	g_assert_cmpuint(guest_read(guest, capsets), ==, 0);
	blob(guest, &create, 0, OK, NULL);
	EXPECT_OK(guest, &transfer);
	guest_fault(guest, "clear");
	guest_start(guest, GUEST_FEATURES);
	g_assert_cmpuint(guest_read(guest, capsets), >, 0);
	blob(guest, &create, 0, OK, NULL);
	EXPECT(guest, BAD_PARAMETER, "no host storage", &transfer);
	guest_free(guest);
}

static void put_stamp(Guest *guest, unsigned int page, uint32_t bo,
		      uint32_t number, uint32_t generation)
{
	struct sb_stamp stamp = {SB_STAMP_MAGIC, bo, number, generation,
				 ~(bo ^ number ^ generation)};

	memcpy(guest_page_at(guest, page), &stamp, sizeof(stamp));
}

/* Each page that a command accesses is checked once, and no other page is. */
static void test_stamps(void)
{
	struct virtio_gpu_transfer_to_host_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = 1,
		.r = {0, 0, 32, 128},
	};
	const struct sb_exec exec = {
		.op = SB_EXEC_FILL,
		.words = SB_EXEC_WORDS,
		.flags = SB_EXEC_DST_GUEST,
		.dst_res = 1,
		.dst_off = 8192,
		.len = 1,
	};
	Guest *guest = guest_running();
	g_autofree char *text = NULL;
	GBytes *bytes;

	/* 128 bytes a row, 32 rows a page, four pages. */
	guest_create_2d(guest, 1, 32, 128);
	guest_attach(guest, 1, 0, 4);
	for (unsigned int i = 0; i < 4; i++)
		put_stamp(guest, 3 - i, 77, 10 + i, 2);
	g_assert_cmpint(stamps_command(guest->stamps,
				       "expect virtio-gpu 1 77 2 10", 27),
			==, 0);
	EXPECT_OK(guest, &cmd);
	bytes = stamps_text(guest->stamps);
	text = g_strndup(g_bytes_get_data(bytes, NULL),
			 g_bytes_get_size(bytes));
	g_bytes_unref(bytes);
	g_assert_nonnull(strstr(text, "checked 4 bad 0"));

	put_stamp(guest, 1, 78, 12, 2);
	cmd.r.height = 64;
	EXPECT_OK(guest, &cmd);
	cmd.r = (struct virtio_gpu_rect){0, 64, 1, 1};
	cmd.offset = 8192 + 4095 - 3;
	EXPECT(guest, OK, "found BO 78", &cmd);
	guest_context(guest, 1);
	guest_bind(guest, 1, 1);
	g_assert_cmphex(submit(guest, &exec, 1), ==, OK);
	guest_violation(guest, "found BO 78");
	guest_free(guest);
}

static void test_reset(void)
{
	struct virtio_gpu_set_scanout set = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.resource_id = 1,
		.r = {0, 0, 4, 4},
	};
	Guest *guest = guest_running();
	g_autofree char *after = NULL, *trace = NULL;
	g_autoptr(GBytes) bytes = NULL;

	guest_create_2d(guest, 1, 4, 4);
	guest_attach(guest, 1, 0, 1);
	guest_context(guest, 1);
	guest_bind(guest, 1, 1);
	EXPECT_OK(guest, &set);
	guest_fault(guest, "hold virtio-gpu SET_SCANOUT");
	guest_send(guest, 0, &set, sizeof(set), NULL, 0, 24);
	assert_leaks(guest,
		     "resource 1 (2d)\nbacking of resource 1: 4096 bytes\n"
		     "context 1 (test)\nscanout 0 shows resource 1\n"
		     "command #6 SET_SCANOUT res 1 held\n");
	guest_start(guest, GUEST_FEATURES);
	after = guest_leaks(guest);
	g_assert_cmpstr(after, ==, "");
	g_assert_cmpuint(guest->device->deadline_ns, ==, 0);
	bytes = journal_trace_text(guest->journal);
	trace = g_strndup(g_bytes_get_data(bytes, NULL),
			  g_bytes_get_size(bytes));
	g_assert_nonnull(strstr(trace, "reset drops backing of resource 1"));
	/* Ids and pages can be used again. */
	guest_context(guest, 1);
	guest_create_2d(guest, 1, 4, 4);
	guest_attach(guest, 1, 0, 1);
	guest->device->model->reset(guest->device);
	guest_start(guest, GUEST_FEATURES);
	guest_create_2d(guest, 1, 4, 4);
	guest_free(guest);
}

static void assert_list(Guest *guest, const char *path, const char *want)
{
	g_auto(GStrv) names = node_list(guest->device, path);
	g_autofree char *got = names ? g_strjoinv(" ", names) : NULL;

	g_assert_cmpstr(got, ==, want);
}

static void test_tree(void)
{
	static const char *const none[] = {
		"",
		"x",
		"resources",
		"resources/1",
		"resources/3/info",
		"resources/1/x",
		"resources/1/info/x",
		"resources/01x/info",
		"resources/-1/info",
		"resources/4294967297/info",
		"contexts/1",
		"contexts/1/data",
		"scanouts",
		"scanouts/1",
		"scanouts/0/x",
	};
	static const char *const files[] = {
		"status",	    "pending",		"counters",
		"scanouts/0",	    "resources/1/info", "resources/1/backing",
		"resources/2/info", "contexts/1/info"};
	Guest *guest = guest_running();
	g_autofree char *counters = NULL, *status = NULL;

	guest_create_2d(guest, 2, 4, 4);
	guest_create_2d(guest, 1, 4, 4);
	guest_attach(guest, 1, 0, 3);
	guest_context(guest, 1);
	assert_list(guest, "",
		    "status resources/ contexts/ scanouts/ pending counters");
	assert_list(guest, "resources", "1/ 2/");
	assert_list(guest, "resources/1", "info data backing");
	assert_list(guest, "resources/3", NULL);
	assert_list(guest, "resources/1/info", NULL);
	assert_list(guest, "contexts", "1/");
	assert_list(guest, "contexts/1", "info");
	assert_list(guest, "scanouts", "0");
	assert_list(guest, "status", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
		g_assert_null(guest_show(guest, none[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *text = guest_show(guest, files[i]);

		g_assert_nonnull(text);
	}
	counters = guest_show(guest, "counters");
	g_assert_nonnull(
		strstr(counters, "RESOURCE_CREATE_2D seen 2 ok 2 error 0\n"));
	status = guest_show(guest, "status");
	g_assert_nonnull(strstr(status, "DRIVER_OK"));
	guest_free(guest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/virtio-gpu/display-info", test_display_info);
	g_test_add_func("/virtio-gpu/edid", test_edid);
	g_test_add_func("/virtio-gpu/change", test_change);
	g_test_add_func("/virtio-gpu/capset-info", test_capset_info);
	g_test_add_func("/virtio-gpu/capset", test_capset);
	g_test_add_func("/virtio-gpu/create-2d", test_create_2d);
	g_test_add_func("/virtio-gpu/out-of-memory", test_out_of_memory);
	g_test_add_func("/virtio-gpu/transfer-2d", test_transfer_2d);
	g_test_add_func("/virtio-gpu/backing", test_backing);
	g_test_add_func("/virtio-gpu/create-3d", test_create_3d);
	g_test_add_func("/virtio-gpu/transfer-3d", test_transfer_3d);
	g_test_add_func("/virtio-gpu/blob", test_blob);
	g_test_add_func("/virtio-gpu/scanout", test_scanout);
	g_test_add_func("/virtio-gpu/scanout-blob", test_scanout_blob);
	g_test_add_func("/virtio-gpu/context", test_context);
	g_test_add_func("/virtio-gpu/submit", test_submit);
	g_test_add_func("/virtio-gpu/bad-submit", test_bad_submit);
	g_test_add_func("/virtio-gpu/uuid", test_uuid);
	g_test_add_func("/virtio-gpu/cursor", test_cursor);
	g_test_add_func("/virtio-gpu/header", test_header);
	g_test_add_func("/virtio-gpu/features", test_features);
	g_test_add_func("/virtio-gpu/lack", test_lack);
	g_test_add_func("/virtio-gpu/stamps", test_stamps);
	g_test_add_func("/virtio-gpu/reset", test_reset);
	g_test_add_func("/virtio-gpu/tree", test_tree);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The transport and its queues: negotiation, registers, broken rings. */
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <string.h>

#include "gpu-guest.h"

#define ACK VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER VIRTIO_CONFIG_S_DRIVER
#define FEATURES_OK VIRTIO_CONFIG_S_FEATURES_OK
#define DRIVER_OK VIRTIO_CONFIG_S_DRIVER_OK
#define NEEDS_RESET VIRTIO_CONFIG_S_NEEDS_RESET
#define RUNNING (ACK | DRIVER | FEATURES_OK | DRIVER_OK)

static void test_identity(void)
{
	Guest *guest = guest_new();
	uint64_t features;

	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_MAGIC_VALUE), ==,
			0x74726976);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_VERSION), ==, 2);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_DEVICE_ID), ==, 16);
	guest_write(guest, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (uint64_t)guest_read(guest, VIRTIO_MMIO_DEVICE_FEATURES)
		   << 32;
	guest_write(guest, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	features |= guest_read(guest, VIRTIO_MMIO_DEVICE_FEATURES);
	g_assert_cmphex(features, ==, GUEST_FEATURES);
	guest_write(guest, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_DEVICE_FEATURES), ==, 0);
	/* No host-visible memory. */
	guest_write(guest, VIRTIO_MMIO_SHM_SEL, 1);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_SHM_LEN_LOW), ==, ~0u);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_SHM_LEN_HIGH), ==, ~0u);
	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, 2);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_QUEUE_NUM_MAX), ==, 0);
	g_assert_cmpuint(guest->device->isr_reg, ==,
			 VIRTIO_MMIO_INTERRUPT_STATUS);
	g_assert_cmpuint(guest->device->ack_reg, ==, VIRTIO_MMIO_INTERRUPT_ACK);
	guest_free(guest);
}

static void test_config(void)
{
	Guest *guest = guest_running();
	const DeviceModel *ops = guest->device->model;
	struct virtio_gpu_config config;
	uint8_t byte;
	uint64_t wide;

	g_assert_cmpint(ops->read(guest->device, VIRTIO_MMIO_CONFIG, &config,
				  sizeof(config)),
			==, 0);
	g_assert_cmpuint(config.num_scanouts, ==, 1);
	g_assert_cmpuint(config.num_capsets, ==, 2);
	g_assert_cmpint(
		ops->read(guest->device, VIRTIO_MMIO_CONFIG + 8, &byte, 1), ==,
		0);
	g_assert_cmpuint(byte, ==, 1);
	guest_write(guest, VIRTIO_MMIO_CONFIG + 4, 1);
	g_assert_cmpint(
		ops->write(guest->device, VIRTIO_MMIO_CONFIG + 8, &byte, 1), ==,
		-EINVAL);
	g_assert_cmpint(
		ops->read(guest->device, VIRTIO_MMIO_CONFIG + 16, &byte, 1), ==,
		-EINVAL);
	/* Registers are 32 bits wide; other accesses are refused. */
	g_assert_cmpint(ops->read(guest->device, 0, &byte, 1), ==, -EINVAL);
	g_assert_cmpint(ops->read(guest->device, 0, &wide, 8), ==, -EINVAL);
	g_assert_cmpint(ops->write(guest->device, 0x28, &wide, 4), ==, -EINVAL);
	g_assert_cmpint(ops->write(guest->device, 0x70, &byte, 1), ==, -EINVAL);
	guest_free(guest);
}

static void set_features(Guest *guest, uint64_t features)
{
	guest_write(guest, VIRTIO_MMIO_STATUS, 0);
	guest_write(guest, VIRTIO_MMIO_STATUS, ACK);
	guest_write(guest, VIRTIO_MMIO_STATUS, ACK | DRIVER);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES, features >> 32);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	guest_write(guest, VIRTIO_MMIO_STATUS, ACK | DRIVER | FEATURES_OK);
}

static void test_features(void)
{
	static const struct {
		uint64_t features;
		const char *why;
	} bad[] = {
		{GUEST_FEATURES | 1ull << 40, "not offered"},
		{GUEST_FEATURES | 1ull << 29, "not offered"},
		{GUEST_FEATURES & ~(1ull << 32), "VERSION_1 is missing"},
		{GUEST_FEATURES & ~(1ull << 33), "PLATFORM is missing"},
		{GUEST_FEATURES & ~1ull, "CONTEXT_INIT needs"},
	};
	Guest *guest = guest_new();

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		set_features(guest, bad[i].features);
		guest_violation(guest, bad[i].why);
		g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS), ==,
				ACK | DRIVER);
	}
	set_features(guest, 1ull << 32 | 1ull << 33);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS), ==,
			ACK | DRIVER | FEATURES_OK);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	guest_violation(guest, "after FEATURES_OK");
	guest_free(guest);
}

static void test_status(void)
{
	Guest *guest = guest_new();

	guest_write(guest, VIRTIO_MMIO_STATUS, ACK);
	guest_write(guest, VIRTIO_MMIO_STATUS, ACK | DRIVER | DRIVER_OK);
	guest_violation(guest, "DRIVER_OK without FEATURES_OK");
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS), ==,
			ACK | DRIVER);
	guest_write(guest, VIRTIO_MMIO_STATUS, DRIVER);
	guest_violation(guest, "clears bits");
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS), ==,
			ACK | DRIVER);
	guest_write(guest, VIRTIO_MMIO_STATUS, 0x100);
	guest_violation(guest, "unknown bits");
	guest_notify(guest, 0);
	guest_violation(guest, "before DRIVER_OK");
	guest_write(guest, VIRTIO_MMIO_STATUS, 0);
	guest_write(guest, VIRTIO_MMIO_STATUS, ACK | FEATURES_OK);
	guest_violation(guest, "FEATURES_OK without DRIVER");
	guest_free(guest);
}

static void test_queue_setup(void)
{
	Guest *guest = guest_running();

	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_NUM, 8);
	guest_violation(guest, "changed while it is ready");
	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, 7);
	guest_write(guest, VIRTIO_MMIO_QUEUE_NUM, 8);
	guest_violation(guest, "queue 7 does not exist");
	guest_notify(guest, 7);
	guest_violation(guest, "not ready");
	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_READY, 2);
	guest_violation(guest, "QueueReady written with 0x2");
	guest_write(guest, VIRTIO_MMIO_QUEUE_READY, 0);
	guest_violation(guest, "stopped while it runs");
	guest_free(guest);
}

/* Set up the first queue with these values, and expect @why. */
static void bad_queue(uint32_t num, uint32_t desc, uint32_t avail,
		      uint32_t used, const char *why)
{
	Guest *guest = guest_new();

	set_features(guest, GUEST_FEATURES);
	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_NUM, num);
	guest_write(guest, VIRTIO_MMIO_QUEUE_DESC_LOW, desc);
	guest_write(guest, VIRTIO_MMIO_QUEUE_AVAIL_LOW, avail);
	guest_write(guest, VIRTIO_MMIO_QUEUE_USED_LOW, used);
	guest_write(guest, VIRTIO_MMIO_QUEUE_READY, 1);
	guest_violation(guest, why);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_QUEUE_READY), ==, 0);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS) & NEEDS_RESET, ==,
			NEEDS_RESET);
	guest_free(guest);
}

static void test_bad_queue(void)
{
	bad_queue(0, 0x1000, 0x2000, 0x3000, "not a power of two");
	bad_queue(48, 0x1000, 0x2000, 0x3000, "not a power of two");
	bad_queue(512, 0x1000, 0x2000, 0x3000, "above the maximum");
	bad_queue(64, 0x1008, 0x2000, 0x3000, "not aligned");
	bad_queue(64, 0x1000, 0x2001, 0x3000, "not aligned");
	bad_queue(64, 0x1000, 0x2000, 0x3002, "not aligned");
	bad_queue(64, GUEST_RAM - 16, 0x2000, 0x3000, "outside RAM");
	bad_queue(64, 0x1000, GUEST_RAM - 2, 0x3000, "outside RAM");
	bad_queue(64, 0x1000, 0x2000, GUEST_RAM, "outside RAM");
}

/* A malformed chain. */
typedef struct {
	const char *why;
	struct vring_desc desc[3];
	uint16_t head;
	struct vring_desc table[3]; /* at 0x20000 */
	uint64_t features;
} BadChain;

#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT

static const BadChain bad_chains[] = {
	{.why = "head beyond the table", .head = 64},
	{.why = "index beyond the table", .desc = {{0x40000, 24, NEXT, 64}}},
	{.why = "loop",
	 .desc = {{0x40000, 24, NEXT, 1}, {0x40000, 24, NEXT, 0}}},
	{.why = "loop", .desc = {{0x40000, 24, NEXT, 0}}},
	{.why = "zero bytes", .desc = {{0x40000, 0, 0, 0}}},
	{.why = "outside RAM", .desc = {{GUEST_RAM - 8, 24, 0, 0}}},
	{.why = "outside RAM", .desc = {{~0ull - 8, 24, 0, 0}}},
	{.why = "readable descriptor behind",
	 .desc = {{0x40000, 24, WRITE | NEXT, 1}, {0x40000, 24, 0, 0}}},
	{.why = "unknown descriptor flag", .desc = {{0x40000, 24, 0x10, 0}}},
	{.why = "not allowed here",
	 .desc = {{0x20000, 16, INDIRECT, 0}},
	 .features = 1ull << 28},
	{.why = "with a next one", .desc = {{0x20000, 16, INDIRECT | NEXT, 1}}},
	{.why = "bad length", .desc = {{0x20000, 0, INDIRECT, 0}}},
	{.why = "bad length", .desc = {{0x20000, 24, INDIRECT, 0}}},
	{.why = "bad length", .desc = {{0x20000, 0xfffffff0, INDIRECT, 0}}},
	{.why = "table lies outside",
	 .desc = {{GUEST_RAM - 16, 32, INDIRECT, 0}},
	 .table = {{0}}},
	{.why = "not allowed here",
	 .desc = {{0x20000, 16, INDIRECT, 0}},
	 .table = {{0x20000, 16, INDIRECT, 0}}},
	{.why = "loop",
	 .desc = {{0x20000, 32, INDIRECT, 0}},
	 .table = {{0x40000, 8, NEXT, 1}, {0x40000, 8, NEXT, 1}}},
	/* The rules of the device: a header in each direction. */
	{.why = "space for a response", .desc = {{0x40000, 24, 0, 0}}},
	{.why = "space for a response",
	 .desc = {{0x40000, 23, NEXT, 1}, {0x41000, 24, WRITE, 0}}},
};

static void test_bad_chains(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad_chains); i++) {
		const BadChain *bad = &bad_chains[i];
		Guest *guest = guest_new();

		guest_start(guest, GUEST_FEATURES & ~bad->features);
		memcpy(guest_desc(guest, 0), bad->desc, sizeof(bad->desc));
		memcpy(guest->mem + 0x20000, bad->table, sizeof(bad->table));
		/* The last 16 bytes of RAM: the table continues outside of RAM. */
		((struct vring_desc *)(guest->mem + GUEST_RAM))[-1] =
			(struct vring_desc){0x40000, 8, NEXT, 1};
		guest_irq(guest);
		guest_offer(guest, 0, bad->head);
		guest_notify(guest, 0);
		guest_violation(guest, bad->why);
		g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_STATUS), ==,
				RUNNING | NEEDS_RESET);
		g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS),
				==, VIRTIO_MMIO_INT_CONFIG);
		g_assert_true(guest_irq(guest));
		/* From now on it ignores the guest until it is reset. */
		guest_notify(guest, 0);
		guest_no_violation(guest);
		guest_start(guest, GUEST_FEATURES);
		guest_create_2d(guest, 1, 1, 1);
		guest_free(guest);
	}
}

static void test_bad_avail(void)
{
	Guest *guest = guest_running();
	struct virtio_gpu_ctrl_hdr cmd = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO};

	guest_avail(guest, 0)->idx = 65;
	guest_notify(guest, 0);
	guest_violation(guest, "more chains available");

	/* The same head again, while the device still has it. */
	guest_start(guest, GUEST_FEATURES);
	guest_fault(guest, "hold virtio-gpu GET_DISPLAY_INFO");
	guest_send(guest, 0, &cmd, sizeof(cmd), NULL, 0, 1024);
	guest_offer(guest, 0, 0);
	guest_notify(guest, 0);
	guest_violation(guest, "before it was used");
	guest_free(guest);
}

static void test_interrupt(void)
{
	Guest *guest = guest_running();

	g_assert_false(guest_irq(guest));
	guest_create_2d(guest, 1, 1, 1);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS), ==,
			VIRTIO_MMIO_INT_VRING);
	g_assert_true(guest_irq(guest));
	guest_avail(guest, 0)->flags = VRING_AVAIL_F_NO_INTERRUPT;
	guest_create_2d(guest, 2, 1, 1);
	g_assert_false(guest_irq(guest));
	guest_avail(guest, 0)->flags = 0;
	guest_fault(guest, "lose-irq virtio-gpu 1");
	guest_create_2d(guest, 3, 1, 1);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS), ==,
			VIRTIO_MMIO_INT_VRING);
	g_assert_false(guest_irq(guest));
	guest_create_2d(guest, 4, 1, 1);
	g_assert_true(guest_irq(guest));
	guest_free(guest);
}

/* Many more commands than the ring has entries, in chains of both types. */
static void test_wrap(gconstpointer indirect)
{
	Guest *guest = guest_new();
	struct virtio_gpu_resource_unref bad = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
	};

	guest->indirect = !!indirect;
	guest_start(guest, GUEST_FEATURES);
	for (uint32_t i = 1; i < 300; i++) {
		guest_create_2d(guest, i, 1, 1);
		guest_unref(guest, i);
	}
	bad.resource_id = 7;
	EXPECT(guest, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
	       "unknown resource", &bad);
	guest_free(guest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/virtio-mmio/identity", test_identity);
	g_test_add_func("/virtio-mmio/config", test_config);
	g_test_add_func("/virtio-mmio/features", test_features);
	g_test_add_func("/virtio-mmio/status", test_status);
	g_test_add_func("/virtio-mmio/queue-setup", test_queue_setup);
	g_test_add_func("/virtio-mmio/bad-queue", test_bad_queue);
	g_test_add_func("/virtio-mmio/bad-chains", test_bad_chains);
	g_test_add_func("/virtio-mmio/bad-avail", test_bad_avail);
	g_test_add_func("/virtio-mmio/interrupt", test_interrupt);
	g_test_add_data_func("/virtio-mmio/wrap-direct", NULL, test_wrap);
	g_test_add_data_func("/virtio-mmio/wrap-indirect", "", test_wrap);
	return g_test_run();
}

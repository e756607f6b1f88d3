// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four processes that use virtio-gpu and panfrost at once while memory is short. Each makes a
 * fixed number of random steps, from a fixed seed, and records what each of its BOs
 * must hold.
 */
#include <string.h>

#include "lib/caps.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"
#include "lib/virtio-reclaim.h"
#include "content.h"
#include "load.h"

#define PROCESSES 4
#define STEPS 48
#define WANT_MS 4
#define SEED 6121170u
#define BOS 8

/**
 * struct item - a BO of either driver, and what it must hold
 * @exists: it has not been closed
 * @panfrost: which of the next two members is used
 * @gpu: virtio-gpu's
 * @pan: panfrost's
 * @size: bytes
 * @number: BO number of its content
 * @generation: of its content
 * @host_generation: virtio-gpu: of the content that the host has, 0 for none
 * @not_needed: marked as not needed: its content may be gone
 */
struct item {
	bool exists;
	bool panfrost;
	struct bo gpu;
	struct pan_bo pan;
	size_t size;
	uint32_t number;
	uint32_t generation;
	uint32_t host_generation;
	bool not_needed;
};

/**
 * struct worker - one process
 * @random: state of its random numbers
 * @gpu: file of virtio-gpu
 * @pan: file of panfrost
 * @items: its BOs
 * @gpu_sum: BO of virtio-gpu for checksums
 * @pan_sum: likewise, panfrost
 * @next: number of the next BO
 * @purged: BOs that were purged
 * @advises: virtio-gpu has the madvise ioctl
 */
struct worker {
	uint32_t random;
	int gpu, pan;
	struct item items[BOS];
	struct bo gpu_sum;
	struct pan_bo pan_sum;
	uint32_t next;
	unsigned int purged;
	bool advises;
};

/* A random number below @limit. xorshift32. */
static uint32_t draw(struct worker *worker, uint32_t limit)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 17;
	worker->random ^= worker->random << 5;
	return worker->random % limit;
}

static void *map_of(struct item *item)
{
	if (item->panfrost)
		return item->pan.map ?: pan_bo_map(&item->pan);
	if (!item->gpu.map)
		bo_map(&item->gpu);
	return item->gpu.map;
}

static void unmap(struct item *item)
{
	if (item->panfrost)
		pan_bo_unmap(&item->pan);
	else if (item->gpu.map)
		bo_unmap(&item->gpu);
}

static void close_item(struct item *item)
{
	if (item->panfrost)
		pan_bo_free(&item->pan);
	else
		bo_close(&item->gpu);
	item->exists = false;
}

/* The CPU writes the whole BO. */
static void write_item(struct item *item)
{
	item->generation++;
	content_fill(map_of(item), item->size, item->number, item->generation);
}

static void read_item(struct item *item)
{
	content_verify(map_of(item), item->size, item->number,
		       item->generation);
}

static void create(struct worker *worker, struct item *item)
{
	static const unsigned int pages[] = {4, 16, 64};

	memset(item, 0, sizeof(*item));
	item->exists = true;
	item->panfrost = draw(worker, 2);
	item->size = pages[draw(worker, 3)] * PAGE;
	item->number = worker->next++;
	if (item->panfrost)
		item->pan = pan_bo(worker->pan, item->size, PANFROST_BO_NOEXEC);
	else
		item->gpu = bo_buffer(worker->gpu, item->size);
	write_item(item);
}

static void gpu_read(struct worker *worker, struct item *item)
{
	const struct sb_exec sum =
		exec_checksum(&worker->gpu_sum, 0, &item->gpu, 0, item->size);
	const struct bo *used[] = {&item->gpu, &worker->gpu_sum};

	res_expect(&item->gpu, item->number, item->generation);
	bo_to_host(&item->gpu);
	res_forget(&item->gpu);
	item->host_generation = item->generation;
	gpu_exec(worker->gpu, &sum, 1, used, 2);
	bo_from_host(&worker->gpu_sum);
	CHECK_EQ(*(uint64_t *)worker->gpu_sum.map,
		 content_fnv(item->size, item->number, item->generation));
}

static void pan_read(struct worker *worker, struct item *item)
{
	const uint64_t *answer = worker->pan_sum.map;
	struct chain chain = chain_new(worker->pan);

	chain_use(&chain, &item->pan);
	chain_use(&chain, &worker->pan_sum);
	chain_check_stamps(&chain, worker->pan_sum.va, item->pan.va, item->size,
			   item->number, item->generation);
	chain_checksum(&chain, worker->pan_sum.va + sizeof(*answer),
		       item->pan.va, item->size);
	chain_run(&chain);
	chain_free(&chain);
	CHECK_EQ(answer[0], item->size / PAGE);
	CHECK_EQ(answer[1],
		 content_fnv(item->size, item->number, item->generation));
}

/* The device reads the whole BO. */
static void device_reads(struct worker *worker, struct item *item)
{
	if (item->panfrost)
		pan_read(worker, item);
	else
		gpu_read(worker, item);
}

/* A job copies the whole BO from another one of its size, if there is one. */
static void pan_write(struct worker *worker, struct item *item)
{
	struct item *from = &worker->items[draw(worker, BOS)];
	struct chain chain;

	if (from == item || !from->exists || !from->panfrost ||
	    from->not_needed || from->size != item->size)
		return;
	chain = chain_new(worker->pan);
	chain_use(&chain, &item->pan);
	chain_use(&chain, &from->pan);
	chain_copy(&chain, item->pan.va, from->pan.va, item->size);
	chain_run(&chain);
	chain_free(&chain);
	item->number = from->number;
	item->generation = from->generation;
}

/* The device writes the whole BO. */
static void device_writes(struct worker *worker, struct item *item)
{
	if (item->panfrost) {
		pan_write(worker, item);
	} else if (item->host_generation) {
		bo_from_host(&item->gpu);
		item->generation = item->host_generation;
	}
}

static bool advise(struct item *item, bool needed)
{
	if (item->panfrost)
		return pan_madvise(&item->pan, needed ? PANFROST_MADV_WILLNEED
						      : PANFROST_MADV_DONTNEED);
	return needed ? bo_willneed(&item->gpu) : bo_dontneed(&item->gpu);
}

static void not_needed(struct worker *worker, struct item *item)
{
	if (!item->panfrost && !worker->advises)
		return;
	CHECK(advise(item, false));
	item->not_needed = true;
}

/* Either the whole content is retained, or the BO is purged. */
static void needed_again(struct worker *worker, struct item *item)
{
	if (advise(item, true)) {
		item->not_needed = false;
		read_item(item);
		return;
	}
	if (item->panfrost ? item->pan.map : item->gpu.map)
		CHECK(mem_bus_error(map_of(item), false));
	worker->purged++;
	close_item(item);
}

static void step(struct worker *worker)
{
	struct item *item = &worker->items[draw(worker, BOS)];

	if (!item->exists) {
		create(worker, item);
		return;
	}
	if (item->not_needed) {
		if (draw(worker, 2))
			needed_again(worker, item);
		else
			close_item(item);
		return;
	}
	switch (draw(worker, 13)) {
	case 0:
		close_item(item);
		break;
	case 1:
	case 2:
		write_item(item);
		break;
	case 3:
	case 4:
		read_item(item);
		break;
	case 5:
	case 6:
	case 7:
		device_reads(worker, item);
		break;
	case 8:
		device_writes(worker, item);
		break;
	case 9:
		unmap(item);
		break;
	case 10:
	case 11:
		not_needed(worker, item);
		break;
	default:
		load_dirty(64 * PAGE);
		break;
	}
}

/* @arg: number of the process */
static void work(void *arg)
{
	struct worker worker = {
		.random = SEED + *(uint32_t *)arg,
		.gpu = gpu_render(),
		.pan = pan_open(),
		.next = 1,
		.advises = caps_has("virtio-madvise"),
	};

	worker.gpu_sum = bo_buffer(worker.gpu, PAGE);
	worker.pan_sum = pan_bo_mapped(worker.pan, PAGE, PANFROST_BO_NOEXEC);
	for (unsigned int i = 0; i < STEPS; i++)
		step(&worker);
	for (unsigned int i = 0; i < BOS; i++) {
		struct item *item = &worker.items[i];

		if (item->exists && item->not_needed)
			needed_again(&worker, item);
		if (!item->exists)
			continue;
		read_item(item);
		device_reads(&worker, item);
	}
	test_note("process %u: %u BOs, %u purged", *(uint32_t *)arg,
		  worker.next - 1, worker.purged);
	CHECK_SYS(close(worker.gpu));
	CHECK_SYS(close(worker.pan));
}

/* From time to time, reclaim everything at once. */
static void want_all(void *arg)
{
	bool virtio = caps_has("virtio-shrinker");

	(void)arg;
	for (;;) {
		if (virtio)
			gpu_scan(gpu_count());
		shrink_scan(shrink_count());
		for (int i = 0; i < WANT_MS; i++)
			mem_millisecond();
	}
}

static void mix(void)
{
	unsigned long out = mem_vmstat("pswpout"), in = mem_vmstat("pswpin");
	unsigned int detached = cmd_seen("RESOURCE_DETACH_BACKING");
	pid_t workers[PROCESSES], load, want;

	test_note("seed %u, %u steps each", SEED, STEPS);
	load = load_start(6 * MIB);
	want = child_start(want_all, NULL);
	for (uint32_t i = 0; i < PROCESSES; i++)
		workers[i] = child_start(work, &i);
	for (uint32_t i = 0; i < PROCESSES; i++)
		child_wait(workers[i]);
	load_stop(load);
	load_stop(want);
	detached = cmd_seen("RESOURCE_DETACH_BACKING") - detached;
	test_note("%u backings detached", detached);
	if (caps_has("virtio-shrinker"))
		CHECK_CMP(detached, >, 0);
	test_note("%lu pages swapped out, %lu in", mem_vmstat("pswpout") - out,
		  mem_vmstat("pswpin") - in);
	CHECK_CMP(mem_vmstat("pswpin"), >, in);
	CHECK_EQ(violations_count(), 0);
}

TEST(mix_real, .name = "pressure/mix",
     .about = "four processes with BOs of virtio-gpu and panfrost keep their "
	      "content while memory is short",
     .swap_mib = 96, .alone = true)
{
	mix();
}

TEST(mix_virtual, .name = "pressure/mix-virtual-time",
     .about = "four processes with BOs of virtio-gpu and panfrost keep their "
	      "content under virtual time, with devices that take their time",
     .swap_mib = 96, .alone = true, .virtual_time = true)
{
	/* Makes memory pressure likely while the devices work. */
	device_write("faults", "delay virtio-gpu TRANSFER_TO_HOST_3D 2000000");
	device_write("faults",
		     "delay virtio-gpu TRANSFER_FROM_HOST_3D 2000000");
	device_write("faults", "delay panfrost JOB 2000000");
	mix();
}

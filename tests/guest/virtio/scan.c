// SPDX-License-Identifier: GPL-2.0-or-later
/* The shrinker's counts, and the order in which it reclaims BOs. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "display.h"
#include "lib/virtio-reclaim.h"

#define ALL(array) (sizeof(array) / sizeof(*(array)))

/* Sizes in pages that no sum of others equals. */
static const unsigned int sizes[] = {3, 5, 17, 1, 33, 9};
enum { BOS = ALL(sizes) };

TEST(count, .name = "virtio/scan-count", .needs = "virtio-shrinker",
     .about = "the count is the number of pages that could be reclaimed")
{
	GPU(fd);
	struct bo bo[BOS];
	BO(blob, bo_blob(fd, 7 * PAGE));
	BO(fresh, bo_buffer(fd, 11 * PAGE));
	unsigned long pages = 0;

	/* The driver handles the end of the last test's BOs asynchronously. */
	WAIT_UNTIL(!gpu_count());
	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = bo_used(fd, sizes[i], i);
		pages += sizes[i];
		CHECK_EQ(gpu_count(), pages);
		/* A second use makes no difference. */
		bo_to_host(&bo[i]);
		CHECK_EQ(gpu_count(), pages);
	}
	for (unsigned int i = 0; i < BOS; i++) {
		bo_close_wait(&bo[i * 5 % BOS]);
		pages -= sizes[i * 5 % BOS];
		WAIT_UNTIL(gpu_count() == pages);
	}
	CHECK_EQ(gpu_count(), 0);
	bo_close_wait(&blob);
	bo_close_wait(&fresh);
	CHECK_EQ(gpu_count(), 0);
}

TEST(none, .name = "virtio/scan-nothing", EVICTS,
     .about = "a scan that finds nothing, or asks for nothing, does nothing")
{
	GPU(fd);
	struct bo bo;

	gpu_scan(0);
	gpu_scan(1);
	gpu_scan(1000000);
	CHECK_EQ(gpu_count(), 0);
	bo = bo_used(fd, 4, 1);
	gpu_scan(0);
	CHECK_EQ(gpu_count(), 4);
	CHECK_EQ(res_pages(bo.res), 4);
	gpu_scan_all();
	gpu_scan(1000000);
	CHECK_EQ(gpu_count(), 0);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
}

/*
 * BOs that were used one after the other. Scans ask for one page, then for two, and
 * so on, until all BOs are reclaimed.
 */
static void scan_exactly(bool purge)
{
	int fd = gpu_render();
	struct bo bo[BOS];
	unsigned long left = 0;
	unsigned int gone = 0;

	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = bo_used(fd, sizes[i], i);
		left += sizes[i];
	}
	for (unsigned int i = 0; purge && i < BOS; i++)
		CHECK(bo_dontneed(&bo[i]));
	for (unsigned int asked = 1; left; asked += 2) {
		unsigned int freed = 0;

		while (gone < BOS && freed < asked)
			freed += sizes[gone++];
		left -= freed;
		gpu_scan(asked);
		CHECK_EQ(gpu_count(), left);
		for (unsigned int i = 0; i < BOS; i++)
			CHECK_EQ(bo_attached(&bo[i]), i >= gone);
	}
	for (unsigned int i = 0; i < BOS; i++) {
		if (purge)
			bo_verify_purged(&bo[i]);
		else
			bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
	WAIT_UNTIL(!gpu_count());
}

TEST(evict, .name = "virtio/scan-evict", EVICTS,
     .about = "a scan evicts whole BOs, the longest unused first, as many as "
	      "it takes and not one more")
{
	scan_exactly(false);
}

TEST(purge, .name = "virtio/scan-purge", .needs = "virtio-shrinker",
     .about = "a scan purges whole BOs, the longest unused first, as many as "
	      "it takes and not one more")
{
	scan_exactly(true);
}

TEST(many, .name = "virtio/scan-many", EVICTS,
     .about = "a hundred BOs are counted and evicted right")
{
	enum { COUNT = 100, ASKED = 37 };
	GPU(fd);
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, 1, i);
	for (unsigned int left = COUNT; left;) {
		CHECK_EQ(gpu_count(), left);
		left -= left < ASKED ? left : ASKED;
		gpu_scan(ASKED);
		for (unsigned int i = 0; i < COUNT; i++)
			CHECK_EQ(bo_attached(&bo[i]), i >= COUNT - left);
	}
	CHECK_EQ(gpu_count(), 0);
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close(&bo[i]);
	}
	WAIT_UNTIL(!gpu_count());
}

/* Evict them one at a time: they must go in this order. */
static void check_order(const struct bo *bo, const unsigned int *order,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		gpu_scan(1);
		for (unsigned int j = 0; j < count; j++)
			if (bo_attached(&bo[order[j]]) != (j > i))
				FAIL("BO %u, number %u in order, is %s after a "
				     "scan that was to take number %u",
				     order[j], j, j > i ? "gone" : "there", i);
	}
}

/* Create four BOs, and use the second one last, by @use. */
static void order_after(void (*use)(struct bo *bo))
{
	static const unsigned int order[] = {0, 2, 3, 1};
	int fd = gpu_render();
	struct bo bo[4];

	for (unsigned int i = 0; i < 4; i++)
		bo[i] = bo_used(fd, 2, i);
	use(&bo[1]);
	CHECK_EQ(gpu_count(), 8);
	check_order(bo, order, 4);
	for (unsigned int i = 0; i < 4; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

static void use_to_host(struct bo *bo)
{
	bo_to_host(bo);
}

static void use_from_host(struct bo *bo)
{
	bo_from_host(bo);
}

static void use_exec(struct bo *bo)
{
	const struct bo *bos[] = {bo};
	struct sb_exec exec = exec_nop();

	gpu_exec(bo->fd, &exec, 1, bos, 1);
}

/* Read a page that is not in the page tables yet, through a new mapping. */
static void use_fault(struct bo *bo)
{
	bo_unmap(bo);
	bo_map(bo);
	CHECK(!mem_bus_error(bo->map, false));
}

static void use_willneed(struct bo *bo)
{
	CHECK(bo_willneed(bo));
}

static void use_advice(struct bo *bo)
{
	CHECK(bo_dontneed(bo));
	CHECK(bo_willneed(bo));
}

#define ORDER_TEST(ident, suffix, what)                                        \
	TEST(order_##ident, .name = "virtio/scan-order-" suffix, EVICTS,       \
	     .about = what " makes a BO the last one to be evicted")           \
	{                                                                      \
		order_after(use_##ident);                                      \
	}

ORDER_TEST(to_host, "to-host", "a transfer to the host")
ORDER_TEST(from_host, "from-host", "a transfer from the host")
ORDER_TEST(exec, "exec", "a job")
ORDER_TEST(fault, "fault", "a page fault")
ORDER_TEST(willneed, "willneed", "the advice that it is needed")
ORDER_TEST(advice, "advice", "the advice that it is needed after all")

TEST(order_evicted, .name = "virtio/scan-order-evicted", EVICTS,
     .about = "a BO that was evicted and came back is the last one to be "
	      "evicted")
{
	static const unsigned int order[] = {1, 2, 3, 0};
	GPU(fd);
	struct bo bo[4];

	for (unsigned int i = 0; i < 4; i++)
		bo[i] = bo_used(fd, 2, i);
	gpu_scan(2);
	CHECK(!bo_attached(&bo[0]));
	bo_to_host(&bo[0]);
	check_order(bo, order, 4);
	for (unsigned int i = 0; i < 4; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(order_shown, .name = "virtio/scan-order-scanout", EVICTS,
     .about = "a buffer that was shown goes after those not used since")
{
	struct display display = display_open();
	BO(screen, bo_screen(&display));
	struct bo other;
	uint32_t fb = fb_screen(&display, &screen);

	stamp_fill(screen.map, screen.size, 1, 1);
	bo_to_host(&screen);
	other = bo_used(display.fd, 2, 2);
	display_show(&display, fb);
	display_off(&display);
	CHECK_EQ(gpu_count(), screen.size / PAGE + 2);
	gpu_scan(1);
	CHECK(!bo_attached(&other));
	CHECK(bo_attached(&screen));
	gpu_scan_all();
	CHECK(!bo_attached(&screen));
	stamp_verify(screen.map, screen.size, 1, 1);
	fb_remove(display.fd, fb);
	bo_verify(&other, 2);
	bo_close_wait(&other);
}

TEST(purge_first, .name = "virtio/scan-purge-first", EVICTS,
     .about = "BOs that are not needed are reclaimed before all others, "
	      "however recently used")
{
	GPU(fd);
	BO(old, bo_used(fd, 4, 1));
	BO(middle, bo_used(fd, 4, 2));
	BO(young, bo_used(fd, 4, 3));
	BO(last, bo_used(fd, 4, 4));

	CHECK(bo_dontneed(&middle));
	CHECK(bo_dontneed(&last));
	gpu_scan(8);
	CHECK_EQ(gpu_count(), 8);
	bo_verify_purged(&middle);
	bo_verify_purged(&last);
	CHECK(bo_attached(&old));
	CHECK(bo_attached(&young));
	/*
	 * Scan for more pages than are not needed: the other BOs provide the rest.
	 */
	CHECK(bo_dontneed(&young));
	gpu_scan(5);
	bo_verify_purged(&young);
	CHECK(!bo_attached(&old));
	CHECK_EQ(gpu_count(), 0);
	bo_verify(&old, 1);
}

TEST(purge_order, .name = "virtio/scan-purge-order", EVICTS,
     .about = "purging BOs that are not needed keeps the order of the others")
{
	static const unsigned int order[] = {0, 1, 3, 4};
	GPU(fd);
	struct bo bo[5];

	for (unsigned int i = 0; i < 5; i++)
		bo[i] = bo_used(fd, 2, i);
	CHECK(bo_dontneed(&bo[2]));
	/*
	 * Taking back the advice made it the last one; these come after it again.
	 */
	bo_to_host(&bo[3]);
	bo_to_host(&bo[4]);
	gpu_scan(2);
	bo_verify_purged(&bo[2]);
	CHECK_EQ(gpu_count(), 8);
	check_order(bo, order, 4);
	for (unsigned int i = 0; i < 4; i++)
		bo_verify(&bo[order[i]], order[i]);
	for (unsigned int i = 0; i < 5; i++)
		bo_close_wait(&bo[i]);
}

TEST(no_swap, .name = "virtio/scan-no-swap", .needs = "virtio-shrinker",
     .about = "without swap space nothing is evicted, but BOs that are not "
	      "needed are purged")
{
	GPU(fd);
	BO(bo, bo_used(fd, 4, 1));
	BO(gone, bo_used(fd, 4, 2));

	CHECK_EQ(mem_info("SwapTotal"), 0);
	gpu_scan(1000);
	mem_drop_caches();
	CHECK_EQ(gpu_count(), 8);
	CHECK_EQ(res_pages(bo.res), 4);
	CHECK_EQ(res_pages(gone.res), 4);
	CHECK(bo_dontneed(&gone));
	gpu_scan(1000);
	CHECK_EQ(gpu_count(), 4);
	CHECK_EQ(res_pages(bo.res), 4);
	bo_verify_purged(&gone);
	bo_verify(&bo, 1);
}

TEST(little_swap, .name = "virtio/scan-swap-full", EVICTS, .seconds = 60,
     .about = "a scan evicts no more than the free swap space can hold")
{
	enum { LARGE = 1024, SMALL = 4 };
	GPU(fd);
	BO(large, bo_used(fd, LARGE, 1));
	BO(small, bo_used(fd, SMALL, 2));
	struct mem_swapped *swapped = mem_fill_swap(LARGE / 2 * PAGE);

	CHECK_CMP(mem_info("SwapFree"), >, LARGE / 8 * PAGE);
	gpu_scan(1);
	CHECK_EQ(res_pages(large.res), LARGE);
	CHECK_EQ(res_pages(small.res), 0);
	CHECK_EQ(gpu_count(), LARGE);
	gpu_scan(LARGE);
	CHECK_EQ(res_pages(large.res), LARGE);
	CHECK_EQ(gpu_count(), LARGE);
	mem_empty_swap(swapped);
	CHECK_CMP(mem_info("SwapFree"), >, LARGE * PAGE);
	gpu_scan(1);
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(large.res), 0);
	bo_verify(&large, 1);
	bo_verify(&small, 2);
}

/*
 * A model of the shrinker's lists, and a long random walk through the states. After
 * every step, counts and states must be those of the model.
 */
enum { MODEL_BOS = 8, MODEL_STEPS = 100 };

enum model_state { FRESH, RESIDENT, EVICTED, PURGED };

/**
 * struct model - what must hold
 * @order: BOs by their last use, the least recently used one first
 */
struct model {
	int fd;
	struct bo bo[MODEL_BOS];
	size_t pages[MODEL_BOS];
	enum model_state state[MODEL_BOS];
	bool needed[MODEL_BOS];
	bool attached[MODEL_BOS];
	unsigned int order[MODEL_BOS];
	uint32_t seed;
};

static uint32_t model_random(struct model *model, uint32_t below)
{
	model->seed = model->seed * 1664525u + 1013904223u;
	return (model->seed >> 16) % below;
}

/* The pages of all BOs that the shrinker may reclaim. */
static unsigned long model_count(const struct model *model)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < MODEL_BOS; i++)
		if (model->state[i] == RESIDENT)
			pages += model->pages[i];
	return pages;
}

static void model_new(struct model *model, unsigned int i)
{
	model->state[i] = FRESH;
	if (model->bo[i].handle) {
		bo_close_wait(&model->bo[i]);
		/* A BO counts until the driver has handled the answer to UNREF. */
		WAIT_UNTIL(gpu_count() == model_count(model));
	}
	model->pages[i] = 1 + model_random(model, 12);
	model->bo[i] = bo_buffer(model->fd, model->pages[i] * PAGE);
	stamp_fill(model->bo[i].map, model->bo[i].size, i, 1);
	model->needed[i] = true;
	model->attached[i] = false;
}

/* The BO was used: it is the last in order, and has pages. */
static void model_used(struct model *model, unsigned int i)
{
	unsigned int at = 0;

	while (model->order[at] != i)
		at++;
	for (; at < MODEL_BOS - 1; at++)
		model->order[at] = model->order[at + 1];
	model->order[at] = i;
}

static void model_scan(struct model *model, size_t asked)
{
	size_t freed = 0;

	for (unsigned int at = 0; at < 2 * MODEL_BOS && freed < asked; at++) {
		unsigned int i = model->order[at % MODEL_BOS];
		bool evict = at >= MODEL_BOS;

		if (model->state[i] != RESIDENT || (!evict && model->needed[i]))
			continue;
		freed += model->pages[i];
		model->state[i] = evict ? EVICTED : PURGED;
		model->attached[i] = false;
	}
	gpu_scan(asked);
}

static void model_step(struct model *model)
{
	unsigned int i = model_random(model, MODEL_BOS);
	const struct bo *bo = &model->bo[i];

	switch (model_random(model, 8)) {
	case 0:
		model_scan(model, 1 + model_random(model, 20));
		return;
	case 1:
		model_scan(model, 1);
		return;
	case 2:
		model_new(model, i);
		return;
	case 3:
		/* A scan may or may not purge an evicted BO. */
		if (model->state[i] == EVICTED)
			return;
		CHECK_EQ(bo_dontneed(bo), model->state[i] != PURGED);
		model->needed[i] = false;
		/* As with any use, it is now the last in order. */
		model_used(model, i);
		return;
	case 4:
		CHECK_EQ(bo_willneed(bo), model->state[i] != PURGED);
		model->needed[i] = true;
		model_used(model, i);
		return;
	}
	if (model->state[i] == PURGED) {
		bo_verify_purged(bo);
		return;
	}
	/*
	 * A BO that is not needed must not be used, so toggle the advice instead.
	 */
	if (!model->needed[i]) {
		CHECK(bo_willneed(bo));
		model->needed[i] = true;
	}
	if (model->state[i] == EVICTED && model_random(model, 2)) {
		stamp_verify(bo->map, bo->size, i, 1);
	} else {
		bo_verify(bo, i);
		model->attached[i] = true;
	}
	model->state[i] = RESIDENT;
	if (!model->attached[i])
		CHECK_EQ(res_pages(bo->res), 0);
	model_used(model, i);
}

static void model_check(const struct model *model)
{
	for (unsigned int i = 0; i < MODEL_BOS; i++)
		CHECK_EQ(bo_attached(&model->bo[i]), model->attached[i]);
	CHECK_EQ(gpu_count(), model_count(model));
}

TEST(walk, .name = "virtio/states-at-random", EVICTS, .seconds = 120,
     .about = "a long random walk through all states ends as a model of the "
	      "states says")
{
	struct model model = {.fd = gpu_render(), .seed = 4711};

	for (unsigned int i = 0; i < MODEL_BOS; i++) {
		model.order[i] = i;
		model_new(&model, i);
	}
	for (unsigned int step = 0; step < MODEL_STEPS; step++) {
		model_step(&model);
		model_check(&model);
	}
	for (unsigned int i = 0; i < MODEL_BOS; i++)
		bo_close_wait(&model.bo[i]);
	WAIT_UNTIL(!gpu_count());
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/panfrost.h"
#include "lib/virtio-gpu.h"
#include "lib/virtio-reclaim.h"

/* Time limit for what the kernel does asynchronously. */
#define SETTLE_MS 2000
#define HEAP_PAGES 512
#define DETACH "RESOURCE_DETACH_BACKING"

#define BAD(fuzz, ...) bad(fuzz, __FILE__, __LINE__, __VA_ARGS__)

static void bad(const struct fuzz *fuzz, const char *file, int line,
		const char *fmt, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

static void bad(const struct fuzz *fuzz, const char *file, int line,
		const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	test_fail(file, line, "seed %llu, operation %u, %s: %s",
		  (unsigned long long)fuzz->seed, fuzz->index, fuzz->words,
		  text);
}

/* Print what is about to be done. */
static void __attribute__((format(printf, 2, 3)))
say(struct fuzz *fuzz, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fuzz->words, sizeof(fuzz->words), fmt, args);
	va_end(args);
	if (fuzz->verbose)
		test_note("operation %u: %s", fuzz->index, fuzz->words);
}

static const char *err_name(int err)
{
	return err ? strerrorname_np(err) ?: "?" : "success";
}

/* "BO 3 (dumb, 17 pages, not needed)"; the last two results are valid. */
static const char *name(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	static const char *const kinds[] = {"buffer", "texture",  "dumb",
					    "blob",   "panfrost", "heap"};
	static char text[2][96];
	static unsigned int turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]),
		 "BO %u (%s, %u pages%s%s%s%s%s, stamp %u)",
		 (unsigned int)(bo - fuzz->bo), kinds[bo->kind], bo->pages,
		 bo->dontneed ? ", not needed" : "",
		 bo->shared ? ", exported" : "", fuzz_busy(bo) ? ", busy" : "",
		 bo->purged		  ? ", purged"
		 : bo->gone == GONE_YES	  ? ", evicted"
		 : fuzz_evictable(bo)	  ? ", evictable"
		 : bo->gone == GONE_MAYBE ? ", perhaps gone"
					  : "",
		 bo->attached ? ", attached" : "", bo->number);
	return text[turn];
}

/* Find a target of an operation: the first that fits, from a random one on. */

static bool alive(unsigned int process)
{
	return fuzz_processes[process].pid;
}

/* A process that has @file open. */
static unsigned int process_of(unsigned int file, uint32_t random)
{
	unsigned int process = 2 * file + random % 2;

	return alive(process) ? process : process ^ 1;
}

typedef bool (*filter)(const struct fuzz *fuzz, const struct fuzz_bo *bo);

static struct fuzz_bo *find(struct fuzz *fuzz, uint32_t from, filter suits)
{
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[(from + i) % FUZZ_BOS];

		if (bo->live && suits(fuzz, bo))
			return bo;
	}
	return NULL;
}

static bool any(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	(void)fuzz;
	(void)bo;
	return true;
}

/* A file that has a handle of the BO; -1 if none has. */
static int file_with(const struct fuzz_bo *bo, uint32_t from)
{
	for (unsigned int i = 0; i < FUZZ_FILES; i++) {
		unsigned int file = (from + i) % FUZZ_FILES;

		if (bo->user[file].handle)
			return (int)file;
	}
	return -1;
}

static int process_with_map(const struct fuzz_bo *bo, uint32_t from)
{
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++) {
		unsigned int process = (from + i) % FUZZ_PROCESSES;

		if (bo->map[process].address)
			return (int)process;
	}
	return -1;
}

static int process_with_dmabuf(const struct fuzz_bo *bo, uint32_t from)
{
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++) {
		unsigned int process = (from + i) % FUZZ_PROCESSES;

		if (bo->map[process].dmabuf != -1)
			return (int)process;
	}
	return -1;
}

static bool has_handle(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	(void)fuzz;
	return file_with(bo, 0) != -1;
}

static bool is_mapped(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	(void)fuzz;
	return process_with_map(bo, 0) != -1;
}

static bool is_exported(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	(void)fuzz;
	return process_with_dmabuf(bo, 0) != -1;
}

static bool virtio_handle(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	return has_handle(fuzz, bo) && fuzz_is_virtio(bo);
}

static bool panfrost_handle(const struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	return has_handle(fuzz, bo) && !fuzz_is_virtio(bo);
}

/* A random range of at least one page, within @pages. */
static void range(const struct fuzz_op *op, unsigned int pages,
		  unsigned int *first, unsigned int *count)
{
	if (op->x % 3 == 0) {
		*first = 0;
		*count = pages;
		return;
	}
	*first = op->x % pages;
	*count = 1 + op->y % (pages - *first);
}

static struct fuzz_answer tell(unsigned int process, enum fuzz_call call,
			       const struct fuzz_page *page, int64_t a0,
			       int64_t a1, int64_t a2, int64_t a3)
{
	struct fuzz_request request = {
		.call = call,
		.a = {a0, a1, a2, a3},
	};

	if (page)
		memcpy(request.page, page, sizeof(request.page));
	return fuzz_tell(process, &request);
}

static void must_be(struct fuzz *fuzz, const struct fuzz_answer *answer,
		    int err)
{
	if (answer->err != err)
		BAD(fuzz, "%s instead of %s", err_name(answer->err),
		    err_name(err));
	if (*answer->text)
		BAD(fuzz, "%s", answer->text);
}

/* What kernel and devices report. */

static const char *shrinker(enum fuzz_device device)
{
	static char *names[2];
	const char *driver = device == FUZZ_VIRTIO ? DRM_VIRTIO : DRM_PANFROST;

	if (!names[device])
		names[device] = drm_shrinker(driver);
	return names[device];
}

static bool host_attached(struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	struct bo gpu = {.res = bo->resource};

	if (!bo_attached(&gpu))
		return false;
	if (res_pages(bo->resource) != bo->pages)
		BAD(fuzz, "the host has %zu pages of %s",
		    res_pages(bo->resource), name(fuzz, bo));
	return true;
}

/*
 * A closed BO is freed when the host has answered, and a completed job releases its
 * BOs later, so wait for the right counts.
 */
static void check_counts(struct fuzz *fuzz)
{
	for (unsigned int device = 0; device < 2; device++) {
		unsigned long least, most, count;
		unsigned int ms = 0;

		fuzz_count(fuzz, device, &least, &most);
		while ((count = shrinker_count(shrinker(device))) < least ||
		       count > most) {
			if (ms++ == SETTLE_MS)
				BAD(fuzz,
				    "the shrinker of %s counts %lu pages, not "
				    "%lu to %lu",
				    device == FUZZ_VIRTIO ? "virtio-gpu"
							  : "panfrost",
				    count, least, most);
			mem_millisecond();
		}
	}
}

static void check_attached(struct fuzz *fuzz, const struct fuzz_bo *bo)
{
	if (!bo->live || !fuzz_is_virtio(bo) || fuzz_busy(bo) ||
	    bo->gone == GONE_MAYBE || fuzz->pressure)
		return;
	for (int ms = 0; host_attached(fuzz, bo) != bo->attached; ms++) {
		if (ms == SETTLE_MS)
			BAD(fuzz, "the host has %s pages of %s",
			    bo->attached ? "no" : "the", name(fuzz, bo));
		mem_millisecond();
	}
}

static void check_host(struct fuzz *fuzz, const struct fuzz_bo *bo,
		       unsigned int first, unsigned int count)
{
	char text[160], *data;

	/* A purge also destroys the resource. */
	if (bo->kind == FUZZ_BLOB || bo->purged ||
	    (fuzz->pressure && bo->dontneed))
		return;
	data = res_data(bo->resource, (size_t)first * PAGE,
			(size_t)count * PAGE);
	for (unsigned int i = 0; i < count; i++)
		if (!fuzz_page_is(data + i * PAGE, &bo->host[first + i],
				  first + i, text))
			BAD(fuzz, "the host's copy of %s: %s", name(fuzz, bo),
			    text);
	free(data);
}

/* In panfrost, only the single user of a BO can mark it as not needed. */
static bool can_give_away(const struct fuzz_bo *bo, int file)
{
	for (int i = 0; i < FUZZ_FILES; i++)
		if (i != file && bo->user[i].handle && !fuzz_is_virtio(bo))
			return false;
	return true;
}

/*
 * Repeat the advice, to ask whether the BO is retained, and to make its place in
 * the order known. Take it back if the file may not give it any more.
 */
static bool retained(struct fuzz *fuzz, struct fuzz_bo *bo)
{
	int file = file_with(bo, 0);
	bool dontneed = bo->dontneed && can_give_away(bo, file);
	struct fuzz_answer answer =
		tell(process_of((unsigned int)file, 0), CALL_MADVISE, NULL,
		     fuzz_device(bo), bo->user[file].handle, dontneed, 0);

	must_be(fuzz, &answer, 0);
	if (answer.v[0] > 1)
		BAD(fuzz, "retained is %llu", (unsigned long long)answer.v[0]);
	if (answer.v[0] && bo->purged)
		BAD(fuzz, "%s is retained", name(fuzz, bo));
	if (!answer.v[0] && !bo->purged &&
	    (!bo->dontneed || bo->gone != GONE_MAYBE))
		BAD(fuzz, "%s is not retained", name(fuzz, bo));
	if (!bo->purged)
		fuzz_touch(fuzz, bo);
	if (answer.v[0])
		bo->dontneed = dontneed;
	return answer.v[0];
}

/* The host's copy does not matter: let the device use the BO. */
static void use_whole(struct fuzz *fuzz, struct fuzz_bo *bo)
{
	int file = file_with(bo, 0);
	struct fuzz_request request = {
		.call = CALL_TRANSFER,
		.a = {bo->user[file].handle, bo->kind, 0, bo->pages, 0, 1},
	};
	struct fuzz_answer answer =
		fuzz_tell(process_of((unsigned int)file, 0), &request);

	must_be(fuzz, &answer, 0);
	memcpy(bo->host, bo->page, sizeof(bo->host));
	check_host(fuzz, bo, 0, bo->pages);
	fuzz_used_by_device(fuzz, bo);
}

/* Find out whether the BO was reclaimed. */
static void resolve(struct fuzz *fuzz, struct fuzz_bo *bo)
{
	int process = process_with_map(bo, 0);

	if (has_handle(fuzz, bo)) {
		if (!retained(fuzz, bo)) {
			fuzz_purge(bo);
		} else if (!fuzz_is_virtio(bo)) {
			bo->gone = GONE_NO;
		} else if (bo->attached) {
			if (host_attached(fuzz, bo))
				bo->gone = GONE_NO;
			else
				fuzz_evict(bo);
		} else {
			use_whole(fuzz, bo);
		}
	} else if (process != -1) {
		struct fuzz_answer answer = tell(
			(unsigned int)process, CALL_READ, bo->page,
			(int64_t)bo->map[process].address, 0, bo->pages, 0);

		must_be(fuzz, &answer, 0);
		if (answer.v[0] && !bo->dontneed)
			BAD(fuzz, "SIGBUS in %s", name(fuzz, bo));
		if (answer.v[0]) {
			fuzz_purge(bo);
		} else {
			bo->gone = GONE_NO;
			bo->attached =
				fuzz_is_virtio(bo) && host_attached(fuzz, bo);
			bo->order_vague = true;
		}
	} else {
		/*
		 * Only a dma-buf of it is left, so whether it was evicted cannot be
		 * known.
		 */
		bo->gone = GONE_NO;
		bo->attached = fuzz_is_virtio(bo) && host_attached(fuzz, bo);
		bo->order_vague = true;
	}
}

static void resolve_all(struct fuzz *fuzz)
{
	bool unclear = false;

	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		unclear |= fuzz->bo[i].live && fuzz->bo[i].gone == GONE_MAYBE;
	if (!unclear || fuzz->held)
		return;
	mem_wait_kswapd();
	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		if (fuzz->bo[i].live && fuzz->bo[i].gone == GONE_MAYBE)
			resolve(fuzz, &fuzz->bo[i]);
}

/* The operations. They return false if there is no target. */

static bool op_create(struct fuzz *fuzz, const struct fuzz_op *op)
{
	static const enum fuzz_kind kinds[] = {
		FUZZ_BUFFER, FUZZ_BUFFER, FUZZ_TEXTURE, FUZZ_DUMB,   FUZZ_DUMB,
		FUZZ_BLOB,   FUZZ_NORMAL, FUZZ_NORMAL,	FUZZ_NORMAL, FUZZ_HEAP,
	};
	struct fuzz_bo *bo = &fuzz->bo[op->bo % FUZZ_BOS];
	unsigned int file = op->process % FUZZ_FILES;
	struct fuzz_answer answer;

	if (bo->live)
		return false;
	memset(bo, 0, sizeof(*bo));
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++)
		bo->map[i].dmabuf = -1;
	bo->kind = kinds[op->x % (sizeof(kinds) / sizeof(*kinds))];
	bo->pages = op->y % 4 ? 1 + op->y / 4 % 12 : 1 + op->y / 4 % FUZZ_PAGES;
	bo->number = ++fuzz->numbers;
	say(fuzz, "file %u creates %s", file, name(fuzz, bo));
	answer = tell(process_of(file, op->x), CALL_CREATE, NULL, bo->kind,
		      bo->pages, !fuzz->held, 0);
	must_be(fuzz, &answer, 0);
	bo->live = true;
	bo->user[file].handle = (uint32_t)answer.v[0];
	if (fuzz_is_virtio(bo)) {
		bo->resource = (uint32_t)answer.v[1];
		/* Creating these BOs uses a fence. */
		bo->readers = fuzz->held && (bo->kind == FUZZ_BUFFER ||
					     bo->kind == FUZZ_TEXTURE);
		bo->attached = bo->device_used = bo->kind == FUZZ_BLOB;
	} else {
		bo->user[file].va = answer.v[1];
		bo->device_used = true;
	}
	fuzz_touch(fuzz, bo);
	check_attached(fuzz, bo);
	return true;
}

/* Make @call on the handle of @bo in a file. */
static struct fuzz_answer ask(struct fuzz *fuzz, const struct fuzz_bo *bo,
			      const struct fuzz_op *op, enum fuzz_call call,
			      const char *what)
{
	int file = file_with(bo, op->process);

	say(fuzz, "file %d %s %s", file, what, name(fuzz, bo));
	return tell(process_of((unsigned int)file, op->x), call, NULL,
		    fuzz_device(bo), bo->user[file].handle, 0, 0);
}

static bool op_close(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, has_handle);
	struct fuzz_answer answer;

	if (!bo)
		return false;
	answer = ask(fuzz, bo, op, CALL_CLOSE, "closes its handle of");
	must_be(fuzz, &answer, 0);
	bo->user[file_with(bo, op->process)].handle = 0;
	fuzz_drop(bo);
	return true;
}

static bool op_map(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, has_handle);
	struct fuzz_answer answer;
	unsigned int process;
	struct fuzz_map *map;
	int file;

	if (!bo)
		return false;
	file = file_with(bo, op->process);
	process = process_of((unsigned int)file, op->x);
	map = &bo->map[process];
	if (map->address)
		return false;
	say(fuzz, "process %u maps %s", process, name(fuzz, bo));
	answer = tell(process, CALL_MAP, NULL, fuzz_device(bo),
		      bo->user[file].handle, bo->pages, 0);
	if (bo->kind == FUZZ_HEAP) {
		must_be(fuzz, &answer, EINVAL);
		return true;
	}
	/* Mapping a purged BO may fail, or give a mapping without pages. */
	if (answer.err &&
	    (bo->purged || (bo->dontneed && bo->gone == GONE_MAYBE)))
		return true;
	must_be(fuzz, &answer, 0);
	map->address = answer.v[0];
	map->present = 0;
	map->vague = false;
	return true;
}

static bool op_map_dmabuf(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, is_exported);
	struct fuzz_answer answer;
	struct fuzz_map *map;
	int process;

	if (!bo)
		return false;
	process = process_with_dmabuf(bo, op->process);
	map = &bo->map[process];
	if (map->address || bo->kind == FUZZ_HEAP)
		return false;
	say(fuzz, "process %d maps the dma-buf of %s", process, name(fuzz, bo));
	answer = tell((unsigned int)process, CALL_MAP_DMABUF, NULL, map->dmabuf,
		      bo->pages, 0, 0);
	must_be(fuzz, &answer, 0);
	map->address = answer.v[0];
	map->present = 0;
	map->vague = false;
	return true;
}

static bool op_unmap(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, is_mapped);
	struct fuzz_answer answer;
	int process;

	if (!bo)
		return false;
	process = process_with_map(bo, op->process);
	say(fuzz, "process %d unmaps %s", process, name(fuzz, bo));
	answer = tell((unsigned int)process, CALL_UNMAP, NULL,
		      (int64_t)bo->map[process].address, bo->pages, 0, 0);
	must_be(fuzz, &answer, 0);
	bo->map[process].address = 0;
	bo->map[process].present = 0;
	fuzz_drop(bo);
	return true;
}

/* Number of pages with SIGBUS: none or all; any if the state is not known. */
static void check_bus_errors(struct fuzz *fuzz, struct fuzz_bo *bo,
			     uint64_t errors, unsigned int count)
{
	unsigned int want = bo->purged ? count : 0;
	/*
	 * It may also be swapped in by the first page, and evicted before the last.
	 */
	bool vague = bo->gone == GONE_MAYBE ||
		     (bo->gone == GONE_YES && fuzz->pressure);

	if (bo->dontneed && vague && errors)
		fuzz_purge(bo);
	else if ((unsigned int)__builtin_popcountll(errors) != want)
		BAD(fuzz, "SIGBUS at %u pages of %u, not %u",
		    (unsigned int)__builtin_popcountll(errors), count, want);
}

static bool access_pages(struct fuzz *fuzz, const struct fuzz_op *op,
			 bool write)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, is_mapped);
	unsigned int first, count;
	struct fuzz_answer answer;
	struct fuzz_map *map;
	int process;

	if (!bo || bo->written || (write && bo->readers))
		return false;
	process = process_with_map(bo, op->process);
	map = &bo->map[process];
	range(op, bo->pages, &first, &count);
	say(fuzz, "process %d %s %u pages from %u on of %s", process,
	    write ? "writes" : "reads", count, first, name(fuzz, bo));
	bo->generation += write;
	for (unsigned int i = first; write && i < first + count; i++)
		bo->page[i] = (struct fuzz_page){
			.bo = bo->number,
			.page = i,
			.generation = bo->generation,
		};
	answer = tell((unsigned int)process, write ? CALL_WRITE : CALL_READ,
		      bo->page, (int64_t)map->address, first, count, 0);
	must_be(fuzz, &answer, 0);
	check_bus_errors(fuzz, bo, answer.v[0], count);
	fuzz_accessed(fuzz, bo, map, first, count);
	check_attached(fuzz, bo);
	return true;
}

static bool op_write(struct fuzz *fuzz, const struct fuzz_op *op)
{
	return access_pages(fuzz, op, true);
}

static bool op_read(struct fuzz *fuzz, const struct fuzz_op *op)
{
	return access_pages(fuzz, op, false);
}

static bool op_madvise(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, has_handle);
	bool dontneed = op->x % 5 < 2, before;
	struct fuzz_answer answer;
	int file;

	if (!bo)
		return false;
	file = file_with(bo, op->process);
	before = bo->dontneed;
	say(fuzz, "file %d says that it needs %s%s", file, name(fuzz, bo),
	    dontneed ? " no more" : "");
	answer = tell(process_of((unsigned int)file, op->y), CALL_MADVISE, NULL,
		      fuzz_device(bo), bo->user[file].handle, dontneed, 0);
	if (dontneed && !can_give_away(bo, file)) {
		must_be(fuzz, &answer, EINVAL);
		return true;
	}
	must_be(fuzz, &answer, 0);
	if (bo->gone == GONE_MAYBE && before && !answer.v[0])
		fuzz_purge(bo);
	if (answer.v[0] != !bo->purged)
		BAD(fuzz, "retained is %llu", (unsigned long long)answer.v[0]);
	if (bo->purged)
		return true;
	bo->dontneed = dontneed;
	fuzz_touch(fuzz, bo);
	check_attached(fuzz, bo);
	return true;
}

static bool op_busy(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, has_handle);
	struct fuzz_answer answer;

	if (!bo)
		return false;
	answer = ask(fuzz, bo, op, CALL_BUSY, "asks for the fences of");
	must_be(fuzz, &answer, fuzz_busy(bo) ? EBUSY : 0);
	return true;
}

static bool transfer(struct fuzz *fuzz, const struct fuzz_op *op, bool from,
		     const char *fault)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, virtio_handle);
	struct fuzz_request request = {.call = CALL_TRANSFER};
	unsigned int first, count;
	struct fuzz_answer answer;
	int file;

	if (!bo || bo->written || (from && bo->readers))
		return false;
	file = file_with(bo, op->process);
	range(op, bo->pages, &first, &count);
	say(fuzz, "file %d transfers %u pages from %u on of %s %s the host%s",
	    file, count, first, name(fuzz, bo), from ? "from" : "to",
	    fault ?: "");
	request.a[0] = bo->user[file].handle;
	request.a[1] = bo->kind;
	request.a[2] = first;
	request.a[3] = count;
	request.a[4] = from;
	request.a[5] = !fuzz->held;
	answer = fuzz_tell(process_of((unsigned int)file, op->other), &request);
	if (bo->gone == GONE_MAYBE && bo->dontneed && answer.err == EINVAL)
		fuzz_purge(bo);
	if (bo->purged || bo->kind == FUZZ_BLOB) {
		must_be(fuzz, &answer, EINVAL);
		return true;
	}
	must_be(fuzz, &answer, 0);
	fuzz_used_by_device(fuzz, bo);
	if (from)
		memcpy(&bo->page[first], &bo->host[first],
		       count * sizeof(*bo->page));
	else if (!fault)
		memcpy(&bo->host[first], &bo->page[first],
		       count * sizeof(*bo->page));
	if (fuzz->held) {
		bo->readers += !from;
		bo->written |= from;
	} else {
		check_host(fuzz, bo, first, count);
	}
	check_attached(fuzz, bo);
	return true;
}

static bool op_to_host(struct fuzz *fuzz, const struct fuzz_op *op)
{
	return transfer(fuzz, op, false, NULL);
}

static bool op_from_host(struct fuzz *fuzz, const struct fuzz_op *op)
{
	return transfer(fuzz, op, true, NULL);
}

static bool op_fail_transfer(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, virtio_handle);

	if (!bo || fuzz->held || fuzz->pressure || bo->purged ||
	    bo->kind == FUZZ_BLOB)
		return false;
	cmd_fail("TRANSFER_TO_HOST_3D");
	return transfer(fuzz, op, false, ", which fails");
}

/* Wait until all earlier work is done. */
static void gpu_sync(struct fuzz *fuzz)
{
	struct sb_exec exec = exec_nop();

	gpu_exec(fuzz->gpu, &exec, 1, NULL, 0);
}

static bool op_lose_irq(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, virtio_handle);
	struct fuzz_request request = {.call = CALL_TRANSFER};
	struct fuzz_answer answer;
	int file;

	if (!bo || fuzz->held || fuzz->pressure || bo->purged ||
	    bo->kind == FUZZ_BLOB || fuzz_busy(bo))
		return false;
	file = file_with(bo, op->process);
	say(fuzz, "file %d transfers %s to the host, and the interrupt is lost",
	    file, name(fuzz, bo));
	device_write("faults", "lose-irq virtio-gpu 1\n");
	request.a[0] = bo->user[file].handle;
	request.a[1] = bo->kind;
	request.a[3] = bo->pages;
	answer = fuzz_tell(process_of((unsigned int)file, op->other), &request);
	must_be(fuzz, &answer, 0);
	/* The next transfer does not fail. */
	gpu_sync(fuzz);
	memcpy(bo->host, bo->page, sizeof(bo->host));
	fuzz_used_by_device(fuzz, bo);
	answer = tell(process_of((unsigned int)file, 0), CALL_BUSY, NULL,
		      FUZZ_VIRTIO, bo->user[file].handle, 0, 0);
	must_be(fuzz, &answer, 0);
	check_host(fuzz, bo, 0, bo->pages);
	check_attached(fuzz, bo);
	return true;
}

static bool exec_purged(struct fuzz *fuzz, struct fuzz_bo *bo, int file)
{
	struct fuzz_answer answer;

	say(fuzz, "file %d submits a command with %s", file, name(fuzz, bo));
	answer = tell(process_of((unsigned int)file, 0), CALL_EXEC_NOP, NULL,
		      bo->user[file].handle, 0, 0, 0);
	must_be(fuzz, &answer, EINVAL);
	return true;
}

/* A copy between two BOs, in host storage or in guest pages. */
static bool op_exec(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *from = find(fuzz, op->bo, virtio_handle);
	struct fuzz_bo *to = find(fuzz, op->other, virtio_handle);
	struct fuzz_request request = {.call = CALL_EXEC};
	unsigned int first, at, count;
	struct fuzz_page *src, *dst;
	bool src_guest, dst_guest;
	struct fuzz_answer answer;
	int file;

	if (!from)
		return false;
	file = file_with(from, op->process);
	if (from->purged)
		return exec_purged(fuzz, from, file);
	if (!to->user[file].handle)
		to = from;
	if (from->written || fuzz_busy(to) || to->purged ||
	    (from->dontneed && from->gone == GONE_MAYBE) ||
	    (to->dontneed && to->gone == GONE_MAYBE))
		return false;
	src_guest = from->kind == FUZZ_BLOB || op->x & 8;
	dst_guest = to->kind == FUZZ_BLOB || op->x & 16;
	range(op, from->pages < to->pages ? from->pages : to->pages, &first,
	      &count);
	at = op->y / 64 % (to->pages - count + 1);
	say(fuzz,
	    "file %d copies %u pages from %u on of %s (%s) to %u of %s (%s)",
	    file, count, first, name(fuzz, from), src_guest ? "guest" : "host",
	    at, name(fuzz, to), dst_guest ? "guest" : "host");
	request.a[0] = from->user[file].handle;
	request.a[1] = to->user[file].handle;
	request.a[2] = from->resource;
	request.a[3] = to->resource;
	request.a[4] = (src_guest ? SB_EXEC_SRC_GUEST : 0) |
		       (dst_guest ? SB_EXEC_DST_GUEST : 0);
	request.a[5] = first;
	request.a[6] = at;
	request.a[7] = count;
	request.a[8] = !fuzz->held;
	answer = fuzz_tell(process_of((unsigned int)file, op->other), &request);
	must_be(fuzz, &answer, 0);
	src = src_guest ? from->page : from->host;
	dst = dst_guest ? to->page : to->host;
	memmove(&dst[at], &src[first], count * sizeof(*dst));
	fuzz_used_by_device(fuzz, from);
	if (to != from)
		fuzz_used_by_device(fuzz, to);
	if (fuzz->held) {
		from->readers++;
		to->readers++;
		to->written = true;
	} else {
		check_host(fuzz, to, at, count);
	}
	check_attached(fuzz, from);
	check_attached(fuzz, to);
	return true;
}

/* Handle and GPU address of a BO in panfrost; false if @file has none. */
static bool panfrost_view(const struct fuzz_bo *bo, unsigned int file,
			  int64_t *handle, int64_t *va)
{
	const struct fuzz_user *user = &bo->user[file];

	*handle = fuzz_is_virtio(bo) ? user->import : user->handle;
	*va = (int64_t)(fuzz_is_virtio(bo) ? user->import_va : user->va);
	return *handle;
}

static bool op_job(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *from = find(fuzz, op->bo, any);
	struct fuzz_bo *to = find(fuzz, op->other, any);
	unsigned int file = op->process % FUZZ_FILES;
	unsigned int process = process_of(file, op->x);
	bool fails = !fuzz->held && op->x % 16 == 0;
	struct fuzz_request request = {.call = CALL_JOB};
	unsigned int first, at, count;
	struct fuzz_answer answer;
	bool refused;

	if (!from || from == to || fuzz_busy(to) || from->written ||
	    (from->readers && !fuzz->held) || fuzz->job_count == FUZZ_JOBS ||
	    !panfrost_view(from, file, &request.a[0], &request.a[2]) ||
	    !panfrost_view(to, file, &request.a[1], &request.a[3]))
		return false;
	refused = (!fuzz_is_virtio(from) && from->dontneed) ||
		  (!fuzz_is_virtio(to) && to->dontneed);
	range(op, from->pages < to->pages ? from->pages : to->pages, &first,
	      &count);
	at = op->y / 64 % (to->pages - count + 1);
	say(fuzz,
	    "process %u has a job copy %u pages from %u on of %s to %u of "
	    "%s%s",
	    process, count, first, name(fuzz, from), at, name(fuzz, to),
	    fails ? ", which fails" : "");
	request.a[2] += first * PAGE;
	request.a[3] += at * PAGE;
	request.a[4] = count;
	request.a[5] = fuzz->held ? fuzz->gate : -1;
	if (fails && !refused)
		device_write("faults", "fail panfrost JOB 1\n");
	answer = fuzz_tell(process, &request);
	must_be(fuzz, &answer, refused ? EINVAL : 0);
	if (refused) {
		from->order_vague = to->order_vague = true;
		return true;
	}
	if (!fuzz->held && fails != ((int64_t)answer.v[1] < 0))
		BAD(fuzz, "the job ended with %lld", (long long)answer.v[1]);
	if (!fails)
		memmove(&to->page[at], &from->page[first],
			count * sizeof(*to->page));
	if (!fuzz_is_virtio(from))
		fuzz_used_by_device(fuzz, from);
	if (!fuzz_is_virtio(to))
		fuzz_used_by_device(fuzz, to);
	if (fuzz->held) {
		from->readers++;
		to->written = true;
		fuzz->job[fuzz->job_count++] = (struct fuzz_job){
			.process = process,
			.number = (unsigned int)answer.v[0],
		};
	}
	return true;
}

static bool op_job_read(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, panfrost_handle);
	struct fuzz_request request = {.call = CALL_JOB_READ};
	unsigned int first, count;
	struct fuzz_answer answer;
	int file;

	if (!bo || fuzz->held)
		return false;
	file = file_with(bo, op->process);
	range(op, bo->pages, &first, &count);
	say(fuzz, "file %d has a job read %u pages from %u on of %s", file,
	    count, first, name(fuzz, bo));
	request.a[0] = bo->user[file].handle;
	request.a[1] = (int64_t)bo->user[file].va;
	request.a[2] = first;
	request.a[3] = count;
	memcpy(request.page, bo->page, sizeof(request.page));
	answer = fuzz_tell(process_of((unsigned int)file, op->other), &request);
	must_be(fuzz, &answer, bo->dontneed ? EINVAL : 0);
	if (bo->dontneed)
		bo->order_vague = true;
	else
		fuzz_used_by_device(fuzz, bo);
	return true;
}

static bool op_export(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, has_handle);
	struct fuzz_answer answer;
	unsigned int process;
	int file;

	if (!bo || (bo->dontneed && bo->gone == GONE_MAYBE))
		return false;
	file = file_with(bo, op->process);
	process = process_of((unsigned int)file, op->x);
	if (bo->map[process].dmabuf != -1)
		return false;
	say(fuzz, "process %u exports %s", process, name(fuzz, bo));
	answer = tell(process, CALL_EXPORT, NULL, fuzz_device(bo),
		      bo->user[file].handle, 0, 0);
	if (bo->purged) {
		/* The call fails, or the mapping gives no access. */
		if (!answer.err)
			tell(process, CALL_CLOSE_FD, NULL, (int64_t)answer.v[0],
			     0, 0, 0);
		return true;
	}
	must_be(fuzz, &answer, 0);
	bo->map[process].dmabuf = (int)answer.v[0];
	bo->shared = true;
	check_attached(fuzz, bo);
	return true;
}

static bool op_close_dmabuf(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, is_exported);
	struct fuzz_answer answer;
	int process;

	if (!bo)
		return false;
	process = process_with_dmabuf(bo, op->process);
	say(fuzz, "process %d closes its dma-buf of %s", process,
	    name(fuzz, bo));
	answer = tell((unsigned int)process, CALL_CLOSE_FD, NULL,
		      bo->map[process].dmabuf, 0, 0, 0);
	must_be(fuzz, &answer, 0);
	bo->map[process].dmabuf = -1;
	fuzz_drop(bo);
	return true;
}

static bool op_import(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = find(fuzz, op->bo, is_exported);
	unsigned int file = op->other % FUZZ_FILES;
	enum fuzz_device device = op->x % 2;
	struct fuzz_user *user;
	struct fuzz_answer answer;
	int owner;

	if (!bo)
		return false;
	owner = process_with_dmabuf(bo, op->process);
	user = &bo->user[file];
	if (device == fuzz_device(bo) ? user->handle : user->import)
		return false;
	/*
	 * A call that must wait for the host cannot complete while the host holds.
	 */
	if (fuzz->held && (fuzz_busy(bo) || device != fuzz_device(bo)))
		return false;
	/*
	 * A heap that has grown for one file does not grow for another: jobs that
	 * fault there run into their timeout (tests/KERNEL-BUGS.md, 24).
	 */
	if (bo->kind == FUZZ_HEAP)
		return false;
	say(fuzz, "file %u imports %s into %s", file, name(fuzz, bo),
	    device == FUZZ_VIRTIO ? "virtio-gpu" : "panfrost");
	answer = tell(process_of(file, op->y), CALL_IMPORT, NULL, device,
		      fuzz_processes[owner].pid, bo->map[owner].dmabuf, 0);
	if (device == FUZZ_VIRTIO && !fuzz_is_virtio(bo)) {
		/* Up to 6.15, the driver cannot import from other drivers. */
		if (!answer.err)
			answer = tell(process_of(file, op->y), CALL_CLOSE, NULL,
				      FUZZ_VIRTIO, (int64_t)answer.v[0], 0, 0);
		else
			must_be(fuzz, &answer, ENODEV);
		return true;
	}
	must_be(fuzz, &answer, 0);
	if (device == fuzz_device(bo)) {
		user->handle = (uint32_t)answer.v[0];
		user->va = answer.v[1];
		return true;
	}
	user->import = (uint32_t)answer.v[0];
	user->import_va = answer.v[1];
	bo->device_used = true;
	if (bo->gone != GONE_NO) {
		bo->attached = host_attached(fuzz, bo);
		bo->gone = GONE_NO;
	}
	check_attached(fuzz, bo);
	return true;
}

static bool op_close_import(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct fuzz_bo *bo = &fuzz->bo[op->bo % FUZZ_BOS];
	unsigned int file = op->process % FUZZ_FILES;
	struct fuzz_answer answer;

	if (!bo->live || !bo->user[file].import)
		return false;
	say(fuzz, "file %u closes its import of %s", file, name(fuzz, bo));
	answer = tell(process_of(file, op->x), CALL_CLOSE, NULL, FUZZ_PANFROST,
		      bo->user[file].import, 0, 0);
	must_be(fuzz, &answer, 0);
	bo->user[file].import = 0;
	fuzz_drop(bo);
	return true;
}

static bool has_jobs(const struct fuzz *fuzz, unsigned int file)
{
	for (unsigned int i = 0; i < fuzz->job_count; i++)
		if (fuzz->job[i].process / 2 == file)
			return true;
	return false;
}

static bool op_fork(struct fuzz *fuzz, const struct fuzz_op *op)
{
	unsigned int process = op->process % FUZZ_PROCESSES;
	struct fuzz_answer answer;

	/* The child would share the mappings of jobs. */
	if (alive(process) || has_jobs(fuzz, process / 2))
		return false;
	say(fuzz, "process %u forks process %u", process ^ 1, process);
	answer = tell(process ^ 1, CALL_FORK, NULL, process, 0, 0, 0);
	must_be(fuzz, &answer, 0);
	fuzz_processes[process].pid = (pid_t)answer.v[0];
	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		fuzz->bo[i].map[process] = fuzz->bo[i].map[process ^ 1];
	return true;
}

static void release(struct fuzz *fuzz);

static void end_process(struct fuzz *fuzz, unsigned int process)
{
	fuzz_exit(process);
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[i];

		bo->map[process] = (struct fuzz_map){.dmabuf = -1};
		if (!alive(process ^ 1))
			bo->user[process / 2] = (struct fuzz_user){0};
		if (bo->live)
			fuzz_drop(bo);
	}
}

static bool op_exit(struct fuzz *fuzz, const struct fuzz_op *op)
{
	unsigned int process = op->process % FUZZ_PROCESSES;

	/* Closing the file of a job that waits would wait for it. */
	if (!alive(process) || has_jobs(fuzz, process / 2))
		return false;
	say(fuzz, "process %u exits", process);
	end_process(fuzz, process);
	if (!alive(process ^ 1))
		fuzz_start(process);
	return true;
}

static bool vague(const struct fuzz *fuzz, enum fuzz_device device)
{
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		const struct fuzz_bo *bo = &fuzz->bo[i];

		if (fuzz_evictable(bo) && fuzz_device(bo) == device &&
		    bo->order_vague)
			return true;
	}
	return false;
}

static bool unclear(const struct fuzz *fuzz)
{
	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		if (fuzz->bo[i].live && fuzz->bo[i].gone == GONE_MAYBE)
			return true;
	return fuzz->pressure;
}

static unsigned long count_most(const struct fuzz *fuzz,
				enum fuzz_device device)
{
	unsigned long least, most;

	fuzz_count(fuzz, device, &least, &most);
	return most;
}

static void reclaimed(struct fuzz *fuzz, struct fuzz_bo *const *which,
		      unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (which[i]->dontneed)
			fuzz_purge(which[i]);
		else
			fuzz_evict(which[i]);
	}
	check_counts(fuzz);
	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		check_attached(fuzz, &fuzz->bo[i]);
}

static bool op_scan(struct fuzz *fuzz, const struct fuzz_op *op)
{
	enum fuzz_device device = op->x % 4 == 0 ? FUZZ_PANFROST : FUZZ_VIRTIO;
	unsigned long most = count_most(fuzz, device), pages;
	struct fuzz_bo *which[FUZZ_BOS];
	unsigned int count;

	if (unclear(fuzz))
		return false;
	/* Most scans do not ask for everything. */
	pages = vague(fuzz, device) ? most : 1 + op->y % (most + 4);
	if (op->y % 5 && !vague(fuzz, device))
		pages = 1 + op->y % 16;
	count = fuzz_scan(fuzz, device, pages, which);
	say(fuzz, "a scan of %s for %lu of %lu pages, which takes %u BOs",
	    device == FUZZ_VIRTIO ? "virtio-gpu" : "panfrost", pages, most,
	    count);
	shrinker_scan(shrinker(device), pages);
	reclaimed(fuzz, which, count);
	return true;
}

static struct fuzz_bo *first_attached(struct fuzz_bo *const *which,
				      unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (which[i]->attached)
			return which[i];
	return NULL;
}

/*
 * The host refuses the first detach of a scan: that BO stays as it is, or is
 * evicted later.
 */
static bool op_fail_detach(struct fuzz *fuzz, const struct fuzz_op *op)
{
	unsigned long most = count_most(fuzz, FUZZ_VIRTIO);
	struct fuzz_bo *which[FUZZ_BOS], *first;
	unsigned int count = fuzz_scan(fuzz, FUZZ_VIRTIO, most, which),
		     kept = 0;

	(void)op;
	first = first_attached(which, count);
	if (unclear(fuzz) || vague(fuzz, FUZZ_VIRTIO) || !first)
		return false;
	say(fuzz, "a scan of virtio-gpu for all %lu pages, the host refuses %s",
	    most, name(fuzz, first));
	cmd_fail(DETACH);
	shrinker_scan(shrinker(FUZZ_VIRTIO), most);
	if (host_attached(fuzz, first)) {
		for (unsigned int i = 0; i < count; i++)
			if (which[i] != first)
				which[kept++] = which[i];
		count = kept;
		first->order_vague = true;
	}
	reclaimed(fuzz, which, count);
	return true;
}

/* All pages have the same stamp, so the device can check it. */
static bool uniform(const struct fuzz_bo *bo)
{
	for (unsigned int i = 0; i < bo->pages; i++)
		if (bo->page[i].bo != bo->page[0].bo || bo->page[i].page != i ||
		    bo->page[i].generation != bo->page[0].generation)
			return false;
	return bo->page[0].bo;
}

static void expect(const struct fuzz_bo *bo, bool on)
{
	struct bo gpu = {.res = bo->resource};

	if (!bo->attached || !uniform(bo))
		return;
	if (on)
		res_expect(&gpu, bo->page[0].bo, bo->page[0].generation);
	else
		res_forget(&gpu);
}

/*
 * The host answers the first detach of a scan late: until then it has the pages, with
 * their content.
 */
static bool op_slow_detach(struct fuzz *fuzz, const struct fuzz_op *op)
{
	unsigned long most = count_most(fuzz, FUZZ_VIRTIO);
	struct fuzz_bo *which[FUZZ_BOS], *first;
	unsigned int count = fuzz_scan(fuzz, FUZZ_VIRTIO, most, which);
	pid_t pid;

	first = first_attached(which, count);
	if (unclear(fuzz) || vague(fuzz, FUZZ_VIRTIO) || !first)
		return false;
	say(fuzz, "a scan of virtio-gpu for all %lu pages, the host is slow",
	    most);
	expect(first, true);
	cmd_hold(DETACH);
	pid = gpu_scan_start(most);
	WAIT_UNTIL(cmd_pending(DETACH));
	if (op->x % 2)
		mem_millisecond();
	cmd_release(DETACH);
	child_wait(pid);
	expect(first, false);
	reclaimed(fuzz, which, count);
	return true;
}

/* Allocate so much memory of all kinds; less may be available. */
static void reclaim(const char *size)
{
	int fd = open("/sys/fs/cgroup/memory.reclaim", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (write(fd, size, strlen(size)) < 0 && errno != EAGAIN)
		FAIL("memory.reclaim: %s", test_errno());
	close(fd);
}

struct enough {
	unsigned int steps;
};

static bool enough(void *arg)
{
	struct enough *left = arg;

	return !left->steps-- || !shrinker_count(shrinker(FUZZ_VIRTIO));
}

static bool op_burst(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct enough left = {.steps = 400};

	if (fuzz->pressure)
		return false;
	fuzz_doubt(fuzz);
	if (op->x % 32 == 0) {
		say(fuzz, "memory is short for a moment");
		mem_pressure(enough, &left);
	} else if (op->x % 2) {
		say(fuzz, "caches are dropped");
		mem_drop_caches();
	} else {
		say(fuzz, "memory is reclaimed");
		reclaim(op->y % 2 ? "1M" : "8M");
	}
	return true;
}

static void __attribute__((noreturn)) press(struct fuzz *fuzz, uint64_t state)
{
	(void)fuzz;
	for (;;) {
		uint64_t random = fuzz_mix(&state);

		if (random % 8 == 0)
			reclaim("256K");
		else
			shrinker_scan(shrinker(random % 4 == 1 ? FUZZ_PANFROST
							       : FUZZ_VIRTIO),
				      1 + random / 64 % 32);
		mem_millisecond();
	}
}

static void end_pressure(struct fuzz *fuzz)
{
	CHECK_SYS(kill(fuzz->pressure, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(fuzz->pressure, NULL, 0)), fuzz->pressure);
	fuzz->pressure = 0;
}

static bool op_pressure(struct fuzz *fuzz, const struct fuzz_op *op)
{
	if (fuzz->pressure) {
		say(fuzz, "the pressure ends");
		fuzz_doubt(fuzz);
		end_pressure(fuzz);
		return true;
	}
	say(fuzz, "a process scans and reclaims from now on");
	fuzz_doubt(fuzz);
	fuzz->pressure = CHECK_SYS(fork());
	if (!fuzz->pressure)
		press(fuzz, op->x);
	return true;
}

static bool op_hold(struct fuzz *fuzz, const struct fuzz_op *op)
{
	struct sb_exec exec = exec_nop();

	(void)op;
	if (fuzz->held)
		return false;
	say(fuzz, "the host holds commands back");
	cmd_hold("SUBMIT_3D");
	fuzz->gate = gpu_exec_fence(fuzz->gpu, &exec, 1, NULL, 0, -1);
	fuzz->held = true;
	return true;
}

static void release(struct fuzz *fuzz)
{
	bool changed[FUZZ_BOS];

	cmd_release("SUBMIT_3D");
	gpu_sync(fuzz);
	for (unsigned int i = 0; i < fuzz->job_count; i++) {
		struct fuzz_answer answer =
			tell(fuzz->job[i].process, CALL_JOB_END, NULL,
			     fuzz->job[i].number, 0, 0, 0);

		must_be(fuzz, &answer, 0);
		if (answer.v[1] != 1)
			BAD(fuzz, "a job that was held ended with %lld",
			    (long long)answer.v[1]);
	}
	fuzz->job_count = 0;
	fuzz->held = false;
	CHECK_SYS(close(fuzz->gate));
	fuzz->gate = -1;
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[i];

		changed[i] = bo->live && fuzz_busy(bo) && fuzz_is_virtio(bo);
		bo->readers = 0;
		bo->written = false;
		if (bo->live)
			fuzz_drop(bo);
		changed[i] &= bo->live;
	}
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		if (changed[i])
			check_host(fuzz, &fuzz->bo[i], 0, fuzz->bo[i].pages);
		check_attached(fuzz, &fuzz->bo[i]);
	}
}

static bool op_release(struct fuzz *fuzz, const struct fuzz_op *op)
{
	(void)op;
	if (!fuzz->held)
		return false;
	say(fuzz, "the host goes on");
	/* Under pressure, a BO may be reclaimed as soon as it is not busy. */
	release(fuzz);
	return true;
}

static bool op_delay(struct fuzz *fuzz, const struct fuzz_op *op)
{
	/* A rule can only be replaced, here by one without an effect. */
	unsigned int ns = 1 + (op->x % 2 ? op->y % 300000 : 0);

	say(fuzz, "commands and jobs take %u ns longer", ns);
	device_write("faults", "delay virtio-gpu SUBMIT_3D %u\n", ns);
	device_write("faults", "delay virtio-gpu TRANSFER_TO_HOST_3D %u\n", ns);
	device_write("faults", "delay virtio-gpu " DETACH " %u\n", 1 + ns / 2);
	device_write("faults", "delay panfrost JOB %u\n", ns);
	return true;
}

static const struct {
	unsigned int weight;
	bool (*run)(struct fuzz *fuzz, const struct fuzz_op *op);
} operations[] = {
	{14, op_create},     {5, op_close},	   {10, op_map},
	{2, op_map_dmabuf},  {4, op_unmap},	   {14, op_write},
	{12, op_read},	     {10, op_madvise},	   {2, op_busy},
	{12, op_to_host},    {6, op_from_host},	   {1, op_fail_transfer},
	{1, op_lose_irq},    {8, op_exec},	   {6, op_job},
	{4, op_job_read},    {2, op_export},	   {2, op_close_dmabuf},
	{3, op_import},	     {2, op_close_import}, {2, op_fork},
	{2, op_exit},	     {12, op_scan},	   {1, op_fail_detach},
	{1, op_slow_detach}, {1, op_burst},	   {1, op_pressure},
	{2, op_hold},	     {3, op_release},	   {1, op_delay},
};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

struct fuzz_op fuzz_op(uint64_t seed, unsigned int index)
{
	unsigned int weights[OPERATIONS];

	for (size_t i = 0; i < OPERATIONS; i++)
		weights[i] = operations[i].weight;
	return fuzz_draw(seed, index, weights, OPERATIONS);
}

bool fuzz_do(struct fuzz *fuzz, const struct fuzz_op *op)
{
	bool did;

	if (fuzz->pressure)
		fuzz_doubt(fuzz);
	else
		resolve_all(fuzz);
	snprintf(fuzz->words, sizeof(fuzz->words), "nothing");
	did = operations[op->kind].run(fuzz, op);
	if (did && !fuzz->pressure)
		check_counts(fuzz);
	return did;
}

void fuzz_begin(struct fuzz *fuzz)
{
	fuzz->gate = -1;
	fuzz->gpu = gpu_card();
	gpu_sync(fuzz);
	snprintf(fuzz->words, sizeof(fuzz->words), "the beginning");
	for (unsigned int i = 0; i < FUZZ_FILES; i++)
		fuzz_start(2 * i);
	check_counts(fuzz);
}

/* The content of all BOs must still be right. */
static void read_all(struct fuzz *fuzz)
{
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[i];
		struct fuzz_answer answer;
		int process;

		if (!bo->live)
			continue;
		process = process_with_map(bo, 0);
		if (process != -1) {
			answer =
				tell((unsigned int)process, CALL_READ, bo->page,
				     (int64_t)bo->map[process].address, 0,
				     bo->pages, 0);
			must_be(fuzz, &answer, 0);
			check_bus_errors(fuzz, bo, answer.v[0], bo->pages);
		} else if (virtio_handle(fuzz, bo) && !bo->purged &&
			   bo->kind != FUZZ_BLOB) {
			use_whole(fuzz, bo);
		}
	}
}

void fuzz_end(struct fuzz *fuzz)
{
	snprintf(fuzz->words, sizeof(fuzz->words), "the end");
	if (fuzz->held)
		release(fuzz);
	if (fuzz->pressure) {
		fuzz_doubt(fuzz);
		end_pressure(fuzz);
	}
	resolve_all(fuzz);
	read_all(fuzz);
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++)
		if (alive(i))
			end_process(fuzz, i);
	CHECK_SYS(close(fuzz->gpu));
	for (unsigned int i = 0; i < FUZZ_BOS; i++)
		if (fuzz->bo[i].live)
			BAD(fuzz, "%s is left", name(fuzz, &fuzz->bo[i]));
	device_write("faults", "clear\n");
	check_counts(fuzz);
	WAIT_UNTIL(!res_count());
	CHECK_EQ(violations_count(), 0);
}

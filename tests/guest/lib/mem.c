// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/test.h"

/* Random bytes at the start of each page, which do not compress. */
#define RANDOM 256
#define STEP (256u << 10)
/* Lowest descriptor for /proc/meminfo, above those that tests use. */
#define MEM_INFO_FD 200
/* Swap space that mem_pressure() leaves free, so that the OOM killer stays away. */
#define RESERVE (3u << 20)

/* The file stays open, at a high descriptor, because it is read very often. */
size_t mem_info(const char *field)
{
	static char text[PAGE];
	static int fd = -1;
	size_t len = strlen(field);
	char *line = text;
	ssize_t n;

	if (fd < 0) {
		int low =
			CHECK_SYS(open("/proc/meminfo", O_RDONLY | O_CLOEXEC));

		fd = CHECK_SYS(fcntl(low, F_DUPFD_CLOEXEC, MEM_INFO_FD));
		CHECK_SYS(close(low));
	}
	n = CHECK_SYS(pread(fd, text, sizeof(text) - 1, 0));
	text[n] = '\0';

	while (line && (strncmp(line, field, len) || line[len] != ':')) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	if (!line)
		FAIL("/proc/meminfo has no %s", field);

	return strtoul(line + len + 1, NULL, 10) * 1024;
}

void mem_settle(void)
{
	for (int ms = 0; mem_info("Shmem") && ms < 1000; ms++)
		mem_millisecond();
}

unsigned long mem_vmstat(const char *name)
{
	char *text = file_read("/proc/vmstat");
	size_t len = strcspn(name, "*");
	unsigned long value = 0;
	bool found = false;
	char *save;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, name, len) ||
		    !(name[len] || line[len] == ' '))
			continue;
		found = true;
		value += strtoul(strchr(line, ' '), NULL, 10);
	}
	free(text);
	if (!found)
		FAIL("/proc/vmstat has no counter \"%s\"", name);
	return value;
}

void mem_drop_caches(void)
{
	file_write("/proc/sys/vm/drop_caches", "3");
}

/*
 * Fill pages so that all differ (none is merged or stored as zero), but compress
 * well, so that swapping to zram frees memory. xorshift64.
 */
static void scribble(void *at, size_t size)
{
	static uint64_t state = 88172645463325252ull;
	char *end = (char *)at + size;

	for (char *page = at; page < end; page += PAGE) {
		for (int i = 0; i < RANDOM; i += sizeof(state)) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			memcpy(page + i, &state, sizeof(state));
		}
	}
}

bool mem_pressure(bool (*done)(void *arg), void *arg)
{
	static char content[STEP];
	bool result = done && done(arg);
	struct chunk {
		struct chunk *next;
	} *chunks = NULL;

	if (mem_info("SwapFree") < 2 * RESERVE)
		FAIL("memory pressure needs swap space (.swap_mib)");
	while (!result && mem_info("SwapFree") > RESERVE) {
		struct chunk *chunk = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk == MAP_FAILED)
			break;
		scribble(content, STEP);
		mem_copy(chunk, content, STEP);
		chunk->next = chunks;
		chunks = chunk;
		result = done && done(arg);
	}
	while (chunks) {
		struct chunk *next = chunks->next;

		munmap(chunks, STEP);
		chunks = next;
	}
	return result;
}

#define SHRINKERS "/sys/kernel/debug/shrinker"

/* Is @entry the shrinker called @name: NAME-ID? */
static bool is_shrinker(const char *entry, const char *name)
{
	size_t len = strlen(name);
	const char *id = entry + len + 1;

	return !strncmp(entry, name, len) && entry[len] == '-' && *id &&
	       !id[strspn(id, "0123456789")];
}

static int open_below(const char *entry, const char *file, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SHRINKERS "/%s/%s", entry, file);
	return open(path, flags | O_CLOEXEC);
}

/* Open @file of the shrinker called @name; -1 if there is none. */
static int shrinker_try_open(const char *name, const char *file, int flags)
{
	/* Cache of the last answer; shrinker numbers are not reused. */
	static char last[NAME_MAX + 1];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	if (is_shrinker(last, name))
		fd = open_below(last, file, flags);
	if (fd >= 0)
		return fd;

	dir = opendir(SHRINKERS);
	if (!dir)
		test_skip("%s: %s", SHRINKERS, test_errno());
	while ((entry = readdir(dir)) && !is_shrinker(entry->d_name, name))
		;
	if (entry) {
		snprintf(last, sizeof(last), "%s", entry->d_name);
		fd = CHECK_SYS(open_below(last, file, flags));
	}
	closedir(dir);
	return fd;
}

static int shrinker_open_file(const char *name, const char *file, int flags)
{
	int fd = shrinker_try_open(name, file, flags);

	if (fd < 0)
		FAIL("%s has no shrinker called %s", SHRINKERS, name);
	return fd;
}

bool shrinker_exists(const char *name)
{
	int fd = shrinker_try_open(name, "count", O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

unsigned long shrinker_count(const char *name)
{
	int fd = shrinker_open_file(name, "count", O_RDONLY);
	char *text = file_read_fd(fd, name);
	unsigned long sum = 0;

	close(fd);
	if (!text)
		FAIL("the shrinker %s has gone", name);
	/*
	 * A line for each memory cgroup: inode number, then a count for each node.
	 */
	for (char *line = text; *line;) {
		char *at;

		strtoul(line, &at, 10);
		while (*at && *at != '\n')
			sum += strtoul(at, &at, 10);
		line = *at ? at + 1 : at;
	}
	free(text);
	return sum;
}

int shrinker_open(const char *name)
{
	return shrinker_open_file(name, "scan", O_WRONLY);
}

void shrinker_scan_fd(int fd, unsigned long objects)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "0 0 %lu", objects);

	CHECK_EQ(write(fd, text, len), len);
}

void shrinker_scan(const char *name, unsigned long objects)
{
	int fd = shrinker_open(name);

	shrinker_scan_fd(fd, objects);
	close(fd);
}

static long fault_count(void)
{
	struct rusage usage;

	CHECK_SYS(getrusage(RUSAGE_SELF, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}

bool mem_faults(const volatile void *address)
{
	long before;

	/*
	 * Call it once before, so that it takes no page faults of its own in
	 * between.
	 */
	fault_count();
	before = fault_count();
	(void)*(const volatile char *)address;
	return fault_count() != before;
}

struct mem_swapped {
	struct mem_swapped *next;
};

struct mem_swapped *mem_fill_swap(size_t left)
{
	struct mem_swapped *all = NULL;

	while (mem_info("SwapFree") > left) {
		size_t size = mem_info("SwapFree") - left;
		struct mem_swapped *one;

		size = size < STEP ? size & -(size_t)PAGE : STEP;
		if (!size)
			size = PAGE;
		/* Two pages at least: the first holds the list. */
		one = CHECK_SYS(mmap(NULL, STEP + PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		one->next = all;
		all = one;
		scribble((char *)one + PAGE, size);
		CHECK_SYS(madvise((char *)one + PAGE, size, MADV_PAGEOUT));
	}
	return all;
}

void mem_empty_swap(struct mem_swapped *swapped)
{
	while (swapped) {
		struct mem_swapped *next = swapped->next;

		CHECK_SYS(munmap(swapped, STEP + PAGE));
		swapped = next;
	}
}

/* With fewer pages, the calls take as long as the page faults. */
#define CALL_LEAST 32
#define MAP_MOST 256

void mem_copy(void *to, const void *from, size_t size)
{
	int fd = size < CALL_LEAST * PAGE ? -1
					  : memfd_create("copy", MFD_CLOEXEC);
	size_t done = 0;

	if (fd >= 0) {
		ssize_t there = pwrite(fd, from, size, 0);
		ssize_t copied = there < 0 ? -1 : pread(fd, to, there, 0);

		done = copied < 0 ? 0 : copied;
		close(fd);
	}
	memcpy((char *)to + done, (const char *)from + done, size - done);
}

size_t mem_map_pages(const void *map, size_t size)
{
	struct iovec bytes[MAP_MOST];
	size_t pages = (size + PAGE - 1) / PAGE;
	int fd;

	if (pages < CALL_LEAST)
		return size;
	if (pages > MAP_MOST) {
		pages = MAP_MOST;
		size = pages * PAGE;
	}
	for (size_t i = 0; i < pages; i++)
		bytes[i] = (struct iovec){(char *)map + i * PAGE, 1};
	fd = memfd_create("bytes", MFD_CLOEXEC);
	if (fd >= 0) {
		(void)!writev(fd, bytes, (int)pages);
		close(fd);
	}
	return size;
}

static sigjmp_buf fault_jump;

static void fault_handler(int signal)
{
	siglongjmp(fault_jump, signal);
}

/*
 * Handle SIGSEGV as well: UML logs every fault of a process that does not handle
 * it, whichever signal the fault raises (show_segv_info() in
 * arch/um/kernel/trap.c).
 */
bool mem_bus_error(volatile void *address, bool write)
{
	static const int signals[] = {SIGBUS, SIGSEGV};
	struct sigaction action = {.sa_handler = fault_handler}, old[2];
	volatile char *byte = address;
	int signal;

	for (int i = 0; i < 2; i++)
		CHECK_SYS(sigaction(signals[i], &action, &old[i]));
	signal = sigsetjmp(fault_jump, 1);
	if (!signal && write)
		*byte = *byte;
	else if (!signal)
		(void)*byte;
	for (int i = 0; i < 2; i++)
		CHECK_SYS(sigaction(signals[i], &old[i], NULL));
	if (signal == SIGSEGV)
		FAIL("SIGSEGV at %p", (void *)address);
	return signal == SIGBUS;
}

void mem_all_bus_errors(void *address, size_t size)
{
	size_t page = (size_t)getpagesize(), pages = size / page;
	/* An odd stride does not keep to multiples of a power of two. */
	size_t stride = pages / 32 | 1;

	for (size_t i = 0; i < pages; i += stride) {
		CHECK(mem_bus_error((char *)address + i * page, false));
		CHECK(mem_bus_error((char *)address + i * page, true));
	}
	CHECK(mem_bus_error((char *)address + size - 1, false));
	CHECK(mem_bus_error((char *)address + size - 1, true));
}

bool mem_finds_lost(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

void mem_millisecond(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	nanosleep(&ms, NULL);
}

static bool is_kswapd(pid_t pid, const char *name, void *kswapd)
{
	if (strncmp(name, "kswapd", 6))
		return false;
	*(pid_t *)kswapd = pid;
	return true;
}

void mem_wait_kswapd(void)
{
	static pid_t kswapd;

	if (!kswapd)
		CHECK(process_find(is_kswapd, &kswapd));
	WAIT_UNTIL(process_state(kswapd) == 'S');
}

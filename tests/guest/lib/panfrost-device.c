// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/device-file.h"
#include "lib/mem.h"
#include "lib/platform.h"
#include "lib/test.h"
#include "lib/panfrost-device.h"

#define DRIVER "panfrost"

uint32_t device_register(uint32_t offset)
{
	int fd = CHECK_SYS(device_file_open(SB_FILE_PANFROST));
	uint32_t value;

	CHECK_EQ(CHECK_SYS(pread(fd, &value, sizeof(value), offset)),
		 sizeof(value));
	close(fd);
	return value;
}

uint64_t device_counter(const char *name)
{
	return platform_counter(DRIVER, name);
}

bool device_job_in_slot(unsigned int slot)
{
	char path[16];
	bool result;
	char *text;

	snprintf(path, sizeof(path), "slots/%u", slot);
	text = platform_file(DRIVER, path);
	result = strncmp(text, "state: idle\n", 12);
	free(text);
	return result;
}

/* Address space in which the last chain ran. */
static unsigned int last_space(uint64_t head)
{
	char *text = platform_file(DRIVER, "jobs");
	char *line = strrchr(text, '\n');
	uint64_t number, at;
	unsigned int slot, as;

	while (line && line > text && line[-1] != '\n')
		line--;
	if (!line ||
	    sscanf(line, "%" SCNu64 " slot %u as %u head %" SCNx64, &number,
		   &slot, &as, &at) != 4 ||
	    at != head)
		FAIL("panfrost/jobs does not end with the chain at %#" PRIx64,
		     head);
	free(text);
	return as;
}

/* Run @look, and read the map of the address space that it ran in; owned. */
static char *read_map(const struct chain *look)
{
	char path[32];

	chain_run(look);
	snprintf(path, sizeof(path), "as/%u/map", last_space(look->bo.va));
	return platform_file(DRIVER, path);
}

/* The overlap of a map's line with the range that a test asks about. */
struct range {
	uint64_t va, end; /* the overlap; empty if @va >= @end */
	uint64_t pa; /* physical address of @va */
	char access[4];
};

static struct range read_range(const char *line, uint64_t va, uint64_t end)
{
	struct range range;
	uint64_t pages;

	if (sscanf(line, "%" SCNx64 " %" SCNu64 " pages pa %" SCNx64 " %3s",
		   &range.va, &pages, &range.pa, range.access) != 4)
		FAIL("map of an address space: %s", line);
	range.end = range.va + pages * PAGE;
	if (range.va < va) {
		range.pa += va - range.va;
		range.va = va;
	}
	if (range.end > end)
		range.end = end;
	return range;
}

size_t device_pages(const struct chain *look, uint64_t va, size_t size,
		    const char *access)
{
	size_t result = 0;
	char *text = read_map(look), *save;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct range range = read_range(line, va, va + size);

		if (access && strcmp(access, range.access))
			continue;
		if (range.va < range.end)
			result += (range.end - range.va) / PAGE;
	}
	free(text);
	return result;
}

uint64_t *device_frames(const struct chain *look, uint64_t va, size_t size)
{
	uint64_t *frames = calloc(size / PAGE, sizeof(*frames));
	char *text = read_map(look), *save;

	CHECK(frames);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct range range = read_range(line, va, va + size);

		for (; range.va < range.end; range.va += PAGE) {
			frames[(range.va - va) / PAGE] = range.pa;
			range.pa += PAGE;
		}
	}
	free(text);
	return frames;
}

const char *device_name(void)
{
	return platform_name(DRIVER);
}

void device_keep_awake(bool awake)
{
	platform_keep_awake(DRIVER, awake);
}

bool device_is_suspended(void)
{
	return platform_is_suspended(DRIVER);
}

void device_forget_faults(void)
{
	WAIT_UNTIL(device_is_suspended());
}

void device_bind(bool bind)
{
	platform_bind(DRIVER, bind);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/device-file.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-device.h"

#define DRIVER "/sys/bus/platform/drivers/panfrost"

uint32_t device_register(uint32_t offset)
{
	int fd = CHECK_SYS(device_file_open(SB_FILE_PANFROST));
	uint32_t value;

	CHECK_EQ(CHECK_SYS(pread(fd, &value, sizeof(value), offset)),
		 sizeof(value));
	close(fd);
	return value;
}

static char *device_file(const char *path)
{
	char *text = device_read(path);

	if (!text)
		FAIL("the device has no file %s", path);
	return text;
}

uint64_t device_counter(const char *name)
{
	char *text = device_file("panfrost/counters");
	size_t len = strlen(name);
	uint64_t value;
	char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && line[len] == ' ')
			break;
	}
	if (!line)
		FAIL("the device has no counter %s", name);
	value = strtoull(line + len + 1, NULL, 10);
	free(text);
	return value;
}

bool device_job_in_slot(unsigned int slot)
{
	char path[32];
	bool result;
	char *text;

	snprintf(path, sizeof(path), "panfrost/slots/%u", slot);
	text = device_file(path);
	result = strncmp(text, "state: idle\n", 12);
	free(text);
	return result;
}

/* Address space in which the last chain ran. */
static unsigned int last_space(uint64_t head)
{
	char *text = device_file("panfrost/jobs");
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
	snprintf(path, sizeof(path), "panfrost/as/%u/map",
		 last_space(look->bo.va));
	return device_file(path);
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
	static char name[256];
	struct dirent *entry;
	DIR *dir;

	if (*name)
		return name;
	dir = opendir(DRIVER);
	if (!dir)
		FAIL("%s: %s", DRIVER, test_errno());
	while (!*name && (entry = readdir(dir)))
		if (entry->d_type == DT_LNK && strcmp(entry->d_name, "module"))
			snprintf(name, sizeof(name), "%s", entry->d_name);
	closedir(dir);
	if (!*name)
		FAIL("no device in %s", DRIVER);
	return name;
}

static char *power_path(const char *attribute)
{
	char *path;

	if (asprintf(&path, DRIVER "/%s/power/%s", device_name(), attribute) <
	    0)
		FAIL("out of memory");
	return path;
}

void device_keep_awake(bool awake)
{
	char *path = power_path("control");

	file_write(path, awake ? "on" : "auto");
	free(path);
}

bool device_is_suspended(void)
{
	char *path = power_path("runtime_status");
	char *text = file_read(path);
	bool result = !strcmp(text, "suspended\n");

	free(text);
	free(path);
	return result;
}

void device_forget_faults(void)
{
	WAIT_UNTIL(device_is_suspended());
}

void device_bind(bool bind)
{
	file_write(bind ? DRIVER "/bind" : DRIVER "/unbind", device_name());
}

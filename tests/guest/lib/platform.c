// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/platform.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/test.h"

/* DRIVERS/@driver/@middle/@file, owned; @middle may be empty. */
static char *path_of(const char *driver, const char *middle, const char *file)
{
	char *path;

	if (asprintf(&path, PLATFORM_DRIVER("%s/%s%s"), driver, middle, file) <
	    0)
		FAIL("out of memory");
	return path;
}

const char *platform_name(const char *driver)
{
	static char name[256], of[64];
	struct dirent *entry;
	char *path;
	DIR *dir;

	if (!strcmp(of, driver))
		return name;
	path = path_of(driver, "", "");
	dir = opendir(path);
	if (!dir)
		FAIL("%s: %s", path, test_errno());
	*name = 0;
	while (!*name && (entry = readdir(dir)))
		if (entry->d_type == DT_LNK && strcmp(entry->d_name, "module"))
			snprintf(name, sizeof(name), "%s", entry->d_name);
	closedir(dir);
	if (!*name)
		FAIL("no device in %s", path);
	free(path);
	snprintf(of, sizeof(of), "%s", driver);
	return name;
}

void platform_bind(const char *driver, bool bind)
{
	char *path = path_of(driver, "", bind ? "bind" : "unbind");

	file_write(path, platform_name(driver));
	free(path);
}

void platform_keep_awake(const char *driver, bool awake)
{
	char *path = path_of(driver, platform_name(driver), "/power/control");

	file_write(path, awake ? "on" : "auto");
	free(path);
}

bool platform_is_suspended(const char *driver)
{
	char *path =
		path_of(driver, platform_name(driver), "/power/runtime_status");
	char *text = file_read(path);
	bool result = !strcmp(text, "suspended\n");

	free(text);
	free(path);
	return result;
}

char *platform_file(const char *driver, const char *name)
{
	char *path, *text;

	if (asprintf(&path, "%s/%s", driver, name) < 0)
		FAIL("out of memory");
	text = device_read(path);
	if (!text)
		FAIL("the device has no file %s", path);
	free(path);
	return text;
}

uint64_t platform_counter(const char *driver, const char *name)
{
	char *text = platform_file(driver, "counters");
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

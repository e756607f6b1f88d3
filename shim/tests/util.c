// SPDX-License-Identifier: GPL-2.0-or-later
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void assert_text(GBytes *bytes, const char *text)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	g_autofree char *found = g_strndup(data ?: "", len);

	g_assert_cmpstr(found, ==, text);
	g_bytes_unref(bytes);
}

bool contains_text(GBytes *bytes, const char *text)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	bool found = len && memmem(data, len, text, strlen(text));

	if (!found)
		g_test_message("no \"%s\" in:\n%.*s", text, (int)len,
			       data ?: "");
	g_bytes_unref(bytes);
	return found;
}

int ram_file(size_t size, void **map)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
	if (map) {
		*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    0);
		g_assert_true(*map != MAP_FAILED);
	}
	return fd;
}

struct sb_hello hello_for(int ram_fd, guint64 event_page)
{
	return (struct sb_hello){.magic = SB_MAGIC,
				 .version = SB_VERSION,
				 .pid = (__u32)getpid(),
				 .ram_fd = (__u32)ram_fd,
				 .event_page = event_page};
}

bool is_mount_point(const char *dir)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	bool found = false;

	g_assert_nonnull(mounts);
	while ((entry = getmntent(mounts)))
		found |= !strcmp(entry->mnt_dir, dir);
	endmntent(mounts);
	return found;
}

void wait_unmounted(const char *dir)
{
	gint64 end = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;

	while (is_mount_point(dir)) {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_usleep(5000);
	}
}

int write_file(const char *dir, const char *file, const char *text)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

char *read_file(const char *dir, const char *file)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

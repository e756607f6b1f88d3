// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/ram.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct Ram {
	guint8 *base;
	size_t size;
	guint users; /* of the mapping; 0 when there is none */
	dev_t dev; /* which file is mapped */
	ino_t ino;
};

/* The mapping that on_sigbus() may repair; there is one guest per process. */
static guint8 *volatile mapped_base;
static volatile size_t mapped_size;

/*
 * The guest can truncate the file behind its RAM. That must not kill the daemon:
 * the missing part reads as zero from then on.
 */
static void on_sigbus(int sig, siginfo_t *info, void *context G_GNUC_UNUSED)
{
	guint8 *at = info->si_addr;

	if (mapped_base && at >= mapped_base &&
	    at < mapped_base + mapped_size) {
		size_t from = (size_t)(at - mapped_base) &
			      ~(size_t)(RAM_PAGE_SIZE - 1);

		if (mmap(mapped_base + from, RAM_PAGE_SIZE,
			 PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED)
			return;
	}
	signal(sig, SIG_DFL);
}

Ram *ram_new(void)
{
	return g_new0(Ram, 1);
}

static void drop_mapping(Ram *ram)
{
	if (ram->users) {
		mapped_base = NULL;
		munmap(ram->base, ram->size);
	}
	ram->base = NULL;
	ram->size = 0;
	ram->users = 0;
}

void ram_free(Ram *ram)
{
	if (!ram)
		return;
	drop_mapping(ram);
	g_free(ram);
}

int ram_map(Ram *ram, int fd)
{
	struct sigaction sa = {.sa_sigaction = on_sigbus,
			       .sa_flags = SA_SIGINFO};
	struct stat st;
	void *base;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -EINVAL;
	if (ram->users) {
		if (st.st_dev != ram->dev || st.st_ino != ram->ino)
			return -EBUSY;
		ram->users++;
		return 0;
	}
	base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	ram->base = base;
	ram->size = (size_t)st.st_size;
	ram->dev = st.st_dev;
	ram->ino = st.st_ino;
	ram->users = 1;
	mapped_size = ram->size;
	mapped_base = ram->base;
	sigaction(SIGBUS, &sa, NULL);
	return 0;
}

void ram_unmap(Ram *ram)
{
	if (ram->users > 1)
		ram->users--;
	else if (ram->users == 1)
		drop_mapping(ram);
}

void ram_set(Ram *ram, void *base, size_t size)
{
	drop_mapping(ram);
	ram->base = base;
	ram->size = size;
}

void *ram_at(Ram *ram, uint64_t addr, size_t len)
{
	if (!ram->base || addr > ram->size || len > ram->size - addr)
		return NULL;
	return ram->base + addr;
}

bool ram_read(Ram *ram, uint64_t addr, void *buf, size_t len)
{
	const void *at = ram_at(ram, addr, len);

	if (!at)
		return false;
	memcpy(buf, at, len);
	return true;
}

bool ram_write(Ram *ram, uint64_t addr, const void *buf, size_t len)
{
	void *at = ram_at(ram, addr, len);

	if (!at)
		return false;
	memcpy(at, buf, len);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/args-handles.h"

#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"

struct args_handles args_handles_open(int fd, int other,
				      uint32_t (*create)(int fd, size_t size))
{
	struct args_handles h = {
		.fd = fd,
		.other = other,
		.vgem = drm_open(DRM_VGEM, DRM_CARD),
	};
	int dmabuf = drm_export(h.vgem, vgem_create(h.vgem, 4 * PAGE));

	h.bo = create(fd, 4 * PAGE);
	h.imported = drm_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
	h.closed = create(fd, PAGE);
	drm_gem_close(fd, h.closed);
	/* Its number must not be one of the above, or of a few more that a test makes. */
	for (unsigned int i = 0; i < 20; i++)
		h.foreign = create(other, PAGE);
	return h;
}

void args_handles_close(const struct args_handles *h)
{
	CHECK_SYS(close(h->fd));
	CHECK_SYS(close(h->other));
	CHECK_SYS(close(h->vgem));
}

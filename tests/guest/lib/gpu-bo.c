// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/gpu-bo.h"

#include <sys/mman.h>

#include "lib/drm.h"
#include "lib/test.h"

void gpu_bo_unmap(struct gpu_bo *bo)
{
	if (bo->map)
		CHECK_SYS(munmap(bo->map, bo->size));
	bo->map = NULL;
}

void gpu_bo_free(struct gpu_bo *bo)
{
	gpu_bo_unmap(bo);
	drm_gem_close(bo->fd, bo->handle);
	bo->handle = 0;
}

void gpu_bo_cleanup(struct gpu_bo *bo)
{
	if (bo->handle)
		gpu_bo_free(bo);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Framebuffers of two BOs, which drivers map that copy the planes with the CPU. */
#include <errno.h>

#include "lib/helper.h"

#define PAGES 4

TEST(map, .name = "helper/fb-vmap", HELPER_EVICTS,
     .about = "all BOs of a framebuffer are there while the kernel maps it, "
	      "and may be "
	      "evicted before and after")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(y, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(uv, helper_bo_used(fd, PAGES, 0, 2));

	helper_scan(fd, 1000);
	CHECK_EVICTED(&y);
	CHECK_EVICTED(&uv);
	helper_do_arg(&y, SB_HELPER_FB_VMAP, uv.handle);
	CHECK_EQ(helper_state(&y).vmaps, 1);
	CHECK_EQ(helper_state(&uv).vmaps, 1);
	helper_scan(fd, 1000);
	helper_verify(&y, 0, 1);
	helper_verify(&uv, 0, 2);
	helper_do_arg(&y, SB_HELPER_FB_VUNMAP, uv.handle);
	CHECK_EQ(helper_state(&y).vmaps, 0);
	CHECK_EQ(helper_state(&uv).vmaps, 0);
	helper_check_legal(&y);
	helper_check_legal(&uv);
	helper_scan(fd, 1000);
	CHECK_EVICTED(&y);
	CHECK_EVICTED(&uv);
}

TEST(map_fails, .name = "helper/fb-vmap-fails", HELPER,
     .about = "if one BO of a framebuffer cannot be mapped, neither is another")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(y, helper_bo(fd, PAGES, 0));
	HELPER_BO(uv, helper_bo(fd, PAGES, 0));

	CHECK_EQ(helper_try(&y, SB_HELPER_FB_VMAP, uv.handle + 1), ENOENT);
	helper_do_arg(&uv, SB_HELPER_FAIL, SB_HELPER_FAIL_PAGES);
	CHECK_EQ(helper_try(&y, SB_HELPER_FB_VMAP, uv.handle), EINVAL);
	CHECK_STATE(&y, .lru = SB_HELPER_LRU_NONE);
	CHECK_STATE(&uv, .lru = SB_HELPER_LRU_NONE);
	helper_do_arg(&uv, SB_HELPER_FAIL, 0);
	helper_do_arg(&y, SB_HELPER_FB_VMAP, uv.handle);
	helper_do_arg(&y, SB_HELPER_FB_VUNMAP, uv.handle);
}

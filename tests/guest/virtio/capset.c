// SPDX-License-Identifier: GPL-2.0-or-later
/* The capsets that a virgl driver reads before it does anything else. */
#include <string.h>

#include "lib/virtio-gpu.h"

/* Capset 2 begins with capset 1; both as 32-bit words. */
#define WORDS_1 (308 / 4)
#define WORDS_2 (1408 / 4)
/* Words at which sets of formats begin, and a limit. */
#define SAMPLERS 1
#define TARGETS 17
#define DEPTHS 33
#define TARGET_COUNT (280 / 4)
#define SIDE_2D (484 / 4)

#define B8G8R8A8 1
#define Z24S8 19

static bool has_format(const uint32_t *caps, unsigned int set,
		       unsigned int format)
{
	return caps[set + format / 32] >> format % 32 & 1;
}

/* Read @words words of capset @id; those beyond it must be left alone. */
static void read_caps(int fd, uint32_t id, uint32_t *caps, size_t words)
{
	struct drm_virtgpu_get_caps arg = {
		.cap_set_id = id,
		.addr = (uintptr_t)caps,
		.size = (uint32_t)(WORDS_2 + 1) * 4,
	};

	memset(caps, 0xa5, (WORDS_2 + 1) * 4);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &arg));
	CHECK_EQ(caps[words], 0xa5a5a5a5);
	CHECK_CMP(caps[words - 1], !=, 0xa5a5a5a5);
	CHECK_EQ(caps[0], id);
	CHECK(has_format(caps, SAMPLERS, B8G8R8A8));
	CHECK(has_format(caps, TARGETS, B8G8R8A8));
	CHECK(has_format(caps, DEPTHS, Z24S8));
	CHECK(!has_format(caps, TARGETS, Z24S8));
	CHECK_EQ(caps[TARGET_COUNT], 8);
}

TEST(content, .name = "virtio/capset-content",
     .about = "capsets 1 and 2 have their sizes, formats and limits")
{
	GPU(fd);
	uint32_t one[WORDS_2 + 1], two[WORDS_2 + 1];

	CHECK_EQ(gpu_param(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs),
		 1 << 1 | 1 << 2);
	read_caps(fd, 1, one, WORDS_1);
	read_caps(fd, 2, two, WORDS_2);
	CHECK_EQ(two[SIDE_2D], 8192);
	CHECK(!memcmp(one + 1, two + 1, (WORDS_1 - 1) * 4));
}

TEST(contexts, .name = "virtio/capset-contexts",
     .about = "a context can be made for either capset, and can execute")
{
	for (uint32_t id = 1; id <= 2; id++) {
		GPU(fd);
		struct drm_virtgpu_context_set_param set = {
			VIRTGPU_CONTEXT_PARAM_CAPSET_ID, id};
		struct drm_virtgpu_context_init init = {
			.num_params = 1,
			.ctx_set_params = (uintptr_t)&set,
		};
		struct sb_exec exec = exec_nop();

		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init));
		gpu_exec(fd, &exec, 1, NULL, 0);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver is bound, and reports what the GPU's registers say. */
#include <drm/drm.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/test.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost.h"

TEST(probe, .name = "panfrost/probe",
     .about = "the driver has bound to the device and offers its interface")
{
	char name[32] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
	};
	PAN(fd);

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VERSION, &version));
	CHECK(!strcmp(name, "panfrost"));
	CHECK_EQ(version.version_major, 1);
	CHECK_CMP(version.version_minor, >=, 2);
	CHECK_EQ(drm_cap(fd, DRM_CAP_SYNCOBJ), 1);
	CHECK_EQ(drm_cap(fd, DRM_CAP_PRIME),
		 DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT);
}

/* A register of two words. */
static uint64_t device_register64(uint32_t offset)
{
	return device_register(offset) | (uint64_t)device_register(offset + 4)
						 << 32;
}

TEST(get_param, .name = "panfrost/get-param",
     .about = "each parameter is what the device's register says")
{
	/* Offsets: GPU_* in the driver's panfrost_regs.h. */
	static const struct {
		uint32_t param, offset;
		bool wide;
	} params[] = {
		{DRM_PANFROST_PARAM_SHADER_PRESENT, 0x100, true},
		{DRM_PANFROST_PARAM_TILER_PRESENT, 0x110, true},
		{DRM_PANFROST_PARAM_L2_PRESENT, 0x120, true},
		{DRM_PANFROST_PARAM_STACK_PRESENT, 0xe00, true},
		{DRM_PANFROST_PARAM_AS_PRESENT, 0x018, false},
		{DRM_PANFROST_PARAM_JS_PRESENT, 0x01c, false},
		{DRM_PANFROST_PARAM_L2_FEATURES, 0x004, false},
		{DRM_PANFROST_PARAM_CORE_FEATURES, 0x008, false},
		{DRM_PANFROST_PARAM_TILER_FEATURES, 0x00c, false},
		{DRM_PANFROST_PARAM_MEM_FEATURES, 0x010, false},
		{DRM_PANFROST_PARAM_MMU_FEATURES, 0x014, false},
		{DRM_PANFROST_PARAM_MAX_THREADS, 0x0a0, false},
		{DRM_PANFROST_PARAM_THREAD_MAX_WORKGROUP_SZ, 0x0a4, false},
		{DRM_PANFROST_PARAM_THREAD_MAX_BARRIER_SZ, 0x0a8, false},
		{DRM_PANFROST_PARAM_THREAD_FEATURES, 0x0ac, false},
		{DRM_PANFROST_PARAM_TEXTURE_FEATURES0, 0x0b0, false},
		{DRM_PANFROST_PARAM_TEXTURE_FEATURES1, 0x0b4, false},
		{DRM_PANFROST_PARAM_TEXTURE_FEATURES2, 0x0b8, false},
		{DRM_PANFROST_PARAM_TEXTURE_FEATURES3, 0x0bc, false},
		{DRM_PANFROST_PARAM_JS_FEATURES0, 0x0c0, false},
		{DRM_PANFROST_PARAM_JS_FEATURES1, 0x0c4, false},
		{DRM_PANFROST_PARAM_JS_FEATURES2, 0x0c8, false},
		{DRM_PANFROST_PARAM_THREAD_TLS_ALLOC, 0x310, false},
		{DRM_PANFROST_PARAM_AFBC_FEATURES, 0x04c, false},
	};
	PAN(fd);

	for (size_t i = 0; i < sizeof(params) / sizeof(*params); i++) {
		uint64_t want = params[i].wide
					? device_register64(params[i].offset)
					: device_register(params[i].offset);
		uint64_t got = pan_param(fd, params[i].param);

		if (got != want)
			FAIL("parameter %u: %#llx, register %#x: %#llx",
			     params[i].param, (unsigned long long)got,
			     params[i].offset, (unsigned long long)want);
	}

	/*
	 * A T860 has no such register; 6.12 reads it all the same, 7.3 says what these
	 * GPUs are: ACE-Lite.
	 */
	uint64_t coherency =
		pan_param(fd, DRM_PANFROST_PARAM_COHERENCY_FEATURES);

	CHECK(coherency == device_register(0x300) || coherency == 1);

	uint32_t id = device_register(0);

	CHECK_EQ(pan_param(fd, DRM_PANFROST_PARAM_GPU_PROD_ID), id >> 16);
	CHECK_EQ(pan_param(fd, DRM_PANFROST_PARAM_GPU_REVISION), id & 0xffff);
	CHECK_EQ(pan_param(fd, DRM_PANFROST_PARAM_NR_CORE_GROUPS),
		 __builtin_popcountll(device_register64(0x120)));

	/* The other tests rely on these values. */
	CHECK_EQ(id >> 16, 0x860);
	CHECK_EQ(pan_param(fd, DRM_PANFROST_PARAM_AS_PRESENT), 0xff);
	CHECK_EQ(pan_param(fd, DRM_PANFROST_PARAM_JS_PRESENT), 7);
}

TEST(get_param_errors, .name = "panfrost/get-param-errors",
     .about = "unknown parameters and set padding are refused")
{
	struct drm_panfrost_get_param get = {.param = 1000};
	PAN(fd);

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_PARAM, &get), EINVAL);
	get.param = DRM_PANFROST_PARAM_GPU_PROD_ID;
	get.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_PARAM, &get), EINVAL);
}

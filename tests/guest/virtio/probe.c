// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver has bound to the device, and reports what the device does. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/virtio-gpu.h"

TEST(version, .name = "virtio/version",
     .about = "card and render node belong to one device of virtio_gpu 0.1")
{
	int nodes[] = {gpu_card(), gpu_render()};
	char *device[2];

	for (int i = 0; i < 2; i++) {
		struct drm_version version = {0};
		struct stat st;
		char path[64];

		CHECK_SYS(drm_ioctl(nodes[i], DRM_IOCTL_VERSION, &version));
		CHECK_EQ(version.version_major, 0);
		CHECK_EQ(version.version_minor, 1);
		CHECK_SYS(fstat(nodes[i], &st));
		snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device",
			 major(st.st_rdev), minor(st.st_rdev));
		device[i] = realpath(path, NULL);
		CHECK(device[i]);
	}
	if (strcmp(device[0], device[1]))
		FAIL("%s is not %s", device[0], device[1]);
	free(device[0]);
	free(device[1]);
}

TEST(params, .name = "virtio/params",
     .about = "GETPARAM knows its parameters, and no other")
{
	static const struct {
		uint64_t param;
		int value;
	} want[] = {
		{VIRTGPU_PARAM_3D_FEATURES, 1},
		{VIRTGPU_PARAM_CAPSET_QUERY_FIX, 1},
		{VIRTGPU_PARAM_RESOURCE_BLOB, 1},
		{VIRTGPU_PARAM_HOST_VISIBLE, 0},
		{VIRTGPU_PARAM_CONTEXT_INIT, 1},
	};
	struct drm_virtgpu_getparam arg = {0};
	GPU(fd);
	int value;

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		value = gpu_param(fd, want[i].param);
		if (value != want[i].value)
			FAIL("parameter %llu is %d instead of %d",
			     (unsigned long long)want[i].param, value,
			     want[i].value);
	}

	arg.value = (uintptr_t)&value;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg), EINVAL);
	arg.param = 1000;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg), EINVAL);
	arg.param = VIRTGPU_PARAM_3D_FEATURES;
	arg.value = 0;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg), EFAULT);
}

/* Does the list @text have an entry @name with @value? */
static void check_feature(const char *text, const char *name, const char *value)
{
	char want[64];

	snprintf(want, sizeof(want), "%-16s : %s\n", name, value);
	if (!strstr(text, want))
		FAIL("not in virtio-gpu-features: %s", want);
}

TEST(features, .name = "virtio/debugfs",
     .about = "the driver's files in debugfs agree with its ioctls")
{
	GPU_CARD(fd);
	BO(bo, bo_buffer(fd, PAGE));
	unsigned long long done, sent;
	struct stat st;
	char path[96];
	char *text;

	CHECK_SYS(fstat(fd, &st));
	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/dri/%u/virtio-gpu-features",
		 minor(st.st_rdev));
	text = file_read(path);
	check_feature(text, "virgl",
		      gpu_param(fd, VIRTGPU_PARAM_3D_FEATURES) ? "yes" : "no");
	check_feature(text, "resource uuid",
		      gpu_param(fd, VIRTGPU_PARAM_CROSS_DEVICE) ? "yes" : "no");
	check_feature(text, "blob resources",
		      gpu_param(fd, VIRTGPU_PARAM_RESOURCE_BLOB) ? "yes"
								 : "no");
	check_feature(text, "context init",
		      gpu_param(fd, VIRTGPU_PARAM_CONTEXT_INIT) ? "yes" : "no");
	free(text);

	/* Every fence that was sent has been signalled. */
	bo_to_host(&bo);
	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/dri/%u/virtio-gpu-irq-fence",
		 minor(st.st_rdev));
	text = file_read(path);
	CHECK_EQ(sscanf(text, "fence %llu %llu", &done, &sent), 2);
	CHECK_EQ(done, sent);
	CHECK_CMP(sent, >, 0);
	free(text);
	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/dri/%u/virtio-gpu-host-visible-mm",
		 minor(st.st_rdev));
	free(file_read(path));
}

TEST(caps, .name = "virtio/caps",
     .about = "the device can do dumb buffers, PRIME both ways and syncobjs")
{
	GPU_CARD(fd);

	CHECK_EQ(drm_cap(fd, DRM_CAP_DUMB_BUFFER), 1);
	CHECK_EQ(drm_cap(fd, DRM_CAP_PRIME),
		 DRM_PRIME_CAP_IMPORT | DRM_PRIME_CAP_EXPORT);
	CHECK_EQ(drm_cap(fd, DRM_CAP_SYNCOBJ), 1);
	CHECK_EQ(drm_cap(fd, DRM_CAP_SYNCOBJ_TIMELINE), 1);
}

static int get_caps(int fd, uint32_t id, uint32_t version, void *buf,
		    uint32_t size)
{
	struct drm_virtgpu_get_caps arg = {
		.cap_set_id = id,
		.cap_set_ver = version,
		.addr = (uintptr_t)buf,
		.size = size,
	};

	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &arg);
}

TEST(capsets, .name = "virtio/capsets",
     .about = "GET_CAPS gives each capset that the device has, and no other")
{
	GPU(fd);
	unsigned int mask =
		(unsigned int)gpu_param(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs);
	unsigned char first[4096], again[4096];

	CHECK_CMP(mask, !=, 0);
	for (uint32_t id = 0; id < 32; id++) {
		if (!(mask & 1u << id)) {
			CHECK_ERRNO(get_caps(fd, id, 0, first, sizeof(first)),
				    EINVAL);
			continue;
		}
		memset(first, 0xa5, sizeof(first));
		memset(again, 0xa5, sizeof(again));
		CHECK_SYS(get_caps(fd, id, 0, first, sizeof(first)));
		/* The second answer comes from the driver's cache. */
		CHECK_SYS(get_caps(fd, id, 0, again, sizeof(again)));
		CHECK(!memcmp(first, again, sizeof(first)));
		/* Something was written, and no byte more than asked for. */
		CHECK_CMP(first[0], !=, 0xa5);
		memset(again, 0xa5, sizeof(again));
		CHECK_SYS(get_caps(fd, id, 0, again, 1));
		CHECK_EQ(again[0], first[0]);
		CHECK_EQ(again[1], 0xa5);
		CHECK_ERRNO(get_caps(fd, id, 0, first, 0), EINVAL);
		CHECK_ERRNO(get_caps(fd, id, 1000, first, sizeof(first)),
			    EINVAL);
		CHECK_ERRNO(get_caps(fd, id, 0, NULL, 4), EFAULT);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs whose pages must not move: shown, exported, imported, guest blobs. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <drm/drm_fourcc.h>

#include "lib/fail-nth.h"
#include "lib/panfrost-chain.h"
#include "display.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* The BO is not counted, and scans leave it alone. */
static void check_pinned(const struct bo *bo)
{
	size_t pages = res_pages(bo->res);

	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(pages, bo->size / PAGE);
	gpu_scan(100000);
	mem_drop_caches();
	CHECK_EQ(res_pages(bo->res), pages);
}

/* The BO is counted, and is the only one. Evict it. */
static void check_evictable(const struct bo *bo)
{
	WAIT_UNTIL(gpu_count());
	CHECK_EQ(gpu_count(), bo->size / PAGE);
	/* The last screen update may still hold its lock. */
	WAIT_UNTIL((gpu_scan(gpu_count()), !gpu_count()));
	CHECK_EQ(res_pages(bo->res), 0);
}

/* A buffer that fills the display and that the host has used. */
static struct bo screen_used(const struct display *display, uint32_t number)
{
	struct bo bo = bo_screen(display);

	stamp_fill(bo.map, bo.size, number, 1);
	bo_to_host(&bo);
	return bo;
}

static struct bo cursor_used(const struct display *display, uint32_t number)
{
	struct bo bo = bo_cursor(display);

	stamp_fill(bo.map, bo.size, number, 1);
	bo_to_host(&bo);
	return bo;
}

TEST(shown, .name = "virtio/pinned-scanout", EVICTS,
     .about = "a buffer is pinned while it is shown, and not longer")
{
	struct display display = display_open();
	BO(bo, screen_used(&display, 1));
	uint32_t fb = fb_screen(&display, &bo);

	/* A framebuffer that is not shown does not pin its BO. */
	CHECK_EQ(gpu_count(), bo.size / PAGE);
	for (int i = 0; i < 3; i++) {
		display_show(&display, fb);
		check_pinned(&bo);
		/* A BO that is shown twice is pinned once. */
		display_show(&display, fb);
		check_pinned(&bo);
		display_off(&display);
		check_evictable(&bo);
	}
	display_show(&display, fb);
	check_pinned(&bo);
	fb_remove(display.fd, fb);
	check_evictable(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
}

/* A guest blob is always pinned. */
static void kind_shown(const struct display *display, struct bo bo, bool evicts)
{
	uint32_t fb, res = bo.res;

	stamp_fill(bo.map, bo.size, 1, 1);
	if (evicts) {
		bo_to_host(&bo);
		bo_wait(&bo);
		check_evictable(&bo);
	}
	fb = fb_of(&bo, display->mode.hdisplay, display->mode.vdisplay);
	for (int i = 0; i < 2; i++) {
		display_show(display, fb);
		CHECK_EQ(scanout_resource(0), res);
		check_pinned(&bo);
		display_off(display);
		if (evicts)
			check_evictable(&bo);
		else
			check_pinned(&bo);
	}
	fb_remove(display->fd, fb);
	stamp_verify(bo.map, bo.size, 1, 1);
	bo_close_wait(&bo);
}

TEST(kinds, .name = "virtio/pinned-scanout-kinds", EVICTS,
     .about = "a buffer of any kind is pinned while it is shown, and evictable "
	      "again after that, unless it is a guest blob")
{
	struct display display = display_open();
	uint32_t w = display.mode.hdisplay, h = display.mode.vdisplay;

	kind_shown(&display, bo_dumb(display.fd, w, h), true);
	kind_shown(&display, bo_texture(display.fd, w, h), true);
	kind_shown(&display, bo_blob(display.fd, 4 * w * h), false);
	CHECK_SYS(close(display.fd));
}

TEST(dontneed, .name = "virtio/pinned-scanout-dontneed", EVICTS,
     .about = "a buffer that is shown is not purged, whatever its owner says")
{
	struct display display = display_open();
	BO(bo, screen_used(&display, 1));
	uint32_t fb = fb_screen(&display, &bo);

	display_show(&display, fb);
	CHECK(bo_dontneed(&bo));
	check_pinned(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK_EQ(scanout_resource(0), bo.res);
	display_off(&display);
	CHECK_EQ(gpu_count(), bo.size / PAGE);
	gpu_scan_all();
	bo_verify_purged(&bo);
	fb_remove(display.fd, fb);
}

TEST(left, .name = "virtio/scanout-left-busy", EVICTS,
     .about = "a buffer that is no longer shown is not evicted before the host "
	      "has read it")
{
	struct display display = display_open();
	BO(bo, screen_used(&display, 1));
	uint32_t fb = fb_screen(&display, &bo);

	bo_wait(&bo);
	cmd_hold("TRANSFER_TO_HOST_2D");
	display_show(&display, fb);
	WAIT_UNTIL(cmd_pending("TRANSFER_TO_HOST_2D"));
	display_off(&display);
	for (int i = 0; i < 3; i++)
		gpu_scan(100000);
	CHECK_EQ(res_pages(bo.res), bo.size / PAGE);
	cmd_release("TRANSFER_TO_HOST_2D");
	check_evictable(&bo);
	fb_remove(display.fd, fb);
	bo_verify(&bo, 1);
}

TEST(fails_nth, .name = "virtio/pinned-fail-nth", .swap_mib = 16,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails when a buffer is to be shown, it is "
	      "pinned if it is shown, and otherwise not")
{
	struct display display;
	unsigned int failed = 0;
	bool hit = true;
	struct bo bo;
	uint32_t fb;

	inject_begin();
	display = display_open();
	bo = screen_used(&display, 1);
	fb = fb_screen(&display, &bo);
	for (unsigned int n = 1; hit; n++) {
		int ret;

		CHECK_CMP(n, <, 1000);
		inject_nth(n);
		ret = display_try_show(&display, fb);
		hit = inject_hit();
		failed += ret != 0;
		if (!ret) {
			check_pinned(&bo);
			display_off(&display);
		}
		WAIT_UNTIL(gpu_count() == bo.size / PAGE);
	}
	CHECK_CMP(failed, >, 0);
	fb_remove(display.fd, fb);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
}

TEST(set_other, .name = "virtio/pinned-scanout-other", EVICTS,
     .about = "when another buffer is shown, that one is pinned and the first "
	      "is not")
{
	struct display display = display_open();
	struct bo bo[2];
	uint32_t fb[2];

	for (unsigned int i = 0; i < 2; i++) {
		bo[i] = screen_used(&display, i);
		fb[i] = fb_screen(&display, &bo[i]);
	}
	gpu_scan_all();
	display_show(&display, fb[0]);
	check_pinned(&bo[0]);
	for (unsigned int i = 1; i < 6; i++) {
		display_show(&display, fb[i % 2]);
		check_evictable(&bo[(i + 1) % 2]);
		check_pinned(&bo[i % 2]);
	}
	display_off(&display);
	for (unsigned int i = 0; i < 2; i++)
		fb_remove(display.fd, fb[i]);
	gpu_scan_all();
	for (unsigned int i = 0; i < 2; i++) {
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(flip, .name = "virtio/pinned-flip", EVICTS,
     .about = "a page flip pins the buffer that it brings, and frees the other")
{
	struct display display = display_open();
	struct bo bo[3];
	uint32_t fb[3];

	for (unsigned int i = 0; i < 3; i++) {
		bo[i] = screen_used(&display, i);
		fb[i] = fb_screen(&display, &bo[i]);
	}
	gpu_scan_all();
	display_show(&display, fb[0]);
	for (unsigned int i = 1; i < 9; i++) {
		display_flip(&display, fb[i % 3]);
		CHECK_EQ(scanout_resource(0), bo[i % 3].res);
		check_evictable(&bo[(i + 2) % 3]);
		check_pinned(&bo[i % 3]);
	}
	display_off(&display);
	gpu_scan_all();
	for (unsigned int i = 0; i < 3; i++) {
		fb_remove(display.fd, fb[i]);
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(cursor, .name = "virtio/pinned-cursor", EVICTS,
     .about = "a buffer is pinned while it is the cursor, moved or not")
{
	struct display display = display_open();
	BO(screen, screen_used(&display, 1));
	BO(one, cursor_used(&display, 2));
	BO(two, cursor_used(&display, 3));
	uint32_t fb = fb_screen(&display, &screen);

	gpu_scan_all();
	display_show(&display, fb);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &one, 0, 0);
	check_pinned(&one);
	display_cursor(&display, DRM_MODE_CURSOR_MOVE, NULL, 30, 20);
	check_pinned(&one);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &two, 0, 0);
	check_evictable(&one);
	check_pinned(&two);
	check_pinned(&screen);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	check_evictable(&two);
	check_pinned(&screen);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &one, 0, 0);
	check_pinned(&one);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	display_off(&display);
	gpu_scan_all();
	fb_remove(display.fd, fb);
	bo_verify(&one, 2);
	bo_verify(&two, 3);
	bo_verify(&screen, 1);
}

TEST(closed, .name = "virtio/pinned-close", EVICTS,
     .about = "closing the file that shows a buffer unpins it for its other "
	      "users")
{
	struct display display = display_open();
	struct bo bo = screen_used(&display, 1);

	display_show(&display, fb_screen(&display, &bo));
	check_pinned(&bo);
	/* The mapping would keep the file open. */
	bo_unmap(&bo);

	int other = gpu_card();
	struct drm_gem_flink name = {.handle = bo.handle};
	struct drm_gem_open opened = {0};
	struct bo theirs;

	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	CHECK_SYS(drm_ioctl(other, DRM_IOCTL_GEM_OPEN, &opened));
	theirs = bo_of_handle(other, opened.handle);
	CHECK_SYS(close(display.fd));
	WAIT_UNTIL(!scanout_resource(0));
	check_evictable(&theirs);
	bo_map(&theirs);
	stamp_verify(theirs.map, theirs.size, 1, 1);
	bo_close_wait(&theirs);
	WAIT_UNTIL(!gpu_count());
}

TEST(failed, .name = "virtio/pinned-failed", EVICTS,
     .about = "a buffer that could not be shown is not left pinned")
{
	struct display display = display_open();
	BO(screen, screen_used(&display, 1));
	/* Too small for the mode. */
	struct bo bo = bo_used_dumb(display.fd, 2, 2);
	uint32_t fb = fb_screen(&display, &screen);
	uint32_t small = fb_of(&bo, 32, 64);

	gpu_scan_all();
	display_show(&display, fb);
	for (int i = 0; i < 3; i++)
		CHECK_ERRNO(display_try_show(&display, small), ENOSPC);
	check_pinned(&screen);
	bo_to_host(&bo);
	check_evictable(&bo);
	display_off(&display);
	check_evictable(&screen);
	fb_remove(display.fd, small);
	fb_remove(display.fd, fb);
	bo_close_wait(&bo);
}

/* Just enough of atomic modesetting to set planes. */

static uint32_t prop_id(int fd, uint32_t object, uint32_t type,
			const char *name, uint64_t *value)
{
	uint32_t ids[64];
	uint64_t values[64];
	struct drm_mode_obj_get_properties arg = {
		.props_ptr = (uintptr_t)ids,
		.prop_values_ptr = (uintptr_t)values,
		.count_props = 64,
		.obj_id = object,
		.obj_type = type,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &arg));
	CHECK_CMP(arg.count_props, <=, 64);
	for (uint32_t i = 0; i < arg.count_props; i++) {
		struct drm_mode_get_property prop = {.prop_id = ids[i]};

		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETPROPERTY, &prop));
		if (strcmp(prop.name, name))
			continue;
		if (value)
			*value = values[i];
		return ids[i];
	}
	FAIL("object %u has no property %s", object, name);
}

static uint32_t plane_find(int fd, uint64_t type)
{
	uint32_t planes[16];
	struct drm_mode_get_plane_res arg = {
		.plane_id_ptr = (uintptr_t)planes,
		.count_planes = 16,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETPLANERESOURCES, &arg));
	for (uint32_t i = 0; i < arg.count_planes && i < 16; i++) {
		uint64_t value;

		prop_id(fd, planes[i], DRM_MODE_OBJECT_PLANE, "type", &value);
		if (value == type)
			return planes[i];
	}
	FAIL("no plane of type %llu", (unsigned long long)type);
}

/* enum drm_plane_type */
#define PLANE_PRIMARY 1
#define PLANE_CURSOR 2

static void atomic_client(int fd)
{
	struct drm_set_client_cap atomic = {DRM_CLIENT_CAP_ATOMIC, 1};
	/* DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT */
	struct drm_set_client_cap hotspot = {6, 1};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SET_CLIENT_CAP, &atomic));
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SET_CLIENT_CAP, &hotspot));
}

/**
 * struct plane_set - what a plane is to show
 * @fb: 0 for nothing
 */
struct plane_set {
	uint64_t type;
	uint32_t fb;
	uint32_t width, height;
};

static int try_atomic(const struct display *display,
		      const struct plane_set *sets, unsigned int count,
		      uint32_t flags)
{
	static const char *const names[] = {
		"FB_ID", "CRTC_ID", "SRC_X",  "SRC_Y",	"SRC_W",
		"SRC_H", "CRTC_X",  "CRTC_Y", "CRTC_W", "CRTC_H",
	};
	enum { PROPS = sizeof(names) / sizeof(*names), PLANES = 2 };
	uint32_t objs[PLANES], counts[PLANES], props[PLANES * PROPS];
	uint64_t values[PLANES * PROPS];
	struct drm_mode_atomic arg = {
		.flags = flags,
		.count_objs = count,
		.objs_ptr = (uintptr_t)objs,
		.count_props_ptr = (uintptr_t)counts,
		.props_ptr = (uintptr_t)props,
		.prop_values_ptr = (uintptr_t)values,
	};

	CHECK_CMP(count, <=, PLANES);
	for (unsigned int i = 0; i < count; i++) {
		const struct plane_set *set = &sets[i];
		const uint64_t want[PROPS] = {
			set->fb,
			set->fb ? display->crtc : 0,
			0,
			0,
			(uint64_t)set->width << 16,
			(uint64_t)set->height << 16,
			0,
			0,
			set->width,
			set->height,
		};

		objs[i] = plane_find(display->fd, set->type);
		counts[i] = PROPS;
		for (unsigned int j = 0; j < PROPS; j++) {
			props[i * PROPS + j] =
				prop_id(display->fd, objs[i],
					DRM_MODE_OBJECT_PLANE, names[j], NULL);
			values[i * PROPS + j] = want[j];
		}
	}
	return drm_ioctl(display->fd, DRM_IOCTL_MODE_ATOMIC, &arg);
}

static struct plane_set set_screen(const struct display *display, uint32_t fb)
{
	return (struct plane_set){PLANE_PRIMARY, fb, display->mode.hdisplay,
				  display->mode.vdisplay};
}

static struct plane_set set_cursor(uint32_t fb)
{
	return (struct plane_set){PLANE_CURSOR, fb, CURSOR_SIDE, CURSOR_SIDE};
}

TEST(test_only, .name = "virtio/pinned-test-only", EVICTS,
     .about = "an atomic commit that is only a test pins nothing")
{
	struct display display = display_open();
	struct bo bo[2];
	uint32_t fb[2];
	struct plane_set set;

	atomic_client(display.fd);
	for (unsigned int i = 0; i < 2; i++) {
		bo[i] = screen_used(&display, i);
		fb[i] = fb_screen(&display, &bo[i]);
	}
	gpu_scan_all();
	display_show(&display, fb[0]);
	set = set_screen(&display, fb[1]);
	for (int i = 0; i < 3; i++)
		CHECK_SYS(try_atomic(&display, &set, 1,
				     DRM_MODE_ATOMIC_TEST_ONLY));
	CHECK_EQ(scanout_resource(0), bo[0].res);
	check_pinned(&bo[0]);
	bo_to_host(&bo[1]);
	check_evictable(&bo[1]);
	/* The same as a real commit. */
	CHECK_SYS(try_atomic(&display, &set, 1, 0));
	CHECK_EQ(scanout_resource(0), bo[1].res);
	check_evictable(&bo[0]);
	check_pinned(&bo[1]);
	display_off(&display);
	gpu_scan_all();
	for (unsigned int i = 0; i < 2; i++) {
		fb_remove(display.fd, fb[i]);
		bo_verify(&bo[i], i);
		bo_close_wait(&bo[i]);
	}
}

TEST(half_commit, .name = "virtio/pinned-half-commit", EVICTS,
     .about = "a commit that fails at its second plane leaves the first as it "
	      "was")
{
	struct display display = display_open();
	BO(shown, screen_used(&display, 1));
	BO(next, screen_used(&display, 2));
	BO(purged, cursor_used(&display, 3));
	uint32_t fb = fb_screen(&display, &shown);
	uint32_t fb_next = fb_screen(&display, &next);
	uint32_t fb_purged = fb_of_cursor(&purged);
	struct plane_set sets[2];

	atomic_client(display.fd);
	CHECK(bo_dontneed(&purged));
	gpu_scan_all();
	bo_verify_purged(&purged);
	display_show(&display, fb);
	for (int i = 0; i < 3; i++) {
		sets[0] = set_screen(&display, fb_next);
		sets[1] = set_cursor(fb_purged);
		CHECK_EQ(try_atomic(&display, sets, 2, 0), -1);
		CHECK_EQ(scanout_resource(0), shown.res);
		/* The BO that was to be shown is released. */
		gpu_scan_all();
		CHECK(!bo_attached(&next));
		check_pinned(&shown);
	}
	display_off(&display);
	check_evictable(&shown);
	fb_remove(display.fd, fb_purged);
	fb_remove(display.fd, fb_next);
	fb_remove(display.fd, fb);
	bo_verify(&shown, 1);
	bo_verify(&next, 2);
}

TEST(same_fb, .name = "virtio/pinned-same-buffer", EVICTS,
     .about = "a buffer on two framebuffers is pinned until neither is shown")
{
	struct display display = display_open();
	BO(bo, screen_used(&display, 1));
	uint32_t fb[2] = {fb_screen(&display, &bo), fb_screen(&display, &bo)};

	display_show(&display, fb[0]);
	for (unsigned int i = 1; i < 6; i++) {
		display_flip(&display, fb[i % 2]);
		check_pinned(&bo);
	}
	fb_remove(display.fd, fb[0]);
	check_pinned(&bo);
	fb_remove(display.fd, fb[1]);
	check_evictable(&bo);
	bo_verify(&bo, 1);
}

TEST(dirty, .name = "virtio/pinned-dirty", EVICTS,
     .about = "drawing to the buffer that is shown leaves it pinned, until it "
	      "is no longer shown")
{
	struct display display = display_open();
	BO(bo, screen_used(&display, 1));
	uint32_t fb = fb_screen(&display, &bo);
	struct drm_mode_fb_dirty_cmd arg = {.fb_id = fb};
	void *data;

	display_show(&display, fb);
	for (uint32_t generation = 2; generation < 6; generation++) {
		stamp_fill(bo.map, bo.size, 1, generation);
		res_expect(&bo, 1, generation);
		CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg));
		check_pinned(&bo);
		data = res_data(bo.res, 0, bo.size);
		stamp_verify(data, bo.size, 1, generation);
		free(data);
	}
	res_forget(&bo);
	display_off(&display);
	check_evictable(&bo);
	fb_remove(display.fd, fb);
}

TEST(blob, .name = "virtio/pinned-blob", EVICTS,
     .about = "a guest blob is never reclaimed, whether used, shown or idle")
{
	struct display display = display_open();
	size_t size = display.mode.hdisplay * 4ul * display.mode.vdisplay;
	BO(bo, bo_blob(display.fd, size));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_fill(&bo, 0, 0, 0);
	uint32_t fb = fb_screen(&display, &bo);

	check_pinned(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	check_pinned(&bo);
	exec = exec_nop();
	gpu_exec(display.fd, &exec, 1, bos, 1);
	check_pinned(&bo);
	display_show(&display, fb);
	check_pinned(&bo);
	display_off(&display);
	check_pinned(&bo);
	fb_remove(display.fd, fb);
	stamp_verify(bo.map, bo.size, 1, 1);
}

TEST(host_guest, .name = "virtio/pinned-blob-host-guest", EVICTS,
     .about = "a blob in both memories keeps its pages")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = SIZE,
	};
	struct bo bo;

	CHECK_SYS(
		drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create));
	bo = bo_of_handle(fd, create.bo_handle);
	bo_map(&bo);
	stamp_fill(bo.map, SIZE, 1, 1);
	check_pinned(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
	bo_close_wait(&bo);
}

TEST(exported, .name = "virtio/pinned-export", EVICTS,
     .about = "a BO is not evicted while there is a dma-buf of it")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	check_pinned(&bo);
	stamp_verify(map, SIZE, 1, 1);
	bo_verify(&bo, 1);
	check_pinned(&bo);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
	WAIT_UNTIL(!gpu_count());
}

TEST(imported, .name = "virtio/pinned-import", EVICTS,
     .about = "pages that another device has mapped stay where they are")
{
	GPU(fd);
	int pan = pan_open();
	BO(bo, bo_used(fd, PAGES, 1));
	int dmabuf = drm_export(fd, bo.handle);
	struct pan_bo theirs = pan_bo_import(pan, dmabuf);
	struct pan_bo out = pan_bo_mapped(pan, SIZE, PANFROST_BO_NOEXEC);
	struct chain chain = chain_new(pan);

	CHECK_SYS(close(dmabuf));
	check_pinned(&bo);
	chain_use(&chain, &theirs);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, theirs.va, SIZE);
	chain_run(&chain);
	stamp_verify(out.map, SIZE, 1, 1);
	/* The importer has the last reference. */
	bo_close(&bo);
	gpu_scan(1000);
	memset(out.map, 0, SIZE);
	chain_run(&chain);
	stamp_verify(out.map, SIZE, 1, 1);
	chain_free(&chain);
	pan_bo_free(&out);
	pan_bo_free(&theirs);
	CHECK_SYS(close(pan));
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!gpu_count());
}

TEST(vgem, .name = "virtio/pinned-vgem", EVICTS,
     .about = "a BO that never had pages, imported by vgem and given back, can "
	      "be used and closed in any order")
{
	GPU(fd);
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	BO(bo, bo_buffer(fd, SIZE));
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t theirs = drm_import(vgem, dmabuf);

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_verify(&bo, 1);
	check_pinned(&bo);
	drm_gem_close(vgem, theirs);
	CHECK_SYS(close(dmabuf));
	bo_verify(&bo, 1);
	check_pinned(&bo);
	CHECK_SYS(close(vgem));
	bo_close_wait(&bo);
	WAIT_UNTIL(!gpu_count());
}

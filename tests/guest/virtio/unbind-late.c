// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers that come while the driver is unbound: the host holds a command of each kind, and
 * answers it at one of the steps of teardown, or when all is over. The variant race holds the
 * unbinding thread at these steps.
 */
#include <errno.h>

#include "lib/hold.h"
#include "lib/thread.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-gpu.h"
#include "display.h"

#define SIZE (2 * PAGE)

/**
 * struct scene - what the driver is asked
 * @display: a card
 * @screen: its screen; @other: another one, not shown; @cursor: a cursor
 * @fd: a render node
 * @used: a BO that the host has; @fresh: one without backing
 */
struct scene {
	struct display display;
	struct bo screen, other, cursor;
	uint32_t fb, other_fb;
	int fd;
	struct bo used, fresh;
};

static void scene_open(struct scene *scene)
{
	scene->display = display_open();
	scene->screen = bo_screen(&scene->display);
	scene->other = bo_screen(&scene->display);
	scene->cursor = bo_cursor(&scene->display);
	scene->fb = fb_screen(&scene->display, &scene->screen);
	scene->other_fb = fb_screen(&scene->display, &scene->other);
	display_show(&scene->display, scene->fb);
	scene->fd = gpu_render();
	scene->used = bo_buffer(scene->fd, SIZE);
	scene->fresh = bo_buffer_unmapped(scene->fd, SIZE);
	bo_to_host(&scene->used);
	bo_unmap(&scene->screen);
	bo_unmap(&scene->other);
	bo_unmap(&scene->cursor);
	bo_unmap(&scene->used);
}

static void scene_close(struct scene *scene)
{
	CHECK_SYS(close(scene->display.fd));
	CHECK_SYS(close(scene->fd));
}

static void to_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = PAGE, .h = 1, .d = 1},
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg));
}

static void transfer(struct scene *scene)
{
	to_host(&scene->used);
}

static void attach(struct scene *scene)
{
	to_host(&scene->fresh);
}

static void from_host(struct scene *scene)
{
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = scene->used.handle,
		.box = {.w = PAGE, .h = 1, .d = 1},
	};

	CHECK_SYS(drm_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
			    &arg));
}

static void submit(struct scene *scene)
{
	struct sb_exec exec = exec_nop();
	const struct bo *bos[] = {&scene->used};

	CHECK_SYS(close(gpu_exec_fence(scene->fd, &exec, 1, bos, 1, -1)));
}

static void create(struct scene *scene)
{
	bo_buffer_unmapped(scene->fd, SIZE);
}

static void create_blob(struct scene *scene)
{
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.size = SIZE,
	};

	CHECK_SYS(drm_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB,
			    &arg));
}

static void close_used(struct scene *scene)
{
	drm_gem_close(scene->fd, scene->used.handle);
}

static void open_file(struct scene *scene)
{
	struct drm_virtgpu_context_init arg = {0};
	int fd = drm_open(DRM_VIRTIO, DRM_RENDER);

	(void)scene;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &arg));
	CHECK_SYS(close(fd));
}

/* The configuration changes, and the driver asks what it is now. */
static void change(struct scene *scene)
{
	(void)scene;
	display_change();
}

static void show(struct scene *scene)
{
	display_show(&scene->display, scene->other_fb);
}

static void point(struct scene *scene)
{
	display_cursor(&scene->display, DRM_MODE_CURSOR_BO, &scene->cursor, 1,
		       1);
}

/**
 * struct late - a command whose answer is late
 * @command: its kind
 * @ask: has the driver send it
 * @fenced: it, or the next one, has a fence
 */
static const struct late {
	const char *command;
	void (*ask)(struct scene *scene);
	bool fenced;
} answers[] = {
	{"TRANSFER_TO_HOST_3D", transfer, true},
	{"TRANSFER_FROM_HOST_3D", from_host, true},
	{"RESOURCE_ATTACH_BACKING", attach, true},
	{"SUBMIT_3D", submit, true},
	{"RESOURCE_CREATE_3D", create, true},
	{"CTX_ATTACH_RESOURCE", create, true},
	{"RESOURCE_CREATE_BLOB", create_blob, false},
	{"CTX_DETACH_RESOURCE", close_used, false},
	{"RESOURCE_UNREF", close_used, false},
	{"CTX_CREATE", open_file, false},
	{"CTX_DESTROY", open_file, false},
	{"GET_EDID", change, false},
	{"GET_DISPLAY_INFO", change, false},
	{"SET_SCANOUT", show, false},
	{"RESOURCE_FLUSH", show, false},
	{"UPDATE_CURSOR", point, false},
};

/* The driver works; nothing of before is left. */
static void check_works(void)
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	res_forget(&bo);
}

static void unbind_gpu(void *arg)
{
	gpu_unbind(arg);
}

/* @step: a function that the unbinding thread calls, or NULL: answer when all is over */
static void answer_at(const char *name, const char *step,
		      const struct late *late)
{
	struct scene scene;

	test_note("%s: %s", late->command, step ? step : "afterwards");
	scene_open(&scene);
	cmd_hold(late->command);
	late->ask(&scene);
	WAIT_UNTIL(cmd_pending(late->command));
	if (step) {
		HOLD(hold, "%s task unbinder", step);
		struct thread *thread =
			thread_start("unbinder", unbind_gpu, (void *)name);

		hold_wait(hold);
		device_write("faults", "clear");
		WAIT_UNTIL(!cmd_pending(""));
		hold_release(hold);
		thread_join(thread);
	} else {
		gpu_unbind(name);
		device_write("faults", "clear");
	}
	CHECK(!cmd_pending(""));
	CHECK_EQ(res_count(), 0);
	CHECK_EQ(ctx_count(), 0);
	scene_close(&scene);
	gpu_bind(name);
	check_works();
}

#define ANSWERS (sizeof(answers) / sizeof(*answers))

TEST(afterwards, .name = "virtio/unbind-late", .needs = "virtio-late-attach",
     .last = true, .virtual_time = true,
     .about = "unbinding waits for no answer, whatever the command, and what "
	      "the host answers afterwards does no harm")
{
	char *name = gpu_device();
	/* A fence that is outstanding at unbind is lost (tests/KERNEL-BUGS.md, 11). */
	bool finds_lost = mem_finds_lost();

	for (size_t i = 0; i < ANSWERS; i++)
		if (!answers[i].fenced || !finds_lost)
			answer_at(name, NULL, &answers[i]);
	free(name);
}

/* From the first step of the driver to the last: unplug, reset, release */
TEST(steps, .name = "virtio/hold-unbind-late",
     .needs = "race virtio-late-attach", .last = true, .seconds = 120,
     .about = "an answer to a command of any kind may come at any step of "
	      "teardown")
{
	static const char *const step[] = {
		"virtio_gpu_remove", "virtio_gpu_deinit",
		"virtio_gpu_reclaim_vbufs", "virtio_gpu_reclaim_vbufs+exit"};
	char *name = gpu_device();

	for (size_t i = 0; i < sizeof(step) / sizeof(*step); i++)
		for (size_t j = 0; j < ANSWERS; j++)
			answer_at(name, step[i], &answers[j]);
	free(name);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capabilities. Each probe looks for something that a user of the kernel can
 * notice (an ioctl, a file, the name of a shrinker), never for a version.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/drm.h"
#include "lib/panfrost-ioctls.h"
#include "lib/mem.h"
#include "lib/panfrost.h"
#include "lib/panfrost-shrink.h"
#include "lib/helper.h"
#include "lib/test.h"
#include "lib/virtio-gpu.h"
#include "skip.h"

/**
 * struct capability - something that only some kernels can do
 * @name: as in struct test.needs
 * @words: a description for people
 * @probe: does this kernel have it? NULL: only its series or source tells
 */
struct capability {
	const char *name;
	const char *words;
	bool (*probe)(void);
};

static bool virtio_shrinker(void)
{
	char *name = drm_shrinker(DRM_VIRTIO);
	bool exists = shrinker_exists(name);

	free(name);
	return exists;
}

/* Without the ioctl, the driver returns EINVAL, as for any unknown one. */
static bool virtio_madvise(void)
{
	int fd = gpu_render();
	struct drm_virtgpu_madvise arg = {.madv = VIRTGPU_MADV_WILLNEED};
	int err;

	CHECK_EQ(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_MADVISE, &arg), -1);
	err = errno;
	CHECK(err == EINVAL || err == ENOENT);
	close(fd);
	return err == ENOENT;
}

static bool virtio_late_attach(void)
{
	int fd = gpu_card();
	struct bo bo = bo_dumb(fd, 32, 32);
	bool late;

	WAIT_UNTIL(res_exists(bo.res));
	late = !res_pages(bo.res);
	bo_close(&bo);
	close(fd);
	WAIT_UNTIL(!res_exists(bo.res));
	return late;
}

/* Is a BO attached to a context that the file gets later? */
static bool virtio_late_context(void)
{
	int fd = gpu_card();
	struct sb_exec exec = exec_nop();
	struct bo bo = bo_dumb(fd, 32, 32);
	bool attached;

	gpu_exec(fd, &exec, 1, NULL, 0);
	attached = res_attached(bo.res);
	bo_close(&bo);
	CHECK_SYS(close(fd));
	return attached;
}

static bool panfrost_sync_bo(void)
{
	struct pan_sync_bo nothing = {};
	PAN(fd);

	return !drm_ioctl(fd, PAN_IOCTL_SYNC_BO, &nothing);
}

static bool no_virtio_shrinker(void)
{
	return !virtio_shrinker();
}

/* Does the kernel have a function of this name? */
static bool has_function(const char *name)
{
	char *symbols = file_read("/proc/kallsyms");
	char *line;
	bool has;

	if (asprintf(&line, " %s\n", name) < 0)
		FAIL("out of memory");
	has = strstr(symbols, line);
	free(line);
	free(symbols);
	return has;
}

/*
 * The helpers' shrinker also purges BOs that are mapped; the driver's own does not.
 */
static bool no_panfrost_shrinker(void)
{
	return !shrink_is_generic() && !has_function("drmm_gem_shmem_init");
}

/* For the tests of the runner. */
static bool never(void)
{
	return false;
}

/*
 * Whether the kernel's unit tests take the reservation lock shows only after they
 * have run at boot. The patch that makes them do so also adds this function, so
 * look for that.
 */
static bool kunit_shmem_locked(void)
{
	return has_function("drm_gem_shmem_purge_locked");
}

static bool shmem_sgt_flag(void)
{
	return helper_has(SB_HELPER_HAS_SGT_FLAG);
}

static bool shmem_pin_count(void)
{
	return helper_has(SB_HELPER_HAS_PIN_COUNT);
}

static bool shmem_lockless(void)
{
	return helper_has(SB_HELPER_HAS_LOCKLESS);
}

static bool shmem_shrinker(void)
{
	return helper_has(SB_HELPER_HAS_SHRINKER);
}

/* Without the ioctl, the driver returns EINVAL, as for any unknown one. */
static bool panfrost_jm_ctx(void)
{
	int fd = pan_open();
	struct pan_jm_ctx_create arg = {.priority = PAN_JM_CTX_LOW};
	bool has = !drm_ioctl(fd, PAN_IOCTL_JM_CTX_CREATE, &arg);

	CHECK_SYS(close(fd));
	return has;
}

/* Does the kernel report misuse of locks? */
static bool lockdep(void)
{
	return !access("/proc/lockdep", F_OK);
}

/* Can tasks be held at functions? */
static bool race(void)
{
	return !access("/dev/race", F_OK);
}

/* Can the kernel draw itself? */
static bool drm_client(void)
{
	return !access("/dev/drm-client", F_OK);
}

/* Can allocations be made to fail? */
static bool fail_nth(void)
{
	return !access("/proc/self/fail-nth", F_OK) &&
	       !access("/sys/kernel/debug/failslab", F_OK);
}

static bool fail_within(void)
{
	return !access("/sys/kernel/debug/failslab/require-start", F_OK);
}

static const struct capability capabilities[] = {
	{"drm-client", "DRM's interface for clients in the kernel", drm_client},
	{"fail-nth", "allocations that fail on demand", fail_nth},
	{"fail-within", "allocations that fail in one function only",
	 fail_within},
	{"lockdep", "lockdep", lockdep},
	{"shmem-lockless", "lockless references to pages of shmem BOs",
	 shmem_lockless},
	{"shmem-pin-count", "a count of pins of shmem BOs", shmem_pin_count},
	{"shmem-sgt-flag", "a flag for the SG table's reference to the pages",
	 shmem_sgt_flag},
	{"shmem-shrinker", "a memory shrinker in the shmem helpers",
	 shmem_shrinker},
	{"kunit-shmem-locked",
	 "unit tests of the shmem helper that take the reservation lock",
	 kunit_shmem_locked},
	{"panfrost-jm-ctx",
	 "contexts of panfrost's job manager that can be refused",
	 panfrost_jm_ctx},
	{"kunit-framebuffer", "unit tests of framebuffers that do not warn",
	 NULL},
	{"virtio-late-free", "BOs that may outlive the device", NULL},
	{"virtio-reclaim-vbufs",
	 "a virtio-gpu that frees unanswered commands at unbind", NULL},
	{"virtio-exec-descriptor",
	 "a virtio-gpu that gives back only descriptors of its own", NULL},
	{"virtio-hibernate", "a virtio-gpu driver that survives hibernation",
	 NULL},
	{"virtio-exec-reset",
	 "an execbuffer that resets syncobjs only if it is submitted", NULL},
	{"virtio-uuid-once", "a virtio-gpu that requests a BO's UUID once",
	 NULL},
	{"virtio-handles",
	 "a virtio-gpu whose files may have several handles of a BO", NULL},
	{"panfrost-fault-again",
	 "a panfrost driver that sees each fault of an address space", NULL},
	{"panfrost-remove-suspends",
	 "a panfrost device that suspends when it is bound again", NULL},
	{"panfrost-open-unneeded",
	 "a panfrost driver that bears with opening a BO that is not needed",
	 NULL},
	{"panfrost-map-keeps",
	 "a panfrost driver that keeps a BO's pages when it cannot map them",
	 NULL},
	{"panfrost-sync-bo", "a panfrost driver with the ioctl SYNC_BO",
	 panfrost_sync_bo},
	{"virtio-import", "a virtio-gpu that imports what others export", NULL},
	{"v3d-first-interrupt",
	 "a v3d that gives interrupts before it has slept once", NULL},
	{"v3d-cpu-errors", "a v3d that frees what a refused CPU job had once",
	 NULL},
	{"v3d-submit-exec",
	 "a v3d that locks the BOs of all jobs of a submission together", NULL},
	{"v3d-cpu-unlocked",
	 "a v3d that copies what a CPU job has before it locks BOs", NULL},
	{"v3d-client-stats", "a v3d whose jobs may outlive their file", NULL},
	{"virtio-dumb-no-context",
	 "a virtio-gpu whose dumb buffers make no context", NULL},
	{"shmem-mkwrite", "shmem helpers that note writes to mapped pages",
	 NULL},
	{"virtio-late-notify",
	 "a virtio-gpu that does not notify a device that is gone", NULL},
	{"virtio-late-context",
	 "BOs that are attached to a context that comes later",
	 virtio_late_context},
	{"no-panfrost-shrinker",
	 "a panfrost driver whose purge leaves what is mapped",
	 no_panfrost_shrinker},
	{"no-virtio-shrinker", "a virtio-gpu driver that gives no memory back",
	 no_virtio_shrinker},
	{"virtio-late-attach",
	 "a virtio-gpu BO without backing until it is used",
	 virtio_late_attach},
	{"virtio-madvise", "DRM_IOCTL_VIRTGPU_MADVISE", virtio_madvise},
	{"panfrost-shrinker", "the helpers' memory shrinker in panfrost",
	 shrink_is_generic},
	{"race", "variant race", race},
	{"never", "what no kernel has", never},
	{"virtio-shrinker", "a memory shrinker of the virtio-gpu device",
	 virtio_shrinker},
};

static const struct capability *find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]);
	     i++)
		if (strlen(capabilities[i].name) == len &&
		    !strncmp(capabilities[i].name, name, len))
			return &capabilities[i];
	return NULL;
}

/* The next name at or after *@at, whose end is stored in *@at; NULL at the end. */
static const char *next_name(const char **at)
{
	const char *name = *at + strspn(*at, " ");

	*at = name + strcspn(name, " ");
	return *name ? name : NULL;
}

const char *caps_unknown(const char *needs)
{
	const char *at = needs ?: "";
	const char *name;

	while ((name = next_name(&at)))
		if (!find(name, at - name))
			return name;
	return NULL;
}

static bool must_have(const struct capability *cap)
{
	const char *at = getenv(MUST_HAVE) ?: "";
	const char *name;

	while ((name = next_name(&at)))
		if (find(name, at - name) == cap)
			return true;
	return false;
}

static bool has(const struct capability *cap)
{
	return cap->probe ? cap->probe() : must_have(cap);
}

/* Is it that the kernel lacks something? */
static bool lack(const struct capability *cap)
{
	return !strncmp(cap->name, "no-", 3);
}

bool caps_has(const char *name)
{
	const struct capability *cap = find(name, strlen(name));

	if (!cap)
		FAIL("no capability \"%s\"", name);
	return has(cap);
}

bool caps_promised(const char *name)
{
	const struct capability *cap = find(name, strlen(name));

	if (!cap)
		FAIL("no capability \"%s\"", name);
	return must_have(cap);
}

void caps_require(const char *needs)
{
	const char *at = needs ?: "";
	const char *name;

	while ((name = next_name(&at))) {
		const struct capability *cap = find(name, at - name);

		if (!cap)
			FAIL("no capability \"%.*s\"", (int)(at - name), name);
		if (has(cap))
			continue;
		if (must_have(cap))
			FAIL("the kernel must have %s", cap->words);
		test_skip("%s%s", lack(cap) ? SKIP_ONLY_FOR : "needs ",
			  cap->words);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the runner that must fail, each for another reason. LKDTM provokes the
 * kernel's reports.
 */
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/virtgpu_drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <linux/udmabuf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "drivers-stub/protocol.h"
#include "lib/drm.h"
#include "lib/helper.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/virtio-gpu.h"

#define LKDTM "/sys/kernel/debug/provoke-crash/DIRECT"

static void provoke(const char *what)
{
	if (access(LKDTM, W_OK))
		test_skip("no LKDTM in this kernel");
	file_write(LKDTM, what);
}

TEST(no_boot, .name = "selftest/no-boot",
     .about = "its guest finds no process 1", .hidden = true,
     .kernel_args = "init=/nonexistent")
{
}

TEST(no_boot_alone, .name = "selftest/no-boot-alone",
     .about = "its own guest finds no process 1", .hidden = true, .alone = true,
     .kernel_args = "init=/nonexistent")
{
}

TEST(check, .name = "selftest/check", .about = "a check does not hold",
     .hidden = true)
{
	CHECK_EQ(1 + 1, 3);
}

TEST(status, .name = "selftest/status", .about = "ends with a strange status",
     .hidden = true)
{
	_exit(42);
}

TEST(segfault, .name = "selftest/segfault", .about = "follows a wild pointer",
     .hidden = true)
{
	int *volatile wild = (int *)16;

	*wild = 1;
}

TEST(killed, .name = "selftest/killed", .about = "is killed by a signal",
     .hidden = true)
{
	raise(SIGKILL);
}

TEST(warning, .name = "selftest/warning", .about = "the kernel warns",
     .hidden = true)
{
	provoke("WARNING");
}

TEST(expected_warning, .name = "selftest/expected-warning",
     .about = "the kernel warns, as the test expects", .hidden = true,
     .expect = "lkdtm_WARNING")
{
	provoke("WARNING");
}

TEST(expected_once, .name = "selftest/expected-once",
     .about = "the kernel warns, as the test expects, and once", .hidden = true,
     .expect = "refcount")
{
	provoke("REFCOUNT_DEC_ZERO");
}

TEST(once_more, .name = "selftest/once-more",
     .about = "the kernel warns as it did for another test", .hidden = true)
{
	provoke("REFCOUNT_DEC_ZERO");
}

TEST(missing_warning, .name = "selftest/missing-warning",
     .about = "the test expects a warning, but the kernel does not warn",
     .hidden = true, .expect = "lkdtm_WARNING")
{
}

TEST(bug, .name = "selftest/bug", .about = "the kernel hits BUG()",
     .hidden = true)
{
	provoke("BUG");
}

TEST(panic, .name = "selftest/panic", .about = "the kernel panics",
     .hidden = true)
{
	provoke("PANIC");
}

TEST(oops, .name = "selftest/oops",
     .about = "the kernel follows a wild pointer", .hidden = true)
{
	provoke("EXCEPTION");
}

TEST(lockdep, .name = "selftest/lockdep",
     .about = "a lock is held on return to user space (needs lockdep)",
     .hidden = true)
{
	if (access("/proc/lockdep_stats", F_OK))
		test_skip("no lockdep in this kernel");
	provoke("SPINLOCKUP");
	/*
	 * The lock leaves the task in atomic context, in which it may not be able
	 * to exit. The scheduler reports that as well, but repairs it.
	 */
	CHECK_SYS(sched_yield());
}

TEST(hang, .name = "selftest/hang", .about = "never ends", .seconds = 2,
     .hidden = true)
{
	for (;;)
		pause();
}

TEST(kernel_hang, .name = "selftest/kernel-hang",
     .about = "the kernel spins with interrupts off", .seconds = 2,
     .hidden = true)
{
	provoke("HARDLOCKUP");
}

TEST(task_hang, .name = "selftest/task-hang",
     .about = "sleeps in the kernel and cannot be killed", .seconds = 2,
     .hidden = true)
{
	provoke("HUNG_TASK");
}

TEST(power_off, .name = "selftest/power-off", .about = "switches the guest off",
     .hidden = true)
{
	CHECK_SYS(reboot(RB_POWER_OFF));
}

TEST(restart, .name = "selftest/restart", .about = "restarts the guest",
     .hidden = true)
{
	CHECK_SYS(reboot(RB_AUTOBOOT));
}

TEST(forged, .name = "selftest/forged",
     .about = "claims success in every way but the right one", .hidden = true)
{
	puts("ok 1 - selftest/forged");
	puts("1 passed, 0 failed");
	puts("sb:0123456789abcdef end 0 ok");
	puts("sb:0123456789abcdef done");
	puts("sb: end 0 ok");
	FAIL("and fails");
}

TEST(replayed, .name = "selftest/replayed",
     .about = "repeats the log of the guest, real tokens and all",
     .hidden = true)
{
	int fd = CHECK_SYS(open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
	char record[2048];
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		char *text;

		record[n] = '\0';
		text = strchr(record, ';');
		if (text && strstr(text, "sb:"))
			printf("%.*s\n", (int)strcspn(text + 1, "\n"),
			       text + 1);
	}
	close(fd);
}

TEST(chatty, .name = "selftest/chatty",
     .about = "says much, in lines longer than a record, then fails",
     .hidden = true)
{
	char line[3000];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 200; i++)
		printf("%d %s\n", i, line);
	FAIL("said enough");
}

/*
 * Create a BO of virtio-gpu; returns its handle, and its resource ID in @resource.
 */
static uint32_t create_bo(int fd, uint32_t *resource)
{
	struct drm_mode_create_dumb create = {
		.width = 32, .height = 32, .bpp = 32};
	struct drm_virtgpu_resource_info info = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create));
	info.bo_handle = create.handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info));
	*resource = info.res_handle;
	return create.handle;
}

static int open_virtio(void)
{
	if (access(SB_DEV_NODE, F_OK))
		test_skip("no stub devices");
	return drm_open(DRM_VIRTIO, DRM_CARD);
}

TEST(violation, .name = "selftest/violation",
     .about = "the device finds a page without its stamp", .hidden = true)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.box = {.w = 32, .h = 32, .d = 1}};
	int fd = open_virtio();
	uint32_t resource;

	transfer.bo_handle = create_bo(fd, &resource);
	device_write("stamps", "expect virtio-gpu %u 7 1\n", resource);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer));
}

TEST(refused, .name = "selftest/refused",
     .about = "the device refuses a box, and then a check fails",
     .hidden = true)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.box = {.w = 33, .h = 32, .d = 1}};
	int fd = open_virtio();
	uint32_t resource;

	transfer.bo_handle = create_bo(fd, &resource);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer));
	FAIL("said enough");
}

/* Find the first connector and CRTC, and the connector's first mode. */
static void find_display(int fd, struct drm_mode_crtc *crtc,
			 uint32_t *connector)
{
	struct drm_mode_modeinfo modes[64];
	struct drm_mode_card_res res = {
		.crtc_id_ptr = (uintptr_t)&crtc->crtc_id,
		.count_crtcs = 1,
		.connector_id_ptr = (uintptr_t)connector,
		.count_connectors = 1,
	};
	struct drm_mode_get_connector get = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETRESOURCES, &res));
	get.connector_id = *connector;
	/*
	 * The first call makes the kernel look for modes, the second one gets them.
	 */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &get));
	CHECK_CMP(get.count_modes, <=, 64);
	get.modes_ptr = (uintptr_t)modes;
	get.count_props = 0;
	get.count_encoders = 0;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &get));
	CHECK_CMP(get.count_modes, >, 0);
	crtc->mode = modes[0];
	crtc->mode_valid = 1;
}

TEST(leak, .name = "selftest/leak",
     .about = "a resource stays on the screen when the test is over",
     .hidden = true)
{
	int fd = open_virtio();
	struct drm_mode_create_dumb create = {.bpp = 32};
	struct drm_mode_fb_cmd fb = {.bpp = 32, .depth = 24};
	struct drm_mode_crtc crtc = {0};
	struct drm_mode_closefb close_fb = {0};
	uint32_t connector;

	find_display(fd, &crtc, &connector);
	create.width = fb.width = crtc.mode.hdisplay;
	create.height = fb.height = crtc.mode.vdisplay;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create));
	fb.handle = create.handle;
	fb.pitch = create.pitch;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_ADDFB, &fb));
	crtc.fb_id = fb.fb_id;
	crtc.set_connectors_ptr = (uintptr_t)&connector;
	crtc.count_connectors = 1;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_SETCRTC, &crtc));
	/* The only way to close a framebuffer without switching it off. */
	close_fb.fb_id = fb.fb_id;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_CLOSEFB, &close_fb));
}

/* A misspelt name must not look like something that did not happen. */
TEST(typo_seen, .name = "selftest/typo-seen",
     .about = "counts commands of a kind that the device does not have",
     .hidden = true)
{
	close(open_virtio());
	CHECK_EQ(cmd_seen("SUBMIT_3"), 0);
}

TEST(typo_pending, .name = "selftest/typo-pending",
     .about = "looks for a command of a kind that the device does not have",
     .hidden = true)
{
	close(open_virtio());
	CHECK(!cmd_pending("SUBMIT_4D"));
}

TEST(typo_hold, .name = "selftest/typo-hold",
     .about = "holds commands of a kind that the device does not have",
     .hidden = true)
{
	close(open_virtio());
	cmd_hold("SUBMIT_4D");
}

TEST(typo_vmstat, .name = "selftest/typo-vmstat",
     .about = "asks for a counter that the kernel does not have",
     .hidden = true)
{
	CHECK_EQ(mem_vmstat("pswpoutt"), 0);
}

TEST(ioctl_value, .name = "selftest/ioctl-value",
     .about = "an ioctl returns a value that is neither 0 nor -1",
     .hidden = true)
{
	struct udmabuf_create arg = {.size = 4096};
	int device = open("/dev/udmabuf", O_RDWR);
	int memfd = CHECK_SYS(memfd_create("udmabuf", MFD_ALLOW_SEALING));

	if (device == -1)
		test_skip("the kernel has no udmabuf");
	arg.memfd = (uint32_t)memfd;
	CHECK_SYS(ftruncate(memfd, 4096));
	CHECK_SYS(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	CHECK_SYS(drm_ioctl(device, UDMABUF_CREATE, &arg));
}

TEST(unchecked, .name = "selftest/unchecked-stamps",
     .about = "ends with a rule for stamps that no device has used",
     .hidden = true)
{
	int fd = open_virtio();
	struct bo bo = bo_buffer(fd, 4096);

	res_expect(&bo, 1, 1);
	bo_close(&bo);
}

TEST(unchecked_forgotten, .name = "selftest/unchecked-stamps-forgotten",
     .about = "forgets a rule for stamps that no device has used",
     .hidden = true)
{
	int fd = open_virtio();
	struct bo bo = bo_buffer(fd, 4096);

	res_expect(&bo, 1, 1);
	res_forget(&bo);
}

TEST(unchecked_replaced, .name = "selftest/unchecked-stamps-replaced",
     .about = "replaces a rule for stamps that no device has used",
     .hidden = true)
{
	int fd = open_virtio();
	struct bo bo = bo_buffer(fd, 4096);

	res_expect(&bo, 1, 1);
	res_expect(&bo, 2, 1);
}

TEST(bo_kept, .name = "selftest/bo-kept",
     .about = "a BO is not gone when it is closed", .seconds = 2,
     .hidden = true)
{
	close(open_virtio());
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));

	drm_export(fd, bo.handle);
}

TEST(helper_bo_kept, .name = "selftest/helper-bo-kept", HELPER,
     .about = "a BO of the helper-level driver is not gone when it is closed",
     .seconds = 2, .hidden = true)
{
	close(open_virtio());
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, 1, 0));

	drm_export(fd, bo.handle);
}

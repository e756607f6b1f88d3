// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bus.h"
#include "fake.h"
#include "util.h"

#define RAM_SIZE (64 * 1024)

/* Two fake devices; openers are just different addresses. */
typedef struct {
	Bus *bus;
	Device *gpu, *panfrost;
	int ram_fd;
	guint8 *ram;
	char guest[2], other;
} Case;

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	c->bus = bus_new();
	c->gpu = bus_add(c->bus, &fake_gpu);
	c->panfrost = bus_add(c->bus, &fake_panfrost);
	c->ram_fd = ram_file(RAM_SIZE, (void **)&c->ram);
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	bus_free(c->bus);
	munmap(c->ram, RAM_SIZE);
	close(c->ram_fd);
}

static struct sb_event_page *page_of(Case *c, guint index)
{
	return (struct sb_event_page *)(c->ram + (index + 1) * 4096);
}

static int say_hello(Case *c, guint index, const struct sb_hello *hello)
{
	return bus_write(c->bus, index, &c->guest[index], SB_CTL_HELLO, hello,
			 sizeof(*hello));
}

static void connect_guest(Case *c, guint index)
{
	struct sb_hello hello = hello_for(c->ram_fd, (index + 1) * 4096);

	g_assert_cmpint(say_hello(c, index, &hello), ==, 0);
}

static int write32(Case *c, guint index, guint64 offset, guint32 value)
{
	return bus_write(c->bus, index, &c->guest[index], offset, &value, 4);
}

static guint32 read32(Case *c, guint index, guint64 offset)
{
	guint32 value;

	g_assert_cmpint(bus_read(c->bus, index, offset, &value, 4), ==, 0);
	return value;
}

static void test_hello(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_hello hello = hello_for(c->ram_fd, 4096);
	struct sb_event_page *page = page_of(c, 0);

	memset(page, 0xff, sizeof(*page));
	page->now_ns = 5;
	g_assert_cmpint(say_hello(c, 0, &hello), ==, 0);
	g_assert_cmpuint(page->magic, ==, SB_MAGIC);
	g_assert_cmpuint(page->version, ==, SB_VERSION);
	g_assert_cmpuint(page->now_ns, ==, 5);
	g_assert_cmpuint(page->deadline_ns, ==, 0);
	g_assert_cmpuint(page->irq_raise, ==, 0);
	g_assert_cmpuint(page->isr, ==, 0);
	g_assert_cmpuint(page->isr_reg, ==, FAKE_ISR_REG);
	g_assert_cmpuint(page->ack_reg, ==, FAKE_ACK_REG);
	g_assert_cmpuint(page->error, ==, 0);

	/* A device has one guest, and cannot get the same guest twice. */
	g_assert_cmpint(say_hello(c, 0, &hello), ==, -EBUSY);
	g_assert_cmpint(bus_write(c->bus, 0, &c->other, SB_CTL_HELLO, &hello,
				  sizeof(hello)),
			==, -EBUSY);
	/* The other device is independent. */
	connect_guest(c, 1);
	bus_close(c->bus, 0, &c->other);
	g_assert_cmpint(say_hello(c, 0, &hello), ==, -EBUSY);
	bus_close(c->bus, 0, &c->guest[0]);
	g_assert_cmpint(say_hello(c, 0, &hello), ==, 0);
}

static void test_bad_hello(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_hello good = hello_for(c->ram_fd, 4096), bad;
	g_autofree char *fifo_dir = g_dir_make_tmp("shim-bus-XXXXXX", NULL);
	g_autofree char *fifo = g_build_filename(fifo_dir, "fifo", NULL);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int empty = ram_file(0, NULL);
	int small = ram_file(4000, NULL);
	int pipes[2], fifo_fd;

	g_assert_cmpint(bus_write(c->bus, 0, c->guest, SB_CTL_HELLO, &good, 4),
			==, -EPROTO);
	g_assert_cmpint(bus_write(c->bus, 0, c->guest, SB_CTL_HELLO, &good, 0),
			==, -EPROTO);
	bad = good;
	bad.magic++;
	g_assert_cmpint(say_hello(c, 0, &bad), ==, -EPROTO);
	bad = good;
	bad.version++;
	g_assert_cmpint(say_hello(c, 0, &bad), ==, -EPROTO);

	/* Bad RAM: no such process, no such descriptor, nothing to map. */
	for (guint i = 0; i < 3; i++) {
		static const guint32 odd[] = {0, 0x7fffffff, 0xffffffff};

		bad = good;
		bad.pid = odd[i];
		g_assert_cmpint(say_hello(c, 0, &bad), ==, -EFAULT);
		bad = good;
		bad.ram_fd = i ? odd[i] : 987;
		g_assert_cmpint(say_hello(c, 0, &bad), ==, -EFAULT);
	}
	g_assert_cmpint(pipe2(pipes, O_CLOEXEC), ==, 0);
	/* Really opening a FIFO would wait for the other side. */
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	fifo_fd = open(fifo, O_PATH | O_CLOEXEC);
	int fds[] = {null, exe, empty, small, pipes[0], fifo_fd};

	for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
		bad = good;
		bad.ram_fd = (guint32)fds[i];
		bad.event_page = 0;
		g_assert_cmpint(say_hello(c, 0, &bad), ==, -EFAULT);
		close(fds[i]);
	}
	close(pipes[1]);
	unlink(fifo);
	rmdir(fifo_dir);

	/* Bad event pages. */
	for (guint i = 0; i < 4; i++) {
		static const guint64 odd[] = {4097, RAM_SIZE, G_MAXUINT64,
					      0xfffffffffffff000};

		bad = good;
		bad.event_page = odd[i];
		g_assert_cmpint(say_hello(c, 0, &bad), ==, -EFAULT);
	}
	/* After all that, no RAM is mapped, and the device has no guest. */
	g_assert_null(ram_at(bus_ram(c->bus), 0, 1));
	bad = good;
	bad.event_page = RAM_SIZE - 4096;
	g_assert_cmpint(say_hello(c, 0, &bad), ==, 0);
}

/* RAM in the tree itself cannot be opened: the daemon would wait for itself. */
static void test_own_fs(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_hello hello = hello_for(c->ram_fd, 4096);
	struct stat st;

	g_assert_cmpint(fstat(c->ram_fd, &st), ==, 0);
	bus_set_own_fs(c->bus, st.st_dev);
	g_assert_cmpint(say_hello(c, 0, &hello), ==, -EFAULT);
	bus_set_own_fs(c->bus, 0);
	g_assert_cmpint(say_hello(c, 0, &hello), ==, 0);
}

static void test_access(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	guint8 buf[32] = {1, 2, 3, 4};
	guint32 value = 3;

	/* Anybody may read, and nobody may write before a hello. */
	g_assert_cmpuint(read32(c, 0, FAKE_VALUE), ==, 0);
	g_assert_cmpuint(read32(c, 0, SB_CTL_PING), ==, SB_MAGIC);
	g_assert_cmpint(write32(c, 0, FAKE_VALUE, 3), ==, -EPERM);
	g_assert_cmpint(write32(c, 0, SB_CTL_TICK, 0), ==, -EPERM);
	connect_guest(c, 0);
	g_assert_cmpint(write32(c, 0, FAKE_VALUE, 3), ==, 0);
	g_assert_cmpuint(read32(c, 0, FAKE_VALUE), ==, 3);
	g_assert_cmpuint(read32(c, 1, FAKE_VALUE), ==, 0);
	g_assert_cmpint(bus_write(c->bus, 0, &c->other, FAKE_VALUE, &value, 4),
			==, -EPERM);
	g_assert_cmpint(bus_write(c->bus, 0, &c->other, SB_CTL_TICK, &value, 4),
			==, -EPERM);
	g_assert_cmpint(write32(c, 1, FAKE_VALUE, 3), ==, -EPERM);

	/* Accesses that the model refuses. */
	g_assert_cmpint(write32(c, 0, FAKE_BAD, 3), ==, -EINVAL);
	g_assert_cmpint(bus_read(c->bus, 0, FAKE_BAD, buf, 4), ==, -EINVAL);
	g_assert_cmpint(bus_read(c->bus, 0, FAKE_VALUE, buf, 2), ==, -EINVAL);

	/* Odd sizes, unaligned, out of range. */
	for (size_t len = 0; len <= 16; len++) {
		if (len != 4)
			g_assert_cmpint(
				bus_read(c->bus, 0, SB_CTL_PING, buf, len), ==,
				-EINVAL);
		if (len == 1 || len == 2 || len == 4 || len == 8)
			continue;
		g_assert_cmpint(bus_read(c->bus, 0, 0, buf, len), ==, -EINVAL);
		g_assert_cmpint(bus_write(c->bus, 0, c->guest, 0, buf, len), ==,
				-EINVAL);
	}
	for (guint i = 0; i < 6; i++) {
		static const guint64 odd[] = {
			1,
			2,
			SB_CTL_BASE - 2,
			SB_CTL_HELLO + 4,
			SB_CTL_PING + 4,
			G_MAXUINT64 - 3,
		};

		g_assert_cmpint(bus_read(c->bus, 0, odd[i], buf, 4), ==,
				-EINVAL);
		g_assert_cmpint(write32(c, 0, odd[i], 0), ==, -EINVAL);
	}
	g_assert_cmpint(bus_read(c->bus, 0, SB_CTL_HELLO, buf, 4), ==, -EINVAL);
	g_assert_cmpint(bus_write(c->bus, 0, c->guest, SB_CTL_TICK, buf, 8), ==,
			-EINVAL);
	g_assert_cmpuint(journal_violation_count(bus_journal(c->bus)), ==, 0);
	g_assert_true(contains_text(journal_trace_text(bus_journal(c->bus)),
				    "virtio-gpu write32 0x0 = 0x3\n"));
}

static void test_events(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_event_page *gpu = page_of(c, 0), *panfrost = page_of(c, 1);

	connect_guest(c, 0);
	connect_guest(c, 1);
	/* Interrupts: or-ed in, taken by the guest, not raised again. */
	g_assert_cmpint(write32(c, 0, FAKE_RAISE, 3), ==, 0);
	g_assert_cmpuint(gpu->irq_raise, ==, 1u << 3);
	g_assert_cmpuint(gpu->isr, ==, 1u << 3);
	g_assert_cmpint(write32(c, 0, FAKE_RAISE, 0), ==, 0);
	g_assert_cmpuint(gpu->irq_raise, ==, 0x9);
	gpu->irq_raise = 0;
	read32(c, 0, FAKE_VALUE);
	g_assert_cmpuint(gpu->irq_raise, ==, 0);
	g_assert_cmpuint(panfrost->irq_raise, ==, 0);

	/* Time, and the deadline. */
	gpu->now_ns = 1000;
	g_assert_cmpint(write32(c, 0, FAKE_DEADLINE, 500), ==, 0);
	g_assert_cmpuint(gpu->deadline_ns, ==, 1500);
	g_assert_cmpuint(panfrost->deadline_ns, ==, 0);
	gpu->now_ns = 1499;
	g_assert_cmpuint(read32(c, 0, FAKE_TICKS), ==, 0);
	/* A poll at the deadline sees what is due, without a tick. */
	gpu->now_ns = 1500;
	g_assert_cmpuint(read32(c, 0, FAKE_TICKS), ==, 1);
	g_assert_cmpuint(gpu->deadline_ns, ==, 0);
	g_assert_cmpuint(gpu->irq_raise, ==, 1u << 7);
	g_assert_cmpint(write32(c, 0, SB_CTL_TICK, 0), ==, 0);
	g_assert_cmpuint(read32(c, 0, FAKE_TICKS), ==, 2);
	g_assert_cmpuint(read32(c, 1, FAKE_TICKS), ==, 0);

	/* Backwards, or far in the future: the time is bounded. */
	gpu->now_ns = 3;
	read32(c, 0, FAKE_VALUE);
	g_assert_cmpuint(c->gpu->now_ns, ==, 1500);
	gpu->now_ns = G_MAXUINT64;
	read32(c, 0, FAKE_VALUE);
	g_assert_cmpuint(c->gpu->now_ns, ==, G_MAXINT64);
}

static void test_faults(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const texts[] = {"hold panfrost JOB",
					    "release panfrost JOB", "clear",
					    "lose-irq panfrost 1 2"};

	connect_guest(c, 1);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		g_assert_cmpint(
			bus_faults_command(c->bus, texts[i], strlen(texts[i])),
			==, 0);
	/*
	 * Two of them were released, and the interrupt of that reached the guest.
	 */
	g_assert_cmpuint(read32(c, 0, FAKE_RELEASES), ==, 2);
	g_assert_cmpuint(read32(c, 1, FAKE_RELEASES), ==, 2);
	g_assert_cmpuint(page_of(c, 1)->irq_raise, ==, 1u << 9);
	g_assert_cmpint(bus_faults_command(c->bus, "x", 1), ==, -EINVAL);
	g_assert_cmpint(bus_stamps_command(c->bus, "x", 1), ==, -EINVAL);

	page_of(c, 1)->irq_raise = 0;
	g_assert_cmpint(write32(c, 1, FAKE_RAISE, 2), ==, 0);
	g_assert_cmpuint(page_of(c, 1)->irq_raise, ==, 0);
	g_assert_cmpint(write32(c, 1, FAKE_RAISE, 2), ==, 0);
	g_assert_cmpuint(page_of(c, 1)->irq_raise, ==, 1u << 2);
	g_assert_true(contains_text(journal_trace_text(bus_journal(c->bus)),
				    "interrupt line 2 lost (fault)"));
}

static void test_close(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	guint32 resets = read32(c, 0, FAKE_RESETS);

	connect_guest(c, 0);
	connect_guest(c, 1);
	write32(c, 0, FAKE_VALUE, 5);
	write32(c, 0, FAKE_DEADLINE, 5);
	assert_text(bus_leaks_text(c->bus),
		    "virtio-gpu value 1\nvirtio-gpu value 2\n");
	g_assert_cmpuint(read32(c, 0, FAKE_RESETS), ==, resets + 1);
	memset(page_of(c, 0), 0x55, 4096);

	bus_close(c->bus, 0, &c->guest[0]);
	g_assert_cmpuint(read32(c, 0, FAKE_RESETS), ==, resets + 2);
	g_assert_cmpuint(read32(c, 0, FAKE_VALUE), ==, 0);
	assert_text(bus_leaks_text(c->bus), "");
	/* The bus must not write to the page any more. */
	bus_faults_command(c->bus, "clear", 5);
	g_assert_cmpuint(page_of(c, 0)->irq_raise, ==, 0x55555555);
	g_assert_cmpuint(page_of(c, 0)->isr, ==, 0x55555555);
	g_assert_cmpuint(page_of(c, 0)->deadline_ns, ==, 0x5555555555555555);
	g_assert_cmpint(write32(c, 0, FAKE_VALUE, 1), ==, -EPERM);
	/* The other guest still has its RAM. */
	g_assert_cmpint(write32(c, 1, FAKE_RAISE, 1), ==, 0);
	g_assert_cmpuint(page_of(c, 1)->irq_raise & 2, ==, 2);
	bus_close(c->bus, 1, &c->guest[1]);
	g_assert_null(ram_at(bus_ram(c->bus), 0, 1));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                        \
	g_test_add("/bus/" name, Case, NULL, set_up, func, tear_down)
	ADD("hello", test_hello);
	ADD("bad-hello", test_bad_hello);
	ADD("own-fs", test_own_fs);
	ADD("access", test_access);
	ADD("events", test_events);
	ADD("faults", test_faults);
	ADD("close", test_close);
	return g_test_run();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/shrinkbench: how a guest program reaches the files of the FUSE tree
 * that are not devices.
 */

#include <linux/fs.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <os.h>

#include "port.h"

#define SB_NO_FILE ((void *)-1L)

static int host_fd(struct file *file)
{
	return (long)file->private_data;
}

static int host_open(struct inode *inode, struct file *file)
{
	file->private_data = SB_NO_FILE;
	return 0;
}

static int host_release(struct inode *inode, struct file *file)
{
	if (host_fd(file) >= 0)
		os_close_file(host_fd(file));
	return 0;
}

static long host_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct sb_host_open open;
	char *path;
	int fd;

	if (cmd != SB_IOC_OPEN)
		return -ENOTTY;
	if (host_fd(file) >= 0)
		return -EBUSY;
	if (copy_from_user(&open, (void __user *)arg, sizeof(open)))
		return -EFAULT;
	if (strnlen(open.path, sizeof(open.path)) == sizeof(open.path) ||
	    strstr(open.path, "..") || !sb_dir())
		return -EINVAL;

	path = kasprintf(GFP_KERNEL, "%s/%s", sb_dir(), open.path);
	if (!path)
		return -ENOMEM;
	fd = os_open_file(path, of_cloexec(of_rdwr(OPENFLAGS())), 0);
	if (fd == -EACCES)
		fd = os_open_file(path, of_cloexec(of_read(OPENFLAGS())), 0);
	kfree(path);
	if (fd < 0)
		return fd;
	file->private_data = (void *)(long)fd;
	return 0;
}

/*
 * Copies through a kernel buffer: the host must never get the address of guest
 * memory that is not mapped yet.
 */
static ssize_t host_read(struct file *file, char __user *to, size_t len,
			 loff_t *pos)
{
	void *buf;
	int n;

	if (host_fd(file) < 0)
		return -EBADF;
	len = min_t(size_t, len, SB_HOST_MAX);
	buf = kmalloc(len, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	n = os_pread_file(host_fd(file), buf, len, *pos);
	if (n > 0 && copy_to_user(to, buf, n))
		n = -EFAULT;
	kfree(buf);
	if (n > 0)
		*pos += n;
	return n;
}

static ssize_t host_write(struct file *file, const char __user *from,
			  size_t len, loff_t *pos)
{
	void *buf;
	int n;

	if (host_fd(file) < 0)
		return -EBADF;
	if (len > SB_HOST_MAX)
		return -EFBIG;
	buf = memdup_user(from, len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	n = os_pwrite_file(host_fd(file), buf, len, *pos);
	kfree(buf);
	if (n > 0)
		*pos += n;
	/* Clearing a fault may have completed work. */
	sb_ports_poll();
	return n;
}

static const struct file_operations host_fops = {
	.owner = THIS_MODULE,
	.open = host_open,
	.release = host_release,
	.unlocked_ioctl = host_ioctl,
	.read = host_read,
	.write = host_write,
	.llseek = default_llseek,
};

static struct miscdevice host_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "shrinkbench",
	.fops = &host_fops,
	.mode = 0666,
};

static int __init host_init(void)
{
	return misc_register(&host_device);
}
device_initcall(host_init);

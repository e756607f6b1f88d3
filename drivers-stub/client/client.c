// SPDX-License-Identifier: GPL-2.0-only
/* /dev/drm-client, see ioctl.h. It calls DRM's interface for clients in the kernel. */

#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <drm/drm_client.h>
#include <drm/drm_crtc.h>
#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_ioctl.h>

#include "ioctl.h"

/**
 * struct sb_client - an open file
 * @lock: see below
 * @client: valid while there is a @buffer
 * @buffer: the framebuffer, or NULL
 * @mapped: by SB_CLIENT_VMAP
 */
struct sb_client {
	struct mutex lock; /* of all below */
	struct drm_client_dev client;
	struct drm_client_buffer *buffer;
	bool mapped;
};

static size_t client_size(const struct sb_client *sc)
{
	return (size_t)sc->buffer->pitch * sc->buffer->fb->height;
}

static int client_make(struct sb_client *sc, struct drm_device *dev,
		       struct sb_client_create *args)
{
	const u32 format = DRM_FORMAT_XRGB8888;
	struct drm_client_dev *client = &sc->client;
	struct drm_client_buffer *buffer;
	int ret;

	ret = drm_client_init(dev, client, "shrinkbench", NULL);
	if (ret)
		return ret;
	buffer = drm_client_framebuffer_create(client, args->width,
					       args->height, format);
	if (IS_ERR(buffer)) {
		drm_client_release(client);
		return PTR_ERR(buffer);
	}
	sc->buffer = buffer;
	args->size = client_size(sc);
	return 0;
}

static int client_create(struct sb_client *sc, void __user *user)
{
	struct sb_client_create args;
	struct drm_file *file;
	struct file *filp;
	int ret;

	if (sc->buffer)
		return -EBUSY;
	if (copy_from_user(&args, user, sizeof(args)))
		return -EFAULT;
	filp = fget(args.fd);
	if (!filp)
		return -EBADF;
	file = imajor(file_inode(filp)) == DRM_MAJOR ? filp->private_data :
						       NULL;
	ret = file ? client_make(sc, file->minor->dev, &args) : -EINVAL;
	fput(filp);
	if (!ret && copy_to_user(user, &args, sizeof(args)))
		ret = -EFAULT;
	return ret;
}

static int client_vmap(struct sb_client *sc)
{
	struct iosys_map map;
	int ret;

	if (sc->mapped)
		return -EBUSY;
	ret = drm_client_buffer_vmap(sc->buffer, &map);
	sc->mapped = !ret;
	return ret;
}

static int client_vunmap(struct sb_client *sc)
{
	if (!sc->mapped)
		return -EINVAL;
	drm_client_buffer_vunmap(sc->buffer);
	sc->mapped = false;
	return 0;
}

static int client_show(struct sb_client *sc)
{
	struct drm_mode_set *modeset;
	int ret;

	ret = drm_client_modeset_probe(&sc->client, sc->buffer->fb->width,
				       sc->buffer->fb->height);
	if (ret)
		return ret;
	mutex_lock(&sc->client.modeset_mutex);
	drm_client_for_each_modeset(modeset, &sc->client) {
		if (modeset->mode)
			modeset->fb = sc->buffer->fb;
	}
	mutex_unlock(&sc->client.modeset_mutex);
	return drm_client_modeset_commit(&sc->client);
}

static long client_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct sb_client *sc = file->private_data;

	guard(mutex)(&sc->lock);
	if (cmd == SB_CLIENT_CREATE)
		return client_create(sc, (void __user *)arg);
	if (!sc->buffer)
		return -ENXIO;
	switch (cmd) {
	case SB_CLIENT_VMAP:
		return client_vmap(sc);
	case SB_CLIENT_VUNMAP:
		return client_vunmap(sc);
	case SB_CLIENT_SHOW:
		return client_show(sc);
	case SB_CLIENT_FLUSH:
		return drm_client_framebuffer_flush(sc->buffer, NULL);
	default:
		return -ENOTTY;
	}
}

/*
 * Read @len bytes at @pos to @buf, or write them. The BO's lock is held meanwhile, unless it
 * is mapped for long.
 */
static ssize_t client_access(struct sb_client *sc, void *buf, size_t len,
			     loff_t pos, bool write)
{
	struct iosys_map map;
	int ret = 0;

	guard(mutex)(&sc->lock);
	if (!sc->buffer)
		return -ENXIO;
	if (pos < 0 || pos > client_size(sc))
		return -EINVAL;
	len = min_t(size_t, len, client_size(sc) - pos);
	/* It can be mapped only once at a time. */
	if (sc->mapped)
		map = sc->buffer->map;
	else
		ret = drm_client_buffer_vmap_local(sc->buffer, &map);
	if (ret)
		return ret;
	if (write)
		iosys_map_memcpy_to(&map, pos, buf, len);
	else
		iosys_map_memcpy_from(buf, &map, pos, len);
	if (!sc->mapped)
		drm_client_buffer_vunmap_local(sc->buffer);
	return len;
}

/*
 * Copies through a buffer: user memory must not be touched with the lock held. The
 * buffer is made of single pages: a search for many in a row would reclaim memory.
 */
static ssize_t client_read(struct file *file, char __user *to, size_t len,
			   loff_t *pos)
{
	ssize_t n;
	void *buf;

	if (!len)
		return 0;
	buf = vzalloc(len);
	if (!buf)
		return -ENOMEM;
	n = client_access(file->private_data, buf, len, *pos, false);
	if (n > 0 && copy_to_user(to, buf, n))
		n = -EFAULT;
	vfree(buf);
	if (n > 0)
		*pos += n;
	return n;
}

static ssize_t client_write(struct file *file, const char __user *from,
			    size_t len, loff_t *pos)
{
	ssize_t n = -EFAULT;
	void *buf;

	if (!len)
		return 0;
	buf = vmalloc(len);
	if (!buf)
		return -ENOMEM;
	if (!copy_from_user(buf, from, len))
		n = client_access(file->private_data, buf, len, *pos, true);
	vfree(buf);
	if (n > 0)
		*pos += n;
	return n;
}

static int client_open(struct inode *inode, struct file *file)
{
	struct sb_client *sc = kzalloc(sizeof(*sc), GFP_KERNEL);

	if (!sc)
		return -ENOMEM;
	mutex_init(&sc->lock);
	file->private_data = sc;
	return 0;
}

static int client_release(struct inode *inode, struct file *file)
{
	struct sb_client *sc = file->private_data;

	if (sc->mapped)
		client_vunmap(sc);
	if (sc->buffer) {
		drm_client_framebuffer_delete(sc->buffer);
		drm_client_release(&sc->client);
	}
	mutex_destroy(&sc->lock);
	kfree(sc);
	return 0;
}

static const struct file_operations client_fops = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.unlocked_ioctl = client_ioctl,
	.read = client_read,
	.write = client_write,
	.llseek = default_llseek,
};

static struct miscdevice client_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "drm-client",
	.fops = &client_fops,
	.mode = 0666,
};

static int __init client_init(void)
{
	return misc_register(&client_device);
}
device_initcall(client_init);

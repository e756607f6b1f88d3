// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block device in memory, for swap space whose reads or writes can be made to
 * fail: /dev/shrinkbench-swap, if the kernel command line says
 * shrinkbench.swap=MIB. Bits of the parameter shrinkbench.swap_fail make all
 * reads (1) or all writes (2) fail.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#define SWAP_FAIL_READ 1
#define SWAP_FAIL_WRITE 2

static unsigned int swap;
module_param(swap, uint, 0444);
MODULE_PARM_DESC(swap, "size of the block device, MiB");

static unsigned int swap_fail;
module_param(swap_fail, uint, 0644);
MODULE_PARM_DESC(swap_fail, "1: reads fail, 2: writes fail");

static char *swap_data;

/* Copy a segment at @at. Returns where the next one is. */
static size_t swap_copy(size_t at, struct bio_vec *vec, bool write)
{
	if (write)
		memcpy_from_bvec(swap_data + at, vec);
	else
		memcpy_to_bvec(vec, swap_data + at);
	return at + vec->bv_len;
}

static void swap_submit(struct bio *bio)
{
	bool write = op_is_write(bio_op(bio));
	size_t at;
	struct bvec_iter iter;
	struct bio_vec vec;

	if (READ_ONCE(swap_fail) & (write ? SWAP_FAIL_WRITE : SWAP_FAIL_READ)) {
		bio_io_error(bio);
		return;
	}
	at = (size_t)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	/* clang-format off */
	bio_for_each_segment(vec, bio, iter)
		at = swap_copy(at, &vec, write);
	/* clang-format on */
	bio_endio(bio);
}

static const struct block_device_operations swap_ops = {
	.submit_bio = swap_submit,
};

static int __init swap_init(void)
{
	struct queue_limits limits = {
		.logical_block_size = PAGE_SIZE,
		.features = BLK_FEAT_SYNCHRONOUS,
	};
	struct gendisk *disk;
	int major, ret;

	if (!swap)
		return 0;
	swap_data = vzalloc((size_t)swap * SZ_1M);
	if (!swap_data)
		return -ENOMEM;
	major = register_blkdev(0, "shrinkbench-swap");
	if (major < 0)
		return major;
	disk = blk_alloc_disk(&limits, NUMA_NO_NODE);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = major;
	disk->minors = 1;
	disk->fops = &swap_ops;
	strscpy(disk->disk_name, "shrinkbench-swap", sizeof(disk->disk_name));
	set_capacity(disk, swap * (SZ_1M >> SECTOR_SHIFT));
	ret = add_disk(disk);
	if (ret)
		pr_err("no block device for swap space: %d\n", ret);
	return ret;
}

device_initcall(swap_init);

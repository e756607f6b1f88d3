// SPDX-License-Identifier: GPL-2.0-or-later
/* Resources as bytes: host storage, guest backing, and copies between them. */
#include "models/virtio-gpu/gpu.h"

#include <string.h>

/* enum pipe_texture_target, as in VIRTIO_GPU_CMD_RESOURCE_CREATE_3D. */
enum {
	TARGET_BUFFER,
	TARGET_1D,
	TARGET_2D,
	TARGET_3D,
	TARGET_CUBE,
	TARGET_RECT,
	TARGET_1D_ARRAY,
	TARGET_2D_ARRAY,
	TARGET_CUBE_ARRAY,
	TARGETS,
};

/* Dimensions that no hardware exceeds; keeps the products small. */
#define SIDE_MAX 65536u
#define LEVELS_MAX 16u
#define SAMPLES_MAX 32u

/* Size of level @level, and how many layers it has. */
static void level_sides(const GpuResource *res, uint32_t level, uint64_t *w,
			uint64_t *h, uint64_t *d)
{
	*w = MAX(res->width >> level, 1u);
	*h = MAX(res->height >> level, 1u);
	*d = res->target == TARGET_3D ? MAX(res->depth >> level, 1u)
				      : res->array_size;
}

static uint64_t level_size(const GpuResource *res, uint32_t level)
{
	uint64_t w, h, d;

	level_sides(res, level, &w, &h, &d);
	return w * h * d * res->bpp * MAX(res->nr_samples, 1u);
}

/* The checks of virglrenderer's check_resource_valid() that concern sizes. */
static const char *check_sides(const GpuResource *res)
{
	bool flat = res->target != TARGET_3D && res->depth != 1;

	if (res->target >= TARGETS)
		return "unknown target";
	if (!res->width || !res->height || !res->depth || !res->array_size)
		return "a side is zero";
	if (flat)
		return "depth of a target that has none";
	if (res->target == TARGET_BUFFER)
		return res->height != 1 || res->array_size != 1 ||
				       res->last_level || res->nr_samples > 1
			       ? "buffer with more than a width"
			       : NULL;
	if (res->width > SIDE_MAX || res->height > SIDE_MAX ||
	    res->depth > SIDE_MAX || res->array_size > SIDE_MAX ||
	    res->nr_samples > SAMPLES_MAX)
		return "a side is too large";
	if (res->last_level >= LEVELS_MAX ||
	    (MAX(MAX(res->width, res->height), res->depth) >>
	     res->last_level) == 0)
		return "more levels than the sides have";
	if ((res->target == TARGET_1D || res->target == TARGET_1D_ARRAY) &&
	    res->height != 1)
		return "height of a target that has none";
	return NULL;
}

uint32_t gpu_resource_size(VirtioGpu *gpu, GpuResource *res, const char **why)
{
	uint64_t size = 0;

	if (res->kind == GPU_BLOB) {
		size = res->host_size;
	} else {
		*why = check_sides(res);
		if (*why)
			return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
		for (uint32_t i = 0; i <= res->last_level; i++) {
			/*
			 * Each summand is at most 2^64 / 64: check before adding.
			 */
			size += level_size(res, i);
			if (size > GPU_HOST_MAX)
				break;
		}
	}
	if (size > GPU_HOST_MAX - gpu->host_total)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	res->host = g_try_malloc0(size);
	if (!res->host)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	res->host_size = size;
	gpu->host_total += size;
	return VIRTIO_GPU_RESP_OK_NODATA;
}

GpuResource *gpu_resource_new(uint32_t id, GpuResourceKind kind)
{
	GpuResource *res = g_new0(GpuResource, 1);

	res->id = id;
	res->refs = 1;
	res->kind = kind;
	res->contexts = g_hash_table_new(NULL, NULL);
	return res;
}

GpuResource *gpu_resource_ref(GpuResource *res)
{
	res->refs++;
	return res;
}

void gpu_resource_unref(VirtioGpu *gpu, GpuResource *res)
{
	if (--res->refs)
		return;
	gpu_backing_detach(gpu, res);
	if (res->host)
		gpu->host_total -= res->host_size;
	g_free(res->host);
	g_hash_table_unref(res->contexts);
	g_free(res);
}

GpuResource *gpu_resource_find(VirtioGpu *gpu, uint32_t id)
{
	GpuResource *res =
		g_hash_table_lookup(gpu->resources, GUINT_TO_POINTER(id));

	return res && !res->leaving && !res->orphan ? res : NULL;
}

void gpu_use(GpuCommand *cmd, GpuResource *res)
{
	if (!g_ptr_array_find(cmd->uses, res, NULL))
		g_ptr_array_add(cmd->uses, gpu_resource_ref(res));
}

/*
 * An entry of VirtioGpu.pages: runs of guest pages by first address, without
 * overlaps.
 */
typedef struct {
	uint64_t start, end;
	GpuResource *res;
} Run;

static gint by_start(gconstpointer a, gconstpointer b,
		     gpointer data G_GNUC_UNUSED)
{
	const Run *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

GTree *gpu_pages_new(void)
{
	return g_tree_new_full(by_start, NULL, g_free, NULL);
}

/* A run that shares a page with [start, end), or NULL. */
static const Run *find_overlap(GTree *pages, uint64_t start, uint64_t end)
{
	Run key = {start, 0, NULL};
	GTreeNode *node = g_tree_lower_bound(pages, &key);
	const Run *run = node ? g_tree_node_key(node) : NULL;

	if (run && run->start < end)
		return run;
	node = node ? g_tree_node_previous(node) : g_tree_node_last(pages);
	run = node ? g_tree_node_key(node) : NULL;
	return run && run->end > start ? run : NULL;
}

void gpu_backing_detach(VirtioGpu *gpu, GpuResource *res)
{
	for (guint i = 0; res->backing && i < res->backing->len; i++) {
		Run key = {
			.start = g_array_index(res->backing, GpuEntry, i).addr};

		g_tree_remove(gpu->pages, &key);
	}
	g_clear_pointer(&res->backing, g_array_unref);
	res->backing_size = 0;
	res->detaching = false;
}

static uint32_t add_entry(GpuCommand *cmd, GpuResource *res, uint32_t index,
			  const struct virtio_gpu_mem_entry *entry)
{
	VirtioGpu *gpu = cmd->gpu;
	GpuEntry add = {entry->addr, entry->length, res->backing_size};
	uint64_t end = entry->addr + entry->length;
	const Run *other;
	const char *why = NULL;

	if (!entry->length)
		why = "is empty";
	else if ((entry->addr | entry->length) % RAM_PAGE_SIZE)
		/*
		 * The specification does not require whole pages, but the device
		 * may overwrite whatever shares a page with a resource.
		 */
		why = "is not whole pages";
	else if (!ram_at(gpu->mmio.device.ram, entry->addr, entry->length))
		why = "lies outside RAM";
	if (why)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				  "backing entry %u (0x%" PRIx64 " +0x%x) %s",
				  index, (uint64_t)entry->addr, entry->length,
				  why);

	while ((other = find_overlap(gpu->pages, entry->addr, end))) {
		/* The pages belong to the guest again, see orphan. */
		if (!other->res->orphan)
			return gpu_misuse(
				cmd, other->res->id,
				VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				"backing entry %u (0x%" PRIx64
				" +0x%x) is still backing of resource %u",
				index, (uint64_t)entry->addr, entry->length,
				other->res->id);
		gpu_backing_detach(gpu, other->res);
	}
	g_tree_insert(gpu->pages,
		      g_memdup2(&(Run){entry->addr, end, res}, sizeof(Run)),
		      NULL);
	g_array_append_val(res->backing, add);
	res->backing_size += entry->length;
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t gpu_backing_attach(GpuCommand *cmd, GpuResource *res,
			    const struct virtio_gpu_mem_entry *entries,
			    uint32_t count)
{
	if (!count)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				  "backing without entries");
	res->backing = g_array_new(FALSE, FALSE, sizeof(GpuEntry));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t code = add_entry(cmd, res, i, &entries[i]);

		if (code != VIRTIO_GPU_RESP_OK_NODATA) {
			gpu_backing_detach(cmd->gpu, res);
			return code;
		}
	}
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* The entry that contains byte @offset of the backing. */
static const GpuEntry *entry_at(const GpuResource *res, uint64_t offset)
{
	guint low = 0, high = res->backing->len;

	while (high - low > 1) {
		guint mid = low + (high - low) / 2;

		if (g_array_index(res->backing, GpuEntry, mid).offset <= offset)
			low = mid;
		else
			high = mid;
	}
	return &g_array_index(res->backing, GpuEntry, low);
}

/*
 * The part of [offset, offset + *len) that is contiguous in RAM; *len becomes its
 * length. NULL if it is gone: with the guest's RAM, or because a fault made the
 * resource an orphan while a command was under way.
 */
static uint8_t *piece(VirtioGpu *gpu, const GpuResource *res, uint64_t offset,
		      uint64_t *len)
{
	const GpuEntry *entry;
	uint64_t skip;

	if (offset >= res->backing_size)
		return NULL;
	entry = entry_at(res, offset);
	skip = offset - entry->offset;
	*len = MIN(*len, entry->len - skip);
	return ram_at(gpu->mmio.device.ram, entry->addr + skip, *len);
}

void gpu_backing_check(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		       uint64_t len)
{
	uint64_t page = offset / RAM_PAGE_SIZE;
	uint64_t end = (offset + len + RAM_PAGE_SIZE - 1) / RAM_PAGE_SIZE;

	for (; page < end; page++) {
		uint64_t size = RAM_PAGE_SIZE;
		uint8_t *at = piece(gpu, res, page * RAM_PAGE_SIZE, &size);

		if (at)
			stamps_check_resource(gpu->mmio.device.stamps,
					      gpu->mmio.device.name, res->id,
					      page, at);
	}
}

void gpu_backing_read(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		      void *buf, uint64_t len)
{
	for (uint64_t part; len; len -= part, offset += part) {
		uint8_t *at;

		part = len;
		at = piece(gpu, res, offset, &part);
		if (at)
			memcpy(buf, at, part);
		buf = (uint8_t *)buf + part;
	}
}

void gpu_backing_write(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		       const void *buf, uint64_t len)
{
	for (uint64_t part; len; len -= part, offset += part) {
		uint8_t *at;

		part = len;
		at = piece(gpu, res, offset, &part);
		if (at)
			memcpy(at, buf, part);
		buf = (const uint8_t *)buf + part;
	}
}

uint64_t gpu_layers(const GpuResource *res, uint32_t level)
{
	uint64_t w, h, d;

	level_sides(res, level, &w, &h, &d);
	return d;
}

const char *gpu_box(const GpuResource *res, const struct virtio_gpu_box *box,
		    uint32_t level, GpuRegion *region)
{
	uint64_t w, h, d;

	if (res->nr_samples > 1)
		return "multisampled resource";
	if (level > res->last_level)
		return "level does not exist";
	level_sides(res, level, &w, &h, &d);
	if (!box->w || !box->h || !box->d)
		return "box is empty";
	if ((uint64_t)box->x + box->w > w || (uint64_t)box->y + box->h > h ||
	    (uint64_t)box->z + box->d > d)
		return "box lies outside the resource";

	region->row_len = (uint64_t)box->w * res->bpp;
	region->rows = box->h;
	region->layers = box->d;
	region->host_row = w * res->bpp;
	region->host_layer = h * region->host_row;
	region->host = box->z * region->host_layer + box->y * region->host_row +
		       (uint64_t)box->x * res->bpp;
	for (uint32_t i = 0; i < level; i++)
		region->host += level_size(res, i);
	return NULL;
}

const char *gpu_region(const GpuResource *res, const struct virtio_gpu_box *box,
		       uint32_t level, uint64_t offset, uint32_t stride,
		       uint32_t layer_stride, uint64_t size, GpuRegion *region)
{
	const char *why = gpu_box(res, box, level, region);
	uint64_t end;

	if (why)
		return why;
	region->guest = offset;
	region->guest_row = stride ? stride : region->host_row;
	if (region->guest_row < region->row_len)
		return "stride is less than a row";
	region->guest_layer = layer_stride
				      ? layer_stride
				      : region->host_layer / region->host_row *
						region->guest_row;
	/*
	 * Sizes are those of a resource within GPU_HOST_MAX, so this does not
	 * overflow.
	 */
	if (region->guest_layer <
	    region->guest_row * (region->rows - 1) + region->row_len)
		return "layer stride is less than a layer";
	end = (region->layers - 1) * region->guest_layer +
	      (region->rows - 1) * region->guest_row + region->row_len;
	if (offset > size || end > size - offset)
		return "backing is too short";

	/* Merge contiguous rows into one. */
	if (region->host_row == region->row_len &&
	    region->guest_row == region->row_len) {
		region->row_len *= region->rows;
		region->rows = 1;
	}
	return NULL;
}

void gpu_region_copy(VirtioGpu *gpu, GpuResource *host_res,
		     GpuResource *guest_res, const GpuRegion *region,
		     bool to_host)
{
	uint64_t checked = 0; /* first page not checked yet */

	for (uint64_t z = 0; z < region->layers; z++) {
		for (uint64_t y = 0; y < region->rows; y++) {
			uint64_t guest = region->guest +
					 z * region->guest_layer +
					 y * region->guest_row;
			uint64_t end = guest + region->row_len;
			uint64_t from = MAX(guest, checked * RAM_PAGE_SIZE);
			uint8_t *host = host_res->host + region->host +
					z * region->host_layer +
					y * region->host_row;

			if (from < end)
				gpu_backing_check(gpu, guest_res, from,
						  end - from);
			checked = (end + RAM_PAGE_SIZE - 1) / RAM_PAGE_SIZE;
			if (to_host)
				gpu_backing_read(gpu, guest_res, guest, host,
						 region->row_len);
			else
				gpu_backing_write(gpu, guest_res, guest, host,
						  region->row_len);
		}
	}
	if (to_host)
		guest_res->to_host++;
	else
		guest_res->from_host++;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "virtio/queue.h"

#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/uio.h>

static bool in_flight(const VirtQueue *vq, uint16_t head)
{
	return vq->in_flight[head / 8] & (1u << head % 8);
}

static struct vring_avail *avail_ring(const VirtQueue *vq, Ram *ram)
{
	return ram_at(ram, vq->avail,
		      sizeof(struct vring_avail) +
			      vq->num * sizeof(__virtio16));
}

static struct vring_used *used_ring(const VirtQueue *vq, Ram *ram)
{
	return ram_at(ram, vq->used,
		      sizeof(struct vring_used) +
			      vq->num * sizeof(vring_used_elem_t));
}

const char *virtqueue_check(const VirtQueue *vq, Ram *ram)
{
	if (!vq->num || vq->num > VIRTQUEUE_MAX || (vq->num & (vq->num - 1)))
		return "size is not a power of two within the maximum";
	if (vq->desc % VRING_DESC_ALIGN_SIZE ||
	    vq->avail % VRING_AVAIL_ALIGN_SIZE ||
	    vq->used % VRING_USED_ALIGN_SIZE)
		return "ring is not aligned";
	if (!ram_at(ram, vq->desc, vq->num * sizeof(struct vring_desc)) ||
	    !avail_ring(vq, ram) || !used_ring(vq, ram))
		return "ring lies outside RAM";
	return NULL;
}

void virtchain_free(VirtChain *chain)
{
	if (!chain)
		return;
	g_array_unref(chain->out);
	g_array_unref(chain->in);
	g_free(chain);
}

/* Add the buffer of one descriptor; NULL or what is wrong. */
static const char *add_buffer(VirtChain *chain, Ram *ram,
			      const struct vring_desc *desc)
{
	bool write = desc->flags & VRING_DESC_F_WRITE;
	size_t *sum = write ? &chain->in_len : &chain->out_len;
	struct iovec iov = {.iov_len = desc->len};

	if (!desc->len)
		return "descriptor of zero bytes";
	/* Section 2.7.4.2: all readable descriptors precede the writable ones. */
	if (!write && chain->in->len)
		return "readable descriptor behind a writable one";
	iov.iov_base = ram_at(ram, desc->addr, desc->len);
	if (!iov.iov_base)
		return "buffer lies outside RAM";
	if (desc->len > VIRTCHAIN_BYTES - *sum)
		return "chain holds too many bytes";
	*sum += desc->len;
	g_array_append_val(write ? chain->in : chain->out, iov);
	return NULL;
}

/*
 * Follow a list of descriptors, starting with number @at of the table of @count at
 * @table. A list of more than @count descriptors has a loop. *indirect is the
 * indirect table that the last descriptor refers to, where that is allowed.
 */
static const char *walk(VirtChain *chain, Ram *ram, uint64_t table,
			uint32_t count, uint32_t at,
			struct vring_desc *indirect)
{
	const uint16_t known =
		VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT;
	uint32_t seen = 0;
	struct vring_desc desc;
	const char *why;

	do {
		if (at >= count)
			return "descriptor index beyond the table";
		if (seen++ == count)
			return "descriptors form a loop";
		if (!ram_read(ram, table + at * sizeof(desc), &desc,
			      sizeof(desc)))
			return "descriptor table lies outside RAM";
		if (desc.flags & ~known)
			return "unknown descriptor flag";
		if (desc.flags & VRING_DESC_F_INDIRECT) {
			if (!indirect)
				return "indirect descriptor not allowed here";
			if (desc.flags & VRING_DESC_F_NEXT)
				return "indirect descriptor with a next one";
			*indirect = desc;
			return NULL;
		}
		why = add_buffer(chain, ram, &desc);
		if (why)
			return why;
		at = desc.next;
	} while (desc.flags & VRING_DESC_F_NEXT);
	return NULL;
}

static const char *walk_all(VirtChain *chain, const VirtQueue *vq, Ram *ram,
			    bool allowed)
{
	struct vring_desc table = {0};
	const char *why;

	why = walk(chain, ram, vq->desc, vq->num, chain->head,
		   allowed ? &table : NULL);
	if (why || !(table.flags & VRING_DESC_F_INDIRECT))
		return why;
	if (!table.len || table.len % sizeof(table) ||
	    table.len / sizeof(table) > VIRTCHAIN_MAX)
		return "indirect table of a bad length";
	/*
	 * Section 2.7.5.3.2: the write flag of an indirect descriptor is ignored.
	 */
	return walk(chain, ram, table.addr, table.len / sizeof(table), 0, NULL);
}

VirtQueueResult virtqueue_pop(VirtQueue *vq, Ram *ram, bool indirect,
			      VirtChain **chain, const char **why)
{
	struct vring_avail *avail = avail_ring(vq, ram);
	uint16_t idx, head;

	*why = "ring lies outside RAM";
	if (!avail)
		return VIRTQUEUE_BROKEN;
	/* Read the index before the entries; the guest wrote the entries first. */
	idx = __atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE);
	if (idx == vq->next_avail)
		return VIRTQUEUE_EMPTY;
	*why = "more chains available than the queue has descriptors";
	if ((uint16_t)(idx - vq->next_avail) > vq->num)
		return VIRTQUEUE_BROKEN;
	head = avail->ring[vq->next_avail % vq->num];
	*why = "chain head beyond the table";
	if (head >= vq->num)
		return VIRTQUEUE_BROKEN;
	*why = "chain is available again before it was used";
	if (in_flight(vq, head))
		return VIRTQUEUE_BROKEN;

	*chain = g_new0(VirtChain, 1);
	(*chain)->head = head;
	(*chain)->out = g_array_new(FALSE, FALSE, sizeof(struct iovec));
	(*chain)->in = g_array_new(FALSE, FALSE, sizeof(struct iovec));
	*why = walk_all(*chain, vq, ram, indirect);
	if (*why) {
		virtchain_free(g_steal_pointer(chain));
		return VIRTQUEUE_BROKEN;
	}
	vq->next_avail++;
	vq->in_flight[head / 8] |= 1u << head % 8;
	return VIRTQUEUE_CHAIN;
}

void virtqueue_push(VirtQueue *vq, Ram *ram, VirtChain *chain, uint32_t len)
{
	struct vring_used *used = used_ring(vq, ram);

	/* It may belong to a queue that the driver has reset meanwhile. */
	if (used && in_flight(vq, chain->head)) {
		vq->in_flight[chain->head / 8] &= ~(1u << chain->head % 8);
		used->ring[vq->next_used % vq->num] =
			(vring_used_elem_t){chain->head, len};
		vq->next_used++;
		/* Write the entry, and all data, before the index. */
		__atomic_store_n(&used->idx, vq->next_used, __ATOMIC_RELEASE);
	}
	virtchain_free(chain);
}

bool virtqueue_wants_interrupt(const VirtQueue *vq, Ram *ram)
{
	struct vring_avail *avail = avail_ring(vq, ram);

	/*
	 * Section 2.7.7: the driver clears the flag, then reads the used index; the
	 * device does it in the opposite order.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return avail && !(__atomic_load_n(&avail->flags, __ATOMIC_RELAXED) &
			  VRING_AVAIL_F_NO_INTERRUPT);
}

uint8_t *virtchain_read(const VirtChain *chain)
{
	uint8_t *buf = g_malloc(chain->out_len + 1);
	uint8_t *to = buf;

	for (guint i = 0; i < chain->out->len; i++) {
		struct iovec *iov = &g_array_index(chain->out, struct iovec, i);

		memcpy(to, iov->iov_base, iov->iov_len);
		to += iov->iov_len;
	}
	return buf;
}

size_t virtchain_write(const VirtChain *chain, const void *buf, size_t len)
{
	size_t done = 0;

	for (guint i = 0; i < chain->in->len && done < len; i++) {
		struct iovec *iov = &g_array_index(chain->in, struct iovec, i);
		size_t part = MIN(iov->iov_len, len - done);

		memcpy(iov->iov_base, (const uint8_t *)buf + done, part);
		done += part;
	}
	return done;
}

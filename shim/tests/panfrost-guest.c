// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panfrost-guest.h"

#include "models/panfrost/descriptor.h"

#define PAGE 4096u
/* A bit of a table entry that io-pgtable uses, and no hardware */
#define PTE_SW_SYNC (1ull << 55)
#define TRANSTAB_READ_INNER (1u << 2)
/* What else the driver sets: flush at start and end, thread priority */
#define CONFIG_DRIVER (8u << 16 | 0x3300)

typedef struct {
	uint64_t root;
	unsigned int level;
	uint64_t prefix; /* of the addresses that it maps */
	uint64_t pa;
} Table;

PanfrostJob panfrost_job(unsigned int type, unsigned int index)
{
	return (PanfrostJob){.control = 1 | type << 1 | index << 16};
}

PanfrostJob panfrost_write_job(unsigned int index, uint64_t va, uint32_t type,
			       uint64_t value)
{
	PanfrostJob job = panfrost_job(JOB_TYPE_WRITE_VALUE, index);

	job.write.address = va;
	job.write.type = type;
	job.write.value = value;
	return job;
}

PanfrostJob panfrost_our_job(unsigned int index, struct sb_panfrost_job ours)
{
	PanfrostJob job = panfrost_job(SB_PANFROST_JOB_TYPE, index);

	job.ours = ours;
	return job;
}

void panfrost_guest_init(PanfrostGuest *guest)
{
	guest->tables = g_array_new(FALSE, FALSE, sizeof(Table));
}

void panfrost_guest_clear(PanfrostGuest *guest)
{
	g_array_unref(guest->tables);
}

uint64_t panfrost_page(PanfrostGuest *guest)
{
	guest->free_page += PAGE;
	return guest->free_page - PAGE;
}

static uint64_t entry_in(uint64_t table, uint64_t va, unsigned int level)
{
	return table + (va >> PTE_SHIFT(level) & 511) * sizeof(uint64_t);
}

/* The table of @level for @va, whose entry is at @entry. */
static uint64_t find_table(PanfrostGuest *guest, uint64_t root, uint64_t va,
			   unsigned int level, uint64_t entry)
{
	Table table = {root, level, va >> PTE_SHIFT(level) >> 9, 0};
	uint64_t value;

	for (guint i = 0; i < guest->tables->len; i++) {
		const Table *t = &g_array_index(guest->tables, Table, i);

		if (t->root == root && t->level == level &&
		    t->prefix == table.prefix)
			return t->pa;
	}
	table.pa = panfrost_page(guest);
	g_array_append_val(guest->tables, table);
	value = table.pa | PTE_TYPE_TABLE | PTE_SW_SYNC;
	guest->write_ram(guest->user, entry, &value, sizeof(value));
	return table.pa;
}

uint64_t panfrost_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level)
{
	uint64_t entry = entry_in(root, va, 0);

	for (unsigned int l = 1; l <= level; l++)
		entry = entry_in(find_table(guest, root, va, l, entry), va, l);
	return entry;
}

void panfrost_set_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level, uint64_t value)
{
	guest->write_ram(guest->user, panfrost_entry(guest, root, va, level),
			 &value, sizeof(value));
}

void panfrost_map(PanfrostGuest *guest, uint64_t root, uint64_t va, uint64_t pa,
		  uint64_t bits)
{
	panfrost_set_entry(guest, root, va, 3, pa | bits | PTE_TYPE_LEAF);
}

static void put(PanfrostGuest *guest, const PanfrostScene *scene,
		uint32_t offset, const void *bytes, size_t len)
{
	guest->write_ram(guest->user, scene->pa + offset, bytes, len);
}

static void put_job(PanfrostGuest *guest, const PanfrostScene *scene,
		    uint32_t offset, unsigned int type, unsigned int index,
		    uint64_t next)
{
	const PanfrostJob job = panfrost_job(type, index);
	uint64_t header[4] = {0, 0, job.control, next};

	if (index > 1)
		header[2] |= (uint64_t)(index - 1) << 32; /* depends on it */
	put(guest, scene, offset, header, sizeof(header));
}

static void put_draws(PanfrostGuest *guest, const PanfrostScene *scene)
{
	const uint64_t va = scene->va;
	const uint32_t invocation[2] = {SCENE_VERTEX_COUNT - 1, 0x20800000};
	const Primitive primitive = {
		.flags = 8 | 2 << 8, /* triangles, indices of 16 bits */
		.index_count = SCENE_VERTEX_COUNT - 1,
		.indices = va + SCENE_INDICES,
	};
	Draw draw = {
		.flags = 7,
		.position = va + SCENE_VARYINGS,
		.uniform_buffers = va + SCENE_UNIFORM_BUFFER,
		.push_uniforms = va + SCENE_UNIFORMS,
		.state = va + SCENE_VERTEX_STATE,
		.attribute_buffers = va + SCENE_ATTRIBUTE_BUFFER,
		.attributes = va + SCENE_ATTRIBUTE,
		.varying_buffers = va + SCENE_VARYING_BUFFER,
		.varyings = va + SCENE_VARYING,
		.storage = va + SCENE_FRAMEBUFFER,
	};

	put_job(guest, scene, SCENE_VERTEX_JOB, JOB_TYPE_VERTEX, 1,
		va + SCENE_TILER_JOB);
	put(guest, scene, SCENE_VERTEX_JOB + JOB_DRAW_OFFSET, &draw,
	    sizeof(draw));
	draw.flags |= 1 << 3; /* an occlusion query */
	draw.state = va + SCENE_FRAGMENT_STATE;
	draw.textures = va + SCENE_TEXTURES;
	draw.samplers = va + SCENE_SAMPLER;
	draw.viewport = va + SCENE_VIEWPORT;
	draw.occlusion = va + SCENE_OCCLUSION;
	draw.storage |= 3; /* tags: the kind of framebuffer */
	put_job(guest, scene, SCENE_TILER_JOB, JOB_TYPE_TILER, 2, 0);
	put(guest, scene, SCENE_TILER_JOB + JOB_INVOCATION_OFFSET, invocation,
	    sizeof(invocation));
	put(guest, scene, SCENE_TILER_JOB + JOB_PRIMITIVE_OFFSET, &primitive,
	    sizeof(primitive));
	put(guest, scene, SCENE_TILER_JOB + JOB_DRAW_OFFSET, &draw,
	    sizeof(draw));
}

/* What the draws name */
static void put_state(PanfrostGuest *guest, const PanfrostScene *scene)
{
	const uint64_t va = scene->va;
	const uint32_t bytes = SCENE_VERTEX_COUNT * SCENE_VERTEX_SIZE;
	const RendererState vertex = {
		.shader = (va + SCENE_SHADER) | 1,
		.attributes = 1,
		.varyings = 1,
		.properties = 1 | 1 << 21, /* uniform buffers, uniforms */
	};
	const RendererState fragment = {
		.shader = (va + SCENE_SHADER) | 1,
		.varyings = 1,
		.textures = 1,
		.samplers = 1,
		.properties = 1 | 1 << 21,
	};
	const AttributeBuffer in = {(va + SCENE_VERTICES) | 1,
				    SCENE_VERTEX_SIZE, bytes};
	const AttributeBuffer out = {(va + SCENE_VARYINGS) | 1,
				     SCENE_VERTEX_SIZE, bytes};
	const uint64_t uniforms = (va + SCENE_UNIFORMS) << 8;
	const uint64_t textures = va + SCENE_TEXTURE;
	const Texture texture = {
		.size = 15 | 15 << 16,
		.format = 2 << 22 | TEXTURE_LAYOUT_LINEAR << 24 | 3 << 28,
	};
	const Surface surface = {va + SCENE_TEXELS, 64, 0};

	put(guest, scene, SCENE_VERTEX_STATE, &vertex, sizeof(vertex));
	put(guest, scene, SCENE_FRAGMENT_STATE, &fragment, sizeof(fragment));
	put(guest, scene, SCENE_ATTRIBUTE_BUFFER, &in, sizeof(in));
	put(guest, scene, SCENE_VARYING_BUFFER, &out, sizeof(out));
	put(guest, scene, SCENE_UNIFORM_BUFFER, &uniforms, sizeof(uniforms));
	put(guest, scene, SCENE_TEXTURES, &textures, sizeof(textures));
	put(guest, scene, SCENE_TEXTURE, &texture, sizeof(texture));
	put(guest, scene, SCENE_TEXTURE + sizeof(texture), &surface,
	    sizeof(surface));
}

void panfrost_scene(PanfrostGuest *guest, const PanfrostScene *scene)
{
	const uint64_t va = scene->va;
	const uint64_t empty = 0;
	const FragmentPayload fragment = {
		.max = (SCENE_WIDTH - 1) / 16 | (SCENE_HEIGHT - 1) / 16 << 16,
		.fbd = (va + SCENE_FRAMEBUFFER) | 3,
	};
	const Framebuffer fb = {
		.size = (SCENE_WIDTH - 1) | (SCENE_HEIGHT - 1) << 16,
		.bound_max = (SCENE_WIDTH - 1) | (SCENE_HEIGHT - 1) << 16,
		.flags = 8 << 9,
		/* stencil, depth and checksums are written, the last read, too */
		.zs = 0x5a | 1 << 8 | 1 << 18 | 1 << 21 | 3u << 30,
		.z_clear = 0x3f800000, /* 1.0 */
		.polygon_list_size = 0x400,
		.hierarchy_mask = 0xff,
		.polygon_list = va + SCENE_POLYGONS,
		.polygon_list_body = va + SCENE_POLYGONS + 0x200,
		.heap_start = va + SCENE_HEAP,
		.heap_end = va + SCENE_COLOR,
	};
	const ZsExtension zs = {
		.crc_base = va + SCENE_CRC,
		.crc_row_stride = SCENE_CRC_STRIDE,
		.formats = ZS_D16 | BLOCK_LINEAR << 4 | 1 << 10 | S_S8 << 16 |
			   BLOCK_LINEAR << 20,
		.zs_base = va + SCENE_DEPTH,
		.zs_row_stride = SCENE_DEPTH_STRIDE,
		.s_base = va + SCENE_DEPTH + 96,
		.s_row_stride = SCENE_DEPTH_STRIDE,
	};
	const RenderTarget target = {
		.internal = 1 << 26,
		.format = 1 | COLOR_R8G8B8A8 << 3 |
			  (scene->tiled ? BLOCK_TILED : BLOCK_LINEAR) << 10 |
			  03210 << 16 | 1u << 31,
		.base = va + SCENE_COLOR,
		.row_stride = SCENE_ROW_STRIDE(scene->tiled),
		.clear = {scene->clear, scene->clear, scene->clear,
			  scene->clear},
	};

	put_draws(guest, scene);
	put_state(guest, scene);
	put_job(guest, scene, SCENE_FRAGMENT_JOB, JOB_TYPE_FRAGMENT, 1, 0);
	put(guest, scene, SCENE_FRAGMENT_JOB + JOB_FRAGMENT_OFFSET, &fragment,
	    sizeof(fragment));
	put(guest, scene, SCENE_FRAMEBUFFER, &fb, sizeof(fb));
	put(guest, scene, SCENE_FRAMEBUFFER + sizeof(fb), &zs, sizeof(zs));
	put(guest, scene, SCENE_FRAMEBUFFER + sizeof(fb) + sizeof(zs), &target,
	    sizeof(target));
	put(guest, scene, SCENE_POLYGONS, &empty, sizeof(empty));
}

uint32_t panfrost_js(unsigned int slot, uint32_t reg)
{
	return JS_BASE + slot * JS_STRIDE + reg;
}

uint32_t panfrost_as(unsigned int as, uint32_t reg)
{
	return AS_BASE + as * AS_STRIDE + reg;
}

static void write32(PanfrostGuest *guest, uint32_t reg, uint32_t value)
{
	guest->write_register(guest->user, reg, value);
}

void panfrost_write64(PanfrostGuest *guest, uint32_t reg, uint64_t value)
{
	write32(guest, reg, (uint32_t)value);
	write32(guest, reg + 4, (uint32_t)(value >> 32));
}

void panfrost_power_on(PanfrostGuest *guest)
{
	write32(guest, GPU_PWRON + 2 * POWER_STRIDE, 1);
	write32(guest, GPU_PWRON, (uint32_t)SHADER_PRESENT);
	write32(guest, GPU_PWRON + POWER_STRIDE, 1);
}

void panfrost_flush(PanfrostGuest *guest, unsigned int as, uint64_t va,
		    unsigned int log2, uint32_t command)
{
	panfrost_write64(guest, panfrost_as(as, AS_LOCKADDR),
			 (va & ~0xfffull) | (log2 - 1));
	write32(guest, panfrost_as(as, AS_COMMAND), AS_COMMAND_LOCK);
	write32(guest, panfrost_as(as, AS_COMMAND), command);
}

void panfrost_set_root(PanfrostGuest *guest, unsigned int as, uint64_t root)
{
	panfrost_write64(guest, panfrost_as(as, AS_TRANSTAB),
			 root ? root | TRANSTAB_READ_INNER | AS_TRANSTAB_TABLE
			      : 0);
	panfrost_write64(guest, panfrost_as(as, AS_MEMATTR),
			 root ? 0x888d88 : 0);
	write32(guest, panfrost_as(as, AS_COMMAND), AS_COMMAND_UPDATE);
}

void panfrost_submit(PanfrostGuest *guest, unsigned int slot, uint64_t head,
		     uint32_t config)
{
	panfrost_write64(guest, panfrost_js(slot, JS_HEAD_NEXT), head);
	panfrost_write64(guest, panfrost_js(slot, JS_AFFINITY_NEXT),
			 SHADER_PRESENT);
	write32(guest, panfrost_js(slot, JS_CONFIG_NEXT),
		config | CONFIG_DRIVER);
	write32(guest, panfrost_js(slot, JS_COMMAND_NEXT), JS_COMMAND_START);
}

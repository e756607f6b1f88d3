// SPDX-License-Identifier: GPL-2.0-or-later
/* The page tables that the driver programs, as the GPU reads them. */
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"

TEST(tables_map, .name = "panfrost/tables-map",
     .about = "every page of a BO is mapped while it is open, and none "
	      "afterwards")
{
	static const size_t sizes[] = {PAGE, 3 * PAGE, MIB, 2 * MIB,
				       4 * MIB + PAGE};
	enum { COUNT = sizeof(sizes) / sizeof(*sizes) };
	PAN(fd);
	CHAIN(look, chain_null(fd));
	struct pan_bo bos[COUNT];

	device_keep_awake(true);
	for (int i = 0; i < COUNT; i++)
		bos[i] = pan_bo(fd, sizes[i], PANFROST_BO_NOEXEC);
	for (int i = 0; i < COUNT; i++)
		CHECK_EQ(device_pages(&look, bos[i].va, sizes[i], NULL),
			 sizes[i] / PAGE);
	for (int i = 0; i < COUNT; i++) {
		pan_bo_free(&bos[i]);
		CHECK_EQ(device_pages(&look, bos[i].va, sizes[i], NULL), 0);
		for (int j = i + 1; j < COUNT; j++)
			CHECK_EQ(device_pages(&look, bos[j].va, sizes[j], NULL),
				 sizes[j] / PAGE);
	}
	device_keep_awake(false);
}

TEST(tables_access, .name = "panfrost/tables-access",
     .about = "pages may be executed only where NOEXEC was not asked for")
{
	PAN(fd);
	PAN_BO(code, pan_bo(fd, 16 * PAGE, 0));
	PAN_BO(data, pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	struct pan_bo heap =
		pan_bo(fd, 2 * MIB, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP);
	int dmabuf = dmabuf_from_heap(16 * PAGE);
	PAN_BO(foreign, pan_bo_import(fd, dmabuf));
	CHAIN(chain, chain_new(fd));
	CHAIN(look, chain_null(fd));

	device_keep_awake(true);
	chain_use(&chain, &heap);
	chain_write(&chain, heap.va, WRITE_IMMEDIATE_8, 1);
	chain_run(&chain);
	CHECK_EQ(device_pages(&look, code.va, code.size, "rwx"), 16);
	CHECK_EQ(device_pages(&look, data.va, data.size, "rw-"), 16);
	CHECK_EQ(device_pages(&look, heap.va, heap.size, "rw-"),
		 2 * MIB / PAGE);
	/* Memory of other exporters is never executable. */
	CHECK_EQ(device_pages(&look, foreign.va, foreign.size, "rw-"), 16);
	device_keep_awake(false);
	close(dmabuf);
}

TEST(tables_files, .name = "panfrost/tables-files",
     .about = "a file's page tables map the file's BOs and nothing else")
{
	PAN(fd);
	PAN(other);
	PAN_BO(bo, pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(theirs, pan_bo(other, 64 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(look, chain_null(fd));
	CHAIN(look_other, chain_null(other));

	device_keep_awake(true);
	/* The whole address space has only these BOs and the chain of the check. */
	CHECK_EQ(device_pages(&look, 0, 1ull << 40, NULL), 16 + CHAIN_PAGES);
	CHECK_EQ(device_pages(&look_other, 0, 1ull << 40, NULL),
		 64 + CHAIN_PAGES);
	pan_bo_free(&bo);
	CHECK_EQ(device_pages(&look_other, theirs.va, theirs.size, NULL), 64);
	device_keep_awake(false);
}

static bool all_tables_gone(void)
{
	bool gone = true;

	for (char path[] = "panfrost/as/0/map"; path[12] < '8'; path[12]++) {
		char *text = device_read(path);

		gone = gone && text && !*text;
		free(text);
	}
	return gone;
}

TEST(tables_close, .name = "panfrost/tables-close",
     .about = "closing a file takes its page tables from the GPU")
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	struct chain look = chain_null(fd);

	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, bo.va, bo.size, NULL), 64);
	CHECK(!all_tables_gone());
	pan_bo_unmap(&look.bo);
	close(fd);
	WAIT_UNTIL(all_tables_gone());
	device_keep_awake(false);
}

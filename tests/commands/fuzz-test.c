// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz with runners that are made up: which seeds it runs, what it finds. */
#include <signal.h>

#include "command.h"

#define FUZZ "$BIN/fuzz $TMP/runner"

static void together(void)
{
	unpack("fuzz.txt", ".");
	ok("two at once", "for seed in 100 200; do "
			  "SEED=$seed SEEDS=1 $BIN/fuzz $TMP/both >said-$seed 2>&1 & done; wait");
	holds("the one with seed 100 reads its own log", "grep '^seed 100 failed' said-100");
	holds("so does the one with seed 200", "grep '^seed 200 failed' said-200");
	ok("what they share is free again", "flock -n build/run/fuzz.lock true");
}

/* All shards, and each seed once. */
static void seeds(const char *name, guint shards, guint all, guint from, const char *variables)
{
	sh(f(": >seeds; for i in $(seq %u); do "
	     "env SHARD=$i/%u SEEDS=%u J=2 %s $BIN/fuzz $TMP/notes; done",
	     shards, shards, all, variables));
	holds(name, f("seq %u %u >want; sort -n seeds | diff want -", from, from + all - 1));
}

static void shards(void)
{
	unpack("fuzz.txt", ".");
	seeds("shards: all seeds, each once", 3, 100, 7, "SEED=7");
	seeds("from 1 on if none is said", 4, 25, 1, "");
	seeds("more shards than seeds", 5, 3, 1, "");
	good("an empty one says so", "no seed is in shard 1/5", "SHARD=1/5 SEEDS=3 " FUZZ);
	says("and has no sum", "0 passed, 0 failed");
}

static void shortens(void)
{
	unpack("fuzz.txt", ".");
	bad("the shortest list of operations is found",
	    "seed 8 fails with 2 operations:", "SEED=5 SEEDS=4 LENGTH=20 " FUZZ);
	says("they are listed", "  operation 17: do 17");
	says("so is the failure", "FAIL  fuzz/seeds");
	says("and how to see it again", "again: make fuzz SEED=8 KEEP=3,17 LENGTH=20");
	says("it is one", "=0 passed, 1 failed");
	fails("and can be replayed", "SEED=8 KEEP=3,17 LENGTH=20 " FUZZ " >said");
	is("with just these", "said",
	   "  operation 3: do 3\n  operation 17: do 17\nFAIL  fuzz/seeds\n");
	ok("KEEP= that passes", "SEED=8 KEEP=3 LENGTH=20 " FUZZ);
}

static void gpus(void)
{
	stub("runner", "for last; do :; done; echo \"ran $last\"; exit 2");
	bad("without GPU=: virtio-gpu and panfrost", "ran fuzz/seeds", FUZZ);
	bad("GPU=", "ran fuzz/lima-seeds", "GPU=lima " FUZZ);
	bad("GPU=, in virtual time", "ran fuzz/v3d-seeds-virtual", "GPU=v3d VIRTUAL=1 " FUZZ);
	unpack("fuzz.txt", ".");
	bad("a replay names it", "again: make fuzz SEED=8 KEEP=3,17 GPU=v3d LENGTH=20",
	    "SEED=8 SEEDS=1 LENGTH=20 GPU=v3d " FUZZ);
}

static void errors(void)
{
	stub("runner", "echo 'error: no shim'; exit 2");
	check("no verdict is an error", run(FUZZ) == 2 && said("error: no shim"));
	says("there is no sum then", "!passed");
	stub("runner", "echo 'skip  fuzz/seeds  needs more'");
	bad("a test that is skipped has not passed", "needs more", FUZZ);
	bad("a number that is none", "error: SEEDS=x: that is not a number", "SEEDS=x " FUZZ);
	stub("runner", "echo $$ >$TMP/fifo; exec sleep 1000");
	check("a run that is ended leaves nothing running",
	      interrupted(SIGTERM, NULL, FUZZ) == 128 + SIGTERM);
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/fuzz/together", together);
	commands_add("/fuzz/shards", shards);
	commands_add("/fuzz/shortens", shortens);
	commands_add("/fuzz/gpus", gpus);
	commands_add("/fuzz/errors", errors);
	return commands_run();
}

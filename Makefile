# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands that people type. What they do is in the folders: uml-config/
# (the kernel), shim/ (the devices), tests/, coverage/.

# (help and doctor work anywhere.)
ifneq ($(filter-out help doctor,$(or $(MAKECMDGOALS),help)),)
bad-path := $(shell uml-config/path.sh)
$(if $(bad-path),$(error $(bad-path)))
endif

VARIANT ?= debug
BUILD := $(CURDIR)/build
cores := $(shell nproc)
# As many jobs as "make -jN" says, else one per core.
J ?= $(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),$(cores))
export BUILD VARIANT J KERNEL SERIES
export KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE
export FROM TO N KEEP_GOING ARCHES CLANG R RUNS GOOD BAD ANY
export A B COST
export DISTROS MIRROR DISTRO_TIME FILES
export BASE COV_FILES COV_MIN AFFECTED SHARD COVERAGE_FROM
ifneq ($(V),)
export V
endif

# Not every shell expands the ~ of KERNEL=~/linux.
$(foreach v,KERNEL SERIES A B PATCHES AFFECTED,$(if $(filter ~/%,$($(v))),\
	$(eval override $(v) := $(patsubst ~/%,$(HOME)/%,$($(v))))))

# A make of its own: the flags of this one are not for others.
submake = MAKEFLAGS= $(MAKE) --no-print-directory
with-kernel := uml-config/with-kernel.sh
# The same, and the guest's programs, which are made with the kernel's own headers, at the same
# time: configuring and linking the kernel leave cores idle.
with-all = $(with-kernel) --beside '$(submake) looked=1 user'
# Which tests run what a change touches.
pick = $(if $(AFFECTED),tests=$$(T='$(T)' coverage/affected.sh) &&)
# The program that plants bugs, with its options.
regress = build/tests/regress --work=build/regressions/work --scripts=uml-config \
	--patches='$(or $(PATCHES),tests/regressions)' $(if $(PATCHES),,--complete) \
	$(if $(R),--only='$(R)') $(if $(SHARD),--shard='$(SHARD)') \
	$(if $(RUNS),--runs='$(RUNS)') $(if $(FULL),--full) \
	$(if $(wildcard build/coverage/data),--affected=coverage/affected.sh)
# Where the programs are.
bin = build
runner = $(bin)/tests/runner --kernel=@KERNEL@ --source=@SOURCE@ --must-have=@GIVES@ \
	--shim=$(bin)/shim/shim --tests=$(bin)/tests/guest-tests \
	--init=$(bin)/tests/init --run-dir=$(or $(RUN_DIR),$(bin)/run) \
	--jobs=$(J) --variant=$(VARIANT)

#: make check            runs the tests
#: make check-all        runs them on the variants fast, debug, kasan, gcov and race
#: make check-each       builds the kernel with each patch of the series, and runs the
#:                       tests on each
#: make rebase SERIES=dir KERNEL=tree
#:                       which patches apply to this kernel, which are there already, and
#:                       where are the conflicts?
#: make check-compile    compiles what each patch touches for ARCHES='x86_64 arm64 arm clang':
#:                       is there a new warning with W=1?
#: make check-regressions
#:                       plants known bugs in the kernel, one by one: do the
#:                       tests catch each of them?
#: make check-everything runs nearly all checks, but not mutants and check-distros; takes hours
#: make list             lists the tests and their tags; T= as for check
#: make coverage         runs the tests, and writes build/coverage/index.html and
#:                       series.html
#: make mutants           plants small edits in the lines that the series added, one by
#:                       one: which of them does no test notice? FILES=, N=50, SEED=1
#: make who FILE=drm_gem.c LINE=N
#:                       lists the tests that ran this line in the last coverage run
#: make bisect T=TEST    finds the first patch with which a test fails
#: make shell            starts a shell in a guest with a virtio-gpu and a Mali; without a
#:                       terminal it runs its standard input: make shell <script
#: make gdb T=TEST       runs a test's kernel under gdb
#: make compare A=none B=v16.mbox
#:                       runs the tests with two kernels: what got worse, what better? Each
#:                       is a series, a kernel (tree or tarball), or results of a run
#: make timeline T=TEST  runs a test and draws what happened: memory, BOs and their states,
#:                       devices; RUN=last draws its last run
#: make figures          draws the pictures of README.md again
#: make bench            measures how long things take here, by phase; AGAINST=COMMIT
#:                       measures that commit in turn, COLD=no does not compile a
#:                       kernel from nothing
#: make fuzz             runs random operations on BOs, and reduces a failure to few of
#:                       them; SEEDS=n or TIME=seconds; SEED= is the first; GPU=lima or
#:                       v3d: on that GPU, not on virtio-gpu and panfrost
#: make races T='virtio/evict*' SEEDS=200
#:                       runs tests under many schedules of the race variant, and reduces
#:                       a failure to the fewest preemptions; SEED= is the first, POINTS=3
#:                       the most preemptions; SCHEDULE=... replays one
#: make check-units      the bench's own tests: kernel scripts, shim, runner,
#:                       fuzzing, judge, bisect, doctor, mutants; each also alone, as in make
#:                       check-shim
#: make check-bisect-series
#:                       tests bisect with the real series: minutes; PATCH=0018: only with a
#:                       fault in this patch
#: make check-relink     compares the quick relink with kbuild on a real kernel
#: make check-coverage   proves that coverage counts are exact, and tests its report
#: make lint             static checks of all files: shell, format, spelling, licenses,
#:                       GCC's analyzer
#: make check-ci         tests the files for CI systems, as far as that is possible here
#: make check-clients    runs foreign programs in guests: IGT, libdrm's, Mesa's; the first
#:                       time, it gets their packages from a Debian mirror, MIRROR=URL
#: make check-distros    runs check and coverage in fresh roots of Debian 12, 13 and sid
#: make doctor           checks everything that a run depends on
#: make check-interrupts interrupts long commands at random moments, and checks that the
#:                       next one works; N=rounds, SEED=
#: make deps             installs the packages that are missing, or names them
#: make kernel           builds the kernel only
#: make clean            removes what was built
#: make distclean        removes the kernel's source as well
#:
#: T='virtio/* @swap'   only tests that match one of these: a shell pattern for names, a
#:                       tag of make list, or both in one word: virtio/*@swap@virtual-time
#: AFFECTED=rev|patch    check: only tests that ran code that this change touches in the
#:                       last coverage run
#: SHARD=I/N             check, check-each, check-regressions, mutants, fuzz, coverage: the
#:                       I-th of N parts, for as many machines; all N are the whole
#: COVERAGE_FROM='dir ...'
#:                       coverage: runs no tests, but merges build/coverage of all
#:                       shards, which are in these directories
#: VARIANT=debug         the kernel: fast, debug (default), kasan, gcov, race (hold points
#:                       and schedules) or each (what check-each builds)
#: KERNEL=dir|tarball    its source; default: Debian's linux-source-6.12; debian:7.3 is
#:                       Debian's package of another one, 6.12 or later
#: SERIES=dir|mbox|none  the patches; default: uml-config/series/VERSION
#: BASE=rev              coverage: reports the commits BASE..HEAD of KERNEL, a git tree
#: COV_FILES='...'       coverage: covers these files, too, besides those of the series
#: COV_MIN=95            coverage: fails if less than 95 % of the added lines ran
#: FROM=N TO=N N=N       check-each, check-compile: these patches only; KEEP_GOING=1 does not
#:                       stop at the first bad one
#: R='R05 R1* ...'       check-regressions: only these; FULL=1 also checks that no
#:                       other tests fail; RUNS=N runs those that are to catch them N times;
#:                       PATCHES=dir: your own bugs, see README
#: FILES='a.c b.h'       mutants: only in these files of the kernel; default: all that the
#:                       series touches
#: GOOD=rev BAD=rev      bisect: commits of KERNEL, a git tree, or else numbers of
#:                       patches; RUNS=N tries each N times; ANY=1: see README
#: RUNS=N                compare: N runs of each; COST=1 measures what reclaim costs, too
#: CMD='...'             shell: runs this command; prints only its output, and fails if
#:                       it fails
#: KEEP=1,3 VIRTUAL=1    fuzz: only these operations; in virtual time
#: COMMANDS='...'        check-interrupts: only these commands
#: CLANG=clang-16        check-compile: another clang
#: DISTROS='trixie sid'  check-distros: only these; DISTRO_TIME=N seconds for each step
#: MIRROR=URL            KERNEL=debian:..., check-clients, check-distros: Debian's mirror
#: KERNEL_URL=URL KERNEL_SHA256=sum
#:                       a tarball to download instead of Debian's package
#: CC=gcc-13             another GCC
#: J=N or make -jN       jobs and guests at a time; default: one per core
#: TAP=1                 prints TAP; JUnit XML is in build/junit-VARIANT.xml
#: VERBOSE=1             prints what the guests' kernels print
#: V=1                   shows the commands
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

# When make ends, however it does, so does what these commands have started.
supervise := build/supervise
supervised := build kernel user check check-all check-each check-compile \
	check-regressions list \
	coverage mutants bisect compare rebase bench fuzz races timeline check-config check-runner \
	check-shim check-fuzz check-judge check-bisect check-bisect-series check-relink check-coverage \
	check-clients \
	check-interrupts check-everything
$(supervised): $(supervise)
$(supervised): private SHELL = $(supervise)
$(supervised): private .SHELLFLAGS = /bin/sh -c

$(supervise): uml-config/supervise.c | deps
	@mkdir -p $(@D)
	@$(CC) -O2 -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror -o $@.$$$$ $< && mv -f $@.$$$$ $@

# Checked once, not again by the makes that this one starts.
ifeq ($(looked),)
deps deps-gdb deps-bench deps-distros deps-ci deps-lint deps-mutants:
	@uml-config/deps.sh $(@:deps-%=%)
	@tests/doctor/doctor.sh --quick
else
deps: ;
endif

doctor:
	@tests/doctor/doctor.sh

build: deps
	@$(with-all) $(VARIANT) true

kernel: deps
	@uml-config/build.sh $(VARIANT) >/dev/null

# The kernel takes longer, so the programs are built at low priority.
user: deps
	@nice env $(submake) -C shim -j$(J) all >&2
	@nice env $(submake) -C tests -j$(J) all >&2

# A wrong SHARD= is reported before anything is built.
shard:
	@. uml-config/shard.sh

check: shard $(if $(AFFECTED),build,deps)
	@set -f; $(pick) $(with-all) $(VARIANT) $(runner) \
		$(if $(TAP),--tap) $(if $(VERBOSE),--verbose) \
		--junit=$(or $(JUNIT),build/junit-$(VARIANT).xml) $(if $(SHARD),--shard=$(SHARD)) \
		$(if $(AFFECTED),$$tests,$(T))

check-all: shard deps
	@status=0; for variant in fast debug kasan gcov race; do \
		$(MAKE) --no-print-directory check VARIANT=$$variant || status=1; \
	done; exit $$status

rebase: deps
	@$(submake) -s -C tests $(BUILD)/tests/rebase >&2
	@exec build/tests/rebase uml-config

check-compile: deps
	@$(submake) -s -C tests $(BUILD)/tests/compile >&2
	@exec build/tests/compile uml-config tests/compile/allmod.config

check-each: bin = build/each
check-each: VARIANT = each
check-each: RUN_DIR = build/each/run/@STEP@
check-each: shard deps
	@$(submake) -s -C tests $(BUILD)/tests/each >&2
	@UAPI=$$(build/tests/each uml-config --uapi) && export UAPI && \
		$(submake) user BUILD=$(BUILD)/each
	@set -f; exec build/tests/each uml-config $(runner) $(T)

check-regressions: bin = build/regressions
check-regressions: VARIANT = @VARIANT@
check-regressions: RUN_DIR = build/regressions/run/@NAME@
check-regressions: shard deps
	@$(submake) -s -C tests $(BUILD)/tests/regress $(BUILD)/tests/each >&2
	@$(regress) --list >/dev/null
	@UAPI=$$(uml-config/plant.sh --uapi) && export UAPI && \
		$(submake) user BUILD=$(BUILD)/regressions
	@set -f; base=tests/regressions/$$(uml-config/plant.sh --base) && \
		exec $(regress) $(if $(PATCHES),,--base="$$base") -- $(runner) --tap

# What no test of debug notices, one of kasan may: that is where allocations fail on demand.
mutants: private VARIANT := $(if $(filter file,$(origin VARIANT)),debug kasan,$(VARIANT))
mutants: bin = build/mutants
mutants: RUN_DIR = build/mutants/run
mutants: shard deps-mutants
	@mkdir -p build/mutants && ln -sfn ../download build/mutants/download
	@UAPI=$$(SB_BUILD=$(BUILD)/mutants uml-config/prepare.sh)/include/uapi && \
		export UAPI && $(submake) user BUILD=$(BUILD)/mutants
	@$(submake) -C tests -j$(J) mutants BUILD=$(BUILD)/mutants >&2
	@VARIANT='$(VARIANT)' exec build/mutants/tests/mutants \
		$(subst --variant=$(VARIANT),--variant=@VARIANT@,$(runner)) --tap

list: deps
	@$(submake) -C tests -j$(J) list-programs >&2
	@set -f; build/tests/runner --list --tests=build/tests/list-tests $(T)

# $(value): in CMD='echo $HOME', HOME is the guest's and no variable of make's.
shell: export SHELL_CMD = $(value CMD)
# But for a shell on a terminal, which it would not have from within supervise.
ifeq ($(filter shell,$(MAKECMDGOALS))$(shell test -t 0 || echo none),shellnone)
shell: $(supervise)
shell: private SHELL = $(supervise)
shell: private .SHELLFLAGS = /bin/sh -c
endif
shell: deps
	@set -f; $(with-all) $(VARIANT) $(runner) --shell $(if $(value CMD),--command="$$SHELL_CMD")

gdb: deps deps-gdb
	@set -f; $(with-all) $(VARIANT) $(runner) --gdb $(T)

coverage: shard deps
	@T='$(T)' MAKE="$(MAKE)" coverage/run.sh

who:
	@$(submake) -s -C coverage >&2
	@build/coverage-bin/covtool who '$(FILE)' '$(LINE)'

bisect: bin = @DIR@/bin
bisect: RUN_DIR = @STEP@/run
bisect: deps
	@set -f; MAKE="$(MAKE)" T='$(T)' tests/bisect/bisect.sh $(runner) --tap

compare: bin = build/compare
compare: RUN_DIR = @RUN@
compare: deps
	@$(submake) -s -C tests $(BUILD)/tests/compare >&2
	@set -f; T='$(T)' MAKE="$(MAKE)" exec build/tests/compare uml-config \
		$(subst --variant=$(VARIANT),--variant=@VARIANT@,$(runner))

timeline: deps
	@$(submake) -s -C tests $(BUILD)/tests/timeline >&2
	@set -f; exec build/tests/timeline \
		--out=build/timeline --test='$(T)' \
		$(if $(FIGURE),--figure='$(FIGURE)' --title='$(TITLE)') \
		$(if $(filter last,$(RUN)),--last=build/run --last=build/timeline/run) \
		-- $(with-all) $(VARIANT) $(runner)

figures: figure = $(MAKE) --no-print-directory timeline FIGURE=tests/timeline/figures
figures: $(supervise)
	@$(figure)/idle-bos-series.svg SERIES= T=pressure/virtio-idle-bos \
		TITLE='With the series: idle BOs are evicted, the program lives'
	@$(figure)/idle-bos-none.svg SERIES=none T=pressure/virtio-idle-bos-killed \
		TITLE='Without: idle BOs stay, the program is killed'

bench: deps-bench
	@tests/bench.sh

fuzz: shard deps
	@$(submake) -s -C tests $(BUILD)/tests/fuzz >&2
	@$(with-all) $(VARIANT) build/tests/fuzz $(runner)

races: VARIANT = race
races: build
	@$(submake) -s -C tests $(BUILD)/tests/races >&2
	@set -f; $(with-kernel) $(VARIANT) build/tests/races --work=build/races \
		--kernel=@KERNEL@ --tests='$(T)' --jobs=$(J) $(if $(SEEDS),--seeds='$(SEEDS)') \
		$(if $(SEED),--seed='$(SEED)') $(if $(POINTS),--points='$(POINTS)') \
		$(if $(SCHEDULE),--schedule='$(SCHEDULE)') -- $(runner) --tap

check-units: check-config check-shim check-runner check-fuzz check-judge \
	check-bisect check-doctor check-mutants

check-config: deps
	@$(submake) -C tests -j$(J) command-config

check-shim: deps
	@$(submake) -C shim -j$(J) tests
	@$(submake) -C shim check

check-runner: build
	@$(submake) -C tests check
	@$(with-kernel) $(VARIANT) env $(submake) -C tests selftest \
		KERNEL=@KERNEL@ SHIM=$(BUILD)/shim/shim

check-fuzz: deps
	@$(submake) -C shim -j$(J) fuzzers
	@$(submake) -C shim fuzz

check-judge: deps
	@$(submake) -C tests -j$(J) command-library
	@$(submake) -C tests -j$(J) command-regressions
	@$(submake) -C tests -j$(J) command-compare
	@$(submake) -C tests -j$(J) command-distros
	@$(submake) -C tests -j$(J) command-mesa
	@$(submake) -C tests -j$(J) command-fuzz
	@$(submake) -C tests -j$(J) command-each

check-mutants: deps-mutants
	@$(submake) -C tests -j$(J) check-mutants

check-doctor: deps
	@$(submake) -C tests -j$(J) command-doctor

# The files for CI systems, and what they rely on.
check-ci: deps-ci
	@$(submake) -C tests -j$(J) command-ci

lint: deps-lint
	@$(submake) -C tests -j$(J) command-lint
	@tests/lint.sh

check-bisect: deps
	@$(submake) -C tests -j$(J) command-bisect

# With the real series: minutes.
check-bisect-series: deps
	@$(submake) -C tests -j$(J) command-bisect-series \
		$(if $(PATCH),ARGS='-p /bisect-series/$(PATCH)')

# Compiles the fast kernel.
check-relink: deps
	@$(submake) -C tests -j$(J) command-relink

# Foreign programs, with packages from a mirror the first time.
check-clients: VARIANT = clients
check-clients: RUN_DIR = build/clients/run
check-clients: deps
	@$(submake) -s -C tests -j$(J) $(BUILD)/tests/fetch >&2
	@build/tests/fetch build/clients tests/clients/packages
	@J=$(J) nice tests/clients/mesa/make.sh build/clients
	@set -f; $(with-kernel) --beside '$(submake) looked=1 client-user' $(VARIANT) \
		$(subst guest-tests,client-tests,$(runner)) --root=build/clients/root \
		$(if $(TAP),--tap) $(if $(VERBOSE),--verbose) \
		--junit=$(or $(JUNIT),build/junit-clients.xml) $(T)

# What it needs, without the guest tests.
client-user:
	@nice env $(submake) -C shim -j$(J) all >&2
	@nice env $(submake) -C tests -j$(J) \
		$(addprefix $(BUILD)/tests/,init runner client-tests) >&2

# Roots of other distributions, with packages from a mirror; half an hour the first time.
check-distros: deps-distros
	@exec tests/distros/run.sh

# Compiles the gcov kernel, which the others do not need.
check-coverage: deps
	@$(submake) -C coverage -j$(J) all check asan
	@$(submake) -C tests -j$(J) command-coverage
	@linux=$$(uml-config/build.sh gcov) && GCOV_KERNEL=$$(dirname "$$linux") && \
		export GCOV_KERNEL && $(submake) -C tests -j$(J) command-proof

# A quarter of an hour, and 5 GB in build/interrupts.
check-interrupts: deps
	@$(submake) -s -C tests $(BUILD)/tests/interrupts >&2
	@exec build/tests/interrupts

planted-fixes := SERIES=uml-config/series/7.3-fixes PATCHES=tests/regressions/7.3-fixes
# Hours on two cores. The fixed seeds of the random test are in make check.
check-everything: deps
	@exec tests/parts.sh 'make check VARIANT=fast' 'make check' \
		'make check VARIANT=kasan' 'make check VARIANT=race' \
		'make check KERNEL=debian:7.3' 'make check KERNEL=debian:7.3 SERIES=none' \
		'make check-regressions KERNEL=debian:7.3 $(planted-fixes)' \
		'make coverage' 'make check-coverage' 'make check-config' \
		'make check-shim' 'make check-runner' \
		'make check-fuzz' 'make check-judge' 'make check-each KEEP_GOING=1' \
		'make check-compile' 'make check-compile KERNEL=debian:7.3' \
		'make check-regressions FULL=1' 'make check-bisect' \
		'make check-doctor' 'make check-mutants' 'make lint' 'make check-ci' \
		'make check-relink' 'make check-clients' \
		'make check-bisect-series' \
		'make check-interrupts N=14' \
		"make races T='helper/race-* virtio/race-* panfrost/race-*' SEEDS=10" \
		'make fuzz TIME=$(or $(TIME),600)'

clean:
	@uml-config/clean.sh

distclean:
	@uml-config/clean.sh all

.PHONY: help doctor deps deps-gdb deps-bench deps-ci deps-distros deps-lint deps-mutants \
	build kernel user check shard check-all check-each check-compile check-regressions mutants list \
	shell gdb coverage who bisect compare rebase \
	bench fuzz races timeline figures lint check-units check-config check-shim check-runner \
	check-fuzz check-judge check-bisect check-bisect-series check-coverage \
	check-everything check-relink check-interrupts check-doctor check-mutants \
	check-ci check-clients client-user check-distros clean distclean
# Commands run one after the other, whatever -j says, except the two that "build" starts.
ifneq ($(MAKECMDGOALS),kernel user)
.NOTPARALLEL:
endif

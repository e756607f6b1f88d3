// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor.sh on machines that lack one thing each; and its programs, really. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const char *doctor;

/* Nothing is wrong with it. */
static void machine(void)
{
	doctor = "$ROOT/tests/doctor/doctor.sh";
	sh("rm -rf ./*; mkdir -p cgroup/a/b");
	unpack("doctor.txt", ".");
	sh("cp $ROOT/build/tests/doctor build/tests/");
}

/* But for what @command does to it; or this program is another. */
static void machine_after(const char *command)
{
	machine();
	sh(command);
}

static void machine_with(const char *program, const char *commands)
{
	machine();
	stub(program, commands);
}

/* But for this variable, which doctor knows for tests. */
static void machine_where(const char *variable)
{
	machine();
	doctor = f("%s %s", variable, doctor);
}

/* There is one bad line, about @about, with these texts. */
static gboolean is_sick(const char *about, const char *const *texts)
{
	const char *line;

	if (run(doctor) != 1 || count("bad") != 1 || !said(", 1 bad"))
		return FALSE;
	line = strstr(command_out(), f("bad   %s ", about));
	for (; line && *texts; texts++)
		if (!g_strstr_len(line, strcspn(line, "\n"), *texts))
			return FALSE;
	return line != NULL;
}

#define sick(name, about, ...) check(name, is_sick(about, (const char *const[]){__VA_ARGS__, NULL}))

/* So do all commands, with one line. */
static void quick_stops(const char *name, const char *about)
{
	refused(name, f("error: %s: ", about), f("%s --quick", doctor));
}

static void well(void)
{
	machine();
	ok("nothing is wrong", doctor);
	says("and summed up", "17 good, 0 bad");
	check("it is said in a line each", count("good ") == 17);
	check("make begins without a word", !run(f("%s --quick", doctor)) && !said_lines());
	machine_where("SB_UID=1000");
	ok("an ordinary user is well, too", f("chmod u+s bin/fusermount3; %s", doctor));
	machine_with("build/tests/probe", "case $1 in ptrace) echo 11008 ;; *) echo x ;; esac");
	good("a large XSAVE area is no fault", "11008, more than Linux 6.12 knows of", doctor);
	machine_where("SB_FREE_MIB=?");
	good("a disk that nobody knows of is not judged", "?     disk", doctor);
	machine_after(": >proc/meminfo");
	good("memory that nobody knows of is not judged", "?     memory       not known", doctor);
}

static void devices(void)
{
	machine_after("rm fuse");
	sick("no /dev/fuse", "/dev/fuse", "modprobe", "docker run --device /dev/fuse",
	     "podman run --device /dev/fuse");
	quick_stops("no command begins without it", "/dev/fuse");
	/* (Root may open any file, but no directory.) */
	machine_after("rm fuse; mkdir fuse");
	sick("/dev/fuse may not be opened", "/dev/fuse", "not accessible", "chmod 666");
	machine_with("build/shim/try-mount", "echo 'cannot mount: not permitted'; exit 1");
	sick("a mount is forbidden", "mount", "not permitted", "--cap-add SYS_ADMIN",
	     "apparmor=unconfined");
	quick_stops("no command begins without it", "mount");
	machine_where("SB_UID=1000");
	sick("an ordinary user whose fusermount3 is not set-user-ID", "fusermount3", "chmod u+s");
	sh("chmod u+s bin/fusermount3; rm mtab");
	sick("an ordinary user without mtab", "fusermount3", "ln -s /proc/self/mounts");
}

static void guests(void)
{
	machine_with("build/tests/probe", "case $1 in ptrace) echo 'PTRACE_TRACEME: not permitted';"
					  "exit 1 ;; esac; echo /");
	sick("ptrace is forbidden", "ptrace", "PTRACE_TRACEME: not", "seccomp",
	     "--cap-add SYS_PTRACE");
	quick_stops("no command begins without it", "ptrace");
	put("proc/sys/kernel/yama/ptrace_scope", "3\n");
	sick("ptrace is forbidden by Yama", "ptrace", "kernel.yama.ptrace_scope=1", "it is 3");
	machine_with("build/tests/probe",
		     "case $1 in ram) echo no space; exit 1 ;; esac; echo 832");
	sick("no place for the guests' RAM", "guest RAM", "no space", "noexec");
	quick_stops("no command begins without it", "guest RAM");
}

static void build(void)
{
	machine_with("bin/uname", "echo aarch64");
	sick("another processor", "processor", "x86-64 is needed");
	quick_stops("no command begins on it", "processor");
	machine_with("bin/gcc", "case $1 in -print*) echo /lib/x ;; *) echo clang ;; esac");
	sick("another compiler", "compiler", "not supported");
	quick_stops("no command begins with it", "compiler");
	machine_with("bin/pkg-config", "exit 1");
	sick("a library is missing", "packages", "install them with");
}

static void limits(void)
{
	machine_where("SB_FREE_MIB=1953");
	sick("little disk", "disk", "1953 MiB are free", "3000 are needed");
	ok("with which commands begin", f("%s --quick", doctor));
	machine_where("SB_FREE_MIB=488");
	quick_stops("but not with less", "disk");
	put("build/kernel/debug/linux", "");
	ok("unless a kernel is built", f("%s --quick", doctor));
	machine_after("echo 'MemAvailable:     300000 kB' >proc/meminfo");
	sick("little memory", "memory", "292 MiB", "2 guests at a time need 352", "J=1");
	machine_after("echo $((300 << 20)) >cgroup/a/memory.max; echo max >cgroup/a/b/memory.max");
	sick("little memory in a cgroup above", "memory", "the cgroup may use 300 MiB");
	machine_after("echo 100 >cgroup/a/b/pids.max; echo 1000 >cgroup/a/pids.max");
	sick("few processes", "processes", "may have 100", "--pids-limit");
	machine_after("rm cgroup/cgroup.controllers; mkdir -p cgroup/memory/x");
	put("proc/self/cgroup", "4:cpu,memory:/x\n3:pids:/\n");
	sh("echo $((300 << 20)) >cgroup/memory/memory.limit_in_bytes");
	sick("a cgroup of version 1", "memory", "the cgroup may use 300 MiB");
	machine();
	bad("a limit of the size of files", "^bad   limits       ulimit -f is 1000",
	    f("ulimit -f 1000; %s", doctor));
}

/* A machine that has all programs but this one. */
static void without(const char *name, const char *program, const char *text)
{
	machine();
	sh("mkdir all; ln -s /usr/sbin/* /usr/bin/* all/ 2>/dev/null || :; ln -sf $TMP/bin/* all/");
	run(f("rm all/%s; PATH=$TMP/all %s", program, doctor));
	check(name, said(f("bad   %s", program)) && said(text) && said("bad   packages"));
}

static void missing(void)
{
	without("no lcov", "lcov", "make coverage needs it");
	without("no fusermount3", "fusermount3", "in the package fuse3");
}

/* The source is to be downloaded; curl exits with this status. */
static void download(const char *status)
{
	machine_after("rm build/download/tarball");
	stub("bin/apt-get", "echo \"'http://mirror/linux.deb' linux.deb 1\"");
	stub("bin/curl", f("echo \"$*\" >>$TMP/curl; exit %s", status));
}

static void source(void)
{
	download("0");
	good("the source can be reached", "http://mirror/linux.deb can be reached", doctor);
	holds("it is not downloaded", "! test -e build/download/tarball && grep -q I curl");
	download("6");
	sick("it cannot", "source", "http://mirror/linux.deb cannot", "KERNEL=");
	stub("bin/apt-get", "exit 1");
	good("Debian's package of another kernel", "linux-source-7.3 is looked for in Debian's",
	     f("KERNEL=debian:7.3 %s", doctor));
	doctor = f("KERNEL=$TMP/none %s", doctor);
	sick("a KERNEL that is not there", "source", "does not exist");
}

/* In a clone of this name. */
static void clone_as(const char *name)
{
	machine_after(f("mkdir '%s'; cd $ROOT; cp -R Makefile uml-config tests shim $TMP/'%s'",
			name, name));
	sh("touch build/tests/* build/shim/try-mount");
	doctor = f("'%s'/tests/doctor/doctor.sh", name);
}

static void clocks(void)
{
	machine_where("SB_TIME=1");
	sick("a file system with another time", "clock", "s off");
	clone_as("x");
	sh("touch -d '+1 hour' x/Makefile");
	sick("a clock that is late", "clock", "behind the files");
}

static void path(void)
{
	clone_as("a b");
	sick("a blank in the path", "path", "a blank");
	quick_stops("no command begins in it", "path");
}

/* The programs themselves. */
static void programs(void)
{
	machine_after("rm -r build/tests build/shim bin");
	ok("the programs are built where they are not", f("%s --quick", doctor));
	ok("a process can be traced", "build/tests/probe ptrace");
	check("its state has a size", atoi(command_out()) >= 576);
	ok("there is space for a guest", "build/tests/probe ram 1 $TMP");
	bad("but not for a million", "MiB of guest RAM", "build/tests/probe ram 1000000 $TMP");
	ok("C is a locale", "LC_ALL=C build/tests/probe locale");
	fails("not all are", "LC_ALL=xx_YY build/tests/probe locale");
	ok("a tree can be mounted", "mkdir mount; build/shim/try-mount $TMP/mount");
	holds("nothing stays mounted", "! grep -q $TMP/mount /proc/self/mounts");
	bad("not without fusermount3", "install fuse3",
	    "PATH=/nonexistent build/shim/try-mount $TMP/mount");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	g_setenv("SB_DEV_FUSE", scratch_path("fuse"), TRUE);
	g_setenv("SB_MTAB", scratch_path("mtab"), TRUE);
	g_setenv("SB_PROC", scratch_path("proc"), TRUE);
	g_setenv("SB_CGROUP", scratch_path("cgroup"), TRUE);
	g_setenv("SB_FREE_MIB", "7812", TRUE);
	g_setenv("J", "2", TRUE);
	commands_add("/doctor/well", well);
	commands_add("/doctor/devices", devices);
	commands_add("/doctor/guests", guests);
	commands_add("/doctor/build", build);
	commands_add("/doctor/limits", limits);
	commands_add("/doctor/missing", missing);
	commands_add("/doctor/source", source);
	commands_add("/doctor/clocks", clocks);
	commands_add("/doctor/path", path);
	commands_add("/doctor/programs", programs);
	return commands_run();
}

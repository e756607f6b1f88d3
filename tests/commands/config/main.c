// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the scripts of this project that need no kernel. The last line is their sum. */
#include "tests.h"

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/config/clean", test_clean);
	commands_add("/config/compiler", test_compiler);
	commands_add("/config/config", test_config);
	commands_add("/config/deps", test_deps);
	commands_add("/config/fixups", test_fixups);
	commands_add("/config/make", test_make);
	commands_add("/config/paths", test_paths);
	commands_add("/config/prepare", test_prepare);
	commands_add("/config/progress", test_progress);
	commands_add("/config/rebuild", test_rebuild);
	commands_add("/config/series", test_series);
	commands_add("/config/source", test_source);
	commands_add("/config/with-kernel", test_with_kernel);
	return commands_run();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Writes without end to the nodes of this domain's devices that the peers
 * watch, each with the value that it has.  The peers are judged by the lab, in
 * a scenario that asks for a minute of it (XENLAB_FLOOD_MS).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define FRONTENDS	"/sys/bus/xen/devices"
#define DEVICES		16
#define SECONDS		240

FIXTURE(flood) {
	struct xt_xs xs;
	int nodes;
	char path[DEVICES][128];
	char value[DEVICES][16];
};

/* A frontend's name in sysfs is class-number, its home in the store device/class/number. */
FIXTURE_SETUP(flood)
{
	struct dirent *entry;
	DIR *dir;

	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->xs));
	dir = opendir(FRONTENDS);
	if (!dir)
		SKIP(return, "this kernel has no frontends");
	while ((entry = readdir(dir)) && self->nodes < DEVICES) {
		char *dash = strrchr(entry->d_name, '-'), *path = self->path[self->nodes];

		if (!dash)
			continue;
		snprintf(path, sizeof(self->path[0]), "device/%.*s/%.16s/state",
			 (int)(dash - entry->d_name), entry->d_name, dash + 1);
		if (xt_xs_read_text(&self->xs, 0, path, self->value[self->nodes],
				    sizeof(self->value[0])) > 0)
			self->nodes++;
	}
	closedir(dir);
}

FIXTURE_TEARDOWN(flood)
{
	xt_xs_close(&self->xs);
}

TEST_F_TIMEOUT(flood, states_that_do_not_change, SECONDS)
{
	const char *asked = getenv("XENLAB_FLOOD_MS");
	uint64_t end = xt_now() + (asked ? atoi(asked) : 500) * XT_MS;
	unsigned long written = 0;

	if (!self->nodes)
		SKIP(return, "no device with a peer");
	while (xt_now() < end) {
		for (int i = 0; i < self->nodes; i++) {
			ASSERT_EQ(0, xt_xs_write_text(&self->xs, 0, self->path[i], self->value[i]));
			written++;
		}
	}
	TH_LOG("%lu writes to %d nodes", written, self->nodes);
	EXPECT_TRUE(xt_xs_answers());
}

#include "quiet_test.h"

TEST_HARNESS_MAIN

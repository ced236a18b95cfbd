// SPDX-License-Identifier: GPL-2.0
/* Any bytes as any text: no access outside, and what is accepted has the shape it claims. */
#include <linux/slab.h>
#include <string.h>
#include <text.h>
#include "unit.h"

unsigned int unit_no_memory;
void (*unit_peer)(void);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *body = malloc(size ?: 1), *text = malloc(size + 1);
	char id[XEN_BUS_ID_SIZE];
	struct xs_watch_text t;
	unsigned int n, levels;
	bool commit;
	int len;

	memcpy(body, data, size);
	memcpy(text, data, size);
	text[size] = 0;
	if (!xs_text_watch(body, size, &t))
		MUST(t.token == t.path + strlen(t.path) + 1 && t.token < body + size);
	xs_text_end_of_transaction(body, size, &commit);
	if (!xs_text_count(body, size, &n))
		MUST(n <= size && (!size || n));
	MUST(xs_text_error(body, size) < 0);
	if (!xs_path_type(text, id))
		MUST(id[0] && strlen(id) < sizeof(id) && !strchr(id, '/'));
	if (!xs_path_frontend_id(text, id))
		MUST(strlen(id) < sizeof(id) && strchr(id, '-'));
	for (levels = 0; levels < 5; levels++) {
		len = xs_path_device(text, levels);
		MUST(len < 0 || (size_t)len <= strlen(text));
	}
	free(text);
	free(body);
	return 0;
}

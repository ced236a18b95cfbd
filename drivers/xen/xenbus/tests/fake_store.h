/* SPDX-License-Identifier: GPL-2.0 */
/* A store that is part of the test: a handful of nodes behind a real ring. */
#ifndef _XENBUS_TESTS_FAKE_STORE_H
#define _XENBUS_TESTS_FAKE_STORE_H

#include "../internal.h"

/**
 * struct fake_store_knobs - how the store behaves
 * @conflicts: ends of transactions that fail with EAGAIN from now on
 * @lost: requests that are never answered from now on
 * @open: transactions that were started and not ended
 * @watches: that are set
 * @requests: answered in all
 */
struct fake_store_knobs {
	unsigned int conflicts, lost, open, watches, requests;
};

extern struct fake_store_knobs fake_store;

int fake_store_start(void);
void fake_store_forget(void);
void fake_store_fire(const char *path, unsigned int times);
void fake_store_say(const struct xsd_sockmsg *hdr, const char *body);
void fake_store_break_ring(void);
void fake_store_settle(void);

#endif

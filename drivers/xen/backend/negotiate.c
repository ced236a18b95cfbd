// SPDX-License-Identifier: GPL-2.0
/* Negotiation as tables: our offers in one transaction, their wants with bounds and defaults. */
#include <kunit/static_stub.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include "internal.h"

/*
 * Only the toolstack can make our transactions collide; still, nothing here runs without a bound.
 */
#define OFFER_TRIES	64

static int offer_write_once(struct xen_backend *be, const struct xen_offer *offers)
{
	struct xenbus_transaction xbt;
	const struct xen_offer *o;
	u64 val;
	int err;

	err = xenbus_transaction_start(&xbt);
	if (err)
		return err;
	for (o = offers; o->node; o++) {
		val = o->fixed;
		err = o->value ? o->value(be, &val) : 0;
		if (err == -ENOENT)
			continue;
		if (!err)
			err = xenbus_printf(xbt, be->dev->nodename, o->node, "%llu", val);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			return err;
		}
	}
	return xenbus_transaction_end(xbt, 0);
}

int xen_offer_write(struct xen_backend *be, const struct xen_offer *offers)
{
	int tries, err = 0;

	KUNIT_STATIC_STUB_REDIRECT(xen_offer_write, be, offers);
	if (!offers)
		return 0;
	for (tries = 0; tries < OFFER_TRIES; tries++) {
		err = offer_write_once(be, offers);
		if (err != -EAGAIN)
			break;
	}
	return err;
}
EXPORT_SYMBOL_GPL(xen_offer_write);

int xen_want_read(struct xen_backend *be, const char *dir, const struct xen_want *wants,
		  void *result)
{
	const struct xen_want *w;
	char *text;
	int err;

	for (w = wants; w->node; w++) {
		text = xenbus_read(XBT_NIL, dir, w->node, NULL);
		if (IS_ERR(text)) {
			if (PTR_ERR(text) != -ENOENT)
				return PTR_ERR(text);
			text = NULL;
		}
		err = xen_want_parse(w, text, (u32 *)((u8 *)result + w->offset));
		kfree(text);
		if (err) {
			dev_notice_ratelimited(&be->dev->dev, "frontend's %s is refused (%d)\n",
					       w->node, err);
			return err;
		}
	}
	return 0;
}
EXPORT_SYMBOL_GPL(xen_want_read);

/* SPDX-License-Identifier: GPL-2.0 */
/* The store's side of the ring, and what comms did, for tests and fuzz targets. */
#ifndef UNIT_STORE_H
#define UNIT_STORE_H

#include <linux/slab.h>
#include <string.h>
#include <asm/barrier.h>
#include <comms.h>

static struct xenstore_domain_interface page;
static struct xs_request *to_send;
static unsigned int kicks, events, replies, sent, failures;
static u32 last_len, last_sum;

static inline u32 sum(const void *data, size_t len)
{
	const u8 *at = data;
	u32 s = len;

	while (len--)
		s = s * 31 + *at++;
	return s;
}

static void seam_kick(void)
{
	kicks++;
}

static int seam_event(char *body, u32 len)
{
	events++;
	last_len = len;
	last_sum = sum(body, len);
	kfree(body);
	return 0;
}

static bool seam_replied(const struct xsd_sockmsg *hdr, char *body)
{
	if (hdr->req_id == 0xdead)
		return false;
	replies++;
	last_len = hdr->len;
	last_sum = sum(body, hdr->len);
	kfree(body);
	return true;
}

static struct xs_request *seam_next(void)
{
	struct xs_request *req = to_send;

	to_send = NULL;
	return req;
}

static void seam_sent(struct xs_request *req)
{
	sent++;
}

static void seam_fail(int error)
{
	failures++;
}

static const struct xs_comms_ops seam = {
	.kick = seam_kick, .event = seam_event, .replied = seam_replied,
	.next = seam_next, .sent = seam_sent, .fail = seam_fail,
};

static inline void begin(struct xs_comms *c, u32 at)
{
	memset(&page, 0, sizeof(page));
	page.req_prod = at;
	page.req_cons = at;
	page.rsp_prod = at;
	page.rsp_cons = at;
	memset(c, 0, sizeof(*c));
	c->ops = &seam;
	xs_comms_attach(c, &page, false);
	kicks = events = replies = sent = failures = 0;
	to_send = NULL;
}

static inline void end(struct xs_comms *c)
{
	kfree(c->in_body);
	c->in_body = NULL;
}

/* The store writes as much as fits. */
static inline u32 store_write(const void *from, u32 len)
{
	u32 i, room = XENSTORE_RING_SIZE - (page.rsp_prod - page.rsp_cons);

	for (i = 0; i < len && i < room; i++)
		page.rsp[MASK_XENSTORE_IDX(page.rsp_prod++)] = ((const char *)from)[i];
	return i;
}

static inline u32 store_read(void *to, u32 len)
{
	u32 i;

	for (i = 0; i < len && page.req_cons != page.req_prod; i++)
		((char *)to)[i] = page.req[MASK_XENSTORE_IDX(page.req_cons++)];
	return i;
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of the ring. It runs in a work item, so that nobody who talks to it can wait for
 * himself. Transactions are counted and not isolated: the tests need no more.
 */
#include <kunit/test.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include "fake_store.h"

#define NODES		400
#define WATCHES		16
#define OUT_SIZE	SZ_1M

struct fake_store_knobs fake_store;

static struct xenstore_domain_interface *page;
static DEFINE_MUTEX(store_lock);
static struct { char *path, *value; } nodes[NODES];
static struct { char *path, *token; } watches[WATCHES];
static union { struct xsd_sockmsg hdr; char bytes[sizeof(struct xsd_sockmsg) + 4097]; } in;
static u32 in_have, next_transaction;
/* What is to be sent, as a ring of its own. */
static char *out;
static u32 out_prod, out_cons;

static void put_out(const void *from, u32 len)
{
	const char *at = from;

	/* A flood may exceed even this; then it is no store any more. */
	while (len-- && out_prod - out_cons < OUT_SIZE)
		out[out_prod++ % OUT_SIZE] = *at++;
}

static void send(u32 type, u32 id, u32 tx, const void *body, u32 len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = id, .tx_id = tx, .len = len };

	put_out(&hdr, sizeof(hdr));
	put_out(body, len);
}

static void reply(const void *body, u32 len)
{
	send(in.hdr.type, in.hdr.req_id, in.hdr.tx_id, body, len);
}

static void reply_text(u32 type, const char *text)
{
	send(type, in.hdr.req_id, in.hdr.tx_id, text, strlen(text) + 1);
}

static void fire(const char *path)
{
	char body[256];
	unsigned int i;
	int len;

	for (i = 0; i < WATCHES; i++) {
		if (!watches[i].path || !xs_path_within(path, watches[i].path))
			continue;
		len = snprintf(body, sizeof(body), "%s%c%s", path, 0, watches[i].token);
		send(XS_WATCH_EVENT, 0, 0, body, len + 1);
	}
}

static int find(const char *path)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (nodes[i].path && !strcmp(nodes[i].path, path))
			return i;
	return -1;
}

static void set_node(const char *path, const char *value, u32 len)
{
	int i = find(path), j;

	for (j = 0; i < 0 && j < NODES; j++)
		if (!nodes[j].path)
			i = j;
	if (i < 0)
		return;
	if (!nodes[i].path)
		nodes[i].path = kstrdup(path, GFP_KERNEL);
	kfree(nodes[i].value);
	nodes[i].value = kmemdup_nul(value, len, GFP_KERNEL);
}

static void drop_nodes(const char *top)
{
	int i;

	for (i = 0; i < NODES; i++) {
		if (!nodes[i].path || !xs_path_within(nodes[i].path, top))
			continue;
		kfree(nodes[i].path);
		kfree(nodes[i].value);
		nodes[i].path = NULL;
		nodes[i].value = NULL;
	}
}

/* Names right below @dir, without nodes in between: enough for a test. */
static u32 list(const char *dir, char *to, u32 room)
{
	size_t head = strlen(dir) + 1;
	u32 len = 0;
	int i;

	for (i = 0; i < NODES; i++) {
		if (!nodes[i].path || !xs_path_within(nodes[i].path, dir) ||
		    strlen(nodes[i].path) < head)
			continue;
		len += scnprintf(to + len, room - len, "%s", nodes[i].path + head) + 1;
	}
	return len;
}

static void directory(const char *dir, const char *offset)
{
	static char part[XENSTORE_PAYLOAD_MAX];
	u32 at, len, size = 1U << 16;
	char *names = kzalloc(size, GFP_KERNEL);

	len = list(dir, names, size);
	if (!offset) {
		if (len > XENSTORE_PAYLOAD_MAX)
			reply_text(XS_ERROR, "E2BIG");
		else
			reply(names, len);
	} else {
		if (kstrtou32(offset, 10, &at) || at > len)
			at = len;
		memcpy(part, "17", 3);
		size = min_t(u32, len - at, 1000);
		while (size && names[at + size - 1])
			size--;
		memcpy(part + 3, names + at, size);
		part[3 + size] = 0;
		reply(part, 3 + size + (at + size == len));
	}
	kfree(names);
}

static void watch(const char *path, const char *token)
{
	int i;

	for (i = 0; i < WATCHES && watches[i].path; i++)
		;
	if (i == WATCHES) {
		reply_text(XS_ERROR, "ENOSPC");
		return;
	}
	watches[i].path = kstrdup(path, GFP_KERNEL);
	watches[i].token = kstrdup(token, GFP_KERNEL);
	fake_store.watches++;
	reply_text(XS_WATCH, "OK");
	fire(path);
}

static void drop_watch(int i)
{
	kfree(watches[i].path);
	kfree(watches[i].token);
	watches[i].path = NULL;
	watches[i].token = NULL;
	fake_store.watches--;
}

static void unwatch(const char *path, const char *token)
{
	int i;

	for (i = 0; i < WATCHES; i++) {
		if (!watches[i].path || strcmp(watches[i].path, path) ||
		    strcmp(watches[i].token, token))
			continue;
		drop_watch(i);
		reply_text(XS_UNWATCH, "OK");
		return;
	}
	reply_text(XS_ERROR, "ENOENT");
}

static void transaction(void)
{
	char id[12];

	if (in.hdr.type == XS_TRANSACTION_START) {
		fake_store.open++;
		snprintf(id, sizeof(id), "%u", ++next_transaction);
		reply(id, strlen(id) + 1);
		return;
	}
	fake_store.open--;
	if (*(in.bytes + sizeof(in.hdr)) == 'T' && fake_store.conflicts) {
		fake_store.conflicts--;
		reply_text(XS_ERROR, "EAGAIN");
	} else {
		reply_text(in.hdr.type, "OK");
	}
}

static void answer(void)
{
	char *body = in.bytes + sizeof(in.hdr);
	char *second = body + strlen(body) + 1;
	int i = find(body);

	switch (in.hdr.type) {
	case XS_READ:
		if (i < 0)
			reply_text(XS_ERROR, "ENOENT");
		else
			reply(nodes[i].value, strlen(nodes[i].value));
		break;
	case XS_WRITE:
		set_node(body, second, in.bytes + sizeof(in.hdr) + in.hdr.len - second);
		reply_text(XS_WRITE, "OK");
		fire(body);
		break;
	case XS_RM:
		drop_nodes(body);
		reply_text(XS_RM, "OK");
		fire(body);
		break;
	case XS_DIRECTORY:
		directory(body, NULL);
		break;
	case XS_DIRECTORY_PART:
		directory(body, second);
		break;
	case XS_WATCH:
		watch(body, second);
		break;
	case XS_UNWATCH:
		unwatch(body, second);
		break;
	case XS_TRANSACTION_START:
	case XS_TRANSACTION_END:
		transaction();
		break;
	default:
		reply_text(XS_ERROR, "ENOSYS");
	}
}

/* One byte of a request; acts on the whole one. */
static void take_in(char byte)
{
	in.bytes[in_have++] = byte;
	if (in_have < sizeof(in.hdr) || in_have < sizeof(in.hdr) + in.hdr.len)
		return;
	in.bytes[in_have] = 0;
	in_have = 0;
	fake_store.requests++;
	if (fake_store.lost)
		fake_store.lost--;
	else
		answer();
}

static void move_bytes(void)
{
	u32 cons, prod;

	/* Indices before bytes, bytes before indices, in both directions. */
	prod = smp_load_acquire(&page->req_prod);
	for (cons = page->req_cons; cons != prod; cons++)
		take_in(page->req[MASK_XENSTORE_IDX(cons)]);
	/* The bytes are copied. */
	smp_store_release(&page->req_cons, cons);
	prod = page->rsp_prod;
	/* The room is free. */
	cons = smp_load_acquire(&page->rsp_cons);
	for (; out_cons != out_prod && prod - cons < XENSTORE_RING_SIZE; prod++)
		page->rsp[MASK_XENSTORE_IDX(prod)] = out[out_cons++ % OUT_SIZE];
	/* The bytes are there. */
	smp_store_release(&page->rsp_prod, prod);
}

static void store_work_fn(struct work_struct *work)
{
	mutex_lock(&store_lock);
	move_bytes();
	mutex_unlock(&store_lock);
	wake_up(&xs_wait);
}

static DECLARE_WORK(store_work, store_work_fn);

static void store_kick(void)
{
	schedule_work(&store_work);
}

/* All that was said has been heard. */
void fake_store_settle(void)
{
	unsigned int tries = 0;
	bool busy = true;

	while (busy && tries++ < 1000) {
		schedule_work(&store_work);
		flush_work(&store_work);
		mutex_lock(&store_lock);
		busy = out_cons != out_prod ||
		       READ_ONCE(page->rsp_cons) != READ_ONCE(page->rsp_prod);
		mutex_unlock(&store_lock);
		if (busy)
			schedule_timeout_uninterruptible(1);
	}
}

/* As after a restore: another store, which knows of no watch. */
void fake_store_forget(void)
{
	int i;

	mutex_lock(&store_lock);
	for (i = 0; i < WATCHES; i++)
		if (watches[i].path)
			drop_watch(i);
	memset(page, 0, sizeof(*page));
	in_have = 0;
	out_cons = out_prod;
	mutex_unlock(&store_lock);
}

void fake_store_fire(const char *path, unsigned int times)
{
	mutex_lock(&store_lock);
	while (times--)
		fire(path);
	mutex_unlock(&store_lock);
	store_kick();
}

/* Say anything, asked or not. */
void fake_store_say(const struct xsd_sockmsg *hdr, const char *body)
{
	mutex_lock(&store_lock);
	send(hdr->type, hdr->req_id, hdr->tx_id, body, hdr->len);
	mutex_unlock(&store_lock);
	store_kick();
}

void fake_store_break_ring(void)
{
	mutex_lock(&store_lock);
	page->rsp_prod += 3 * XENSTORE_RING_SIZE;
	mutex_unlock(&store_lock);
	wake_up(&xs_wait);
}

int fake_store_start(void)
{
	int err;

	if (page)
		return 0;
	page = (void *)get_zeroed_page(GFP_KERNEL);
	out = vmalloc(OUT_SIZE);
	if (!page || !out)
		return -ENOMEM;
	err = xs_comms_start_with(page, store_kick);
	return err ?: xs_watches_init();
}

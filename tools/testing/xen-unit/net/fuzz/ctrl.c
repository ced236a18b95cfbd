// SPDX-License-Identifier: GPL-2.0
/* Any control messages, then any packets through the configuration. */
#include "../unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *page;
static size_t page_len;

static int rd(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	MUST(len && len <= XNB_FRAME);
	if (gref & 1)
		return -EIO;
	memset(env->scratch, gref >> 8, len);
	memcpy(env->scratch, page, min((size_t)len, page_len));
	return 0;
}

static int wr(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	(void)env;
	MUST(len && len <= XNB_FRAME);
	return gref & 1 ? -EIO : 0;
}

static int add(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	MUST(queue < env->queues && n && n <= env->gref_max);
	return n & 1 ? -EIO : 0;
}

static u32 del(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	struct xnb_gref *list = env->scratch;

	MUST(queue < env->queues && n && n <= XNB_GREF_LIST_MAX);
	list[n - 1].status = 0;
	return n / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xnb_hash h;
	static u64 scratch[512];
	struct xnb_ctrl_env env = {
		.hash = &h, .scratch = scratch, .gref_max = 64,
		.read = rd, .write = wr, .add = add, .del = del,
	};
	struct xnb_ctrl_req req;
	struct xnb_ctrl_rsp rsp;
	struct xnb_flow f;
	u32 v = 0, i;

	if (!size)
		return 0;
	env.queues = 1 + data[0] % 8;
	xnb_hash_init(&h);
	for (data++, size--; size >= sizeof(req);
	     data += sizeof(req), size -= sizeof(req)) {
		memcpy(&req, data, sizeof(req));
		req.type %= 12;
		page = data;
		page_len = size;
		xnb_ctrl_handle(&env, &req, &rsp);
		MUST(rsp.id == req.id && rsp.type == req.type);
		MUST(rsp.status <= XNB_CTRL_OVERFLOW);
		MUST(h.map_size <= XNB_HASH_MAP_MAX && h.alg <= 1);
		MUST(!(h.flags & ~XNB_HASH_TYPES));
		for (i = 0; i < h.map_size; i++)
			MUST(h.map[i] < env.queues);
	}
	memset(&f, 0x5a, sizeof(f));
	f.is_v6 = size & 1;
	f.has_tcp = size & 2;
	i = xnb_hash_flow(&h, &f, &v);
	MUST(i <= XNB_HASH_IPV6_TCP || i == XNB_HASH_NO_TYPE);
	MUST(xnb_hash_queue(&h, v, env.queues) < env.queues);
	return 0;
}

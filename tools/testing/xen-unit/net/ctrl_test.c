// SPDX-License-Identifier: GPL-2.0
/* Control messages against a pretended guest with one granted page. */
#include "unit.h"

#define GOOD_GREF 8

static u64 guest[512], scratch[512];
static struct xnb_hash h;
static u32 mapped[16], nr_mapped;

static int rd(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	MUST(len && len <= XNB_FRAME);
	if (gref != GOOD_GREF)
		return -EIO;
	memcpy(env->scratch, guest, len);
	return 0;
}

static int wr(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	MUST(len && len <= XNB_FRAME);
	if (gref != GOOD_GREF)
		return -EIO;
	memcpy(guest, env->scratch, len);
	return 0;
}

static int add(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	const struct xnb_gref *list = env->scratch;
	u32 i;

	MUST(queue < env->queues && n <= env->gref_max);
	if (nr_mapped + n > env->gref_max)
		return -ENOSPC;
	for (i = 0; i < n; i++)
		mapped[nr_mapped++] = list[i].ref;
	return 0;
}

static u32 del(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	struct xnb_gref *list = env->scratch;
	u32 i, k, done = 0;

	MUST(queue < env->queues);
	for (i = 0; i < n; i++) {
		list[i].status = XNB_CTRL_INVALID;
		for (k = 0; k < nr_mapped; k++)
			if (mapped[k] == list[i].ref) {
				mapped[k] = mapped[--nr_mapped];
				list[i].status = XNB_CTRL_OK;
				done++;
				break;
			}
	}
	return done;
}

static struct xnb_ctrl_env env = {
	.hash = &h, .queues = 4, .gref_max = 16, .scratch = scratch,
	.read = rd, .write = wr, .add = add, .del = del,
};

static u32 msg(u16 type, u32 a, u32 b, u32 c, u32 *data)
{
	struct xnb_ctrl_req req = { 42, type, { a, b, c } };
	struct xnb_ctrl_rsp rsp;

	env.changed = false;
	xnb_ctrl_handle(&env, &req, &rsp);
	CHECK(rsp.id == 42 && rsp.type == type);
	if (data)
		*data = rsp.data;
	return rsp.status;
}

static void hash_messages(void)
{
	u32 *map = (u32 *)guest;
	u32 v, i;

	xnb_hash_init(&h);
	CHECK(msg(XNB_CTRL_GET_HASH_FLAGS, 0, 0, 0, &v) ==
	      XNB_CTRL_NOT_SUPPORTED);
	CHECK(msg(XNB_CTRL_SET_HASH_ALG, 1, 0, 0, &v) == XNB_CTRL_OK);
	CHECK(env.changed);
	CHECK(msg(XNB_CTRL_GET_HASH_FLAGS, 0, 0, 0, &v) == 0 && v == 15);
	CHECK(!env.changed);
	CHECK(msg(XNB_CTRL_SET_HASH_FLAGS, 15, 0, 0, &v) == XNB_CTRL_OK);
	memset(guest, 0xa5, sizeof(guest));
	CHECK(msg(XNB_CTRL_SET_HASH_KEY, GOOD_GREF, 41, 0, &v) == 2);
	CHECK(msg(XNB_CTRL_SET_HASH_KEY, 9, 40, 0, &v) == 2 && !h.key[0]);
	CHECK(!env.changed);
	CHECK(msg(XNB_CTRL_SET_HASH_KEY, GOOD_GREF, 40, 0, &v) == 0);
	CHECK(h.key[39] == 0xa5);
	CHECK(msg(XNB_CTRL_SET_HASH_KEY, 9, 0, 0, &v) == 0 && !h.key[0]);

	CHECK(msg(XNB_CTRL_GET_HASH_MAP_SIZE, 0, 0, 0, &v) == 0 && v == 128);
	CHECK(msg(XNB_CTRL_SET_HASH_MAP_SIZE, 129, 0, 0, &v) == 2);
	CHECK(msg(XNB_CTRL_SET_HASH_MAP_SIZE, 128, 0, 0, &v) == 0);
	for (i = 0; i < 128; i++)
		map[i] = i % 4;
	CHECK(msg(XNB_CTRL_SET_HASH_MAP, GOOD_GREF, 2, 0xffffffff, &v) == 2);
	CHECK(msg(XNB_CTRL_SET_HASH_MAP, GOOD_GREF, 129, 0, &v) == 2);
	CHECK(msg(XNB_CTRL_SET_HASH_MAP, 9, 128, 0, &v) == 2 && !h.map[1]);
	CHECK(msg(XNB_CTRL_SET_HASH_MAP, GOOD_GREF, 128, 0, &v) == 0);
	CHECK(h.map[127] == 3);
	map[1] = 4;
	CHECK(msg(XNB_CTRL_SET_HASH_MAP, GOOD_GREF, 2, 0, &v) == 2);
	CHECK(h.map[1] == 1 && !env.changed);
	CHECK(msg(99, 0, 0, 0, &v) == XNB_CTRL_NOT_SUPPORTED);
	CHECK(msg(0, 0, 0, 0, &v) == XNB_CTRL_NOT_SUPPORTED);
}

static void grant_messages(void)
{
	struct xnb_gref *list = (struct xnb_gref *)guest;
	u32 v;

	memset(guest, 0, sizeof(guest));
	list[0].ref = 100;
	list[1].ref = 101;
	CHECK(msg(XNB_CTRL_GET_GREF_SIZE, 0, 0, 0, &v) == 0 && v == 16);
	CHECK(msg(XNB_CTRL_GET_GREF_SIZE, 4, 0, 0, &v) == 2);
	CHECK(msg(XNB_CTRL_ADD_GREFS, 4, GOOD_GREF, 2, &v) == 2);
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 0, &v) == 2);
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 17, &v) == 2);
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 513, &v) == 2);
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, 9, 2, &v) == 2);
	list[1].flags = 2;
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 2, &v) == 2);
	list[1].flags = XNB_GREF_READONLY;
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 2, &v) == 0);
	list[1].ref = 77;
	CHECK(msg(XNB_CTRL_DEL_GREFS, 0, GOOD_GREF, 2, &v) == 0 && v == 1);
	CHECK(list[0].status == XNB_CTRL_OK);
	CHECK(list[1].status == XNB_CTRL_INVALID && nr_mapped == 1);
	env.gref_max = 0;
	CHECK(msg(XNB_CTRL_ADD_GREFS, 0, GOOD_GREF, 2, &v) == 1);
	CHECK(msg(XNB_CTRL_DEL_GREFS, 0, GOOD_GREF, 2, &v) == 1);
	CHECK(msg(XNB_CTRL_GET_GREF_SIZE, 0, 0, 0, &v) == 0 && v == 0);
	env.gref_max = 16;
}

const struct unit_test ctrl_tests[] = {
	{ "ctrl: hash messages", hash_messages },
	{ "ctrl: grant list messages", grant_messages },
	{ NULL, NULL }
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the control ring: each request gets exactly one response.
 *
 * Lengths and offsets are checked before anything is read from the guest; a
 * request that fails leaves the configuration as it was.
 */
#include "netback_internal.h"

static u32 set_key(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	u32 status;

	if (len > XNB_HASH_KEY_MAX)
		return XNB_CTRL_INVALID;
	if (len && env->read(env, gref, len))
		return XNB_CTRL_INVALID;
	status = xnb_hash_set_key(env->hash, env->scratch, len);
	env->changed |= status == XNB_CTRL_OK;
	return status;
}

static u32 set_map(struct xnb_ctrl_env *env, u32 gref, u32 len, u32 off)
{
	u32 status;

	if (xnb_hash_check_map(env->hash, len, off) != XNB_CTRL_OK)
		return XNB_CTRL_INVALID;
	BUILD_BUG_ON(XNB_HASH_MAP_MAX * sizeof(u32) > XNB_FRAME);
	if (len && env->read(env, gref, len * sizeof(u32)))
		return XNB_CTRL_INVALID;
	status = xnb_hash_set_map(env->hash, env->scratch, len, off,
				  env->queues);
	env->changed |= status == XNB_CTRL_OK;
	return status;
}

static u32 set_simple(struct xnb_ctrl_env *env, u16 type, u32 arg)
{
	u32 status;

	if (type == XNB_CTRL_SET_HASH_ALG)
		status = xnb_hash_set_alg(env->hash, arg);
	else if (type == XNB_CTRL_SET_HASH_FLAGS)
		status = xnb_hash_set_flags(env->hash, arg);
	else
		status = xnb_hash_set_map_size(env->hash, arg);
	env->changed |= status == XNB_CTRL_OK;
	return status;
}

/* Bring the grant list of a request into the scratch frame. */
static u32 read_list(struct xnb_ctrl_env *env, const u32 data[3])
{
	if (!env->gref_max)
		return XNB_CTRL_NOT_SUPPORTED;
	if (data[0] >= env->queues || !data[2] ||
	    data[2] > XNB_GREF_LIST_MAX)
		return XNB_CTRL_INVALID;
	if (env->read(env, data[1], data[2] * sizeof(struct xnb_gref)))
		return XNB_CTRL_INVALID;
	return XNB_CTRL_OK;
}

static u32 add_grefs(struct xnb_ctrl_env *env, const u32 data[3])
{
	const struct xnb_gref *list = env->scratch;
	u32 status = read_list(env, data);
	u32 i;

	if (status != XNB_CTRL_OK)
		return status;
	if (data[2] > env->gref_max)
		return XNB_CTRL_INVALID;
	for (i = 0; i < data[2]; i++)
		if (list[i].flags & ~XNB_GREF_READONLY)
			return XNB_CTRL_INVALID;
	return env->add(env, data[0], data[2]) ? XNB_CTRL_INVALID
					       : XNB_CTRL_OK;
}

static u32 del_grefs(struct xnb_ctrl_env *env, const u32 data[3], u32 *result)
{
	u32 status = read_list(env, data);

	if (status != XNB_CTRL_OK)
		return status;
	*result = env->del(env, data[0], data[2]);
	if (env->write(env, data[1], data[2] * sizeof(struct xnb_gref)))
		return XNB_CTRL_INVALID;
	return XNB_CTRL_OK;
}

static u32 gref_size(const struct xnb_ctrl_env *env, u32 queue, u32 *result)
{
	if (queue >= env->queues)
		return XNB_CTRL_INVALID;
	*result = env->gref_max;
	return XNB_CTRL_OK;
}

/**
 * xnb_ctrl_handle() - carry out one request
 * @env: what it acts upon
 * @req: private copy of the request
 * @rsp: the response to send
 */
void xnb_ctrl_handle(struct xnb_ctrl_env *env, const struct xnb_ctrl_req *req,
		     struct xnb_ctrl_rsp *rsp)
{
	BUILD_BUG_ON(sizeof(struct xnb_gref) != 8);

	rsp->id = req->id;
	rsp->type = req->type;
	rsp->status = XNB_CTRL_NOT_SUPPORTED;
	rsp->data = 0;

	switch (req->type) {
	case XNB_CTRL_SET_HASH_ALG:
	case XNB_CTRL_SET_HASH_FLAGS:
	case XNB_CTRL_SET_HASH_MAP_SIZE:
		rsp->status = set_simple(env, req->type, req->data[0]);
		break;
	case XNB_CTRL_GET_HASH_FLAGS:
		rsp->status = xnb_hash_get_flags(env->hash, &rsp->data);
		break;
	case XNB_CTRL_SET_HASH_KEY:
		rsp->status = set_key(env, req->data[0], req->data[1]);
		break;
	case XNB_CTRL_GET_HASH_MAP_SIZE:
		rsp->status = XNB_CTRL_OK;
		rsp->data = XNB_HASH_MAP_MAX;
		break;
	case XNB_CTRL_SET_HASH_MAP:
		rsp->status = set_map(env, req->data[0], req->data[1],
				      req->data[2]);
		break;
	case XNB_CTRL_GET_GREF_SIZE:
		rsp->status = gref_size(env, req->data[0], &rsp->data);
		break;
	case XNB_CTRL_ADD_GREFS:
		rsp->status = add_grefs(env, req->data);
		break;
	case XNB_CTRL_DEL_GREFS:
		rsp->status = del_grefs(env, req->data, &rsp->data);
		break;
	default:
		break;
	}
}

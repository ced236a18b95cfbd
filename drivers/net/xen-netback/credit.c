// SPDX-License-Identifier: GPL-2.0
/*
 * Rate limit of what a guest may send: @bytes per period, in windows.
 *
 * The bucket holds at least one packet of the largest size, so a small rate
 * slows a guest down but never blocks it.
 */
#include "netback_internal.h"

static bool unlimited(const struct xnb_credit *c)
{
	return c->bytes == ~0ull || !c->period;
}

/**
 * xnb_credit_set() - set or change the rate
 * @c:      the bucket
 * @bytes:  credit per period, U64_MAX for no limit
 * @period: length of a period in clock units, 0 for no limit
 * @now:    the clock
 *
 * A lower rate takes effect at once: what was saved up beyond it is lost.
 */
void xnb_credit_set(struct xnb_credit *c, u64 bytes, u64 period, u64 now)
{
	c->bytes = bytes;
	c->period = period;
	c->left = bytes;
	c->window = now;
}

/*
 * Whole periods only, however late somebody asks: what a timer oversleeps is
 * not lost, or the rate would be lower than the one that was set.
 */
static void refill(struct xnb_credit *c, u64 now)
{
	u64 burst = max_t(u64, c->bytes, XNB_CREDIT_BURST);
	u64 periods = div64_u64(now - c->window, c->period);
	u64 sum;

	c->window += periods * c->period;
	if (check_mul_overflow(periods, c->bytes, &sum) ||
	    check_add_overflow(sum, c->left, &sum))
		sum = ~0ull;
	c->left = min(sum, burst);
}

/**
 * xnb_credit_take() - may a packet pass now?
 * @c:    the bucket
 * @size: bytes of the packet
 * @now:  the clock; never goes back
 *
 * Return: 0 if it may, its bytes are then taken; else the time to wait before
 * asking again, in clock units.
 */
u64 xnb_credit_take(struct xnb_credit *c, u32 size, u64 now)
{
	if (unlimited(c))
		return 0;

	if (size > c->left && now - c->window >= c->period)
		refill(c, now);
	if (size > c->left)
		return c->period - (now - c->window);
	c->left -= size;
	return 0;
}

static const char *parse_number(const char *s, u64 *v)
{
	const char *p = s;

	*v = 0;
	while (*p >= '0' && *p <= '9') {
		if (*v > (~0ull - 9) / 10)
			return NULL;
		*v = *v * 10 + (*p++ - '0');
	}
	return p == s ? NULL : p;
}

/**
 * xnb_credit_parse() - read a rate as the toolstack writes it
 * @s:     "bytes,microseconds"
 * @bytes: the bytes
 * @usec:  the microseconds
 *
 * Return: 0, or -EINVAL with both results untouched.
 */
int xnb_credit_parse(const char *s, u64 *bytes, u64 *usec)
{
	u64 b, u;

	s = parse_number(s, &b);
	if (!s || *s != ',')
		return -EINVAL;
	s = parse_number(s + 1, &u);
	if (!s || *s)
		return -EINVAL;
	*bytes = b;
	*usec = u;
	return 0;
}

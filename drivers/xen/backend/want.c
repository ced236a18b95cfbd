// SPDX-License-Identifier: GPL-2.0
/* Judging a value that the peer wrote into xenstore. Pure: no allocation, no locks. */
#include <linux/errno.h>
#include <linux/export.h>
#include <xen/want.h>

/*
 * Decimal digits and nothing else, at most 32 bits. Anything that scanf() would also take is not a
 * number here.
 */
static int parse_u32(const char *text, u32 *out)
{
	u64 val = 0;
	unsigned int n = 0;

	for (; text[n] >= '0' && text[n] <= '9'; n++) {
		val = val * 10 + (text[n] - '0');
		if (val > (u32)~0U)
			return -ERANGE;
	}
	if (!n)
		return -EINVAL;
	while (text[n] == ' ' || text[n] == '\n')
		n++;
	if (text[n])
		return -EINVAL;
	*out = (u32)val;
	return 0;
}

int xen_want_parse(const struct xen_want *want, const char *text, u32 *out)
{
	u32 max = want->limit ? *want->limit : want->max;
	u32 val = 0;
	int err;

	if (!text) {
		if (want->kind == XEN_WANT_NEEDED)
			return -ENOENT;
		*out = want->def;
		return 0;
	}
	err = parse_u32(text, &val);
	if (want->kind == XEN_WANT_CLAMP) {
		if (err == -ERANGE)
			*out = max;
		else if (err)
			*out = want->def;
		else
			*out = val < want->min ? want->min : val > max ? max : val;
		return 0;
	}
	if (err)
		return err;
	if (val < want->min || val > max)
		return -ERANGE;
	*out = val;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_want_parse);

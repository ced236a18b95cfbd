// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of devices: into the log, and into the store where the toolstack looks for them.
 *
 * Often it is the other half that is wrong, so what it can cause is limited: the log by the
 * kernel's rate limit, the store by one node per device.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include "internal.h"

static void report(struct xenbus_device *dev, int error, struct va_format *text)
{
	char *line, *dir;

	line = kasprintf(GFP_KERNEL, "%d %pV", -error, text);
	if (!line) {
		dev_err_ratelimited(&dev->dev, "error %d\n", error);
		return;
	}
	dev_err_ratelimited(&dev->dev, "%s\n", line);
	dir = kasprintf(GFP_KERNEL, "error/%s", dev->nodename);
	if (dir && strlen(line) < XENSTORE_PAYLOAD_MAX / 4)
		xenbus_write(XBT_NIL, dir, "error", line);
	kfree(dir);
	kfree(line);
}

/**
 * xenbus_dev_error() - say what went wrong, and go on
 * @dev: device
 * @error: negative errno
 * @format: as for printf()
 *
 * Writes number and text to error/<nodename>/error.
 */
void xenbus_dev_error(struct xenbus_device *dev, int error, const char *format, ...)
{
	struct va_format text = { .fmt = format };
	va_list args;

	va_start(args, format);
	text.va = &args;
	report(dev, error, &text);
	va_end(args);
}
EXPORT_SYMBOL_GPL(xenbus_dev_error);

/**
 * xenbus_dev_fatal() - say what went wrong, and begin to close the device
 * @dev: device
 * @error: negative errno
 * @format: as for printf()
 *
 * As xenbus_dev_error(); then the state becomes Closing, to which the other half answers.
 */
void xenbus_dev_fatal(struct xenbus_device *dev, int error, const char *format, ...)
{
	struct va_format text = { .fmt = format };
	va_list args;

	va_start(args, format);
	text.va = &args;
	report(dev, error, &text);
	va_end(args);
	xenbus_switch_state(dev, XenbusStateClosing);
}
EXPORT_SYMBOL_GPL(xenbus_dev_fatal);

// SPDX-License-Identifier: GPL-2.0
/*
 * The store as the kernel's drivers use it: read, write and list nodes, in transactions or without.
 *
 * All of it sleeps and allocates without I/O, so that a disk's driver may call it while memory is
 * short. The common errors are those of xs_talk(); what is listed below comes on top.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "internal.h"

#define XS_GFP		(GFP_NOIO | __GFP_HIGH)

/* A text without its NUL, as the store wants values, or with it, as it wants paths. */
static struct kvec value_part(const char *text)
{
	return (struct kvec) { .iov_base = (void *)text, .iov_len = strlen(text) };
}

static struct kvec path_part(const char *text)
{
	return (struct kvec) { .iov_base = (void *)text, .iov_len = strlen(text) + 1 };
}

/* dir/node, or dir if node is empty; NULL if memory is short. */
static char *full_path(const char *dir, const char *node)
{
	return kasprintf(XS_GFP, "%s%s%s", dir, *node ? "/" : "", node);
}

/* Ask about one path; the reply is the caller's. */
static void *ask(struct xenbus_transaction xbt, enum xsd_sockmsg_type type, const char *dir,
		 const char *node, unsigned int *size)
{
	char *path = full_path(dir, node);
	struct kvec part;
	void *reply;

	if (!path)
		return ERR_PTR(-ENOMEM);
	part = path_part(path);
	reply = xs_talk(xbt, type, &part, 1, size);
	kfree(path);
	return reply;
}

/* For requests whose reply says no more than that they succeeded. */
static int status_of(void *reply)
{
	if (IS_ERR(reply))
		return PTR_ERR(reply);
	kfree(reply);
	return 0;
}

/*
 * Directories
 */

/*
 * A listing that does not fit into one message comes in parts, each preceded by the directory's
 * generation: if that changes on the way, the parts do not fit together. An empty name ends the
 * last part.
 */
#define LIST_TRIES	16
#define LIST_MAX	SZ_1M

struct listing {
	char *text;
	unsigned int size;
	char generation[24];
};

/* Add one part; 1 if it was the last, -EAGAIN if the directory changed under us. */
static int listing_add(struct listing *l, const char *part, unsigned int size)
{
	unsigned int head = strnlen(part, size) + 1;
	bool last;
	char *text;

	if (head > size || head > sizeof(l->generation))
		return -EIO;
	if (l->size && strcmp(part, l->generation))
		return -EAGAIN;
	strscpy(l->generation, part, sizeof(l->generation));
	part += head;
	size -= head;
	if (!size || part[size - 1])
		return -EIO;
	last = size == 1 || !part[size - 2];
	size -= last;
	if (size > LIST_MAX - l->size)
		return -E2BIG;
	text = krealloc(l->text, l->size + size + 1, XS_GFP);
	if (!text)
		return -ENOMEM;
	memcpy(text + l->size, part, size);
	l->text = text;
	l->size += size;
	return last;
}

static int listing_read(struct listing *l, struct xenbus_transaction xbt, const char *path)
{
	char offset[12];
	struct kvec parts[2];
	unsigned int size;
	char *reply;
	int ret = 0;

	l->size = 0;
	while (!ret) {
		snprintf(offset, sizeof(offset), "%u", l->size);
		parts[0] = path_part(path);
		parts[1] = path_part(offset);
		reply = xs_talk(xbt, XS_DIRECTORY_PART, parts, 2, &size);
		if (IS_ERR(reply))
			return PTR_ERR(reply);
		ret = listing_add(l, reply, size);
		kfree(reply);
	}
	return ret < 0 ? ret : 0;
}

static void *big_directory(struct xenbus_transaction xbt, const char *dir, const char *node,
			   unsigned int *size)
{
	char *path = full_path(dir, node);
	struct listing l = {};
	int err = -EAGAIN, tries;

	if (!path)
		return ERR_PTR(-ENOMEM);
	for (tries = 0; tries < LIST_TRIES && err == -EAGAIN; tries++)
		err = listing_read(&l, xbt, path);
	kfree(path);
	if (err) {
		kfree(l.text);
		return ERR_PTR(err);
	}
	*size = l.size;
	return l.text;
}

/* A vector of pointers to the texts, and the texts behind it, in one piece of memory. */
static char **text_vector(const char *text, unsigned int size, unsigned int *count)
{
	unsigned int i;
	char **vector, *at;
	int err;

	err = xs_text_count(text, size, count);
	if (err)
		return ERR_PTR(err);
	vector = kmalloc(*count * sizeof(*vector) + size + 1, XS_GFP);
	if (!vector)
		return ERR_PTR(-ENOMEM);
	at = memcpy(vector + *count, text, size);
	for (i = 0; i < *count; i++) {
		vector[i] = at;
		at += strlen(at) + 1;
	}
	return vector;
}

/**
 * xenbus_directory() - names of the nodes right below one
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 * @count: set to the number of names
 *
 * Return: a vector of @count names, for one kfree(); -ENOENT if there is no such node; -EIO if the
 * store's answer makes no sense; -E2BIG if the names take more than a MiB.
 */
char **xenbus_directory(struct xenbus_transaction xbt, const char *dir, const char *node,
			unsigned int *count)
{
	unsigned int size;
	char **vector;
	void *reply;

	reply = ask(xbt, XS_DIRECTORY, dir, node, &size);
	if (reply == ERR_PTR(-E2BIG))
		reply = big_directory(xbt, dir, node, &size);
	if (IS_ERR(reply))
		return ERR_CAST(reply);
	vector = text_vector(reply, size, count);
	kfree(reply);
	return vector;
}
EXPORT_SYMBOL_GPL(xenbus_directory);

/*
 * Nodes
 */

/**
 * xenbus_exists() - is there such a node
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 *
 * Return: 1 if there is and we may know, else 0.
 */
int xenbus_exists(struct xenbus_transaction xbt, const char *dir, const char *node)
{
	void *reply = ask(xbt, XS_READ, dir, node, NULL);

	return !status_of(reply);
}
EXPORT_SYMBOL_GPL(xenbus_exists);

/**
 * xenbus_read() - value of a node
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 * @size: set to its length; may be NULL
 *
 * Return: the value with a NUL behind it, to be freed by kfree(); -ENOENT, -EACCES as pointers.
 */
void *xenbus_read(struct xenbus_transaction xbt, const char *dir, const char *node,
		  unsigned int *size)
{
	return ask(xbt, XS_READ, dir, node, size);
}
EXPORT_SYMBOL_GPL(xenbus_read);

/**
 * xenbus_write() - set the value of a node, which is made if need be, with those above it
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 * @value: text
 *
 * Return: 0; -EACCES; -ENOSPC if the domain has no quota left.
 */
int xenbus_write(struct xenbus_transaction xbt, const char *dir, const char *node,
		 const char *value)
{
	char *path = full_path(dir, node);
	struct kvec parts[2];
	int err;

	if (!path)
		return -ENOMEM;
	parts[0] = path_part(path);
	parts[1] = value_part(value);
	err = status_of(xs_talk(xbt, XS_WRITE, parts, 2, NULL));
	kfree(path);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_write);

/**
 * xenbus_rm() - remove a node with all below it
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 *
 * Return: 0, also if there is no such node but one above it; -EACCES.
 */
int xenbus_rm(struct xenbus_transaction xbt, const char *dir, const char *node)
{
	return status_of(ask(xbt, XS_RM, dir, node, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_rm);

/*
 * Transactions
 */

/**
 * xenbus_transaction_start() - what follows shall happen at once, or not at all
 * @xbt: set on success
 *
 * Each one that was started must be ended: a save of the domain waits for that. No watch may be
 * registered in between.
 *
 * Return: 0; -EBUSY, -ENOSPC if the store has no room for one more.
 */
int xenbus_transaction_start(struct xenbus_transaction *xbt)
{
	void *reply = ask(XBT_NIL, XS_TRANSACTION_START, "", "", NULL);
	int err;

	if (IS_ERR(reply))
		return PTR_ERR(reply);
	/* An answer that is no number names a transaction that the store will not know. */
	err = kstrtou32(reply, 10, &xbt->id);
	kfree(reply);
	if (err) {
		*xbt = XBT_NIL;
		xenbus_transaction_end(*xbt, true);
		return -EIO;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_transaction_start);

/**
 * xenbus_transaction_end() - make the changes happen, or drop them
 * @xbt: the transaction, over in any case
 * @abort: drop them
 *
 * Return: 0; -EAGAIN if somebody else changed what the transaction has read: do it all again.
 */
int xenbus_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	struct kvec part = path_part(abort ? "F" : "T");

	return status_of(xs_talk(xbt, XS_TRANSACTION_END, &part, 1, NULL));
}
EXPORT_SYMBOL_GPL(xenbus_transaction_end);

/*
 * Values as numbers
 */

/**
 * xenbus_scanf() - read a node and scan its value
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 * @format: as for sscanf()
 *
 * Return: number of values, at least 1; -ERANGE if the text fits none of them.
 */
int xenbus_scanf(struct xenbus_transaction xbt, const char *dir, const char *node,
		 const char *format, ...)
{
	char *text = xenbus_read(xbt, dir, node, NULL);
	va_list args;
	int n;

	if (IS_ERR(text))
		return PTR_ERR(text);
	va_start(args, format);
	n = vsscanf(text, format, args);
	va_end(args);
	kfree(text);
	return n > 0 ? n : -ERANGE;
}
EXPORT_SYMBOL_GPL(xenbus_scanf);

/**
 * xenbus_printf() - write a node
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 * @node: node below it, or ""
 * @format: as for printf()
 *
 * Return: as xenbus_write().
 */
int xenbus_printf(struct xenbus_transaction xbt, const char *dir, const char *node,
		  const char *format, ...)
{
	va_list args;
	char *text;
	int err;

	va_start(args, format);
	text = kvasprintf(XS_GFP, format, args);
	va_end(args);
	if (!text)
		return -ENOMEM;
	err = xenbus_write(xbt, dir, node, text);
	kfree(text);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_printf);

/**
 * xenbus_read_unsigned() - read a number that need not be there
 * @dir: directory
 * @node: node below it, or ""
 * @fallback: result if there is none, or no number
 *
 * Return: the number.
 */
unsigned int xenbus_read_unsigned(const char *dir, const char *node, unsigned int fallback)
{
	unsigned int number;

	return xenbus_scanf(XBT_NIL, dir, node, "%u", &number) == 1 ? number : fallback;
}
EXPORT_SYMBOL_GPL(xenbus_read_unsigned);

/**
 * xenbus_gather() - read several nodes of a directory
 * @xbt: transaction, or XBT_NIL
 * @dir: directory
 *
 * What follows are triples, ended by NULL: name of a node, format for one value, where it goes. A
 * format of NULL means the text itself: a char pointer to be set, the text is the caller's, also
 * if a later triple fails (pointers of later triples are then left alone).
 *
 * Return: 0; -EINVAL if a text does not fit its format; the first error of a read.
 */
int xenbus_gather(struct xenbus_transaction xbt, const char *dir, ...)
{
	const char *node, *format;
	int err = 0;
	va_list args;
	void *where;
	char *text;

	va_start(args, dir);
	while (!err && (node = va_arg(args, const char *))) {
		format = va_arg(args, const char *);
		where = va_arg(args, void *);
		text = xenbus_read(xbt, dir, node, NULL);
		if (IS_ERR(text)) {
			err = PTR_ERR(text);
		} else if (!format) {
			*(char **)where = text;
		} else {
			if (sscanf(text, format, where) < 1)
				err = -EINVAL;
			kfree(text);
		}
	}
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_gather);

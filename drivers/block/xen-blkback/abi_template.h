/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One dialect of blkif: compiled once per guest ABI by abi.c. The ABIs differ in whether the
 * 64-bit id is aligned to eight, and in what follows from that.
 *
 * The includer defines ABI(name), which makes names unique, ABI_PAD, how many words of padding
 * stand before the id, ABI_SLOT, the size of a slot in bytes, and ABI_NAME.
 */

struct ABI(head) {
	u8 op;
	u8 sub;
	u16 half;
	u32 gap[ABI_PAD];
	u64 id;
	u64 sector;
} __packed;

struct ABI(direct) {
	struct ABI(head) head;
	struct xenblk_seg segs[XENBLK_DIRECT_SEGS];
} __packed;

struct ABI(indirect) {
	struct ABI(head) head;
	u16 handle;
	u16 pad;
	u32 refs[XENBLK_DESC_REFS];
} __packed;

struct ABI(discard) {
	struct ABI(head) head;
	u64 nr_sectors;
} __packed;

static void ABI(decode)(const void *slot, struct xenblk_raw *raw)
{
	const struct ABI(head) *head = slot;

	raw->op = head->op;
	raw->sub = head->sub;
	raw->nr_segs = head->half;
	raw->id = head->id;
	raw->sector = head->sector;
	if (raw->op == XENBLK_WIRE_INDIRECT)
		memcpy(raw->refs, ((const struct ABI(indirect) *)slot)->refs, sizeof(raw->refs));
	else if (raw->op == XENBLK_WIRE_DISCARD)
		raw->nr_sectors = ((const struct ABI(discard) *)slot)->nr_sectors;
	else
		memcpy(raw->segs, ((const struct ABI(direct) *)slot)->segs,
		       sizeof(raw->segs[0]) *
		       (head->sub < XENBLK_DIRECT_SEGS ? head->sub : XENBLK_DIRECT_SEGS));
}

static_assert(sizeof(struct ABI(direct)) == ABI_SLOT);

const struct xenblk_abi ABI(abi) = {
	.name = ABI_NAME,
	.slot_size = ABI_SLOT,
	.decode = ABI(decode),
};

#undef ABI
#undef ABI_PAD
#undef ABI_SLOT
#undef ABI_NAME

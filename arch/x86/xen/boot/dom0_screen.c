// SPDX-License-Identifier: GPL-2.0
/* The screen as the hypervisor leaves it to dom0, in the form that boot loaders have for one. */
#include <linux/init.h>
#include <linux/screen_info.h>
#include <linux/stddef.h>

#include <asm/setup.h>

#include <xen/interface/xen.h>

#include "../xen_arch.h"

static void __init text_screen(const struct dom0_vga_console_info *info, struct screen_info *si)
{
	si->orig_video_lines = info->u.text_mode_3.rows;
	si->orig_video_cols = info->u.text_mode_3.columns;
	si->orig_x = info->u.text_mode_3.cursor_x;
	si->orig_y = info->u.text_mode_3.cursor_y;
	si->orig_video_points = info->u.text_mode_3.font_height;
}

static void __init linear_screen(const struct dom0_vga_console_info *info, struct screen_info *si)
{
	si->lfb_base = info->u.vesa_lfb.lfb_base;
	si->lfb_size = info->u.vesa_lfb.lfb_size;
	si->lfb_width = info->u.vesa_lfb.width;
	si->lfb_height = info->u.vesa_lfb.height;
	si->lfb_depth = info->u.vesa_lfb.bits_per_pixel;
	si->lfb_linelength = info->u.vesa_lfb.bytes_per_line;
	si->red_pos = info->u.vesa_lfb.red_pos;
	si->red_size = info->u.vesa_lfb.red_size;
	si->green_pos = info->u.vesa_lfb.green_pos;
	si->green_size = info->u.vesa_lfb.green_size;
	si->blue_pos = info->u.vesa_lfb.blue_pos;
	si->blue_size = info->u.vesa_lfb.blue_size;
	si->rsvd_pos = info->u.vesa_lfb.rsvd_pos;
	si->rsvd_size = info->u.vesa_lfb.rsvd_size;
}

static void __init above_4g(u32 high, struct screen_info *si)
{
	si->ext_lfb_base = high;
	if (high)
		si->capabilities |= VIDEO_CAPABILITY_64BIT_BASE;
}

/**
 * xen_init_vga() - describe the screen
 * @info: what the hypervisor says about it
 * @size: how much of that there is: it has grown over the years
 * @screen_info: where the kernel looks for it
 *
 * A screen that less is known of than its kind needs counts as an empty one of 80 by 25 characters.
 */
void __init xen_init_vga(const struct dom0_vga_console_info *info, size_t size,
			 struct screen_info *screen_info)
{
	bool efi = info->video_type == XEN_VGATYPE_EFI_LFB;

	/* BIOS mode 3 */
	screen_info->orig_video_isVGA = 1;
	screen_info->orig_video_mode = 3;
	screen_info->orig_video_ega_bx = 3;
	screen_info->orig_video_cols = 80;
	screen_info->orig_video_lines = 25;
	screen_info->orig_video_points = 16;
	screen_info->orig_y = 24;

	if (info->video_type == XEN_VGATYPE_TEXT_MODE_3) {
		if (size >= offsetofend(struct dom0_vga_console_info, u.text_mode_3))
			text_screen(info, screen_info);
		return;
	}
	if (!efi && info->video_type != XEN_VGATYPE_VESA_LFB)
		return;
	if (size < offsetof(struct dom0_vga_console_info, u.vesa_lfb.gbl_caps))
		return;
	screen_info->orig_video_isVGA = efi ? VIDEO_TYPE_EFI : VIDEO_TYPE_VLFB;
	linear_screen(info, screen_info);
	if (size >= offsetofend(struct dom0_vga_console_info, u.vesa_lfb.ext_lfb_base))
		above_4g(info->u.vesa_lfb.ext_lfb_base, screen_info);
	if (!efi && size >= offsetofend(struct dom0_vga_console_info, u.vesa_lfb.mode_attrs))
		screen_info->vesa_attributes = info->u.vesa_lfb.mode_attrs;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed calls for what a domain asks of its hypervisor, from xen/interface/version.h, and tells it
 * of itself: xen/interface/sched.h, vcpu.h and xenpmu.h. All return 0 or a negative errno unless
 * they say otherwise.
 */
#ifndef _XEN_HV_DOMAIN_H
#define _XEN_HV_DOMAIN_H

#include <xen/frame.h>
#include <xen/hv.h>
#include <xen/interface/xen.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/version.h>
#ifdef CONFIG_XEN_HAVE_VPMU
#include <xen/interface/xenpmu.h>
#endif

/**
 * xen_hv_version() - which version the hypervisor is
 *
 * Return: the major number in bits 16 to 31, the minor one below; or a negative errno.
 */
static inline int xen_hv_version(void)
{
	return xen_hv_call(XEN_HV_VERSION_NUMBER, NULL, 1);
}

/**
 * union xen_hv_text - texts that the hypervisor tells of itself
 * @extra: what follows the version's numbers; XEN_HV_VERSION_EXTRA
 * @compile: who compiled it, when, and with what; XEN_HV_VERSION_COMPILE
 * @capabilities: kinds of domains that it can run; XEN_HV_VERSION_CAPABILITIES
 * @changeset: the state of its source; XEN_HV_VERSION_CHANGESET
 */
union xen_hv_text {
	struct xen_extraversion extra;
	struct xen_compile_info compile;
	struct xen_capabilities_info capabilities;
	struct xen_changeset_info changeset;
};

/**
 * xen_hv_version_text() - ask for a text
 * @op: which, see union xen_hv_text
 * @text: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_version_text(enum xen_hv_op op, union xen_hv_text *text)
{
	return xen_hv_call(op, text, 1);
}

/**
 * xen_hv_virt_start() - where the hypervisor's part of every address space begins
 * @start: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_virt_start(xen_ulong_t *start)
{
	struct xen_platform_parameters op;
	int err = xen_hv_call(XEN_HV_VERSION_PLATFORM, &op, 1);

	if (!err)
		*start = op.virt_start;
	return err;
}

/**
 * xen_hv_features() - ask for 32 features
 * @map: which: XENFEAT_* divided by 32
 * @bits: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_features(unsigned int map, u32 *bits)
{
	struct xen_feature_info op = { .submap_idx = map };
	int err = xen_hv_call(XEN_HV_VERSION_FEATURES, &op, 1);

	if (!err)
		*bits = op.submap;
	return err;
}

/**
 * xen_hv_page_size() - the size of the hypervisor's pages
 *
 * Return: bytes, or a negative errno.
 */
static inline int xen_hv_page_size(void)
{
	return xen_hv_call(XEN_HV_VERSION_PAGESIZE, NULL, 1);
}

/**
 * xen_hv_domain_handle() - this domain's UUID
 * @handle: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_domain_handle(xen_domain_handle_t *handle)
{
	return xen_hv_call(XEN_HV_VERSION_HANDLE, handle, 1);
}

/**
 * xen_hv_build_id() - the hypervisor's build id
 * @id: with its length; set on success. NULL to ask for the length
 *
 * Return: its length in bytes, or a negative errno.
 */
static inline int xen_hv_build_id(struct xen_build_id *id)
{
	return xen_hv_call(XEN_HV_VERSION_BUILD_ID, id, 1);
}

/**
 * xen_hv_shutdown() - end this domain
 * @reason: SHUTDOWN_*
 *
 * Return: only if it failed: a negative errno.
 */
static inline int xen_hv_shutdown(unsigned int reason)
{
	struct sched_shutdown op = { .reason = reason };

	return xen_hv_call(XEN_HV_SCHED_SHUTDOWN, &op, 1);
}

/**
 * xen_hv_suspend() - suspend this domain, to be saved, migrated or just continued
 * @start_info: in a PV domain, where the toolstack shall write the next life's start info
 *
 * Context: one CPU, the others stopped, interrupts off.
 * Return: 0 if another life goes on here; 1 if it is the same one; a negative errno.
 */
static inline int xen_hv_suspend(xgfn_t start_info)
{
	return xen_hv_call(XEN_HV_SUSPEND, &start_info, 1);
}

/**
 * xen_hv_set_runstate_area() - where the hypervisor shall keep a vCPU's record of its time
 * @vcpu: the hypervisor's number of the vCPU
 * @area: the record, until the domain ends
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_set_runstate_area(u32 vcpu, struct vcpu_runstate_info *area)
{
	struct vcpu_register_runstate_memory_area op = { .addr.v = area };

	return xen_hv_call(XEN_HV_VCPU_RUNSTATE_AREA, &op, vcpu);
}

/**
 * xen_hv_mark_runstate_updates() - have runstate records say when they are being written
 *
 * Return: 0; a negative errno if the hypervisor is too old.
 */
static inline int xen_hv_mark_runstate_updates(void)
{
	return xen_hv_call(XEN_HV_ASSIST_ENABLE, NULL, VMASST_TYPE_runstate_update_flag);
}

#ifdef CONFIG_XEN_HAVE_VPMU
static inline int xen_hv_pmu_get(enum xen_hv_op op, u32 *value)
{
	struct xen_pmu_params params = {
		.version = { .maj = XENPMU_VER_MAJ, .min = XENPMU_VER_MIN },
	};
	int err = xen_hv_call(op, &params, 1);

	if (!err)
		*value = params.val;
	return err;
}

static inline int xen_hv_pmu_set(enum xen_hv_op op, u32 value)
{
	struct xen_pmu_params params = {
		.version = { .maj = XENPMU_VER_MAJ, .min = XENPMU_VER_MIN },
		.val = value,
	};

	return xen_hv_call(op, &params, 1);
}

/**
 * xen_hv_pmu_mode() - who may count events of the machine
 * @mode: set to XENPMU_MODE_* on success
 *
 * Return: 0; a negative errno, also if this is no control domain.
 */
static inline int xen_hv_pmu_mode(u32 *mode)
{
	return xen_hv_pmu_get(XEN_HV_PMU_MODE_GET, mode);
}

/**
 * xen_hv_pmu_set_mode() - choose who may count events of the machine
 * @mode: XENPMU_MODE_*
 *
 * Return: 0; a negative errno, also if this is no control domain.
 */
static inline int xen_hv_pmu_set_mode(u32 mode)
{
	return xen_hv_pmu_set(XEN_HV_PMU_MODE_SET, mode);
}

/**
 * xen_hv_pmu_features() - what counting may use
 * @features: set to XENPMU_FEATURE_* on success
 *
 * Return: 0; a negative errno, also if this is no control domain.
 */
static inline int xen_hv_pmu_features(u32 *features)
{
	return xen_hv_pmu_get(XEN_HV_PMU_FEATURE_GET, features);
}

/**
 * xen_hv_pmu_set_features() - choose what counting may use
 * @features: XENPMU_FEATURE_*
 *
 * Return: 0; a negative errno, also if this is no control domain.
 */
static inline int xen_hv_pmu_set_features(u32 features)
{
	return xen_hv_pmu_set(XEN_HV_PMU_FEATURE_SET, features);
}
#endif

#endif /* _XEN_HV_DOMAIN_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every operation that passes the door of drivers/xen/hv: name, hypercall, command, policy.
 *
 * MUST: correct code never sees it fail; a failure is reported once per operation, with its
 *       name, and still returned.
 * MAY:  failing is an answer. The caller deals with it and nothing is printed.
 *
 * Define XEN_HV_OP(name, group, command, policy) before including this file. The command is
 * only evaluated where the table is made, so users need not include the ABI headers.
 */

/* Event channels: xen/hv_evtchn.h */
XEN_HV_OP(EVTCHN_ALLOC_UNBOUND,		EVTCHN,  EVTCHNOP_alloc_unbound,	MAY)
XEN_HV_OP(EVTCHN_BIND_INTERDOMAIN,	EVTCHN,  EVTCHNOP_bind_interdomain,	MAY)
XEN_HV_OP(EVTCHN_BIND_VIRQ,		EVTCHN,  EVTCHNOP_bind_virq,		MAY)
XEN_HV_OP(EVTCHN_BIND_IPI,		EVTCHN,  EVTCHNOP_bind_ipi,		MAY)
XEN_HV_OP(EVTCHN_BIND_PIRQ,		EVTCHN,  EVTCHNOP_bind_pirq,		MAY)
XEN_HV_OP(EVTCHN_BIND_VCPU,		EVTCHN,  EVTCHNOP_bind_vcpu,		MAY)
XEN_HV_OP(EVTCHN_CLOSE,			EVTCHN,  EVTCHNOP_close,		MUST)
XEN_HV_OP(EVTCHN_SEND,			EVTCHN,  EVTCHNOP_send,			MAY)
XEN_HV_OP(EVTCHN_STATUS,		EVTCHN,  EVTCHNOP_status,		MAY)
XEN_HV_OP(EVTCHN_UNMASK,		EVTCHN,  EVTCHNOP_unmask,		MAY)
XEN_HV_OP(EVTCHN_INIT_CONTROL,		EVTCHN,  EVTCHNOP_init_control,		MAY)
XEN_HV_OP(EVTCHN_EXPAND_ARRAY,		EVTCHN,  EVTCHNOP_expand_array,		MAY)
XEN_HV_OP(EVTCHN_SET_PRIORITY,		EVTCHN,  EVTCHNOP_set_priority,		MAY)

/* Physical interrupts: xen/hv_physdev.h */
XEN_HV_OP(PHYSDEV_EOI,			PHYSDEV, PHYSDEVOP_eoi,			MUST)
XEN_HV_OP(PHYSDEV_IRQ_STATUS,		PHYSDEV, PHYSDEVOP_irq_status_query,	MAY)
XEN_HV_OP(PHYSDEV_PIRQ_EOI_GFN,		PHYSDEV, PHYSDEVOP_pirq_eoi_gmfn_v2,	MAY)
XEN_HV_OP(PHYSDEV_ALLOC_VECTOR,		PHYSDEV, PHYSDEVOP_alloc_irq_vector,	MAY)
XEN_HV_OP(PHYSDEV_GET_FREE_PIRQ,	PHYSDEV, PHYSDEVOP_get_free_pirq,	MAY)
XEN_HV_OP(PHYSDEV_MAP_PIRQ,		PHYSDEV, PHYSDEVOP_map_pirq,		MAY)
XEN_HV_OP(PHYSDEV_UNMAP_PIRQ,		PHYSDEV, PHYSDEVOP_unmap_pirq,		MAY)
XEN_HV_OP(PHYSDEV_SETUP_GSI,		PHYSDEV, PHYSDEVOP_setup_gsi,		MAY)
XEN_HV_OP(PHYSDEV_RESTORE_MSI,		PHYSDEV, PHYSDEVOP_restore_msi,		MAY)
XEN_HV_OP(PHYSDEV_RESTORE_MSI_EXT,	PHYSDEV, PHYSDEVOP_restore_msi_ext,	MAY)

/* Upcalls of domains in hardware virtualization: xen/hv_evtchn.h */
XEN_HV_OP(HVM_SET_PARAM,		HVM,	 HVMOP_set_param,		MAY)
#ifdef CONFIG_X86
XEN_HV_OP(HVM_SET_UPCALL_VECTOR,	HVM,	 HVMOP_set_evtchn_upcall_vector, MAY)
#endif
XEN_HV_OP(SCHED_POLL,			SCHED,	 SCHEDOP_poll,			MUST)
XEN_HV_OP(VCPU_SEND_NMI,		VCPU,	 VCPUOP_send_nmi,		MUST)

/* Grants: xen/hv_grant.h */
XEN_HV_OP(GRANT_MAP,			GRANT,	 GNTTABOP_map_grant_ref,	MUST)
XEN_HV_OP(GRANT_UNMAP,			GRANT,	 GNTTABOP_unmap_grant_ref,	MUST)
XEN_HV_OP(GRANT_COPY,			GRANT,	 GNTTABOP_copy,			MUST)
XEN_HV_OP(GRANT_SETUP_TABLE,		GRANT,	 GNTTABOP_setup_table,		MAY)
XEN_HV_OP(GRANT_QUERY_SIZE,		GRANT,	 GNTTABOP_query_size,		MAY)
XEN_HV_OP(GRANT_SET_VERSION,		GRANT,	 GNTTABOP_set_version,		MAY)
XEN_HV_OP(GRANT_GET_STATUS_FRAMES,	GRANT,	 GNTTABOP_get_status_frames,	MAY)
XEN_HV_OP(MEMORY_ADD_TO_PHYSMAP,	MEMORY,	 XENMEM_add_to_physmap,		MAY)

/* Memory: xen/hv_memory.h */
XEN_HV_OP(MEMORY_SIZE,			MEMORY,	 XENMEM_current_reservation,	MAY)
XEN_HV_OP(MEMORY_POPULATE,		MEMORY,	 XENMEM_populate_physmap,	MAY)
XEN_HV_OP(MEMORY_RELEASE,		MEMORY,	 XENMEM_decrease_reservation,	MAY)
XEN_HV_OP(MEMORY_PLACE_FOREIGN,		MEMORY,	 XENMEM_add_to_physmap_range,	MAY)
XEN_HV_OP(MEMORY_UNPLACE,		MEMORY,	 XENMEM_remove_from_physmap,	MAY)
XEN_HV_OP(MEMORY_ACQUIRE_RESOURCE,	MEMORY,	 XENMEM_acquire_resource,	MAY)

/* Device models: xen/hv_dm.h; the command is in the first buffer. */
XEN_HV_OP(DM_OP,			DM,	 0,				MAY)

/* What a domain asks and tells of itself: xen/hv_domain.h */
XEN_HV_OP(VERSION_NUMBER,		VERSION, XENVER_version,		MAY)
XEN_HV_OP(VERSION_EXTRA,		VERSION, XENVER_extraversion,		MAY)
XEN_HV_OP(VERSION_COMPILE,		VERSION, XENVER_compile_info,		MAY)
XEN_HV_OP(VERSION_CAPABILITIES,		VERSION, XENVER_capabilities,		MAY)
XEN_HV_OP(VERSION_CHANGESET,		VERSION, XENVER_changeset,		MAY)
XEN_HV_OP(VERSION_PLATFORM,		VERSION, XENVER_platform_parameters,	MAY)
XEN_HV_OP(VERSION_FEATURES,		VERSION, XENVER_get_features,		MAY)
XEN_HV_OP(VERSION_PAGESIZE,		VERSION, XENVER_pagesize,		MAY)
XEN_HV_OP(VERSION_HANDLE,		VERSION, XENVER_guest_handle,		MAY)
XEN_HV_OP(VERSION_BUILD_ID,		VERSION, XENVER_build_id,		MAY)
XEN_HV_OP(SCHED_SHUTDOWN,		SCHED,	 SCHEDOP_shutdown,		MUST)
XEN_HV_OP(SUSPEND,			SUSPEND, SHUTDOWN_suspend,		MUST)
XEN_HV_OP(VCPU_RUNSTATE_AREA,		VCPU,	 VCPUOP_register_runstate_memory_area, MUST)
XEN_HV_OP(ASSIST_ENABLE,		ASSIST,	 VMASST_CMD_enable,		MAY)
#ifdef CONFIG_XEN_HAVE_VPMU
XEN_HV_OP(PMU_MODE_GET,			PMU,	 XENPMU_mode_get,		MAY)
XEN_HV_OP(PMU_MODE_SET,			PMU,	 XENPMU_mode_set,		MAY)
XEN_HV_OP(PMU_FEATURE_GET,		PMU,	 XENPMU_feature_get,		MAY)
XEN_HV_OP(PMU_FEATURE_SET,		PMU,	 XENPMU_feature_set,		MAY)
#endif

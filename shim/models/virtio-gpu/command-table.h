/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table of all commands of the device (VirtIO 1.2 sections 5.7.6.8 to 5.7.6.10):
 * X(name, request, feature, accept, ...). The name is that of the specification
 * without VIRTIO_GPU_CMD_, as in the tree and in fault rules; the request is a
 * structure of <linux/virtio_gpu.h>; feature, accept and the rest are those of
 * GpuKind (ALWAYS and RES are defined in command-table.c). To add a command, add a
 * row and write its handlers.
 */
#ifndef MODELS_VIRTIO_GPU_COMMAND_TABLE_H
#define MODELS_VIRTIO_GPU_COMMAND_TABLE_H

/* clang-format off */
#define GPU_KINDS(X) \
	X(GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr, ALWAYS, gpu_get_display_info) \
	X(RESOURCE_CREATE_2D, virtio_gpu_resource_create_2d, ALWAYS, gpu_create_2d, \
		.resource_at = RES(virtio_gpu_resource_create_2d), .creates = true) \
	X(RESOURCE_UNREF, virtio_gpu_resource_unref, ALWAYS, gpu_unref, \
		.resource_at = RES(virtio_gpu_resource_unref), \
		.complete = gpu_unref_complete) \
	X(SET_SCANOUT, virtio_gpu_set_scanout, ALWAYS, gpu_set_scanout, \
		.resource_at = RES(virtio_gpu_set_scanout)) \
	X(RESOURCE_FLUSH, virtio_gpu_resource_flush, ALWAYS, gpu_flush, \
		.resource_at = RES(virtio_gpu_resource_flush), .dma = true, \
		.complete = gpu_flush_complete) \
	X(TRANSFER_TO_HOST_2D, virtio_gpu_transfer_to_host_2d, ALWAYS, gpu_transfer_2d, \
		.resource_at = RES(virtio_gpu_transfer_to_host_2d), .dma = true, \
		.complete = gpu_transfer_complete) \
	X(RESOURCE_ATTACH_BACKING, virtio_gpu_resource_attach_backing, ALWAYS, \
		gpu_attach_backing, .trails = true, \
		.resource_at = RES(virtio_gpu_resource_attach_backing), .creates = true) \
	X(RESOURCE_DETACH_BACKING, virtio_gpu_resource_detach_backing, ALWAYS, \
		gpu_detach_backing, \
		.resource_at = RES(virtio_gpu_resource_detach_backing), \
		.complete = gpu_detach_backing_complete) \
	X(GET_CAPSET_INFO, virtio_gpu_get_capset_info, VIRTIO_GPU_F_VIRGL, \
		gpu_get_capset_info) \
	X(GET_CAPSET, virtio_gpu_get_capset, VIRTIO_GPU_F_VIRGL, gpu_get_capset) \
	X(GET_EDID, virtio_gpu_cmd_get_edid, VIRTIO_GPU_F_EDID, gpu_get_edid) \
	X(RESOURCE_ASSIGN_UUID, virtio_gpu_resource_assign_uuid, VIRTIO_GPU_F_RESOURCE_UUID, \
		gpu_assign_uuid, .resource_at = RES(virtio_gpu_resource_assign_uuid)) \
	X(RESOURCE_CREATE_BLOB, virtio_gpu_resource_create_blob, VIRTIO_GPU_F_RESOURCE_BLOB, \
		gpu_create_blob, .trails = true, .context = true, \
		.resource_at = RES(virtio_gpu_resource_create_blob), .creates = true) \
	X(SET_SCANOUT_BLOB, virtio_gpu_set_scanout_blob, VIRTIO_GPU_F_RESOURCE_BLOB, \
		gpu_set_scanout_blob, .resource_at = RES(virtio_gpu_set_scanout_blob)) \
	X(CTX_CREATE, virtio_gpu_ctx_create, VIRTIO_GPU_F_VIRGL, gpu_ctx_create, \
		.context = true, .creates = true) \
	X(CTX_DESTROY, virtio_gpu_ctx_destroy, VIRTIO_GPU_F_VIRGL, gpu_ctx_destroy, \
		.context = true) \
	X(CTX_ATTACH_RESOURCE, virtio_gpu_ctx_resource, VIRTIO_GPU_F_VIRGL, \
		gpu_ctx_attach, .context = true, \
		.resource_at = RES(virtio_gpu_ctx_resource), .creates = true) \
	X(CTX_DETACH_RESOURCE, virtio_gpu_ctx_resource, VIRTIO_GPU_F_VIRGL, \
		gpu_ctx_detach, .context = true, \
		.resource_at = RES(virtio_gpu_ctx_resource)) \
	X(RESOURCE_CREATE_3D, virtio_gpu_resource_create_3d, VIRTIO_GPU_F_VIRGL, \
		gpu_create_3d, .resource_at = RES(virtio_gpu_resource_create_3d), \
		.creates = true) \
	X(TRANSFER_TO_HOST_3D, virtio_gpu_transfer_host_3d, VIRTIO_GPU_F_VIRGL, \
		gpu_transfer_3d, .context = true, \
		.resource_at = RES(virtio_gpu_transfer_host_3d), .dma = true, \
		.complete = gpu_transfer_complete) \
	X(TRANSFER_FROM_HOST_3D, virtio_gpu_transfer_host_3d, VIRTIO_GPU_F_VIRGL, \
		gpu_transfer_3d, .context = true, \
		.resource_at = RES(virtio_gpu_transfer_host_3d), .dma = true, \
		.complete = gpu_transfer_complete) \
	X(SUBMIT_3D, virtio_gpu_cmd_submit, VIRTIO_GPU_F_VIRGL, gpu_exec_accept, \
		.trails = true, .context = true, .dma = true, \
		.complete = gpu_exec_complete) \
	X(RESOURCE_MAP_BLOB, virtio_gpu_resource_map_blob, VIRTIO_GPU_F_RESOURCE_BLOB, \
		gpu_map_blob, .resource_at = RES(virtio_gpu_resource_map_blob)) \
	X(RESOURCE_UNMAP_BLOB, virtio_gpu_resource_unmap_blob, VIRTIO_GPU_F_RESOURCE_BLOB, \
		gpu_map_blob, .resource_at = RES(virtio_gpu_resource_unmap_blob)) \
	X(UPDATE_CURSOR, virtio_gpu_update_cursor, ALWAYS, gpu_update_cursor, \
		.queue = GPU_QUEUE_CURSOR, .resource_at = RES(virtio_gpu_update_cursor)) \
	X(MOVE_CURSOR, virtio_gpu_update_cursor, ALWAYS, gpu_update_cursor, \
		.queue = GPU_QUEUE_CURSOR, .resource_at = RES(virtio_gpu_update_cursor))
/* clang-format on */

#endif

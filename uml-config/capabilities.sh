# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: which capabilities a kernel has, as its source tells. These cannot be probed
# in a guest: its command line depends on them, or to try would show the bug that a
# kernel without them has (tests/KERNEL-BUGS.md).

# body FILE FUNCTION: the lines of the function.
body()
{
	sed -n "/^\([a-z].*[ *]\)\{0,1\}$2(/,/^}/p" "$1"
}

# has FILE FUNCTION PATTERN, lacks FILE FUNCTION PATTERN: does the function have a line
# that matches, or none? Without the file, neither is true.
has()
{
	[ -f "$1" ] && body "$1" "$2" | grep -q "$3"
}

lacks()
{
	[ -f "$1" ] && ! has "$@"
}

# source_capabilities TREE: prints their names.
source_capabilities()
{
	drm=$1/drivers/gpu/drm
	# (Their mock device must be able to map what the tests give it.)
	! grep -qsw drm_gem_shmem_purge_locked \
		"$1/include/drm/drm_gem_shmem_helper.h" ||
		! grep -qsw dma_parms "$drm/tests/drm_gem_shmem_test.c" ||
		echo kunit-shmem-locked
	# A test that makes the kernel warn has to say that this is on purpose.
	suite=$drm/tests/drm_framebuffer_test.c
	! [ -f "$suite" ] || {
		grep -q init_bad_format "$suite" &&
			lacks "$suite" drm_test_framebuffer_init_bad_format suppress
	} || echo kunit-framebuffer
	! grep -qsw pfn_mkwrite "$drm/drm_gem_shmem_helper.c" ||
		echo shmem-mkwrite
	virtio_capabilities "$drm/virtio"
	panfrost_capabilities "$drm/panfrost"
	v3d_capabilities "$drm/v3d"
}

virtio_capabilities()
{
	if grep -qsw has_context_init "$1/virtgpu_gem.c"; then
		echo virtio-dumb-no-context
		! grep -qsw late_attach "$1/virtgpu_drv.h" || echo virtio-late-context
	elif [ -f "$1/virtgpu_gem.c" ]; then
		# A dumb buffer makes the context to which it is attached.
		echo virtio-late-context
	fi
	# What BOs need in the end is there longer than the device.
	! lacks "$1/virtgpu_kms.c" virtio_gpu_deinit mutex_destroy ||
		echo virtio-late-free
	! grep -qsw virtqueue_detach_unused_buf "$1/virtgpu_vq.c" || echo virtio-reclaim-vbufs
	! grep -qs PM_HIBERNATION_PREPARE "$1/virtgpu_kms.c" || echo virtio-hibernate
	! sed -n '/^static int virtio_gpu_init_submit(/,/fence_alloc(/p' \
		"$1/virtgpu_submit.c" 2>/dev/null |
		grep -q out_fence_fd || echo virtio-exec-descriptor
	! lacks "$1/virtgpu_submit.c" virtio_gpu_cleanup_submit reset_syncobjs ||
		echo virtio-exec-reset
	! grep -qsw uuid_requested "$1/virtgpu_drv.h" || echo virtio-uuid-once
	! grep -qsw handles_lock "$1/virtgpu_drv.h" || echo virtio-handles
	! has "$1/virtgpu_vq.c" virtio_gpu_notify drm_dev_enter || echo virtio-late-notify
	! grep -qsw virtgpu_dma_buf_init_obj "$1/virtgpu_prime.c" ||
		echo virtio-import
}

panfrost_capabilities()
{
	# The mask is computed when the bit is clear already.
	[ ! -f "$1/panfrost_mmu.c" ] ||
		grep -A1 'mmu_write(.*INT_MASK, ~pfdev->as_faulty_mask)' \
			"$1/panfrost_mmu.c" | grep -q 'as_faulty_mask &= ~mask' ||
		echo panfrost-fault-again
	! has "$1/panfrost_drv.c" panfrost_remove pm_runtime_put ||
		echo panfrost-remove-suspends
	# What its error path puts may not have been initialised.
	! has "$1/panfrost_job.c" panfrost_jm_ctx_create drm_sched_entity_init ||
		has "$1/panfrost_job.c" panfrost_jm_ctx_create panfrost_jm_ctx_put ||
		echo panfrost-jm-ctx
	! lacks "$1/panfrost_gem.c" panfrost_gem_open 'WARN_ON.*madv' ||
		echo panfrost-open-unneeded
	! lacks "$1/panfrost_mmu.c" panfrost_mmu_map put_pages ||
		echo panfrost-map-keeps
}

v3d_capabilities()
{
	# A device that resumes before probe knows its cores needs one more call.
	if lacks "$1/v3d_drv.c" v3d_platform_drm_probe autosuspend ||
		has "$1/v3d_drv.c" v3d_platform_drm_probe v3d_irq_enable; then
		echo v3d-first-interrupt
	fi
	! has "$1/v3d_sched.c" v3d_timestamp_query_info_free 'queries = NULL' ||
		echo v3d-cpu-errors
	if grep -qsw drm_exec_init "$1/v3d_submit.c"; then
		echo v3d-submit-exec
		# It may not copy from the user when it has locked BOs.
		body "$1/v3d_submit.c" v3d_submit_cpu_ioctl |
			grep -o 'v3d_lookup_bos\|v3d_submit_lock_reservations' |
			head -n 1 | grep -q v3d_submit_lock || echo v3d-cpu-unlocked
	fi
	! grep -qsw client_stats "$1/v3d_drv.h" || echo v3d-client-stats
}

// The device policy of cgroup v2: one eBPF program per cgroup. Calls return their value or a negative errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Loads a BPF_PROG_TYPE_CGROUP_DEVICE program of `count` 8-byte instructions; its descriptor.
int skiff_bpf_load_device_program(const uint64_t *instructions, size_t count);
/// Attaches a device program to an open cgroup directory, beside those of ancestors (BPF_F_ALLOW_MULTI).
int skiff_bpf_attach_device_program(int cgroup, int program);
/// Detaches every device program attached to exactly this cgroup except `keep` (-1 keeps none).
int skiff_bpf_detach_device_programs(int cgroup, int keep);

#define _GNU_SOURCE
#include "include/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROGRAM_LIMIT = 64 };

static int result(long value) { return value < 0 ? -errno : (int)value; }

static long bpf(int command, union bpf_attr *attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int skiff_bpf_load_device_program(const uint64_t *instructions, size_t count) {
    static const char license[] = "Apache-2.0";
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.insn_cnt = (uint32_t)count;
    attributes.license = (uint64_t)(uintptr_t)license;
    return result(bpf(BPF_PROG_LOAD, &attributes));
}

int skiff_bpf_attach_device_program(int cgroup, int program) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return result(bpf(BPF_PROG_ATTACH, &attributes));
}

static int program_id(int program, uint32_t *id) {
    struct bpf_prog_info info;
    memset(&info, 0, sizeof info);
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.info.bpf_fd = (uint32_t)program;
    attributes.info.info_len = sizeof info;
    attributes.info.info = (uint64_t)(uintptr_t)&info;
    if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0) return -errno;
    *id = info.id;
    return 0;
}

static int detach(int cgroup, uint32_t id) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_id = id;
    int program = (int)bpf(BPF_PROG_GET_FD_BY_ID, &attributes);
    if (program < 0) return -errno;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    int failed = bpf(BPF_PROG_DETACH, &attributes) < 0 ? -errno : 0;
    close(program);
    return failed;
}

int skiff_bpf_detach_device_programs(int cgroup, int keep) {
    uint32_t ids[PROGRAM_LIMIT] = {0};
    uint32_t kept = 0;
    if (keep >= 0) {
        int failed = program_id(keep, &kept);
        if (failed) return failed;
    }
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.query.target_fd = (uint32_t)cgroup;
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = (uint64_t)(uintptr_t)ids;
    attributes.query.prog_cnt = PROGRAM_LIMIT;
    if (bpf(BPF_PROG_QUERY, &attributes) < 0) return -errno;
    uint32_t count = attributes.query.prog_cnt;
    for (uint32_t i = 0; i < count && i < PROGRAM_LIMIT; i++) {
        if (ids[i] == kept) continue;
        int failed = detach(cgroup, ids[i]);
        if (failed) return failed;
    }
    return 0;
}

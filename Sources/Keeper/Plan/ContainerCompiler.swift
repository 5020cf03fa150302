import CLinux
import OCI
import SystemLinux

/// Turns the container's half of a specification into a setup.
struct ContainerCompiler {
    let plan: LaunchPlan

    private var linux: RuntimeSpec.Linux { plan.spec.linux ?? RuntimeSpec.Linux() }

    func setup() throws(KeeperError) -> ContainerSetup {
        var setup = ContainerSetup()
        try namespaces(&setup)
        setup.userMappings = ranges(linux.uidMappings)
        setup.groupMappings = ranges(linux.gidMappings)
        if !setup.userMappings.isEmpty, setup.newNamespaces & SKIFF_CLONE_NEWUSER == 0 {
            throw KeeperError(.invalidPlan, "linux.uidMappings needs a new user namespace")
        }
        setup.root = plan.root
        setup.rootReadOnly = plan.spec.root?.readonly ?? false
        setup.rootPropagation = try rootPropagation()
        for mount in plan.spec.mounts ?? [] {
            var compiled = try Self.mount(mount)
            if plan.copyUpDestinations.contains(mount.destination) { compiled.copiesUp = true }
            setup.mounts.append(compiled)
        }
        setup.devices = try devices()
        setup.maskedPaths = linux.maskedPaths ?? []
        setup.readOnlyPaths = linux.readonlyPaths ?? []
        for path in setup.maskedPaths + setup.readOnlyPaths where !path.hasPrefix("/") {
            throw KeeperError(.invalidPlan, "linux.maskedPaths and readonlyPaths: \"\(path)\" must be absolute")
        }
        setup.sysctls = try sysctls()
        setup.hostname = plan.spec.hostname ?? ""
        setup.domainname = plan.spec.domainname ?? ""
        if !setup.hostname.isEmpty || !setup.domainname.isEmpty {
            guard setup.newNamespaces & SKIFF_CLONE_NEWUTS != 0 else {
                throw KeeperError(.invalidPlan, "hostname needs a new uts namespace")
            }
        }
        if let label = linux.mountLabel, !label.isEmpty {
            throw KeeperError(.unsupported, "linux.mountLabel \(label): SELinux is not supported")
        }
        return setup
    }

    private func namespaces(_ setup: inout ContainerSetup) throws(KeeperError) {
        var seen: Set<RuntimeSpec.Namespace.Kind> = []
        for namespace in linux.namespaces ?? [] {
            guard seen.insert(namespace.type).inserted else {
                throw KeeperError(.invalidPlan, "linux.namespaces: \(namespace.type.rawValue) is listed twice")
            }
            guard let kind = Namespaces.Kind(rawValue: namespace.type.rawValue) else {
                throw KeeperError(.unsupported, "linux.namespaces: \(namespace.type.rawValue) is not supported")
            }
            if let path = namespace.path, !path.isEmpty {
                if kind == .mount {
                    throw KeeperError(
                        .unsupported, "linux.namespaces: a mount namespace cannot be joined; leave its path out")
                }
                if kind == .user {
                    throw KeeperError(
                        .unsupported, "linux.namespaces: joining a user namespace is not supported; leave its path out")
                }
                setup.joins.append(ContainerSetup.Join(flag: kind.flag, path: path))
            } else {
                setup.newNamespaces |= kind.flag
            }
        }
        guard setup.newNamespaces & SKIFF_CLONE_NEWNS != 0 else {
            throw KeeperError(.invalidPlan, "linux.namespaces: a container needs a new mount namespace")
        }
    }

    private func ranges(_ mappings: [RuntimeSpec.IDMapping]?) -> [IDRange] {
        (mappings ?? []).map { IDRange(inside: $0.containerID, outside: $0.hostID, count: $0.size) }
    }

    private func rootPropagation() throws(KeeperError) -> UInt64 {
        guard let word = linux.rootfsPropagation, !word.isEmpty else { return SKIFF_MS_PRIVATE | SKIFF_MS_REC }
        guard let bits = MountOptions.propagation(word) else {
            throw KeeperError(.invalidPlan, "linux.rootfsPropagation: unknown word \(word)")
        }
        return bits
    }

    static func mount(_ mount: RuntimeSpec.Mount) throws(KeeperError) -> MountSetup {
        guard mount.destination.hasPrefix("/") else {
            throw KeeperError(.invalidPlan, "mounts: destination \"\(mount.destination)\" must be absolute")
        }
        var setup = MountSetup(destination: mount.destination, kind: .filesystem(mount.type ?? ""))
        setup.source = mount.source ?? ""
        var bind: Bool? = mount.type == "bind" ? true : nil
        for word in mount.options ?? [] {
            switch MountOptions.effect(word) {
            case .set(let bits)?: (setup.set, setup.clear) = (setup.set | bits, setup.clear & ~bits)
            case .clear(let bits)?: (setup.set, setup.clear) = (setup.set & ~bits, setup.clear | bits)
            case .accessTime(let bits)?:
                setup.clear |= SKIFF_MOUNT_ATTR__ATIME
                setup.set = setup.set & ~SKIFF_MOUNT_ATTR__ATIME | bits
            case .recursiveSet(let bits)?: setup.recursiveSet |= bits
            case .recursiveClear(let bits)?: setup.recursiveClear |= bits
            case .propagation(let bits)?: setup.propagation = bits
            case .bind(let recursive)?: bind = recursive
            case .copyUp?: setup.copiesUp = true
            case .flag(let name)?: setup.parameters.append(MountSetup.Parameter(key: name, value: ""))
            case .idMapped?:
                throw KeeperError(
                    .unsupported, "mounts: option \(word) of \(mount.destination) is not supported; remove it")
            case .nothing?: break
            case nil: setup.parameters.append(parameter(word))
            }
        }
        if mount.uidMappings?.isEmpty == false || mount.gidMappings?.isEmpty == false {
            throw KeeperError(
                .unsupported, "mounts: id mappings of \(mount.destination) are not supported; remove them")
        }
        if let bind {
            setup.kind = .bind(recursive: bind)
            guard setup.source.hasPrefix("/") else {
                throw KeeperError(
                    .invalidPlan, "mounts: source \"\(setup.source)\" of \(mount.destination) must be absolute")
            }
            if let unknown = setup.parameters.first {
                throw KeeperError(
                    .unsupported, "mounts: option \(unknown.key) of bind mount \(mount.destination) is unknown")
            }
        } else if mount.type == "cgroup" || mount.type == "cgroup2" {
            setup.kind = .cgroup
        } else if setup.kind == .filesystem("") {
            throw KeeperError(.invalidPlan, "mounts: \(mount.destination) has no type")
        }
        return setup
    }

    private static func parameter(_ word: String) -> MountSetup.Parameter {
        guard let equals = word.firstIndex(of: "=") else { return MountSetup.Parameter(key: word, value: "") }
        return MountSetup.Parameter(key: String(word[..<equals]), value: String(word[word.index(after: equals)...]))
    }

    private func devices() throws(KeeperError) -> [ContainerSetup.Device] {
        typealias Device = ContainerSetup.Device
        let types = ["c": Device.characterType, "u": Device.characterType, "b": Device.blockType, "p": Device.fifoType]
        var setups: [ContainerSetup.Device] = []
        for device in linux.devices ?? [] {
            guard let type = types[device.type], device.path.hasPrefix("/") else {
                throw KeeperError(.invalidPlan, "linux.devices: \(device.path) of type \(device.type) is invalid")
            }
            setups.append(
                ContainerSetup.Device(
                    path: device.path, type: type, major: UInt32(clamping: device.major ?? 0),
                    minor: UInt32(clamping: device.minor ?? 0), mode: device.fileMode ?? 0o666,
                    userID: device.uid ?? 0, groupID: device.gid ?? 0
                )
            )
        }
        return setups
    }

    private func sysctls() throws(KeeperError) -> [MountSetup.Parameter] {
        var setups: [MountSetup.Parameter] = []
        for (name, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            // Both `net.ipv4.ip_forward` and `net/ipv4/conf/eth0.1/…` are usual: slashes win when there are any.
            let path = name.contains("/") ? name : name.split(separator: ".").joined(separator: "/")
            guard !path.isEmpty, !path.split(separator: "/").contains("..") else {
                throw KeeperError(.invalidPlan, "linux.sysctl: name \"\(name)\" is invalid")
            }
            setups.append(MountSetup.Parameter(key: path, value: value))
        }
        return setups
    }
}

import Document
import Effects

/// Gives services their ClusterIP, node ports and load balancer address, in the commit that needs them.
///
/// What is in use is read from the services themselves, so an allocation can neither leak nor be lost.
struct Allocation {
    let transaction: Transaction

    /// Assigns what `value` lacks and gives back what its type does not have; other kinds pass untouched.
    func assign(_ value: inout JSONValue, old: JSONValue?, key: ObjectKey) throws(ClusterError) {
        guard key.resource == .services, value["spec"]?.objectValue != nil else { return }
        let type = value["spec"]?["type"]?.stringValue ?? "ClusterIP"
        try assignClusterIP(&value, type: type, key: key)
        try assignNodePorts(&value, old: old, type: type, key: key)
        try assignLoadBalancer(&value, old: old, type: type, key: key)
    }

    // MARK: - ClusterIP

    private func assignClusterIP(_ value: inout JSONValue, type: String, key: ObjectKey) throws(ClusterError) {
        guard type != "ExternalName" else {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
                value["spec", field] = nil
            }
            return
        }
        var address = value["spec"]?["clusterIP"]?.stringValue ?? ""
        if address.isEmpty { address = value["spec"]?["clusterIPs"]?[0]?.stringValue ?? "" }
        if address != "None" {
            let range = transaction.configuration.serviceRange
            let used = usedNumbers(except: key) { [$0["spec"]?["clusterIP"]?.stringValue].compactMap { $0 } }
            if address.isEmpty {
                // The first address is `kubernetes.default`'s, the tenth by custom the name server's.
                let isKubernetes = key.namespace == "default" && key.name == "kubernetes"
                let free = isKubernetes ? range.base + 1 : pick(range, used: used, reserved: 16)
                guard let free else {
                    throw .internalError("no free ClusterIP is left in \(range); delete services that are not needed")
                }
                address = IPv4.text(free)
            } else {
                guard let number = IPv4.number(address) else {
                    throw invalid("spec.clusterIPs[0]", address, "must be a valid IP address", key)
                }
                guard range.contains(number) else {
                    throw invalid(
                        "spec.clusterIPs", address,
                        "failed to allocate IP \(address): the provided IP is not in the valid range \(range)", key)
                }
                guard !used.contains(number) else {
                    throw invalid(
                        "spec.clusterIPs", address,
                        "failed to allocate IP \(address): provided IP is already allocated", key)
                }
            }
        }
        value["spec", "clusterIP"] = .string(address)
        value["spec", "clusterIPs"] = [.string(address)]
        if value["spec"]?["ipFamilies"] == nil { value["spec", "ipFamilies"] = ["IPv4"] }
        if value["spec"]?["ipFamilyPolicy"] == nil { value["spec", "ipFamilyPolicy"] = "SingleStack" }
    }

    // MARK: - Node ports

    private func assignNodePorts(
        _ value: inout JSONValue,
        old: JSONValue?,
        type: String,
        key: ObjectKey
    ) throws(ClusterError) {
        let wantsPorts =
            type == "NodePort"
            || (type == "LoadBalancer" && value["spec"]?["allocateLoadBalancerNodePorts"]?.boolValue != false)
        let hadPorts = old?["spec"]?["type"]?.stringValue.map { $0 == "NodePort" || $0 == "LoadBalancer" } ?? false
        guard var ports = value["spec"]?["ports"]?.arrayValue else { return }
        if !wantsPorts, type != "LoadBalancer" {
            // A service that stops having node ports gives them back; one that never had any is told by validation.
            guard hadPorts else { return }
            for index in ports.indices { ports[index]["nodePort"] = nil }
            value["spec", "ports"] = .array(ports)
            return
        }
        let formerPorts = old?["spec"]?["ports"]?.arrayValue ?? []
        var used = usedPorts(except: key)
        for index in ports.indices {
            let transport = ports[index]["protocol"]?.stringValue ?? "TCP"
            var number = Int(ports[index]["nodePort"]?.intValue ?? 0)
            if number == 0, wantsPorts {
                // The same port of the former state keeps its number.
                let former = formerPorts.first {
                    $0["port"] == ports[index]["port"] && $0["protocol"] == ports[index]["protocol"]
                }
                number = Int(former?["nodePort"]?.intValue ?? 0)
                if number == 0 || used.contains("\(transport)/\(number)") {
                    guard let free = pickPort(transport, used: used) else {
                        throw .internalError("no free node port is left in \(transaction.configuration.nodePorts)")
                    }
                    number = free
                }
            } else if number != 0 {
                let path = "spec.ports[\(index)].nodePort"
                guard transaction.configuration.nodePorts.contains(number) else {
                    let range = transaction.configuration.nodePorts
                    throw invalid(
                        path, .integer(Int64(number)),
                        "provided port is not in the valid range. The range of valid ports is "
                            + "\(range.lowerBound)-\(range.upperBound)", key)
                }
                guard !used.contains("\(transport)/\(number)") else {
                    throw invalid(path, .integer(Int64(number)), "provided port is already allocated", key)
                }
            }
            if number != 0 {
                used.insert("\(transport)/\(number)")
                ports[index]["nodePort"] = .integer(Int64(number))
            }
        }
        value["spec", "ports"] = .array(ports)
    }

    // MARK: - Load balancer

    private func assignLoadBalancer(
        _ value: inout JSONValue,
        old: JSONValue?,
        type: String,
        key: ObjectKey
    ) throws(ClusterError) {
        guard type == "LoadBalancer" else {
            if value["status"]?["loadBalancer"]?["ingress"] != nil { value["status", "loadBalancer"] = [:] }
            return
        }
        if value["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"] != nil { return }
        let range = transaction.configuration.loadBalancerRange
        let used = usedNumbers(except: key) { service in
            (service["status"]?["loadBalancer"]?["ingress"]?.arrayValue ?? []).compactMap { $0["ip"]?.stringValue }
        }
        guard let free = pick(range, used: used, reserved: 1) else {
            throw .internalError("no free load balancer address is left in \(range)")
        }
        value["status", "loadBalancer"] = ["ingress": [["ip": .string(IPv4.text(free)), "ipMode": "VIP"]]]
    }

    // MARK: - Shared

    private func usedNumbers(except key: ObjectKey, _ read: (JSONValue) -> [String]) -> Set<UInt32> {
        var used: Set<UInt32> = []
        for service in transaction.objects(.services) where service.key != key {
            for text in read(service.value) { if let number = IPv4.number(text) { used.insert(number) } }
        }
        return used
    }

    private func usedPorts(except key: ObjectKey) -> Set<String> {
        var used: Set<String> = []
        for service in transaction.objects(.services) where service.key != key {
            for port in service.value["spec"]?["ports"]?.arrayValue ?? [] {
                guard let number = port["nodePort"]?.intValue, number != 0 else { continue }
                used.insert("\(port["protocol"]?.stringValue ?? "TCP")/\(number)")
            }
        }
        return used
    }

    /// A free address: the next one from a random place, so that an address just given back is not reused at once.
    private func pick(_ range: IPv4Range, used: Set<UInt32>, reserved: Int) -> UInt32? {
        // Neither network nor broadcast address, nor the reserved ones at the beginning.
        let first = min(reserved, range.count - 1)
        let span = range.count - 1 - first
        guard span > 0 else { return nil }
        let start = Int(transaction.effects.random.number(in: 0..<UInt64(span)))
        for step in 0..<span {
            let candidate = range.base + UInt32(first + (start + step) % span)
            if !used.contains(candidate) { return candidate }
        }
        return nil
    }

    private func pickPort(_ transport: String, used: Set<String>) -> Int? {
        let range = transaction.configuration.nodePorts
        let start = Int(transaction.effects.random.number(in: 0..<UInt64(range.count)))
        for step in 0..<range.count {
            let candidate = range.lowerBound + (start + step) % range.count
            if !used.contains("\(transport)/\(candidate)") { return candidate }
        }
        return nil
    }

    private func invalid(_ field: String, _ value: JSONValue, _ detail: String, _ key: ObjectKey) -> ClusterError {
        var causes = FieldCauses()
        causes.invalid(field, value, detail)
        return .invalid("Service", group: "", name: key.name, causes: causes.causes)
    }

    private func invalid(_ field: String, _ text: String, _ detail: String, _ key: ObjectKey) -> ClusterError {
        invalid(field, .string(text), detail, key)
    }
}

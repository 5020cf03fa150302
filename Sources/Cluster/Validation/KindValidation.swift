import Document

/// The rules of single kinds that the table cannot express.
struct KindValidation {
    let kind: ResourceKind
    var causes = FieldCauses()

    init(kind: ResourceKind) {
        self.kind = kind
    }

    /// Checks a complete object; `old` is its former state, `nil` for a new one.
    mutating func check(_ value: JSONValue, old: JSONValue?) {
        checkMetadata(value["metadata"] ?? .null)
        switch kind.storage {
        case .pods:
            var pod = PodValidation(path: "spec")
            pod.check(value["spec"] ?? .null)
            merge(pod.causes)
        case .deployments, .replicaSets:
            var workload = WorkloadValidation(kind: kind)
            workload.check(value["spec"] ?? .null)
            merge(workload.causes)
        case .services:
            var service = ServiceValidation()
            service.check(value["spec"] ?? .null)
            merge(service.causes)
        case .configMaps, .secrets:
            var data = DataValidation()
            data.check(value)
            merge(data.causes)
        case .endpoints, .endpointSlices:
            var endpoints = EndpointValidation()
            endpoints.check(value)
            merge(endpoints.causes)
        case .events:
            checkEvent(value)
        default: break
        }
    }

    private mutating func merge(_ other: FieldCauses) { causes.append(other) }

    // MARK: - Metadata

    private mutating func checkMetadata(_ metadata: JSONValue) {
        let name = metadata["name"] ?? ""
        if let text = name.stringValue, !text.isEmpty, let problem = nameProblem(text) {
            causes.invalid("metadata.name", name, problem)
        }
        for (key, label) in metadata["labels"]?.objectValue ?? [:] {
            if let problem = NameRules.qualifiedName(key) { causes.invalid("metadata.labels", .string(key), problem) }
            if let problem = NameRules.labelValue(label.stringValue ?? "") {
                causes.invalid("metadata.labels", label, problem)
            }
        }
        var size = 0
        for (key, text) in metadata["annotations"]?.objectValue ?? [:] {
            // Annotation keys may have upper case in the prefix.
            if let problem = NameRules.qualifiedName(key.lowercased()) {
                causes.invalid("metadata.annotations", .string(key), problem)
            }
            size += key.utf8.count + (text.stringValue?.utf8.count ?? 0)
        }
        if size > 256 << 10 { causes.tooLong("metadata.annotations", limitBytes: 256 << 10) }
        checkOwners(metadata["ownerReferences"]?.arrayValue ?? [])
        for (index, finalizer) in (metadata["finalizers"]?.arrayValue ?? []).enumerated() {
            if let problem = NameRules.qualifiedName(finalizer.stringValue ?? "") {
                causes.invalid("metadata.finalizers[\(index)]", finalizer, problem)
            }
        }
    }

    private mutating func checkOwners(_ owners: [JSONValue]) {
        let controllers = owners.filter { $0["controller"]?.boolValue == true }
        if controllers.count > 1 {
            causes.invalid(
                "metadata.ownerReferences", .array(owners),
                "Only one reference can have Controller set to true. Found \"true\" in references for "
                    + controllers.compactMap { $0["name"]?.stringValue }.joined(separator: " and "))
        }
    }

    private func nameProblem(_ name: String) -> String? {
        switch kind.storage {
        case .namespaces: NameRules.dnsLabel(name)
        case .services: NameRules.dns1035Label(name)
        default: NameRules.dnsSubdomain(name)
        }
    }

    // MARK: - Events

    private mutating func checkEvent(_ value: JSONValue) {
        let namespace = value["metadata"]?["namespace"]?.stringValue ?? ""
        let subject = value["involvedObject"]?["namespace"]?.stringValue ?? ""
        // What has no namespace is reported in `default`.
        if subject.isEmpty ? namespace != "default" && namespace != "kube-system" : subject != namespace {
            causes.invalid(
                "involvedObject.namespace", .string(subject), "does not match event.namespace")
        }
    }
}

import Document

/// The name by which a pod template is known: a stable hash in letters and digits that spell no word.
enum TemplateHash {
    /// The label and selector key that carries it.
    static let label = "pod-template-hash"
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    /// The hash of a template; `collisions` makes another one when a name is taken by a different template.
    static func hash(of template: JSONValue, collisions: Int) -> String {
        var state: UInt32 = 0x811c_9dc5
        func mix(_ byte: UInt8) { state = (state ^ UInt32(byte)) &* 0x0100_0193 }
        JSONWriter.bytes(canonical(template), style: .compact).forEach(mix)
        if collisions > 0 { String(collisions).utf8.forEach(mix) }
        // Each decimal digit becomes a letter, as Kubernetes encodes its hashes.
        return String(decoding: String(state).utf8.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }

    /// Whether a ReplicaSet's template is the Deployment's: equal but for the hash label.
    static func isSame(_ own: JSONValue, _ template: JSONValue) -> Bool {
        stripped(own) == stripped(template)
    }

    private static func stripped(_ template: JSONValue) -> JSONValue {
        var template = template
        template["metadata", "labels", label] = nil
        return canonical(template)
    }

    /// Members in key order; empty objects and nulls, which mean the same as nothing, left out.
    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            var result = JSONObject()
            for (key, member) in object.sortedByKey() {
                let member = canonical(member)
                let isEmpty = member.isNull || member.objectValue?.isEmpty == true
                if !isEmpty { result[key] = member }
            }
            return .object(result)
        case .array(let elements): return .array(elements.map(canonical))
        default: return value
        }
    }
}

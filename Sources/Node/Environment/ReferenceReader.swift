import Cluster
import Document

/// Reads the ConfigMaps and Secrets a pod names. A value: tests give it closures over dictionaries.
struct ReferenceReader: Sendable {
    /// Data of a ConfigMap, text and binary together.
    let configMap: @Sendable (String) -> [String: [UInt8]]?
    /// Data of a Secret, decoded.
    let secret: @Sendable (String) -> [String: [UInt8]]?

    init(
        configMap: @escaping @Sendable (String) -> [String: [UInt8]]?,
        secret: @escaping @Sendable (String) -> [String: [UInt8]]?
    ) {
        self.configMap = configMap
        self.secret = secret
    }

    /// A reader of the objects of one namespace in the store.
    init(store: ClusterStore, namespace: String) {
        self.init(
            configMap: { name in
                guard let object = store.get(.init(.configMaps, namespace: namespace, name: name)) else {
                    return nil
                }
                var data = Self.decoded(object.value["binaryData"])
                for (key, text) in object.value["data"]?.stringMap ?? [:] { data[key] = Array(text.utf8) }
                return data
            },
            secret: { name in
                store.get(.init(.secrets, namespace: namespace, name: name)).map {
                    Self.decoded($0.value["data"])
                }
            })
    }

    private static func decoded(_ data: JSONValue?) -> [String: [UInt8]] {
        (data?.stringMap ?? [:]).compactMapValues(Base64.decode)
    }
}

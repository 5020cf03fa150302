import Cluster
import Document

/// The ConfigMaps and Secrets that a pod names, so that a change of one reaches the pods that use it.
struct PodReferences: Sendable, Hashable {
    private(set) var configMaps: Set<String> = []
    private(set) var secrets: Set<String> = []

    /// Collects the names from a pod spec.
    init(spec: JSONValue) {
        for container in spec.items("initContainers") + spec.items("containers") {
            for source in container.items("envFrom") {
                add(configMap: source["configMapRef"]?.text("name"))
                add(secret: source["secretRef"]?.text("name"))
            }
            for variable in container.items("env") {
                add(configMap: variable["valueFrom", "configMapKeyRef"]?.text("name"))
                add(secret: variable["valueFrom", "secretKeyRef"]?.text("name"))
            }
        }
        for volume in spec.items("volumes") {
            add(configMap: volume["configMap"]?.text("name"))
            add(secret: volume["secret"]?.text("secretName"))
            for source in volume.items("projected", "sources") {
                add(configMap: source["configMap"]?.text("name"))
                add(secret: source["secret"]?.text("name"))
            }
        }
        for secret in spec.items("imagePullSecrets") { add(secret: secret.text("name")) }
    }

    /// Whether an object of `configmaps` or `secrets` is among them.
    func contains(resource: String, name: String) -> Bool {
        resource == "secrets" ? secrets.contains(name) : configMaps.contains(name)
    }

    private mutating func add(configMap name: String?) {
        if let name, !name.isEmpty { configMaps.insert(name) }
    }

    private mutating func add(secret name: String?) {
        if let name, !name.isEmpty { secrets.insert(name) }
    }
}

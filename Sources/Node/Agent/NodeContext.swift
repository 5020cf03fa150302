import Cluster
import Effects
import EventBus
import Logging

/// What every pod of the node works with.
struct NodeContext: Sendable {
    let configuration: NodeConfiguration
    let facts: HostFacts
    let store: ClusterStore
    let bus: EventBus
    let runtime: any PodRuntime
    let tokens: any PodTokenSource
    let prober: Prober
    let recorder: EventRecorder
    let traffic: TrafficWatch
    let launches: LaunchGate
    let effects: Effects
    let logger: Logger
}
